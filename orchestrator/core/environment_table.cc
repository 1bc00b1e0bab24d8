#include "orchestrator/core/environment_table.h"

#include <algorithm>
#include <cstddef>

namespace floe {

uint32_t EnvironmentTable::Allocate() {
  if (!free_rows_.empty()) {
    const uint32_t row = free_rows_.back();
    free_rows_.pop_back();
    return row;
  }
  CHECK(!IsFull());
  rows_.emplace_back();
  placements_.emplace_back();
  // Freeing a row never allocates.
  free_rows_.reserve(rows_.capacity());
  // Generation 0 is never given out, so a default handle is always stale.
  rows_.back().generation = 1;
  return size() - 1;
}

void EnvironmentTable::Free(uint32_t row) {
  CHECK(rows_[row].state == EnvironmentState::kGone);
  ++rows_[row].generation;
  free_rows_.push_back(row);
}

void EnvironmentTable::CheckInvariants() const {
  for (const uint32_t row : free_rows_) CHECK(rows_[row].state == EnvironmentState::kGone);
  CHECK(free_rows_.size() == static_cast<size_t>(std::count_if(
                                 rows_.begin(), rows_.end(), [](const EnvironmentRow& row) {
                                   return row.state == EnvironmentState::kGone;
                                 })));
}

}  // namespace floe
