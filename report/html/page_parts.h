// The files of which a report is made, as they are in the source tree.

#ifndef FLOE_REPORT_HTML_PAGE_PARTS_H_
#define FLOE_REPORT_HTML_PAGE_PARTS_H_

namespace floe::html {

// With marks like {{style}} where the others belong.
extern const char kPage[];
extern const char kStyle[];
extern const char kScript[];
extern const char kChartJs[];
extern const char kChartJsLicense[];

}  // namespace floe::html

#endif  // FLOE_REPORT_HTML_PAGE_PARTS_H_
