// Sends invocations to a front door the way many clients at once do, and measures what they see.

#ifndef FLOE_CLI_HTTP_LOAD_H_
#define FLOE_CLI_HTTP_LOAD_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/time.h"
#include "cli/flags.h"

namespace floe::cli {

struct LoadOptions {
  HostPort endpoint;
  std::string function_name;
  std::string payload = "{}";
  int requests = 1;
  // Clients that send at the same time; each sends its next request when it has an answer.
  int clients = 1;
  Duration answer_limit = Duration::Seconds(910);  // Longer than any time-out of a function.
};

struct LoadResult {
  Duration elapsed;
  int64_t answered = 0;         // HTTP 200 without X-Amz-Function-Error.
  int64_t function_errors = 0;  // HTTP 200 with it.
  int64_t cold = 0;             // Of the answered and failed: a new environment was made.
  std::map<std::string, int64_t> throttled;  // HTTP 429 by Reason.
  std::map<std::string, int64_t> failed;     // Everything else, by status or transport error.
  // Of the answered, in milliseconds, sorted. Init and run durations are those of the REPORT lines.
  std::vector<double> latency_ms;
  std::vector<double> cold_latency_ms;
  std::vector<double> warm_latency_ms;
  std::vector<double> init_ms;
  std::vector<double> run_ms;
};

// Connects every client first, then lets all send at once. UNAVAILABLE when the front door refuses.
absl::StatusOr<LoadResult> RunLoad(const LoadOptions& options);

// The value below which `share` (0 to 1) of `sorted` lies; 0 when it is empty.
double Percentile(const std::vector<double>& sorted, double share);

// Milliseconds after `label` in a REPORT line, such as "Init Duration: "; negative when it is
// missing.
double ReportedMilliseconds(absl::string_view log, absl::string_view label);

}  // namespace floe::cli

#endif  // FLOE_CLI_HTTP_LOAD_H_
