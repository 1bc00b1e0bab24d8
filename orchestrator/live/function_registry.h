// The deployed functions by name, and the numbers the core knows them by.
//
// Every change is told to the core while the lock is held, and so is every arrival: the order of
// the inbox is the order of the registry, and an invocation never reaches a number that has gone to
// another function meanwhile. The inbox is a leaf: it calls nobody back. Thread-safe.

#ifndef FLOE_ORCHESTRATOR_LIVE_FUNCTION_REGISTRY_H_
#define FLOE_ORCHESTRATOR_LIVE_FUNCTION_REGISTRY_H_

#include <cstdint>
#include <optional>
#include <shared_mutex>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "orchestrator/core/scheduler_options.h"
#include "orchestrator/live/deployed_function.h"
#include "orchestrator/live/function_spec.h"
#include "orchestrator/live/inbox.h"

namespace floe::live {

class FunctionRegistry {
 public:
  struct Options {
    SchedulerOptions scheduler;
    int functions_max = 10'000;
    std::string region;
    std::string account_id;
  };

  // `inbox` outlives the registry.
  FunctionRegistry(Options options, Inbox* inbox);

  // As in Orchestrator.
  absl::StatusOr<FunctionRecord> Create(const FunctionSpec& spec);
  absl::StatusOr<FunctionRecord> Update(const FunctionSpec& spec);
  absl::Status Remove(const std::string& name);
  absl::Status SetReservedConcurrency(const std::string& name, std::optional<int32_t> concurrency);
  std::vector<FunctionRecord> List() const;
  int64_t reserved() const;

  // Null when there is none.
  DeployedFunctionPtr Find(const std::string& name) const;
  // Calls `use` with the function while it cannot change; false when there is none.
  template <typename Use>
  bool With(const std::string& name, Use use) const {
    const std::shared_lock<std::shared_mutex> lock(mutex_);
    const auto found = by_name_.find(name);
    if (found == by_name_.end()) return false;
    use(found->second);
    return true;
  }
  std::string Arn(const std::string& name) const;

 private:
  // REQUIRES: mutex_ held exclusively.
  DeployedFunctionPtr Store(FunctionRecord record, std::shared_ptr<FunctionLife> life);
  void TellDeployed(const DeployedFunctionPtr& function);

  const Options options_;
  Inbox* const inbox_;
  mutable std::shared_mutex mutex_;
  // All guarded by mutex_.
  absl::flat_hash_map<std::string, DeployedFunctionPtr> by_name_;
  std::vector<FunctionId> free_ids_;
  uint32_t ids_made_ = 0;
  int64_t reserved_ = 0;
};

}  // namespace floe::live

#endif  // FLOE_ORCHESTRATOR_LIVE_FUNCTION_REGISTRY_H_
