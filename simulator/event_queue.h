// The virtual-time queue: a heap with four children per node, ordered by time and, at equal times,
// by the order of insertion.
//
// The four children of a node share one cache line. Pop leaves a hole at the top that the next Push
// fills, so that the common pair of the two costs one pass through the heap instead of two.
// Thread-compatible.
//
//   EventQueue queue;
//   const uint64_t ticket = queue.Push(now + length, row);
//   while (!queue.empty() && queue.top_time() <= end) { ... queue.top_value() ... queue.Pop(); }

#ifndef FLOE_SIMULATOR_EVENT_QUEUE_H_
#define FLOE_SIMULATOR_EVENT_QUEUE_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/check.h"
#include "base/time.h"

namespace floe {

class EventQueue {
 public:
  static constexpr int kValueBits = 24;
  static constexpr uint32_t kValueMax = (uint32_t{1} << kValueBits) - 1;

  // Adds `value`, due at `at`. Returns a ticket that no other entry ever has: at most 2^40 - 1
  // entries per queue. REQUIRES: value <= kValueMax.
  uint64_t Push(Instant at, uint32_t value) {
    DCHECK(value <= kValueMax);
    const Entry entry{.time = at.nanoseconds(), .order = ++pushed_ << kValueBits | value};
    if (hole_) {
      hole_ = false;
      SiftDown(entry);
    } else {
      entries_.push_back(entry);
      SiftUp(entries_.size() - 1, entry);
    }
    return entry.order;
  }

  bool empty() const { return entries_.size() == (hole_ ? 1 : 0); }
  size_t size() const { return entries_.size() - (hole_ ? 1 : 0); }

  // The first entry's. InfiniteFuture when the queue is empty.
  Instant top_time() {
    if (hole_) CloseHole();
    if (entries_.empty()) return Instant::InfiniteFuture();
    return Instant::FromNanoseconds(entries_.front().time);
  }
  // REQUIRES: !empty(), and top_time() was called since the last Pop.
  uint32_t top_value() const { return ValueOf(entries_.front()); }
  uint64_t top_ticket() const { return entries_.front().order; }
  // How many entries stand at most directly below the top: the next top is among them.
  static constexpr size_t kNearTop = 4;
  // Calls `visit` with the value of each of them.
  template <typename Visit>
  void VisitNearTop(Visit visit) const {
    const size_t end = std::min(entries_.size(), 1 + kNearTop);
    for (size_t i = 1; i < end; ++i) visit(ValueOf(entries_[i]));
  }
  void Pop() {
    DCHECK(!hole_ && !entries_.empty());
    hole_ = true;
  }

 private:
  struct Entry {
    int64_t time;
    uint64_t order;  // The number of the insertion above the value.

    // As one wide comparison: no branch depends on the data.
    bool Before(const Entry& other) const { return key() < other.key(); }
    __int128 key() const { return static_cast<__int128>(time) << 64 | order; }
  };

  static uint32_t ValueOf(const Entry& entry) {
    return static_cast<uint32_t>(entry.order) & kValueMax;
  }

  void CloseHole() {
    hole_ = false;
    const Entry last = entries_.back();
    entries_.pop_back();
    if (!entries_.empty()) SiftDown(last);
  }

  void SiftUp(size_t index, Entry entry) {
    while (index > 0) {
      const size_t parent = (index - 1) / 4;
      if (!entry.Before(entries_[parent])) break;
      entries_[index] = entries_[parent];
      index = parent;
    }
    entries_[index] = entry;
  }

  // Puts `entry` where the top was.
  void SiftDown(Entry entry) {
    Entry* const entries = entries_.data();
    const size_t size = entries_.size();
    size_t index = 0;
    while (true) {
      const size_t child = 4 * index + 1;
      size_t least = child;
      if (child + 4 <= size) {
        const size_t left = child + (entries[child + 1].Before(entries[child]) ? 1 : 0);
        const size_t right = child + 2 + (entries[child + 3].Before(entries[child + 2]) ? 1 : 0);
        // Selected by a mask: a multiplication would stand in the way of the next level.
        const size_t is_right = entries[right].Before(entries[left]) ? 1 : 0;
        least = left ^ ((left ^ right) & (0 - is_right));
      } else {
        if (child >= size) break;
        for (size_t other = child + 1; other < size; ++other) {
          if (entries[other].Before(entries[least])) least = other;
        }
      }
      if (!entries[least].Before(entry)) break;
      entries[index] = entries[least];
      index = least;
    }
    entries[index] = entry;
  }

  std::vector<Entry> entries_;
  uint64_t pushed_ = 0;
  // The front entry is gone, its place is not yet filled.
  bool hole_ = false;
};

}  // namespace floe

#endif  // FLOE_SIMULATOR_EVENT_QUEUE_H_
