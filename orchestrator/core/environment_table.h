// The environments: one row each, given away again with another generation.

#ifndef FLOE_ORCHESTRATOR_CORE_ENVIRONMENT_TABLE_H_
#define FLOE_ORCHESTRATOR_CORE_ENVIRONMENT_TABLE_H_

#include <cstdint>
#include <vector>

#include "base/check.h"
#include "orchestrator/core/deadline_lists.h"
#include "orchestrator/core/environment_state.h"
#include "orchestrator/core/ids.h"
#include "orchestrator/core/row_list.h"

namespace floe {

// What every step needs; half a cache line.
struct EnvironmentRow {
  InvocationId invocation;  // The last one it was given.
  uint32_t generation = 0;
  uint32_t incarnation = 0;
  FunctionId function;
  uint32_t revision = 0;  // Of the function when the environment was started.
  DeadlineLists::Slot timeout_slot = 0;
  EnvironmentState state = EnvironmentState::kGone;
  EnvironmentRole role = EnvironmentRole::kOnDemand;
  bool has_tenant = false;  // See EnvironmentPlacement::tenant_row.
};
static_assert(sizeof(EnvironmentRow) == 32);

// What only its beginning and end need.
struct EnvironmentPlacement {
  NodeId node;
  int32_t memory_mib = 0;   // What it holds on the node.
  uint32_t tenant_row = 0;  // In the TenantTable.
};

// Thread-compatible.
class EnvironmentTable {
 public:
  uint32_t size() const { return static_cast<uint32_t>(rows_.size()); }
  bool IsFull() const { return free_rows_.empty() && rows_.size() >= kEnvironmentsMax; }

  // A free row, in state kGone. The row may be new: size() has then grown by one.
  // REQUIRES: not IsFull().
  uint32_t Allocate();
  // Gives the row away: handles to it are stale from here on. REQUIRES: state kGone.
  void Free(uint32_t row);

  // kNoRow for a handle that is stale or was never given out.
  uint32_t Find(EnvironmentId id) const {
    return id.row < rows_.size() && rows_[id.row].generation == id.generation &&
                   rows_[id.row].state != EnvironmentState::kGone
               ? id.row
               : kNoRow;
  }
  EnvironmentId IdOf(uint32_t row) const {
    return {.row = row, .generation = rows_[row].generation};
  }

  EnvironmentRow& operator[](uint32_t row) { return rows_[row]; }
  const EnvironmentRow& operator[](uint32_t row) const { return rows_[row]; }
  EnvironmentPlacement& placement(uint32_t row) { return placements_[row]; }
  const EnvironmentPlacement& placement(uint32_t row) const { return placements_[row]; }

  void Prefetch(uint32_t row) const { __builtin_prefetch(&rows_[row], 1); }

  // Aborts when the free rows are not exactly those in state kGone.
  void CheckInvariants() const;

 private:
  std::vector<EnvironmentRow> rows_;
  std::vector<EnvironmentPlacement> placements_;
  std::vector<uint32_t> free_rows_;  // The one freed last is used first.
};

}  // namespace floe

#endif  // FLOE_ORCHESTRATOR_CORE_ENVIRONMENT_TABLE_H_
