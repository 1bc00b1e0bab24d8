#include "report/sweep_report.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "experiment/estimate.h"
#include "experiment/metric.h"
#include "experiment/sweep.h"
#include "report/format.h"
#include "report/json_writer.h"
#include "report/metric_format.h"
#include "report/table.h"

namespace floe {
namespace {

// The settings that have runs, in order.
std::vector<int64_t> PointsOf(const ResultFile& file) {
  std::vector<int64_t> points;
  for (const ResultUnit& unit : file.units) {
    if (points.empty() || points.back() != unit.point) points.push_back(unit.point);
  }
  return points;
}

int64_t ReplicationsAt(const ResultFile& file, int64_t point) {
  return std::count_if(file.units.begin(), file.units.end(),
                       [point](const ResultUnit& unit) { return unit.point == point; });
}

std::string Quoted(const std::string& text) {
  if (text.find_first_of(",\"\r\n") == std::string::npos) return text;
  return absl::StrCat("\"", absl::StrReplaceAll(text, {{"\"", "\"\""}}), "\"");
}

std::string CsvNumber(double number) {
  return std::isfinite(number) ? absl::StrFormat("%.9g", number) : "";
}

}  // namespace

std::string SweepTable(const ResultFile& file, const std::vector<Figure>& figures,
                       CharacterSet characters) {
  const std::string_view sign = characters == CharacterSet::kAscii ? "+- " : "± ";
  Table table;
  std::vector<std::string> names;
  for (const Axis& axis : file.header.grid.axes) names.push_back(axis.field);
  if (names.empty()) names.emplace_back("setting");
  for (const Figure& figure : figures) {
    names.push_back(FigureName(figure));
    names.push_back(absl::StrCat(characters == CharacterSet::kAscii ? "+- at " : "± at ",
                                 100 * file.header.confidence, " %"));
  }
  table.AddRow(names);
  for (const int64_t point : PointsOf(file)) {
    std::vector<std::string> row = file.header.grid.ValuesAt(point);
    if (row.empty()) row.emplace_back("as it is");
    for (const Figure& figure : figures) {
      const Estimate estimate = EstimateAt(file, point, figure);
      const MetricUnit unit = Metrics()[figure.metric].unit;
      row.push_back(FormatMetric(estimate.mean, unit));
      row.push_back(estimate.has_interval()
                        ? std::string(sign) + FormatMetric((estimate.high - estimate.low) / 2, unit)
                        : "");
    }
    table.AddRow(row);
  }
  return table.ToString();
}

std::string SweepCsv(const ResultFile& file, const std::vector<Figure>& figures) {
  std::string csv;
  for (const Axis& axis : file.header.grid.axes) csv += Quoted(axis.field) + ",";
  csv += "replications";
  for (const Figure& figure : figures) {
    const std::string name = FigureName(figure);
    for (const char* bound : {"", "_low", "_high"}) csv += "," + Quoted(name + bound);
  }
  csv += "\r\n";
  for (const int64_t point : PointsOf(file)) {
    for (const std::string& value : file.header.grid.ValuesAt(point)) csv += Quoted(value) + ",";
    absl::StrAppend(&csv, ReplicationsAt(file, point));
    for (const Figure& figure : figures) {
      const Estimate estimate = EstimateAt(file, point, figure);
      for (const double number : {estimate.mean, estimate.low, estimate.high}) {
        csv += "," + CsvNumber(number);
      }
    }
    csv += "\r\n";
  }
  return csv;
}

std::string SweepJson(const ResultFile& file, const std::vector<Figure>& figures) {
  JsonWriter json;
  json.BeginObject();
  json.Field("scenario", file.header.scenario_name);
  json.Field("seed", file.header.seed);
  json.Field("replications", int64_t{file.header.replications});
  json.Field("confidence", file.header.confidence);
  json.BeginArray("settings");
  for (const int64_t point : PointsOf(file)) {
    const std::vector<std::string> values = file.header.grid.ValuesAt(point);
    json.BeginObject();
    json.BeginObject("fields");
    for (size_t i = 0; i < values.size(); ++i) {
      json.Field(file.header.grid.axes[i].field, values[i]);
    }
    json.EndObject();
    json.Field("replications", ReplicationsAt(file, point));
    json.BeginObject("metrics");
    for (const Figure& figure : figures) {
      const Estimate estimate = EstimateAt(file, point, figure);
      json.BeginObject(FigureName(figure));
      json.Field("mean", estimate.mean);
      json.Field("low", estimate.low);
      json.Field("high", estimate.high);
      json.Field("standard_error", estimate.standard_error);
      json.Field("samples", estimate.samples);
      json.EndObject();
    }
    json.EndObject();
    json.EndObject();
  }
  json.EndArray();
  json.EndObject();
  return json.text();
}

}  // namespace floe
