// Files that keep what was measured: proto/floe/v1/result.proto says how.
//
// A file of one setting comes from an experiment, one of many from a sweep. Units are appended as
// they are finished; what a killed process leaves behind is read up to the last whole record.

#ifndef FLOE_EXPERIMENT_RESULT_FILE_H_
#define FLOE_EXPERIMENT_RESULT_FILE_H_

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/time.h"
#include "experiment/experiment.h"
#include "experiment/grid.h"
#include "simulator/simulation.h"

namespace floe {

inline constexpr std::string_view kResultMagic = "FLOERSLT";
inline constexpr uint32_t kResultVersion = 1;
inline constexpr size_t kResultRecordBytesMax = size_t{1} << 28;

// What was asked.
struct ResultHeader {
  std::string scenario_name;
  std::string scenario_text;
  uint64_t seed = 0;
  Duration duration;
  Duration warm_up;
  bool warm_up_auto = false;
  int replications = 0;
  double confidence = 0.95;
  std::vector<std::string> metrics;
  struct Function {
    std::string name;
    int64_t count = 1;
    friend bool operator==(const Function&, const Function&) = default;
  };
  std::vector<Function> functions;
  Grid grid;

  int64_t units() const { return grid.points() * replications; }
  friend bool operator==(const ResultHeader&, const ResultHeader&) = default;
};

// One replication of one setting.
struct ResultUnit {
  int64_t point = 0;
  int64_t replication = 0;
  ReplicationValues values;
};

// Ascending by point, then replication.
bool UnitBefore(const ResultUnit& a, const ResultUnit& b);
// Whether every figure of both is the same, where there is no number too.
bool SameBits(const ResultUnit& a, const ResultUnit& b);
// Brings units into their order; of several alike the first stays.
void SortUnits(std::vector<ResultUnit>& units);

struct ResultFile {
  ResultHeader header;
  // In order, none twice.
  std::vector<ResultUnit> units;
  std::optional<SimulationResult> merged;
  // The whole records; what comes after them was cut off.
  uint64_t whole_bytes = 0;
  uint64_t torn_bytes = 0;

  bool complete() const { return static_cast<int64_t>(units.size()) == header.units(); }
};

// Metrics of the file that this program does not know are left out, and those that the file does
// not know are no numbers.
// kInvalidArgument: not a result file, or of a program that writes what this one does not know.
// kDataLoss: damaged; the text tells where.
absl::StatusOr<ResultFile> ReadResultFile(const std::string& path);
absl::StatusOr<ResultFile> ParseResultFile(const std::string& name, std::string_view bytes);

// Whether the file begins like a result file. False if it cannot be read.
bool IsResultFile(const std::string& path);

// The same file, the same bytes: whoever made the units, in whatever order.
std::string SerializeResultFile(const ResultFile& file);
// Replaces the file in one step: whoever reads it meanwhile sees the old one or the new one.
absl::Status WriteResultFile(const std::string& path, const ResultFile& file);

// A file to which units are appended. Thread-compatible.
class ResultAppender {
 public:
  // Creates the file with its header. kAlreadyExists: there is such a file.
  static absl::StatusOr<std::unique_ptr<ResultAppender>> Create(const std::string& path,
                                                                const ResultHeader& header);
  // Goes on after the first `whole_bytes` bytes; what follows them is cut off.
  static absl::StatusOr<std::unique_ptr<ResultAppender>> Continue(const std::string& path,
                                                                  uint64_t whole_bytes);
  ~ResultAppender();
  ResultAppender(const ResultAppender&) = delete;
  ResultAppender& operator=(const ResultAppender&) = delete;

  // When this returns, the unit survives the death of the process; that of the machine once it is
  // synchronised, which happens every second and by Sync.
  absl::Status Append(const ResultUnit& unit);
  absl::Status Sync();

 private:
  ResultAppender(int fd, std::string path) : fd_(fd), path_(std::move(path)) {}
  absl::Status Write(std::string_view bytes);

  int fd_;
  std::string path_;
  std::chrono::steady_clock::time_point synced_ = std::chrono::steady_clock::now();
};

// ---- Experiments as files

ResultFile FileOfExperiment(const ExperimentResult& result);
// kInvalidArgument unless the file is of one setting and has its merged run.
absl::StatusOr<ExperimentResult> ExperimentOfFile(const ResultFile& file);

}  // namespace floe

#endif  // FLOE_EXPERIMENT_RESULT_FILE_H_
