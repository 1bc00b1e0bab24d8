// Deadlines of the rows of a table, at most one per row.
//
// Deadlines come in few distinct lengths, and those of one length fall due in the order in which
// they were made. So each length has a list, to which a deadline is appended and from which it is
// taken in constant time, and the next deadline of all is the least of the heads, kept in a
// tournament tree. Deadlines of any other length are single: they lie in a heap, which costs its
// logarithm and takes part in the tree like a list.
//
//   DeadlineLists deadlines;
//   const DeadlineLists::Slot keep_alive = deadlines.Acquire(Duration::Minutes(10));
//   deadlines.AddRow();
//   deadlines.Start(keep_alive, row, now);

#ifndef FLOE_ORCHESTRATOR_CORE_DEADLINE_LISTS_H_
#define FLOE_ORCHESTRATOR_CORE_DEADLINE_LISTS_H_

#include <algorithm>
#include <cstdint>
#include <limits>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "base/check.h"
#include "base/time.h"
#include "orchestrator/core/row_list.h"

namespace floe {

// Thread-compatible. REQUIRES: times given to Start do not go backwards.
class DeadlineLists {
 public:
  // The list of one length.
  using Slot = uint32_t;

  struct Entry {
    Instant due;
    uint32_t previous = kNoRow;
    uint32_t next = kNoRow;
    Slot slot = kNoSlot;
    // Nothing of this row's: an element of the heap of single deadlines, in what would be padding.
    uint32_t heap = kNoRow;
  };
  struct First {
    Instant due;
    Duration length;
    uint32_t row = kNoRow;
  };

  DeadlineLists();

  // The list of `length`, with one user more. Negative lengths count as none.
  Slot Acquire(Duration length);
  // One user more of a list that has users.
  void AddUser(Slot slot) { ++slots_[slot].users; }
  // One user less. REQUIRES: the list is empty when its last user goes.
  void Release(Slot slot);
  Duration LengthOf(Slot slot) const { return Duration::Nanoseconds(slots_[slot].length); }

  // Makes room for one row more.
  void AddRow() { entries_.emplace_back(); }
  uint32_t size() const { return static_cast<uint32_t>(entries_.size()); }

  // Gives the row a deadline one length from `now`, and returns it; one beyond the end of time
  // never comes. REQUIRES: the row has no deadline.
  Instant Start(Slot slot, uint32_t row, Instant now);
  // Gives the row a single deadline. REQUIRES: the row has no deadline.
  void StartSingle(uint32_t row, Instant due);
  // REQUIRES: the row has a deadline.
  void Cancel(uint32_t row);
  bool IsPending(uint32_t row) const { return entries_[row].slot != kNoSlot; }
  // The row's last deadline, also when cancelled.
  Instant DueOf(uint32_t row) const { return entries_[row].due; }

  // Fetches the row ahead of its use.
  void Prefetch(uint32_t row) const { __builtin_prefetch(&entries_[row], 1); }

  // The earliest deadline, or InfiniteFuture.
  Instant Next() const { return Instant::FromNanoseconds(earliest_[1]); }
  // The earliest deadline, among equals the one made first; single ones come last, and among
  // themselves by row. The length of a single one is given as negative. REQUIRES: Next() is not
  // InfiniteFuture.
  First PeekFirst() const;

  // Aborts when the lists contradict themselves.
  void CheckInvariants() const;

 private:
  static constexpr Slot kNoSlot = 0xFFFFFFFF;
  // Not a list: its head is the top of the heap. `previous` is a member's place in the heap.
  static constexpr Slot kSingles = 0;
  static constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

  struct SlotRow {
    int64_t length = 0;
    RowList list;
    uint32_t users = 0;
  };

  // Brings the tree up to date with the head of the list.
  void UpdateHead(Slot slot) {
    const uint32_t head = slots_[slot].list.head;
    uint32_t i = leaves_ + slot;
    earliest_[i] = head == kNoRow ? kNever : entries_[head].due.nanoseconds();
    while (i > 1) {
      i /= 2;
      const int64_t earliest = std::min(earliest_[2 * i], earliest_[2 * i + 1]);
      if (earliest_[i] == earliest) return;
      earliest_[i] = earliest;
    }
  }
  // The slot below tree node `node` whose head is due first, the longest length among equals.
  Slot FirstSlotBelow(uint32_t node) const;
  void Grow();

  bool SingleBefore(uint32_t a, uint32_t b) const {
    return entries_[a].due != entries_[b].due ? entries_[a].due < entries_[b].due : a < b;
  }
  void PutSingle(uint32_t place, uint32_t row) {
    entries_[place].heap = row;
    entries_[row].previous = place;
  }
  void CancelSingle(uint32_t row);
  void SiftUp(uint32_t place, uint32_t row);
  void SiftDown(uint32_t place, uint32_t row);
  void UpdateSinglesHead() {
    slots_[kSingles].list.head = singles_ == 0 ? kNoRow : entries_[0].heap;
    UpdateHead(kSingles);
  }

  std::vector<Entry> entries_;
  std::vector<SlotRow> slots_;
  std::vector<Slot> free_slots_;
  // Looked up, never iterated.
  absl::flat_hash_map<int64_t, Slot> slot_by_length_;
  uint32_t singles_ = 0;  // How many lie in the heap.
  uint32_t leaves_ = 4;
  // earliest_[1] is the least of all; the children of i are 2i and 2i+1, the leaves are the slots.
  std::vector<int64_t> earliest_;
};

inline Instant DeadlineLists::Start(Slot slot, uint32_t row, Instant now) {
  SlotRow& target = slots_[slot];
  Entry& entry = entries_[row];
  DCHECK(entry.slot == kNoSlot);
  const bool fits = now.nanoseconds() < kNever - target.length;
  entry.due = fits ? Instant::FromNanoseconds(now.nanoseconds() + target.length)
                   : Instant::InfiniteFuture();
  entry.slot = slot;
  entry.previous = target.list.tail;
  entry.next = kNoRow;
  target.list.tail = row;
  if (entry.previous == kNoRow) {
    target.list.head = row;
    UpdateHead(slot);
  } else {
    entries_[entry.previous].next = row;
  }
  return entry.due;
}

inline void DeadlineLists::Cancel(uint32_t row) {
  Entry& entry = entries_[row];
  const Slot slot = entry.slot;
  DCHECK(slot != kNoSlot);
  if (slot == kSingles) [[unlikely]]
    return CancelSingle(row);
  RowList& list = slots_[slot].list;
  entry.slot = kNoSlot;
  (entry.next == kNoRow ? list.tail : entries_[entry.next].previous) = entry.previous;
  if (entry.previous == kNoRow) {
    list.head = entry.next;
    UpdateHead(slot);
  } else {
    entries_[entry.previous].next = entry.next;
  }
}

}  // namespace floe

#endif  // FLOE_ORCHESTRATOR_CORE_DEADLINE_LISTS_H_
