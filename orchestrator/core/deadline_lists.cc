#include "orchestrator/core/deadline_lists.h"

#include <cstddef>

namespace floe {

DeadlineLists::DeadlineLists()
    : slots_{{.length = -1, .list = {}, .users = 1}}, earliest_(size_t{2} * leaves_, kNever) {}

DeadlineLists::Slot DeadlineLists::Acquire(Duration length) {
  const int64_t nanoseconds = std::max<int64_t>(0, length.nanoseconds());
  const auto [position, inserted] = slot_by_length_.try_emplace(nanoseconds, kNoSlot);
  if (inserted) {
    Slot slot = static_cast<Slot>(slots_.size());
    if (!free_slots_.empty()) {
      slot = free_slots_.back();
      free_slots_.pop_back();
    } else {
      slots_.emplace_back();
      if (slots_.size() > leaves_) Grow();
    }
    slots_[slot] = {.length = nanoseconds, .list = {}, .users = 0};
    position->second = slot;
  }
  ++slots_[position->second].users;
  return position->second;
}

void DeadlineLists::Release(Slot slot) {
  SlotRow& row = slots_[slot];
  CHECK(row.users > 0);
  if (--row.users > 0) return;
  CHECK(row.list.empty());
  slot_by_length_.erase(row.length);
  free_slots_.push_back(slot);
}

DeadlineLists::First DeadlineLists::PeekFirst() const {
  const Slot slot = FirstSlotBelow(1);
  const uint32_t row = slots_[slot].list.head;
  CHECK(row != kNoRow);
  return {
      .due = entries_[row].due, .length = Duration::Nanoseconds(slots_[slot].length), .row = row};
}

DeadlineLists::Slot DeadlineLists::FirstSlotBelow(uint32_t node) const {
  while (node < leaves_) {
    const uint32_t left = 2 * node;
    const uint32_t right = left + 1;
    if (earliest_[left] == earliest_[right]) {
      // Of two deadlines for the same instant the longer one was made first.
      const Slot a = FirstSlotBelow(left);
      const Slot b = FirstSlotBelow(right);
      return slots_[a].length > slots_[b].length ? a : b;
    }
    node = earliest_[left] < earliest_[right] ? left : right;
  }
  return node - leaves_;
}

void DeadlineLists::StartSingle(uint32_t row, Instant due) {
  DCHECK(entries_[row].slot == kNoSlot);
  entries_[row].due = due;
  entries_[row].slot = kSingles;
  SiftUp(singles_++, row);
  UpdateSinglesHead();
}

void DeadlineLists::CancelSingle(uint32_t row) {
  entries_[row].slot = kNoSlot;
  const uint32_t place = entries_[row].previous;
  const uint32_t last = entries_[--singles_].heap;
  if (last != row) {
    if (SingleBefore(last, row)) {
      SiftUp(place, last);
    } else {
      SiftDown(place, last);
    }
  }
  UpdateSinglesHead();
}

void DeadlineLists::SiftUp(uint32_t place, uint32_t row) {
  while (place > 0) {
    const uint32_t parent = (place - 1) / 2;
    if (SingleBefore(entries_[parent].heap, row)) break;
    PutSingle(place, entries_[parent].heap);
    place = parent;
  }
  PutSingle(place, row);
}

void DeadlineLists::SiftDown(uint32_t place, uint32_t row) {
  for (uint32_t child = 2 * place + 1; child < singles_; child = 2 * place + 1) {
    if (child + 1 < singles_ && SingleBefore(entries_[child + 1].heap, entries_[child].heap)) {
      ++child;
    }
    if (SingleBefore(row, entries_[child].heap)) break;
    PutSingle(place, entries_[child].heap);
    place = child;
  }
  PutSingle(place, row);
}

void DeadlineLists::Grow() {
  leaves_ *= 2;
  earliest_.assign(size_t{2} * leaves_, kNever);
  for (Slot slot = 0; slot < slots_.size(); ++slot) UpdateHead(slot);
}

void DeadlineLists::CheckInvariants() const {
  size_t pending = singles_;
  for (uint32_t place = 0; place < singles_; ++place) {
    const uint32_t row = entries_[place].heap;
    CHECK(entries_[row].slot == kSingles && entries_[row].previous == place);
    CHECK(place == 0 || SingleBefore(entries_[(place - 1) / 2].heap, row));
  }
  const uint32_t top = slots_[kSingles].list.head;
  CHECK(top == (singles_ == 0 ? kNoRow : entries_[0].heap));
  CHECK(earliest_[leaves_] == (top == kNoRow ? kNever : entries_[top].due.nanoseconds()));
  for (Slot slot = 1; slot < slots_.size(); ++slot) {
    const RowList& list = slots_[slot].list;
    uint32_t previous = kNoRow;
    for (uint32_t row = list.head; row != kNoRow; row = entries_[row].next) {
      CHECK(entries_[row].slot == slot && entries_[row].previous == previous);
      CHECK(previous == kNoRow || entries_[previous].due <= entries_[row].due);
      CHECK(++pending <= entries_.size());
      previous = row;
    }
    CHECK(list.tail == previous);
    CHECK(list.empty() || slots_[slot].users > 0);
    const int64_t head = list.empty() ? kNever : entries_[list.head].due.nanoseconds();
    CHECK(earliest_[leaves_ + slot] == head);
  }
  for (uint32_t i = leaves_ - 1; i >= 1; --i) {
    const uint32_t left = 2 * i;
    CHECK(earliest_[i] == std::min(earliest_[left], earliest_[left + 1]));
  }
  CHECK(pending ==
        static_cast<size_t>(std::count_if(entries_.begin(), entries_.end(), [](const Entry& entry) {
          return entry.slot != kNoSlot;
        })));
}

}  // namespace floe
