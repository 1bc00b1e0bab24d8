// All requests of a scenario in the order of their times, each with what is drawn for it.
//
// Every arrival block of a scenario's function and every trace is one process or several; see
// ProcessSharing. Time is cut into windows: every process writes down its arrivals of the window,
// and these are sorted, so that ten thousand processes cost little more than one. What a window
// holds is bounded; of one that would hold more the rest is merged one by one. Memory does not grow
// with the number of arrivals. Thread-compatible.

#ifndef FLOE_SIMULATOR_ARRIVALS_H_
#define FLOE_SIMULATOR_ARRIVALS_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/span.h"
#include "base/time.h"
#include "orchestrator/core/ids.h"
#include "simulator/arrival_process.h"
#include "simulator/arrival_processes/make_arrival_process.h"
#include "simulator/arrival_trace.h"
#include "simulator/draws.h"
#include "simulator/length_sampler.h"
#include "simulator/scenario.h"

namespace floe {

struct Arrival {
  Instant at;
  FunctionId function;
  uint32_t entry = 0;    // Index in Scenario::functions.
  uint32_t process = 0;  // Over all entries and traces, in their order.
  uint32_t tenant = 0;   // 0: none.
  uint64_t number = 0;   // Of the arrival within its process: the number of all its draws.
  Duration run;          // How long the function will run.
};

// The scenario with an entry for every function of its traces behind its own: what its runs refer
// to. Without traces it is the same scenario.
Scenario WithTraceFunctions(const Scenario& scenario);

// Read it either by Take or by TakeBatch.
class ArrivalStream {
 public:
  // `scenario` is valid, has the entries of its traces (WithTraceFunctions) and outlives this.
  // Function ids are dense in the order of the entries.
  explicit ArrivalStream(const Scenario& scenario);

  // Of the next arrival; InfiniteFuture if there is none before the end of the run.
  Instant next_time() const { return next_time_; }
  // It stays where it is until the next call. REQUIRES: next_time() is not InfiniteFuture.
  const Arrival& Take() {
    const Arrival& taken = batch_[position_++];
    if (position_ == batch_size_) {
      // What was taken lies in `kept_` from here on.
      kept_.swap(batch_);
      NextBatch();
    }
    next_time_ = position_ < batch_size_ ? batch_[position_].at : Instant::InfiniteFuture();
    return taken;
  }
  // The next arrivals, as many as are convenient; none: there are no more. They stay until the next
  // call.
  absl::Span<const Arrival> TakeBatch() {
    if (position_ > 0) NextBatch();
    position_ = batch_size_;
    return {batch_.data(), batch_size_};
  }

  // So far ahead a hint has time to work.
  static constexpr size_t kAhead = 4;
  // The function of the `index`-th arrival from now on, 0 being the next; any function if that is
  // not known yet.
  FunctionId PeekFunction(size_t index) const {
    const size_t position = position_ + index;
    return position < batch_size_ ? batch_[position].function : FunctionId{};
  }

  // The entry of the next arrival. REQUIRES: next_time() is not InfiniteFuture.
  uint32_t PeekEntry() const { return batch_[position_].entry; }

  size_t processes() const { return processes_.size(); }
  // What the process draws by: the `source` of its DrawStreams.
  uint64_t source(size_t process) const { return processes_[process].source; }
  // Why a trace ended before its time, if one did.
  absl::Status status() const;

 private:
  struct Process {
    Process(uint64_t seed, uint64_t source_number)
        : source(source_number),
          choices(seed, source_number, DrawPurpose::kFunctionChoice),
          runs(seed, source_number, DrawPurpose::kRun),
          tenants(seed, source_number, DrawPurpose::kTenant) {}

    uint64_t source;
    DrawStream choices;
    DrawStream runs;
    DrawStream tenants;
    // One of the two.
    std::unique_ptr<ArrivalProcess> times;
    std::unique_ptr<TraceCursor> cursor;
    uint32_t sampler = 0;
    uint32_t entry = 0;  // The first, with a trace.
    uint32_t function_first = 0;
    uint32_t function_count = 1;
    uint32_t tenant_count = 0;
    ProcessSharing sharing = ProcessSharing::kTogether;
    // Of the times that are known ahead, how many there are and how many are used.
    uint32_t filled = 0;
    uint32_t used = 0;
    uint32_t in_moment = 0;  // Functions that the present time has served already.
    uint64_t number = 0;     // Arrivals written down.
    uint64_t runs_end = 0;   // The first number whose run time is not drawn yet.
  };
  struct Key {
    int64_t at;
    uint32_t index;
  };
  // The next time of a process.
  struct Coming {
    int64_t at;
    uint32_t process;
    // For a heap with the earliest on top; of equal times the earlier process.
    friend bool operator<(const Coming& a, const Coming& b) {
      return a.at != b.at ? a.at > b.at : a.process > b.process;
    }
  };

  void AddBlock(uint32_t entry, uint32_t block, uint32_t function_first);
  void AddTrace(uint32_t trace, uint32_t entry_first, uint32_t function_first);
  Process& AddProcess(uint64_t source, uint32_t entry, uint32_t function_first);
  // Brings next_[index] up to date, and what it needs into the lookahead.
  void Look(size_t index);
  // Writes down the process's arrivals before `until` behind those that are there, up to the
  // capacity.
  void WriteDown(size_t index, int64_t until);
  // The next arrival of the process. REQUIRES: next_[index] is not kNever.
  void WriteOne(size_t index, Arrival& arrival);
  int64_t DrawRun(size_t index);

  void NextBatch();
  // Writes down a window and sorts it.
  void NextWindow();
  void PrefetchWriters(size_t position) const;
  void AdaptWidth();
  // Moves what is written down into batch_, sorted; arrivals of one time keep their order.
  void Sort(int64_t begin);
  void SortKeys(int64_t begin);
  // Continues with a window that did not fit.
  void MergeRest();
  void PushComing(uint32_t index);

  const Scenario& scenario_;
  const int64_t end_;
  std::vector<LengthSampler> samplers_;
  std::vector<Process> processes_;
  std::vector<int64_t> next_;  // By process; kNever when it has ended.
  // By process, `lookahead_` each.
  size_t lookahead_ = 0;
  std::vector<int64_t> times_;
  std::vector<int64_t> runs_;
  // The same for the traces.
  size_t first_trace_ = 0;
  std::vector<TraceArrival> traced_;

  // Arrivals that a window should have, and may have.
  size_t target_ = 0;
  size_t capacity_ = 0;
  int64_t width_ = 1'000;
  int64_t window_end_ = 0;
  // The first so many are the processes that have arrivals in it.
  std::vector<uint32_t> writers_;
  size_t writer_count_ = 0;
  std::vector<Arrival> written_;
  size_t written_size_ = 0;
  std::vector<Key> keys_;
  std::vector<Key> sorted_keys_;
  std::vector<uint32_t> bucket_end_;
  // The rest of a window that did not fit: what was sorted already, and the processes.
  std::vector<Arrival> rest_;
  size_t rest_size_ = 0;
  size_t rest_position_ = 0;
  std::vector<Coming> coming_;

  std::vector<Arrival> batch_;
  size_t batch_size_ = 0;
  size_t position_ = 0;
  std::vector<Arrival> kept_;
  Instant next_time_;
};

}  // namespace floe

#endif  // FLOE_SIMULATOR_ARRIVALS_H_
