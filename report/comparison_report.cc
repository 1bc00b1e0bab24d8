#include "report/comparison_report.h"

#include <algorithm>
#include <cmath>
#include <string_view>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "experiment/estimate.h"
#include "experiment/metric.h"
#include "report/format.h"
#include "report/json_writer.h"
#include "report/metric_format.h"
#include "report/table.h"

namespace floe {
namespace {

std::string Signed(double value, MetricUnit unit) {
  const std::string text = FormatMetric(std::abs(value), unit);
  if (value == 0 || !std::isfinite(value)) return text;
  return (value > 0 ? "+" : "-") + text;
}

void AddRows(Table& table, const std::vector<MetricDifference>& differences,
             ComparedFigures figures, CharacterSet characters) {
  const std::string_view sign = characters == CharacterSet::kAscii ? "+- " : "± ";
  for (const MetricDifference& line : differences) {
    if (figures == ComparedFigures::kChanged && !line.significant()) continue;
    const Metric& metric = Metrics()[line.metric];
    const Estimate& difference = line.difference;
    std::string margin;
    if (difference.has_interval()) {
      margin =
          std::string(sign) + FormatMetric((difference.high - difference.low) / 2, metric.unit);
    }
    std::string part;
    if (line.a.mean != 0) {
      const double percent = 100 * difference.mean / std::abs(line.a.mean);
      part = (percent > 0 ? "+" : percent < 0 ? "-" : "") + FormatNumber(std::abs(percent)) + " %";
    }
    table.AddRow({"  " + std::string(metric.name), FormatMetric(line.a.mean, metric.unit),
                  FormatMetric(line.b.mean, metric.unit), Signed(difference.mean, metric.unit),
                  margin, part, line.significant() ? "*" : ""});
  }
}

size_t CountSignificant(const std::vector<MetricDifference>& differences) {
  return static_cast<size_t>(
      std::count_if(differences.begin(), differences.end(),
                    [](const MetricDifference& line) { return line.significant(); }));
}

std::string Quoted(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\"", "\"\""}}), "\"");
}

std::string CsvNumber(double number) {
  return std::isfinite(number) ? absl::StrFormat("%.9g", number) : "";
}

void AddLines(std::string& csv, const std::string& function,
              const std::vector<MetricDifference>& differences) {
  for (const MetricDifference& line : differences) {
    const Metric& metric = Metrics()[line.metric];
    csv += Quoted(function) + "," + std::string(metric.name) + "," +
           std::string(MetricUnitName(metric.unit));
    for (const double number : {line.a.mean, line.b.mean, line.difference.mean, line.difference.low,
                                line.difference.high}) {
      csv += "," + CsvNumber(number);
    }
    csv += line.significant() ? ",1\r\n" : ",0\r\n";
  }
}

void WriteDifferences(JsonWriter& json, const std::vector<MetricDifference>& differences) {
  json.BeginObject("metrics");
  for (const MetricDifference& line : differences) {
    json.BeginObject(Metrics()[line.metric].name);
    json.Field("a", line.a.mean);
    json.Field("b", line.b.mean);
    json.Field("difference", line.difference.mean);
    json.Field("low", line.difference.low);
    json.Field("high", line.difference.high);
    json.Field("samples", line.difference.samples);
    json.Field("significant", uint64_t{line.significant()});
    json.EndObject();
  }
  json.EndObject();
}

}  // namespace

std::string ComparisonTable(const Comparison& comparison, const std::string& name_a,
                            const std::string& name_b, ComparedFigures figures,
                            CharacterSet characters) {
  const std::string confidence = absl::StrCat(100 * comparison.confidence, " %");
  std::string text = absl::StrCat(
      "A: ", name_a, "\nB: ", name_b, "\n",
      comparison.paired ? "Replication by replication, with the same random numbers.\n\n"
                        : "The seeds differ, so the replications are taken for independent.\n\n");
  Table table;
  table.AddRow({"", "A", "B", "B - A",
                (characters == CharacterSet::kAscii ? "+- at " : "± at ") + confidence, "of A",
                ""});
  table.AddRow({"All functions"});
  AddRows(table, comparison.differences, figures, characters);
  if (comparison.functions.size() > 1) {
    for (const FunctionComparison& function : comparison.functions) {
      table.AddRow({function.name});
      AddRows(table, function.differences, figures, characters);
    }
  }
  text += table.ToString();
  const size_t all = comparison.differences.size();
  absl::StrAppend(&text, "\n* ", CountSignificant(comparison.differences), " of ", all,
                  " figures of all functions differ with ", confidence,
                  " confidence; of so many, about ",
                  FormatNumber(static_cast<double>(all) * (1 - comparison.confidence)),
                  " would by chance alone.\n");
  return text;
}

std::string ComparisonCsv(const Comparison& comparison) {
  std::string csv = "function,metric,unit,a,b,difference,low,high,significant\r\n";
  AddLines(csv, "", comparison.differences);
  for (const FunctionComparison& function : comparison.functions) {
    AddLines(csv, function.name, function.differences);
  }
  return csv;
}

std::string ComparisonJson(const Comparison& comparison, const std::string& name_a,
                           const std::string& name_b) {
  JsonWriter json;
  json.BeginObject();
  json.Field("a", name_a);
  json.Field("b", name_b);
  json.Field("paired", uint64_t{comparison.paired});
  json.Field("confidence", comparison.confidence);
  WriteDifferences(json, comparison.differences);
  json.BeginArray("functions");
  for (const FunctionComparison& function : comparison.functions) {
    json.BeginObject();
    json.Field("name", function.name);
    WriteDifferences(json, function.differences);
    json.EndObject();
  }
  json.EndArray();
  json.EndObject();
  return json.text();
}

}  // namespace floe
