#include "report/metric_format.h"

#include <cmath>

#include "base/time.h"
#include "report/format.h"

namespace floe {

std::string_view MetricUnitName(MetricUnit unit) {
  switch (unit) {
    case MetricUnit::kCount:
      return "";
    case MetricUnit::kShare:
      return "share";
    case MetricUnit::kSeconds:
      return "s";
    case MetricUnit::kPerSecond:
      return "per second";
    case MetricUnit::kEnvironments:
      return "environments";
    case MetricUnit::kGbSeconds:
      return "GB-s";
    case MetricUnit::kDollars:
      return "USD";
  }
  return "";
}

std::string FormatMetric(double value, MetricUnit unit) {
  if (!std::isfinite(value)) return "-";
  switch (unit) {
    case MetricUnit::kCount:
    case MetricUnit::kEnvironments:
      return FormatNumber(value);
    case MetricUnit::kShare:
      return FormatNumber(100 * value) + " %";
    case MetricUnit::kSeconds:
      return FormatLength(Duration::FromSeconds(value));
    case MetricUnit::kPerSecond:
      return FormatNumber(value) + " /s";
    case MetricUnit::kGbSeconds:
      return FormatNumber(value) + " GB-s";
    case MetricUnit::kDollars:
      return FormatNumber(value) + " USD";
  }
  return "-";
}

std::string FormatMargin(const Estimate& estimate, MetricUnit unit) {
  if (!estimate.has_interval()) return "";
  return "± " + FormatMetric((estimate.high - estimate.low) / 2, unit);
}

}  // namespace floe
