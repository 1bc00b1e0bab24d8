#include "orchestrator/core/eviction_queue.h"

#include <algorithm>
#include <limits>
#include <tuple>

#include "base/check.h"

namespace floe {
namespace {

using Wide = unsigned __int128;

// Nothing weighs more, so that sums of clock and weight stay far from overflow.
constexpr uint64_t kWeightMax = uint64_t{1} << 62;

}  // namespace

void EvictionQueue::NoteStart(uint32_t row, FunctionId function, bool is_only, Instant now) {
  entries_[row].weight = static_cast<uint64_t>(now.nanoseconds());
  if (is_only) functions_[function.value].invocations = 0;
}

void EvictionQueue::NoteReady(uint32_t row, FunctionId function, Instant now) {
  Function& target = functions_[function.value];
  const int64_t length =
      static_cast<int64_t>(static_cast<uint64_t>(now.nanoseconds()) - entries_[row].weight);
  if (length < 0 || target.start_nanoseconds > std::numeric_limits<int64_t>::max() - length) return;
  target.start_nanoseconds += length;
  ++target.starts;
}

uint64_t EvictionQueue::Weigh(FunctionId function, int32_t memory_mib) {
  const Function& source = functions_[function.value];
  const auto memory = static_cast<uint64_t>(std::max(1, memory_mib));
  const uint64_t cost =
      source.starts == 0 ? 0 : static_cast<uint64_t>(source.start_nanoseconds / source.starts);
  const auto after_clock = [this](Wide credit) {
    return static_cast<uint64_t>(std::min<Wide>(kWeightMax, Wide{clock_} + credit));
  };
  switch (rule_) {
    case EvictionRule::kNone:
      return 0;
    case EvictionRule::kLeastRecentlyUsed:
      return ++sequence_;
    case EvictionRule::kGreedyDual:
      return after_clock(Wide{source.invocations} * cost / memory);
    case EvictionRule::kLandlord:
      return after_clock(Wide{cost} / memory);
    case EvictionRule::kFrequency:
      return source.invocations;
    case EvictionRule::kSize:
      return kWeightMax - memory;
  }
  return 0;
}

void EvictionQueue::NoteEviction(uint32_t row) {
  clock_ = std::max(clock_, std::min(kWeightMax, entries_[row].weight));
}

void EvictionQueue::Add(uint32_t row, uint64_t weight) {
  DCHECK(!Contains(row));
  entries_[row].weight = weight;
  SiftUp(size_++, row);
}

void EvictionQueue::Discard(uint32_t row) {
  const uint32_t place = entries_[row].place;
  if (place == kNoRow) return;
  const uint32_t last = entries_[--size_].heap;
  if (last != row) {
    if (Before(last, row)) {
      SiftUp(place, last);
    } else {
      SiftDown(place, last);
    }
  }
  entries_[row].place = kNoRow;
}

bool EvictionQueue::Before(uint32_t a, uint32_t b) const {
  return std::tuple(entries_[a].weight, environments_[a].invocation, a) <
         std::tuple(entries_[b].weight, environments_[b].invocation, b);
}

void EvictionQueue::SiftUp(uint32_t place, uint32_t row) {
  while (place > 0) {
    const uint32_t parent = (place - 1) / 2;
    if (Before(entries_[parent].heap, row)) break;
    Put(place, entries_[parent].heap);
    place = parent;
  }
  Put(place, row);
}

void EvictionQueue::SiftDown(uint32_t place, uint32_t row) {
  for (uint32_t child = 2 * place + 1; child < size_; child = 2 * place + 1) {
    if (child + 1 < size_ && Before(entries_[child + 1].heap, entries_[child].heap)) ++child;
    if (Before(row, entries_[child].heap)) break;
    Put(place, entries_[child].heap);
    place = child;
  }
  Put(place, row);
}

void EvictionQueue::CheckInvariants() const {
  for (uint32_t place = 0; place < size_; ++place) {
    const uint32_t row = entries_[place].heap;
    CHECK(entries_[row].place == place);
    CHECK(place == 0 || Before(entries_[(place - 1) / 2].heap, row));
  }
  CHECK(size_ ==
        static_cast<size_t>(std::count_if(entries_.begin(), entries_.end(), [](const Entry& entry) {
          return entry.place != kNoRow;
        })));
}

}  // namespace floe
