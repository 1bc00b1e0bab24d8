// What the scheduler keeps of functions with provisioned concurrency.

#ifndef FLOE_ORCHESTRATOR_CORE_PROVISIONED_POOL_H_
#define FLOE_ORCHESTRATOR_CORE_PROVISIONED_POOL_H_

#include <cstdint>

#include "orchestrator/core/environment_state.h"
#include "orchestrator/core/ids.h"
#include "orchestrator/core/row_list.h"
#include "orchestrator/core/token_bucket.h"

namespace floe {

// The environments of one function's provisioned concurrency, those being started included.
//
// Environments of a request serve only once all of it is allocated; from then on each that replaces
// a lost one serves as soon as it is ready.
struct ProvisionedPool {
  FunctionId function;
  int32_t target = 0;      // Environments wanted.
  int32_t allocating = 0;  // With EnvironmentRole::kAllocating, live.
  int32_t ready = 0;       // Of those: idle.
  int32_t available = 0;   // With EnvironmentRole::kProvisioned, live.
  bool is_allocated = false;
  bool is_starved = false;  // No node had room; tried again when one has more.
  // Each live environment is in exactly one of these, the one that came last at the end.
  RowList allocating_rows;
  RowList idle;
  RowList reset;
  RowList busy;
  int32_t busy_count = 0;
  TokenBucket requests;
  TokenRate request_rate = TokenRate::Unlimited();
  TokenBucket starts;

  int32_t environments() const { return allocating + available; }
  // Where an environment of this role and state is, or null.
  RowList* ListOf(EnvironmentRole role, EnvironmentState state) {
    switch (state) {
      case EnvironmentState::kStarting:
      case EnvironmentState::kInitializing:
        return &allocating_rows;
      case EnvironmentState::kBusy:
        return &busy;
      case EnvironmentState::kIdle:
        return role == EnvironmentRole::kAllocating ? &allocating_rows : &idle;
      case EnvironmentState::kReset:
        return &reset;
      case EnvironmentState::kStopping:
      case EnvironmentState::kGone:
        break;
    }
    return nullptr;
  }
};

}  // namespace floe

#endif  // FLOE_ORCHESTRATOR_CORE_PROVISIONED_POOL_H_
