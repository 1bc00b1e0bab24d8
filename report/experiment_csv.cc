#include <cmath>
#include <cstddef>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "experiment/estimate.h"
#include "experiment/metric.h"
#include "report/experiment_report.h"
#include "report/metric_format.h"

namespace floe {
namespace {

constexpr std::string_view kHeader =
    "function,metric,unit,mean,low,high,standard_error,samples\r\n";

std::string CsvText(std::string_view text) {
  if (text.find_first_of(",\"\r\n") == std::string_view::npos) return std::string(text);
  const absl::string_view quoted(text.data(), text.size());
  return absl::StrCat("\"", absl::StrReplaceAll(quoted, {{"\"", "\"\""}}), "\"");
}

std::string CsvNumber(double number) {
  return std::isfinite(number) ? absl::StrFormat("%.9g", number) : "";
}

void AppendLines(std::string& csv, std::string_view function,
                 const std::vector<Estimate>& estimates, bool is_function) {
  const std::string name = CsvText(function);
  for (size_t i = 0; i < estimates.size(); ++i) {
    const Metric& metric = Metrics()[i];
    if (is_function && !metric.per_function) continue;
    const Estimate& estimate = estimates[i];
    csv += name;
    for (const std::string_view word : {metric.name, MetricUnitName(metric.unit)}) {
      csv += ',';
      csv += word;
    }
    for (const double number :
         {estimate.mean, estimate.low, estimate.high, estimate.standard_error}) {
      csv += ',' + CsvNumber(number);
    }
    absl::StrAppend(&csv, ",", estimate.samples, "\r\n");
  }
}

}  // namespace

std::string ExperimentCsv(const ExperimentResult& result) {
  std::string csv(kHeader);
  AppendLines(csv, "", result.metrics, false);
  for (const FunctionEstimates& function : result.functions) {
    AppendLines(csv, function.name, function.metrics, true);
  }
  return csv;
}

}  // namespace floe
