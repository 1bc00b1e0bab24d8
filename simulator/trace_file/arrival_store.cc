#include "simulator/trace_file/arrival_store.h"

#include <algorithm>
#include <functional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "base/status_macros.h"

namespace floe {
namespace {

using Record = ArrivalStore::Record;

// Of one run, in the memory of a cursor: 24 KiB.
constexpr size_t kBufferedRecords = 1'024;

struct StoredTrace {
  std::vector<TraceFunction> functions;
  std::vector<uint64_t> runs;
  std::unique_ptr<const SpillFile> file;
  int64_t earlier_ns;
};

// Merges the runs. Of equal times the earlier run comes first.
class StoreCursor final : public TraceCursor {
 public:
  explicit StoreCursor(std::shared_ptr<const StoredTrace> trace) : trace_(std::move(trace)) {
    uint64_t first = 0;
    for (const uint64_t count : trace_->runs) {
      runs_.push_back({.next = first, .end = first + count, .position = 0, .buffer = {}});
      first += count;
    }
    for (uint32_t i = 0; i < runs_.size(); ++i) {
      if (Refill(runs_[i])) heap_.emplace_back(runs_[i].buffer[0].at_ns, i);
    }
    std::make_heap(heap_.begin(), heap_.end(), std::greater<>());
  }

  size_t Fill(absl::Span<TraceArrival> arrivals) override {
    size_t count = 0;
    while (count < arrivals.size() && !heap_.empty() && status_.ok()) {
      const uint32_t index = heap_.front().second;
      std::pop_heap(heap_.begin(), heap_.end(), std::greater<>());
      heap_.pop_back();
      // From this run, as long as no other is due.
      Run& run = runs_[index];
      const std::pair<int64_t, uint32_t>* const other = heap_.empty() ? nullptr : &heap_.front();
      bool has_next = true;
      do {
        const Record& record = run.buffer[run.position++];
        arrivals[count++] = {.at_ns = record.at_ns - trace_->earlier_ns,
                             .function = record.function,
                             .run_ns = record.run_ns,
                             .tenant = record.tenant};
        if (run.position == run.buffer.size()) has_next = Refill(run);
      } while (has_next && count < arrivals.size() &&
               (other == nullptr || std::make_pair(run.next_at(), index) < *other));
      if (!has_next) continue;
      heap_.emplace_back(run.next_at(), index);
      std::push_heap(heap_.begin(), heap_.end(), std::greater<>());
    }
    return count;
  }

  absl::Status status() const override { return status_; }

 private:
  struct Run {
    int64_t next_at() const { return buffer[position].at_ns; }

    // Record numbers of what is not buffered yet.
    uint64_t next;
    uint64_t end;
    size_t position;
    std::vector<Record> buffer;
  };

  // False if nothing is left.
  bool Refill(Run& run) {
    const auto count =
        static_cast<size_t>(std::min<uint64_t>(kBufferedRecords, run.end - run.next));
    run.position = 0;
    run.buffer.resize(count);
    if (count == 0) return false;
    absl::Status read =
        trace_->file->ReadAt(run.next * sizeof(Record), reinterpret_cast<char*>(run.buffer.data()),
                             count * sizeof(Record));
    run.next += count;
    if (!read.ok()) status_ = std::move(read);
    return status_.ok();
  }

  std::shared_ptr<const StoredTrace> trace_;
  std::vector<Run> runs_;
  std::vector<std::pair<int64_t, uint32_t>> heap_;  // Next time, run.
  absl::Status status_;
};

class StoreTrace final : public ArrivalTrace {
 public:
  explicit StoreTrace(std::shared_ptr<const StoredTrace> trace) : trace_(std::move(trace)) {}
  const std::vector<TraceFunction>& functions() const override { return trace_->functions; }
  std::unique_ptr<TraceCursor> Open(uint64_t) const override {
    return std::make_unique<StoreCursor>(trace_);
  }

 private:
  std::shared_ptr<const StoredTrace> trace_;
};

}  // namespace

ArrivalStore::ArrivalStore(size_t run)
    : run_(run), file_(std::make_unique<SpillFile>(kArrivalStoreMemoryBytes)) {}

absl::Status ArrivalStore::Add(const TraceArrival& arrival) {
  ascending_ = ascending_ && (records_.empty() || records_.back().at_ns <= arrival.at_ns);
  records_.push_back({.at_ns = arrival.at_ns,
                      .run_ns = arrival.run_ns,
                      .function = arrival.function,
                      .tenant = arrival.tenant});
  ++size_;
  return records_.size() < run_ ? absl::OkStatus() : PutAway();
}

absl::Status ArrivalStore::PutAway() {
  if (runs_.size() == kArrivalStoreRunsMax) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "sort arrivals: there are more than ", kArrivalStoreRunsMax * run_, ", divide the trace"));
  }
  if (!ascending_) {
    std::stable_sort(records_.begin(), records_.end(),
                     [](const Record& a, const Record& b) { return a.at_ns < b.at_ns; });
  }
  RETURN_IF_ERROR(file_->Append(absl::string_view(reinterpret_cast<const char*>(records_.data()),
                                                  records_.size() * sizeof(Record))));
  runs_.push_back(records_.size());
  records_.clear();
  ascending_ = true;
  return absl::OkStatus();
}

absl::StatusOr<std::shared_ptr<const ArrivalTrace>> ArrivalStore::Finish(
    std::vector<TraceFunction> functions, int64_t earlier_ns) && {
  if (!records_.empty()) RETURN_IF_ERROR(PutAway());
  records_ = std::vector<Record>();
  RETURN_IF_ERROR(file_->Finish());
  return std::make_shared<const StoreTrace>(std::make_shared<const StoredTrace>(
      StoredTrace{std::move(functions), std::move(runs_), std::move(file_), earlier_ns}));
}

}  // namespace floe
