// What goes in and out of one invocation on the live side.

#ifndef FLOE_ORCHESTRATOR_LIVE_INVOCATION_H_
#define FLOE_ORCHESTRATOR_LIVE_INVOCATION_H_

#include <cstdint>
#include <string>

#include "base/time.h"
#include "orchestrator/core/action.h"

namespace floe::live {

// Request and response payloads: 6 MiB and 100 bytes.
inline constexpr int64_t kPayloadBytesMax = 6'291'556;

struct InvokeRequest {
  std::string function_name;
  std::string request_id;  // A UUID that the caller has made known already; empty: one is made.
  std::string payload;
  std::string content_type = "application/json";
  std::string client_context;  // JSON, or empty.
  std::string trace_id;        // Empty: one is made, not sampled.
  // As in the Lambda-Runtime-Invoked-Function-Arn header; empty: the unqualified ARN.
  std::string invoked_arn;
};

enum class InvokeOutcome {
  kSuccess,
  kFunctionError,  // The function failed: `payload` is the error as Lambda shows it.
  kThrottled,      // Refused; see `throttle_reason`.
  kFunctionNotFound,
  kServiceError,  // Floe itself could not run it (node lost, shutting down); see `message`.
};

struct InvokeResult {
  InvokeOutcome outcome = InvokeOutcome::kSuccess;
  std::string request_id;  // UUID; set always.
  std::string payload;
  std::string content_type;
  ThrottleReason throttle_reason = ThrottleReason::kAccountConcurrency;
  std::string error_type;  // With kFunctionError: "Runtime.ExitError" and the like.
  std::string message;     // With kFunctionNotFound and kServiceError: for people.
  bool cold_start = false;
  Duration run_duration;
  Duration init_duration;  // Zero on a warm start.
  int64_t memory_used_max_mib = 0;
  std::string trace_id;
  // START line, the function's last output, END and REPORT lines; at most 4 KiB, the end kept.
  std::string log_tail;
};

}  // namespace floe::live

#endif  // FLOE_ORCHESTRATOR_LIVE_INVOCATION_H_
