// Invocations that wait for an environment, first come, first served.

#ifndef FLOE_ORCHESTRATOR_CORE_WAITING_LINES_H_
#define FLOE_ORCHESTRATOR_CORE_WAITING_LINES_H_

#include <cstdint>
#include <vector>

#include "orchestrator/core/ids.h"
#include "orchestrator/core/row_list.h"
#include "orchestrator/core/scheduler_options.h"

namespace floe {

// Any number of lines, which lie with their owners, threaded through one table of at most
// kWaitingInvocationsMax rows. Thread-compatible.
class WaitingLines {
 public:
  // Of all lines together.
  uint32_t size() const { return size_; }
  bool IsFull() const { return size_ == kWaitingInvocationsMax; }

  // REQUIRES: not IsFull().
  void PushBack(RowList& line, InvocationId invocation) {
    if (free_rows_.empty()) {
      free_rows_.push_back(links_.size());
      links_.AddRow();
      invocations_.emplace_back();
    }
    const uint32_t row = free_rows_.back();
    free_rows_.pop_back();
    invocations_[row] = invocation;
    links_.PushBack(line, row);
    ++size_;
  }
  // The one that waits longest, respectively shortest. REQUIRES: the line is not empty.
  InvocationId PopFront(RowList& line) { return Take(line, line.head); }
  InvocationId PopBack(RowList& line) { return Take(line, line.tail); }

  // For walking along a line.
  uint32_t Next(uint32_t row) const { return links_.Next(row); }

 private:
  InvocationId Take(RowList& line, uint32_t row) {
    links_.Remove(line, row);
    free_rows_.push_back(row);
    --size_;
    return invocations_[row];
  }

  RowLinks links_;
  std::vector<InvocationId> invocations_;
  std::vector<uint32_t> free_rows_;
  uint32_t size_ = 0;
};

}  // namespace floe

#endif  // FLOE_ORCHESTRATOR_CORE_WAITING_LINES_H_
