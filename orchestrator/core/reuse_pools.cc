#include "orchestrator/core/reuse_pools.h"

#include <cstddef>

#include "base/check.h"

namespace floe {

void ReusePools::AddRow() {
  links_.AddRow();
  if (order_ == ReuseOrder::kRandom) position_.push_back(0);
}

void ReusePools::AddPools(uint32_t pools) {
  if (order_ == ReuseOrder::kRandom && pools > index_.size()) index_.resize(pools);
}

void ReusePools::AddToIndex(uint32_t pool, uint32_t row) {
  position_[row] = static_cast<uint32_t>(index_[pool].size());
  index_[pool].push_back(row);
}

void ReusePools::RemoveFromIndex(uint32_t pool, uint32_t row) {
  std::vector<uint32_t>& rows = index_[pool];
  const uint32_t last = rows.back();
  rows[position_[row]] = last;
  position_[last] = position_[row];
  rows.pop_back();
}

uint32_t ReusePools::PickRandom(uint32_t pool) {
  const std::vector<uint32_t>& rows = index_[pool];
  return rows.size() == 1 ? rows.front() : rows[prng_.Below(rows.size())];
}

void ReusePools::CheckInvariants(const RowList& list, uint32_t pool) const {
  if (order_ != ReuseOrder::kRandom) return;
  size_t rows = 0;
  for (uint32_t row = list.head; row != kNoRow; row = Next(row)) {
    CHECK(index_[pool][position_[row]] == row);
    ++rows;
  }
  CHECK(rows == index_[pool].size());
}

}  // namespace floe
