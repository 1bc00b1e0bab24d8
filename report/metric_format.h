// The units of figures: their names in files, and figures as people read them.

#ifndef FLOE_REPORT_METRIC_FORMAT_H_
#define FLOE_REPORT_METRIC_FORMAT_H_

#include <string>
#include <string_view>

#include "experiment/estimate.h"
#include "experiment/metric.h"

namespace floe {

// "share", "s", "per second", "GB-s", "USD"; empty for what is counted.
std::string_view MetricUnitName(MetricUnit unit);

// "12.3 %", "87.5 ms", "1,235"; "-" for what is no number.
std::string FormatMetric(double value, MetricUnit unit);

// Half of the interval's width: "± 1.2 ms"; empty without an interval.
std::string FormatMargin(const Estimate& estimate, MetricUnit unit);

}  // namespace floe

#endif  // FLOE_REPORT_METRIC_FORMAT_H_
