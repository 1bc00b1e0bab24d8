// A result as one page that opens offline: everything it needs is in it, the library that draws its
// charts included.

#ifndef FLOE_REPORT_HTML_HTML_REPORT_H_
#define FLOE_REPORT_HTML_HTML_REPORT_H_

#include <string>
#include <string_view>

namespace floe {

// `result_json` is what ExperimentJson writes. `run_json` is what RunJson writes of one run, or
// "null". The page shows the numbers of both as they are, and can save the former again.
std::string HtmlReport(std::string_view result_json, std::string_view run_json);

}  // namespace floe

#endif  // FLOE_REPORT_HTML_HTML_REPORT_H_
