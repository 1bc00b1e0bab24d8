#include "simulator/arrivals.h"

#include <algorithm>
#include <bit>
#include <limits>

#include "absl/strings/str_cat.h"

namespace floe {
namespace {

constexpr int64_t kNever = std::numeric_limits<int64_t>::max();
// A process draws so many times and run times at once: few processes can afford more.
constexpr size_t kFewProcesses = 64;
constexpr size_t kLookaheadOfFew = 256;
constexpr size_t kLookaheadOfMany = 16;
// How many arrivals a window should have: enough to share the cost of a window among, few enough to
// stay in the cache.
constexpr size_t kTargetMin = 256;
constexpr size_t kTargetMax = 1 << 16;
constexpr size_t kCapacityPerTarget = 4;
// A bucket with more keys is not sorted by insertion.
constexpr uint32_t kInsertionSortMax = 32;

// ---- The numbers of the processes: where in the scenario they come from, so that a process keeps
// its draws when others come and go.
constexpr int kEntryShift = 16;
constexpr int kFunctionShift = 34;
constexpr uint64_t kTraceSource = uint64_t{2} << 54;

static_assert(kFunctionEntriesMax < int64_t{1} << (kFunctionShift - kEntryShift));
static_assert(kScenarioFunctionsMax < int64_t{1} << (54 - kFunctionShift));

}  // namespace

Scenario WithTraceFunctions(const Scenario& scenario) {
  Scenario expanded = scenario;
  for (const ScenarioTrace& trace : scenario.traces) {
    ScenarioFunction function = trace.like;
    function.count = 1;
    function.arrivals.clear();
    function.clients.clear();
    for (const TraceFunction& told : trace.trace->functions()) {
      function.name = absl::StrCat(trace.like.name, told.name);
      function.memory_mib = told.memory_mib.value_or(trace.like.memory_mib);
      expanded.functions.push_back(function);
    }
  }
  return expanded;
}

ArrivalStream::ArrivalStream(const Scenario& scenario)
    : scenario_(scenario), end_(scenario.duration.nanoseconds()) {
  size_t entries_own = scenario.functions.size();
  for (const ScenarioTrace& trace : scenario.traces) {
    entries_own -= trace.trace->functions().size();
  }
  uint32_t function_first = 0;
  for (uint32_t entry = 0; entry < entries_own; ++entry) {
    const ScenarioFunction& function = scenario.functions[entry];
    samplers_.emplace_back(function.run);
    for (uint32_t block = 0; block < function.arrivals.size(); ++block) {
      AddBlock(entry, block, function_first);
    }
    function_first += static_cast<uint32_t>(function.count);
  }
  first_trace_ = processes_.size();
  auto entry_first = static_cast<uint32_t>(entries_own);
  for (uint32_t trace = 0; trace < scenario.traces.size(); ++trace) {
    AddTrace(trace, entry_first, function_first);
    const auto functions = static_cast<uint32_t>(scenario.traces[trace].trace->functions().size());
    entry_first += functions;
    function_first += functions;
  }

  lookahead_ = processes_.size() <= kFewProcesses ? kLookaheadOfFew : kLookaheadOfMany;
  times_.resize(first_trace_ * lookahead_);
  runs_.resize(processes_.size() * lookahead_);
  traced_.resize((processes_.size() - first_trace_) * lookahead_);
  target_ = std::clamp(processes_.size(), kTargetMin, kTargetMax);
  capacity_ = kCapacityPerTarget * target_;
  for (std::vector<Arrival>* arrivals : {&written_, &batch_, &kept_}) arrivals->resize(capacity_);
  next_.resize(processes_.size());
  writers_.resize(processes_.size());
  for (size_t i = 0; i < processes_.size(); ++i) Look(i);
  NextBatch();
  next_time_ = batch_size_ > 0 ? batch_[0].at : Instant::InfiniteFuture();
}

ArrivalStream::Process& ArrivalStream::AddProcess(uint64_t source, uint32_t entry,
                                                  uint32_t function_first) {
  Process& process = processes_.emplace_back(scenario_.seed, source);
  process.sampler = static_cast<uint32_t>(samplers_.size() - 1);
  process.entry = entry;
  process.function_first = function_first;
  return process;
}

void ArrivalStream::AddBlock(uint32_t entry, uint32_t block, uint32_t function_first) {
  const ScenarioFunction& function = scenario_.functions[entry];
  const Arrivals& model = function.arrivals[block];
  const ProcessSharing sharing = SharingOf(model);
  const auto functions = static_cast<uint32_t>(function.count);
  const uint32_t apart = sharing == ProcessSharing::kApart ? functions : 1;
  for (uint32_t i = 0; i < apart; ++i) {
    const uint64_t source = uint64_t{i} << kFunctionShift | uint64_t{entry} << kEntryShift | block;
    Process& process = AddProcess(source, entry, function_first + i);
    process.function_count = functions / apart;
    process.tenant_count = static_cast<uint32_t>(function.tenants);
    process.sharing = sharing;
    process.times = MakeArrivalProcess(model, {.seed = scenario_.seed,
                                               .source = source,
                                               .function_count = process.function_count,
                                               .run_end = Instant::FromNanoseconds(end_)});
  }
}

void ArrivalStream::AddTrace(uint32_t trace, uint32_t entry_first, uint32_t function_first) {
  const ScenarioTrace& traced = scenario_.traces[trace];
  samplers_.emplace_back(traced.like.run);
  Process& process = AddProcess(kTraceSource | trace, entry_first, function_first);
  process.function_count = static_cast<uint32_t>(traced.trace->functions().size());
  process.tenant_count = static_cast<uint32_t>(traced.like.tenants);
  process.cursor = traced.trace->Open(scenario_.seed);
}

absl::Status ArrivalStream::status() const {
  for (size_t i = first_trace_; i < processes_.size(); ++i) {
    if (!processes_[i].cursor->status().ok()) return processes_[i].cursor->status();
  }
  return absl::OkStatus();
}

// ---- One process

void ArrivalStream::Look(size_t index) {
  Process& process = processes_[index];
  if (process.used == process.filled) {
    process.used = 0;
    if (index < first_trace_) {
      process.filled = static_cast<uint32_t>(
          process.times->Fill(absl::MakeSpan(&times_[index * lookahead_], lookahead_)));
    } else {
      process.filled = static_cast<uint32_t>(process.cursor->Fill(
          absl::MakeSpan(&traced_[(index - first_trace_) * lookahead_], lookahead_)));
    }
  }
  next_[index] = kNever;
  if (process.filled == 0) return;
  const int64_t at = index < first_trace_
                         ? times_[index * lookahead_ + process.used]
                         : traced_[(index - first_trace_) * lookahead_ + process.used].at_ns;
  if (at < end_) next_[index] = at;
}

int64_t ArrivalStream::DrawRun(size_t index) {
  Process& process = processes_[index];
  int64_t* const runs = &runs_[index * lookahead_];
  const size_t slot = process.number % lookahead_;
  if (process.number >= process.runs_end) {
    const uint64_t first = process.number - slot;
    samplers_[process.sampler].DrawMany(process.runs, first, absl::MakeSpan(runs, lookahead_));
    process.runs_end = first + lookahead_;
  }
  return runs[slot];
}

void ArrivalStream::WriteOne(size_t index, Arrival& arrival) {
  Process& process = processes_[index];
  int64_t run_ns = -1;
  uint32_t offset = 0;
  arrival.at = Instant::FromNanoseconds(next_[index]);
  arrival.entry = process.entry;
  arrival.process = static_cast<uint32_t>(index);
  arrival.tenant = 0;
  arrival.number = process.number;
  bool moment_over = true;
  if (process.cursor != nullptr) {
    const TraceArrival& traced = traced_[(index - first_trace_) * lookahead_ + process.used];
    offset = traced.function;
    arrival.entry += offset;
    arrival.tenant = traced.tenant;
    run_ns = traced.run_ns;
  } else if (process.sharing == ProcessSharing::kChosen && process.function_count > 1) {
    offset = static_cast<uint32_t>(process.choices.Below(process.number, process.function_count));
  } else {
    offset = process.in_moment++;
    moment_over = process.in_moment == process.function_count;
    if (moment_over) process.in_moment = 0;
  }
  if (process.tenant_count > 0 && arrival.tenant == 0) {
    arrival.tenant =
        1 + static_cast<uint32_t>(process.tenants.Below(process.number, process.tenant_count));
  }
  arrival.function = FunctionId{process.function_first + offset};
  arrival.run = Duration::Nanoseconds(run_ns >= 0 ? run_ns : DrawRun(index));
  ++process.number;
  if (!moment_over) return;
  ++process.used;
  Look(index);
}

void ArrivalStream::WriteDown(size_t index, int64_t until) {
  Process& process = processes_[index];
  const bool chosen = process.sharing == ProcessSharing::kChosen;
  const bool plain = process.cursor == nullptr && process.tenant_count == 0 &&
                     (chosen || process.function_count == 1);
  while (next_[index] < until && written_size_ < capacity_) {
    if (!plain) {
      WriteOne(index, written_[written_size_++]);
      continue;
    }
    // As many as the lookahead holds: the same as one by one, faster.
    DrawRun(index);
    const size_t most =
        std::min<size_t>({process.filled - process.used, process.runs_end - process.number,
                          capacity_ - written_size_});
    const int64_t* const times = &times_[index * lookahead_ + process.used];
    const int64_t* const runs = &runs_[index * lookahead_ + process.number % lookahead_];
    Arrival* const out = &written_[written_size_];
    size_t count = 0;
    for (; count < most && times[count] < until; ++count) {
      Arrival& arrival = out[count];
      const uint64_t number = process.number + count;
      const uint64_t offset =
          process.function_count > 1 ? process.choices.Below(number, process.function_count) : 0;
      arrival.at = Instant::FromNanoseconds(times[count]);
      arrival.function = FunctionId{process.function_first + static_cast<uint32_t>(offset)};
      arrival.entry = process.entry;
      arrival.process = static_cast<uint32_t>(index);
      arrival.tenant = 0;
      arrival.number = number;
      arrival.run = Duration::Nanoseconds(runs[count]);
    }
    written_size_ += count;
    process.number += count;
    process.used += static_cast<uint32_t>(count);
    Look(index);
  }
}

// ---- Windows

void ArrivalStream::NextBatch() {
  position_ = 0;
  batch_size_ = 0;
  if (rest_position_ < rest_size_ || !coming_.empty()) {
    MergeRest();
  } else {
    NextWindow();
  }
}

void ArrivalStream::NextWindow() {
  const auto earliest = std::min_element(next_.begin(), next_.end());
  if (earliest == next_.end() || *earliest == kNever) return;
  const int64_t begin = *earliest;
  window_end_ = begin + std::min(width_, end_ - begin);
  written_size_ = 0;
  // Whether a process has an arrival in the window is as good as random: no branch for it.
  writer_count_ = 0;
  for (uint32_t i = 0; i < next_.size(); ++i) {
    writers_[writer_count_] = i;
    writer_count_ += next_[i] < window_end_ ? 1 : 0;
  }
  for (size_t i = 0; i < writer_count_; ++i) {
    if (processes_.size() > kFewProcesses) PrefetchWriters(i);
    WriteDown(writers_[i], window_end_);
  }
  if (writer_count_ == 1) {
    batch_.swap(written_);
    batch_size_ = written_size_;
  } else {
    Sort(begin);
  }
  if (written_size_ == capacity_) {
    for (uint32_t i = 0; i < next_.size(); ++i) PushComing(i);
    if (!coming_.empty()) {
      rest_.resize(capacity_);
      rest_.swap(batch_);
      rest_size_ = batch_size_;
      rest_position_ = 0;
      batch_size_ = 0;
      MergeRest();
    }
  }
  AdaptWidth();
}

// What a process needs is fetched in two steps: where its next times are is known only once the
// process itself is there.
inline void ArrivalStream::PrefetchWriters(size_t position) const {
  constexpr size_t kFar = 24;
  constexpr size_t kNear = 12;
  if (position + kFar < writer_count_) {
    const auto* const bytes = reinterpret_cast<const char*>(&processes_[writers_[position + kFar]]);
    for (size_t line = 0; line < sizeof(Process); line += 64) __builtin_prefetch(bytes + line, 1);
  }
  if (position + kNear < writer_count_) {
    const uint32_t near = writers_[position + kNear];
    const Process& process = processes_[near];
    if (near < first_trace_) __builtin_prefetch(&times_[near * lookahead_ + process.used]);
    __builtin_prefetch(&runs_[near * lookahead_ + process.number % lookahead_]);
  }
}

void ArrivalStream::AdaptWidth() {
  if (written_size_ > 2 * target_) {
    width_ = std::max<int64_t>(width_ / 4, 1);
  } else if (written_size_ < target_ / 8) {
    width_ = width_ > end_ / 8 ? end_ : width_ * 8;
  } else if (written_size_ < target_ / 2) {
    width_ = width_ > end_ / 2 ? end_ : width_ * 2;
  }
}

void ArrivalStream::Sort(int64_t begin) {
  SortKeys(begin);
  for (size_t i = 0; i < written_size_; ++i) batch_[i] = written_[sorted_keys_[i].index];
  batch_size_ = written_size_;
}

// Into buckets by time, which arrivals fill about evenly, and within these by insertion.
void ArrivalStream::SortKeys(int64_t begin) {
  const size_t size = written_size_;
  keys_.resize(size);
  sorted_keys_.resize(size);
  const size_t buckets = std::bit_ceil(size);
  const int bucket_bits = std::countr_zero(buckets);
  const auto time_bits =
      static_cast<int>(std::bit_width(static_cast<uint64_t>(window_end_ - begin)));
  const int shift = std::max(0, time_bits - bucket_bits);
  bucket_end_.assign(buckets + 1, 0);
  uint32_t* const counts = bucket_end_.data() + 1;
  for (uint32_t i = 0; i < size; ++i) {
    keys_[i] = {.at = written_[i].at.nanoseconds(), .index = i};
    ++counts[static_cast<uint64_t>(keys_[i].at - begin) >> shift];
  }
  // Where each bucket begins, and after the next loop where it ends.
  uint32_t sum = 0;
  for (size_t i = 0; i < buckets; ++i) sum = counts[i] += sum;
  uint32_t* const ends = bucket_end_.data();
  for (const Key& key : keys_) {
    sorted_keys_[ends[static_cast<uint64_t>(key.at - begin) >> shift]++] = key;
  }
  const auto before = [](const Key& a, const Key& b) { return a.at < b.at; };
  uint32_t first = 0;
  for (size_t i = 0; i < buckets; ++i) {
    const uint32_t last = ends[i];
    if (last - first > kInsertionSortMax) {
      std::stable_sort(sorted_keys_.begin() + first, sorted_keys_.begin() + last, before);
    }
    for (uint32_t k = first + 1; k < last; ++k) {
      const Key key = sorted_keys_[k];
      uint32_t hole = k;
      for (; hole > first && key.at < sorted_keys_[hole - 1].at; --hole) {
        sorted_keys_[hole] = sorted_keys_[hole - 1];
      }
      sorted_keys_[hole] = key;
    }
    first = last;
  }
}

void ArrivalStream::PushComing(uint32_t index) {
  if (next_[index] >= window_end_) return;
  coming_.push_back({.at = next_[index], .process = index});
  std::push_heap(coming_.begin(), coming_.end());
}

void ArrivalStream::MergeRest() {
  while (batch_size_ < capacity_ && (rest_position_ < rest_size_ || !coming_.empty())) {
    Arrival& arrival = batch_[batch_size_++];
    if (rest_position_ < rest_size_) {
      // Of one process, what was written down comes before what comes.
      const Arrival& rest = rest_[rest_position_];
      const Coming written = {.at = rest.at.nanoseconds(), .process = rest.process};
      if (coming_.empty() || !(written < coming_.front())) {
        arrival = rest;
        ++rest_position_;
        continue;
      }
    }
    std::pop_heap(coming_.begin(), coming_.end());
    const uint32_t process = coming_.back().process;
    coming_.pop_back();
    WriteOne(process, arrival);
    PushComing(process);
  }
}

}  // namespace floe
