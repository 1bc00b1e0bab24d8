// Which environments exist and what each is doing, for people and for the way from an environment
// to its node. Follows the scheduler's actions and events; decides nothing. Thread-safe; changed
// only by the thread that has the engine's turn.

#ifndef FLOE_ORCHESTRATOR_LIVE_ENVIRONMENT_MIRROR_H_
#define FLOE_ORCHESTRATOR_LIVE_ENVIRONMENT_MIRROR_H_

#include <cstdint>
#include <memory>
#include <mutex>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "base/time.h"
#include "orchestrator/core/ids.h"
#include "orchestrator/core/scheduler.h"
#include "orchestrator/live/deployed_function.h"
#include "orchestrator/live/environment_view.h"
#include "orchestrator/live/pending_invocation.h"

namespace floe::live {

class EnvironmentMirror {
 public:
  using Info = std::shared_ptr<EnvironmentInfo>;

  // A new environment, starting.
  void Add(Info info, Instant now);
  // Null when there is none.
  Info Find(EnvironmentId environment) const;
  // False, and nothing changes, when there is none or it is in `to` already.
  bool Move(EnvironmentId environment, EnvironmentPhase to, Instant now);
  // As Move, but only from phase `from`.
  bool MoveFrom(EnvironmentPhase from, EnvironmentId environment, EnvironmentPhase to, Instant now);
  bool Remove(EnvironmentId environment);
  // Removes whatever is on the node; returns how many.
  int RemoveNode(NodeId node);

  EnvironmentCounts counts() const;
  EnvironmentCounts CountsOf(const FunctionLife& function) const;
  // By row and generation.
  std::vector<EnvironmentView> List(Instant now) const;
  // Which of `environments` are not on the node.
  std::vector<uint64_t> UnknownOn(NodeId node, const std::vector<uint64_t>& environments) const;

 private:
  struct Row {
    Info info;
    EnvironmentPhase phase = EnvironmentPhase::kStarting;
    Instant since;
  };

  // REQUIRES: mutex_ held, for both.
  void MoveRow(Row& row, EnvironmentPhase to, Instant now);
  void Count(const Row& row, int32_t change);

  mutable std::mutex mutex_;
  // Guarded by mutex_, as are the counts of every FunctionLife.
  absl::flat_hash_map<EnvironmentId, Row> rows_;
  EnvironmentCounts counts_;
};

}  // namespace floe::live

#endif  // FLOE_ORCHESTRATOR_LIVE_ENVIRONMENT_MIRROR_H_
