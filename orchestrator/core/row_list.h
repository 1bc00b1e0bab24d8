// Lists threaded through the rows of a table: constant-time insert and removal, no memory of their
// own. A row is in at most one list of one RowLinks.

#ifndef FLOE_ORCHESTRATOR_CORE_ROW_LIST_H_
#define FLOE_ORCHESTRATOR_CORE_ROW_LIST_H_

#include <cstdint>
#include <vector>

namespace floe {

inline constexpr uint32_t kNoRow = 0xFFFFFFFF;

struct RowList {
  uint32_t head = kNoRow;
  uint32_t tail = kNoRow;

  bool empty() const { return head == kNoRow; }
};

// Thread-compatible.
class RowLinks {
 public:
  struct Links {
    uint32_t previous = kNoRow;
    uint32_t next = kNoRow;
  };

  // Makes room for one row more.
  void AddRow() { links_.emplace_back(); }
  uint32_t size() const { return static_cast<uint32_t>(links_.size()); }
  uint32_t Next(uint32_t row) const { return links_[row].next; }

  void Prefetch(uint32_t row) const { __builtin_prefetch(&links_[row], 1); }

  void PushBack(RowList& list, uint32_t row) {
    links_[row] = {.previous = list.tail, .next = kNoRow};
    (list.tail == kNoRow ? list.head : links_[list.tail].next) = row;
    list.tail = row;
  }
  // REQUIRES: `row` is in `list`.
  void Remove(RowList& list, uint32_t row) {
    const Links links = links_[row];
    (links.previous == kNoRow ? list.head : links_[links.previous].next) = links.next;
    (links.next == kNoRow ? list.tail : links_[links.next].previous) = links.previous;
  }

 private:
  std::vector<Links> links_;
};

}  // namespace floe

#endif  // FLOE_ORCHESTRATOR_CORE_ROW_LIST_H_
