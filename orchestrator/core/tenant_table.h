// The tenants that have environments, each with the pools of its own.

#ifndef FLOE_ORCHESTRATOR_CORE_TENANT_TABLE_H_
#define FLOE_ORCHESTRATOR_CORE_TENANT_TABLE_H_

#include <cstdint>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "base/check.h"
#include "orchestrator/core/function_table.h"
#include "orchestrator/core/ids.h"
#include "orchestrator/core/row_list.h"

namespace floe {

// One tenant of one function.
struct TenantRow {
  TenantId tenant;
  FunctionId function;
  uint32_t environments = 0;  // In any state but kGone.
  RowList idle;
  RowList reset;
  LatePool late;
  // Among the tenants of the function, the one that came last first.
  uint32_t next = kNoRow;
  uint32_t previous = kNoRow;
};

// A row lives as long as it has environments. Thread-compatible.
class TenantTable {
 public:
  uint32_t size() const { return static_cast<uint32_t>(rows_.size()); }
  // kNoRow for a tenant without environments.
  uint32_t Find(FunctionId function, TenantId tenant) const {
    const auto found = row_by_key_.find({function.value, tenant.value});
    return found == row_by_key_.end() ? kNoRow : found->second;
  }
  TenantRow& operator[](uint32_t row) { return rows_[row]; }
  const TenantRow& operator[](uint32_t row) const { return rows_[row]; }

  // One environment more of the tenant; the row may be new. `first` is the first of the function's
  // tenants.
  uint32_t AddEnvironment(uint32_t& first, FunctionId function, TenantId tenant);
  // One less; with the last one the row goes.
  void RemoveEnvironment(uint32_t& first, uint32_t row);

 private:
  std::vector<TenantRow> rows_;
  std::vector<uint32_t> free_rows_;
  // Looked up, never iterated.
  absl::flat_hash_map<std::pair<uint32_t, uint64_t>, uint32_t> row_by_key_;
};

}  // namespace floe

#endif  // FLOE_ORCHESTRATOR_CORE_TENANT_TABLE_H_
