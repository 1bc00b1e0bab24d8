// Arrivals that come in any order, sorted by time in bounded memory.
//
// They are collected in runs of kArrivalStoreRun; each is sorted and put away (SpillFile), and a
// cursor merges the runs while it reads. Arrivals of equal times keep the order in which they came.

#ifndef FLOE_SIMULATOR_TRACE_FILE_ARRIVAL_STORE_H_
#define FLOE_SIMULATOR_TRACE_FILE_ARRIVAL_STORE_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "simulator/arrival_trace.h"
#include "simulator/trace_file/spill_file.h"

namespace floe {

// 24 MiB while they are collected.
inline constexpr size_t kArrivalStoreRun = size_t{1} << 20;
inline constexpr size_t kArrivalStoreRunsMax = 256;
// So much of what is put away stays in memory.
inline constexpr size_t kArrivalStoreMemoryBytes = size_t{32} << 20;

class ArrivalStore {
 public:
  // A smaller `run` is for tests.
  explicit ArrivalStore(size_t run = kArrivalStoreRun);

  // kResourceExhausted after kArrivalStoreRunsMax runs, or when the disk is full.
  absl::Status Add(const TraceArrival& arrival);
  uint64_t size() const { return size_; }

  // What was added, `earlier_ns` earlier each, as a trace of these functions.
  // REQUIRES: every arrival's function is one of them.
  absl::StatusOr<std::shared_ptr<const ArrivalTrace>> Finish(std::vector<TraceFunction> functions,
                                                             int64_t earlier_ns) &&;

  // How an arrival is put away.
  struct Record {
    int64_t at_ns;
    int64_t run_ns;
    uint32_t function;
    uint32_t tenant;
  };

 private:
  absl::Status PutAway();

  const size_t run_;
  std::vector<Record> records_;
  bool ascending_ = true;
  uint64_t size_ = 0;
  // How many records each run has.
  std::vector<uint64_t> runs_;
  std::unique_ptr<SpillFile> file_;
};

}  // namespace floe

#endif  // FLOE_SIMULATOR_TRACE_FILE_ARRIVAL_STORE_H_
