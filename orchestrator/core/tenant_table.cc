#include "orchestrator/core/tenant_table.h"

namespace floe {

uint32_t TenantTable::AddEnvironment(uint32_t& first, FunctionId function, TenantId tenant) {
  const auto [found, inserted] = row_by_key_.try_emplace({function.value, tenant.value}, kNoRow);
  if (!inserted) {
    ++rows_[found->second].environments;
    return found->second;
  }
  if (free_rows_.empty()) {
    free_rows_.push_back(size());
    rows_.emplace_back();
  }
  const uint32_t row = free_rows_.back();
  free_rows_.pop_back();
  found->second = row;
  rows_[row] = {.tenant = tenant, .function = function, .environments = 1};
  rows_[row].next = first;
  if (first != kNoRow) rows_[first].previous = row;
  first = row;
  return row;
}

void TenantTable::RemoveEnvironment(uint32_t& first, uint32_t row) {
  TenantRow& tenant = rows_[row];
  CHECK(tenant.environments > 0);
  if (--tenant.environments > 0) return;
  CHECK(tenant.idle.empty() && tenant.reset.empty() && tenant.late.ahead_count == 0);
  (tenant.previous == kNoRow ? first : rows_[tenant.previous].next) = tenant.next;
  if (tenant.next != kNoRow) rows_[tenant.next].previous = tenant.previous;
  row_by_key_.erase({tenant.function.value, tenant.tenant.value});
  free_rows_.push_back(row);
}

}  // namespace floe
