#include "experiment/result_convert.h"

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "base/status_macros.h"
#include "experiment/estimate.h"
#include "experiment/metric.h"

namespace floe {
namespace {

template <typename Repeated>
absl::StatusOr<std::vector<double>> TakeValues(const Repeated& repeated,
                                               const MetricColumns& columns) {
  if (static_cast<size_t>(repeated.size()) != columns.size()) {
    return absl::InvalidArgumentError(
        absl::StrCat("a unit has ", repeated.size(), " values for ", columns.size(), " metrics"));
  }
  std::vector<double> values(Metrics().size(), kNoNumber);
  for (size_t i = 0; i < columns.size(); ++i) {
    if (columns[i].has_value()) values[*columns[i]] = repeated.Get(static_cast<int>(i));
  }
  return values;
}

}  // namespace

v1::ResultHeader ToProto(const ResultHeader& header) {
  v1::ResultHeader proto;
  proto.set_scenario_name(header.scenario_name);
  proto.set_scenario_text(header.scenario_text);
  proto.set_seed(header.seed);
  proto.set_duration_ns(header.duration.nanoseconds());
  proto.set_warm_up_ns(header.warm_up.nanoseconds());
  proto.set_warm_up_auto(header.warm_up_auto);
  proto.set_replications(header.replications);
  proto.set_confidence(header.confidence);
  proto.mutable_metrics()->Add(header.metrics.begin(), header.metrics.end());
  for (const ResultHeader::Function& function : header.functions) {
    v1::ResultHeader::Function* made = proto.add_functions();
    made->set_name(function.name);
    made->set_count(function.count);
  }
  for (const Axis& axis : header.grid.axes) {
    v1::ResultHeader::Axis* made = proto.add_axes();
    made->set_field(axis.field);
    made->mutable_values()->Add(axis.values.begin(), axis.values.end());
  }
  return proto;
}

v1::ResultUnit ToProto(const ResultUnit& unit) {
  v1::ResultUnit proto;
  proto.set_point(unit.point);
  proto.set_replication(static_cast<int32_t>(unit.replication));
  proto.mutable_total()->Add(unit.values.total.begin(), unit.values.total.end());
  for (const std::vector<double>& values : unit.values.functions) {
    proto.add_functions()->mutable_values()->Add(values.begin(), values.end());
  }
  return proto;
}

absl::StatusOr<ResultHeader> FromProto(const v1::ResultHeader& proto) {
  ResultHeader header{.scenario_name = proto.scenario_name(),
                      .scenario_text = proto.scenario_text(),
                      .seed = proto.seed(),
                      .duration = Duration::Nanoseconds(proto.duration_ns()),
                      .warm_up = Duration::Nanoseconds(proto.warm_up_ns()),
                      .warm_up_auto = proto.warm_up_auto(),
                      .replications = proto.replications(),
                      .confidence = proto.confidence(),
                      .metrics = {proto.metrics().begin(), proto.metrics().end()}};
  if (header.replications < 1 || header.replications > kReplicationsMax ||
      !(header.confidence >= kConfidenceMin && header.confidence <= kConfidenceMax)) {
    return absl::InvalidArgumentError("the header's replications or confidence make no sense");
  }
  for (const v1::ResultHeader::Function& function : proto.functions()) {
    header.functions.push_back({.name = function.name(), .count = function.count()});
  }
  std::vector<Axis> axes;
  for (const v1::ResultHeader::Axis& axis : proto.axes()) {
    if (axis.values_size() < 1) return absl::InvalidArgumentError("an axis has no values");
    axes.push_back({.field = axis.field(), .values = {axis.values().begin(), axis.values().end()}});
  }
  absl::StatusOr<Grid> grid = MakeGrid(std::move(axes));
  if (!grid.ok()) return grid.status();
  header.grid = *std::move(grid);
  return header;
}

MetricColumns ColumnsOf(const ResultHeader& header) {
  MetricColumns columns;
  for (const std::string& metric : header.metrics) columns.push_back(FindMetric(metric));
  return columns;
}

absl::StatusOr<ResultUnit> FromProto(const v1::ResultUnit& proto, const ResultHeader& header,
                                     const MetricColumns& columns) {
  ResultUnit unit{.point = proto.point(), .replication = proto.replication()};
  if (unit.point < 0 || unit.point >= header.grid.points() || unit.replication < 0 ||
      unit.replication >= header.replications) {
    return absl::InvalidArgumentError(absl::StrCat("unit ", unit.point, "/", unit.replication,
                                                   " was not asked for by the header"));
  }
  absl::StatusOr<std::vector<double>> total = TakeValues(proto.total(), columns);
  if (!total.ok()) return total.status();
  unit.values.total = *std::move(total);
  if (proto.functions_size() != 0 &&
      static_cast<size_t>(proto.functions_size()) != header.functions.size()) {
    return absl::InvalidArgumentError("a unit has other functions than the header");
  }
  for (const v1::ResultUnit::Values& function : proto.functions()) {
    absl::StatusOr<std::vector<double>> values = TakeValues(function.values(), columns);
    if (!values.ok()) return values.status();
    unit.values.functions.push_back(*std::move(values));
  }
  return unit;
}

}  // namespace floe
