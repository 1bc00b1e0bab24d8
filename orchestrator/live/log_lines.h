// What Lambda writes around an invocation: START, END and REPORT lines, and errors as callers see
// them.

#ifndef FLOE_ORCHESTRATOR_LIVE_LOG_LINES_H_
#define FLOE_ORCHESTRATOR_LIVE_LOG_LINES_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "base/time.h"

namespace floe::live {

// What Invoke with a log tail gives back at most.
inline constexpr size_t kLogTailBytesMax = 4'096;

struct InvocationLog {
  std::string request_id;
  std::string output;  // Of the function.
  Duration run_duration;
  Duration init_duration;  // Zero on a warm start: not shown.
  int32_t memory_mib = 0;
  int64_t memory_used_max_mib = 0;
  std::string status;      // "", "timeout" or "error".
  std::string error_type;  // With "error".
};

// Init and run together, rounded up to whole milliseconds; at least 1.
int64_t BilledMilliseconds(Duration init_duration, Duration run_duration);

// START line, output, END and REPORT lines; of more than kLogTailBytesMax bytes the last.
std::string LogTail(const InvocationLog& log);

// {"errorType":"...","errorMessage":"..."}
std::string ErrorBody(const std::string& error_type, const std::string& error_message);

// "RequestId: <id> Error: <what>"
std::string ErrorMessage(const std::string& request_id, const std::string& what);

// "Task timed out after 3.00 seconds"
std::string TimeoutText(Duration timeout);

}  // namespace floe::live

#endif  // FLOE_ORCHESTRATOR_LIVE_LOG_LINES_H_
