// What the scheduler keeps of each function.

#ifndef FLOE_ORCHESTRATOR_CORE_FUNCTION_TABLE_H_
#define FLOE_ORCHESTRATOR_CORE_FUNCTION_TABLE_H_

#include <cstdint>
#include <vector>

#include "orchestrator/core/concurrency_ledger.h"
#include "orchestrator/core/deadline_lists.h"
#include "orchestrator/core/environment_counts.h"
#include "orchestrator/core/ids.h"
#include "orchestrator/core/row_list.h"
#include "orchestrator/core/token_bucket.h"

namespace floe {

// Whether a function takes invocations.
enum class FunctionState : uint8_t { kUnknown, kDeployed, kRemoved };

// What BindingRule::kLate and starts ahead of invocations need, of one tenant of a function.
struct LatePool {
  RowList ahead;    // Environments with EnvironmentRole::kAhead, in the order of their starts.
  RowList waiting;  // Of the WaitingLines.
  int32_t ahead_count = 0;
  // At most ahead_count: for each an environment was started.
  int32_t waiting_count = 0;
};

// Three cache lines; a warm invocation of a function without reservation needs only the first.
struct alignas(64) FunctionRow {
  EnvironmentCounts counts;
  RowList idle;
  // Counts deployments and removals. Environments of an earlier revision take no further
  // invocation.
  uint32_t revision = 0;
  DeadlineLists::Slot timeout_slot = 0;
  ConcurrencyClaim claim;
  int32_t memory_mib = 0;
  FunctionState state = FunctionState::kUnknown;

  TokenBucket scaling;
  TokenBucket requests;
  // Unlimited without reservation: such functions share the account's budget.
  TokenRate request_rate = TokenRate::Unlimited();

  RowList reset;
  LatePool late;
  uint32_t provisioned_row = kNoRow;  // Of the ProvisionedPools; kNoRow: it never had any.
  uint32_t tenants = kNoRow;          // The first one in the TenantTable.
};
static_assert(sizeof(FunctionRow) == 192);

// Indexed by FunctionId. Thread-compatible.
class FunctionTable {
 public:
  // Null for a function that is not deployed.
  FunctionRow* FindDeployed(FunctionId function) {
    if (function.value >= rows_.size()) return nullptr;
    FunctionRow& row = rows_[function.value];
    return row.state == FunctionState::kDeployed ? &row : nullptr;
  }
  // REQUIRES: the function was deployed at some time.
  FunctionRow& operator[](FunctionId function) { return rows_[function.value]; }
  const FunctionRow& operator[](FunctionId function) const { return rows_[function.value]; }

  // Fetches the first line of the row, if there is one, ahead of its use.
  void Prefetch(FunctionId function) const {
    if (function.value < rows_.size()) __builtin_prefetch(&rows_[function.value], 1);
  }

  // Makes room for functions numbered below `functions`. REQUIRES: functions <= kFunctionsMax.
  void GrowTo(uint32_t functions) {
    if (functions > rows_.size()) rows_.resize(functions);
  }
  uint32_t size() const { return static_cast<uint32_t>(rows_.size()); }

 private:
  std::vector<FunctionRow> rows_;
};

}  // namespace floe

#endif  // FLOE_ORCHESTRATOR_CORE_FUNCTION_TABLE_H_
