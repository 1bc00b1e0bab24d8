// Between the records of result files and plain values.

#ifndef FLOE_EXPERIMENT_RESULT_CONVERT_H_
#define FLOE_EXPERIMENT_RESULT_CONVERT_H_

#include <cstddef>
#include <optional>
#include <vector>

#include "absl/status/statusor.h"
#include "experiment/result_file.h"
#include "floe/v1/result.pb.h"
#include "simulator/simulation.h"

namespace floe {

v1::ResultHeader ToProto(const ResultHeader& header);
v1::ResultUnit ToProto(const ResultUnit& unit);
v1::MergedRun ToProto(const SimulationResult& merged, int replications);

// kInvalidArgument with the field that makes no sense.
absl::StatusOr<ResultHeader> FromProto(const v1::ResultHeader& proto);

// Where the metrics of a file stand in Metrics(); none for those that are not there any more.
using MetricColumns = std::vector<std::optional<size_t>>;
MetricColumns ColumnsOf(const ResultHeader& header);

// kInvalidArgument as well where the unit does not fit the header.
absl::StatusOr<ResultUnit> FromProto(const v1::ResultUnit& proto, const ResultHeader& header,
                                     const MetricColumns& columns);
absl::StatusOr<SimulationResult> FromProto(const v1::MergedRun& proto, const ResultHeader& header);

}  // namespace floe

#endif  // FLOE_EXPERIMENT_RESULT_CONVERT_H_
