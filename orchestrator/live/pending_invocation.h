// One invocation from its arrival until its caller is answered.

#ifndef FLOE_ORCHESTRATOR_LIVE_PENDING_INVOCATION_H_
#define FLOE_ORCHESTRATOR_LIVE_PENDING_INVOCATION_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "base/time.h"
#include "orchestrator/core/ids.h"
#include "orchestrator/live/deployed_function.h"
#include "orchestrator/live/invocation.h"
#include "proto/floe/v1/node.pb.h"

namespace floe::live {

// What both the engine and the threads that bring reports need of an environment.
struct EnvironmentInfo {
  EnvironmentId id;
  NodeId node;
  std::string node_name;
  DeployedFunctionPtr function;
  // The highest that any report has named, for log lines of invocations without a report.
  std::atomic<int64_t> memory_used_max_mib = 0;
  // Of the engine alone: the invocation it was started for or given last.
  InvocationId last_invocation;
  // Of the engine alone: whether it was ever given one.
  bool was_assigned = false;
};

struct PendingInvocation {
  InvocationId id;
  std::string request_id;
  InvokeRequest request;
  std::function<void(InvokeResult)> done;
  DeployedFunctionPtr function;
  // Set when it is assigned.
  std::shared_ptr<EnvironmentInfo> environment;
  Instant assigned_at;
  bool cold_start = false;
};

// What a report says beyond the event that the core is told.
struct FailureDetails {
  EnvironmentId environment;
  std::string error_type;
  std::string error_message;
  std::string error_body;
  v1::InvocationMetrics metrics;
  bool has_metrics = false;
};

}  // namespace floe::live

#endif  // FLOE_ORCHESTRATOR_LIVE_PENDING_INVOCATION_H_
