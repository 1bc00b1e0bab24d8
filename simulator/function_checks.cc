#include "simulator/function_checks.h"

#include <algorithm>
#include <cstddef>
#include <variant>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "base/time.h"
#include "simulator/field_checks.h"
#include "simulator/workload_checks.h"

namespace floe {
namespace {

constexpr Duration kLeast = Duration::Nanoseconds(1);

absl::Status CheckProvisioned(const std::string& path, const ScenarioFunction& function) {
  const ProvisionedConcurrency& provisioned = function.provisioned;
  RETURN_IF_ERROR(CheckRange<size_t>(path + ".schedule: the number of its entries",
                                     provisioned.schedule.size(), 0, kProvisionedChangesMax));
  Instant last;
  for (size_t i = 0; i < provisioned.schedule.size(); ++i) {
    const ProvisionedChange& change = provisioned.schedule[i];
    const std::string at = absl::StrCat(path, ".schedule[", i, "]");
    if (change.at < Instant()) return RefuseField(at + ".at", "is before the start of the run");
    if (i > 0 && change.at <= last)
      return RefuseField(at + ".at", "is not after the one before it");
    RETURN_IF_ERROR(CheckRange(at + ".concurrency", change.concurrency, 0, kAccountConcurrencyMax));
    last = change.at;
  }
  if (provisioned.tracking.has_value()) {
    const ProvisionedTracking& tracking = *provisioned.tracking;
    RETURN_IF_ERROR(CheckRange(path + ".tracking.max", tracking.max, 1, kAccountConcurrencyMax));
    RETURN_IF_ERROR(CheckRange(path + ".tracking.min", tracking.min, 0, tracking.max));
    RETURN_IF_ERROR(
        CheckRange(path + ".tracking.target_utilization", tracking.target_utilization, 0.1, 0.9));
  }
  const int32_t most = ProvisionedMax(function);
  if (function.concurrency_reserved.has_value() && most > *function.concurrency_reserved) {
    return RefuseField(path, absl::StrCat("reaches ", most, ", more than concurrency_reserved, ",
                                          *function.concurrency_reserved));
  }
  return absl::OkStatus();
}

absl::Status CheckDelivery(const std::string& path, const ScenarioFunction& function) {
  if (const auto* events = std::get_if<AsynchronousDelivery>(&function.delivery)) {
    RETURN_IF_ERROR(CheckRange(path + ".asynchronous.retries_max", events->retries_max, 0, 2));
    return CheckLength(path + ".asynchronous.event_age_max", events->event_age_max,
                       Duration::Seconds(60), Duration::Hours(6));
  }
  const auto* queue = std::get_if<QueueDelivery>(&function.delivery);
  if (queue == nullptr) return absl::OkStatus();
  const std::string at = path + ".queue";
  RETURN_IF_ERROR(CheckRange(at + ".batch_size", queue->batch_size, 1, 10'000));
  RETURN_IF_ERROR(
      CheckLength(at + ".batch_window", queue->batch_window, Duration(), Duration::Seconds(300)));
  if (queue->batch_size > 10 && queue->batch_window < Duration::Seconds(1)) {
    return RefuseField(at + ".batch_window", "must be at least 1 s with a batch_size above 10");
  }
  if (queue->concurrency_max.has_value()) {
    RETURN_IF_ERROR(CheckRange(at + ".concurrency_max", *queue->concurrency_max, 2, 1'000));
  }
  RETURN_IF_ERROR(CheckLength(at + ".visibility_timeout", queue->visibility_timeout, Duration(),
                              Duration::Hours(12)));
  if (queue->visibility_timeout < function.timeout) {
    return RefuseField(at + ".visibility_timeout",
                       absl::StrCat("is ", queue->visibility_timeout.seconds(),
                                    " s, must be at least the function's timeout, ",
                                    function.timeout.seconds(), " s"));
  }
  RETURN_IF_ERROR(CheckRange(at + ".receives_max", queue->receives_max, 0, 1'000));
  return CheckLengthModel(at + ".run_per_message", queue->run_per_message);
}

absl::Status CheckClients(const std::string& path, const ScenarioClients& clients) {
  RETURN_IF_ERROR(CheckRange<int64_t>(path + ".count", clients.count, 1, kClientsMax));
  RETURN_IF_ERROR(CheckLengthModel(path + ".think", clients.think));
  RETURN_IF_ERROR(CheckRange(path + ".retries_max", clients.retries_max, 0, kClientRetriesMax));
  RETURN_IF_ERROR(CheckLength(path + ".backoff_max", clients.backoff_max, kLeast, kLengthMax));
  RETURN_IF_ERROR(
      CheckLength(path + ".backoff_first", clients.backoff_first, kLeast, clients.backoff_max));
  if (clients.from < Instant())
    return RefuseField(path + ".from", "is before the start of the run");
  if (clients.until <= clients.from) return RefuseField(path + ".until", "is not after `from`");
  return absl::OkStatus();
}

absl::Status CheckFates(const std::string& path, const ScenarioFunction& function) {
  RETURN_IF_ERROR(CheckRange(path + ".error_rate", function.error_rate, 0.0, 1.0));
  RETURN_IF_ERROR(CheckRange(path + ".crash_rate", function.crash_rate, 0.0, 1.0));
  RETURN_IF_ERROR(CheckRange(path + ".hang_rate", function.hang_rate, 0.0, 1.0));
  return CheckRange(path + ".error_rate, crash_rate and hang_rate together",
                    function.error_rate + function.crash_rate + function.hang_rate, 0.0, 1.0);
}

absl::Status CheckLoad(const std::string& path, const ScenarioFunction& function,
                       FunctionOrigin origin) {
  if (origin == FunctionOrigin::kTrace) {
    if (!function.arrivals.empty()) {
      return RefuseField(path + ".arrivals", "come from the trace and cannot be given");
    }
    if (!function.clients.empty()) {
      return RefuseField(path + ".clients", "cannot be given with a trace; use functions");
    }
    if (function.count != 1) {
      return RefuseField(path + ".count", "comes from the trace and cannot be given");
    }
  }
  RETURN_IF_ERROR(CheckRange<size_t>(path + ".arrivals: the number of blocks",
                                     function.arrivals.size(), 0, kLoadBlocksMax));
  for (size_t i = 0; i < function.arrivals.size(); ++i) {
    RETURN_IF_ERROR(CheckArrivals(absl::StrCat(path, ".arrivals[", i, "]"), function.arrivals[i]));
  }
  RETURN_IF_ERROR(CheckRange<size_t>(path + ".clients: the number of blocks",
                                     function.clients.size(), 0, kLoadBlocksMax));
  for (size_t i = 0; i < function.clients.size(); ++i) {
    RETURN_IF_ERROR(CheckClients(absl::StrCat(path, ".clients[", i, "]"), function.clients[i]));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckFunction(const std::string& path, const ScenarioFunction& function,
                           FunctionOrigin origin) {
  if (function.name.size() > kFunctionNameBytesMax ||
      (function.name.empty() && origin == FunctionOrigin::kEntry)) {
    return RefuseField(path + ".name",
                       absl::StrCat("must have 1 to ", kFunctionNameBytesMax, " characters"));
  }
  RETURN_IF_ERROR(CheckRange<int64_t>(path + ".count", function.count, 1, kScenarioFunctionsMax));
  RETURN_IF_ERROR(CheckRange(path + ".memory_mib", function.memory_mib, kFunctionMemoryMibMin,
                             kFunctionMemoryMibMax));
  RETURN_IF_ERROR(
      CheckRange(path + ".tmp_mib", function.tmp_mib, kFunctionTmpMibMin, kFunctionTmpMibMax));
  RETURN_IF_ERROR(
      CheckLength(path + ".timeout", function.timeout, kFunctionTimeoutMin, kFunctionTimeoutMax));
  if (function.concurrency_reserved.has_value()) {
    RETURN_IF_ERROR(CheckRange(path + ".concurrency_reserved", *function.concurrency_reserved, 0,
                               kAccountConcurrencyMax));
  }
  RETURN_IF_ERROR(CheckProvisioned(path + ".provisioned", function));
  RETURN_IF_ERROR(CheckRange(path + ".tenants", function.tenants, 0, kTenantsMax));
  if (function.tenants > 0 && ProvisionedMax(function) > 0) {
    return RefuseField(path + ".tenants",
                       "functions with tenant isolation have no provisioned "
                       "concurrency; remove one of the two");
  }
  if (function.custom_runtime && function.package == Package::kImage) {
    return RefuseField(path + ".custom_runtime",
                       "is for zip packages; an image has its own anyway");
  }
  RETURN_IF_ERROR(CheckLengthModel(path + ".run", function.run));
  RETURN_IF_ERROR(CheckLengthModel(path + ".start", function.start));
  RETURN_IF_ERROR(CheckLengthModel(path + ".init", function.init));
  RETURN_IF_ERROR(CheckFates(path, function));
  RETURN_IF_ERROR(CheckLoad(path, function, origin));
  return CheckDelivery(path, function);
}

int32_t ProvisionedMax(const ScenarioFunction& function) {
  const ProvisionedConcurrency& provisioned = function.provisioned;
  int32_t most = provisioned.tracking.has_value() ? provisioned.tracking->max : 0;
  for (const ProvisionedChange& change : provisioned.schedule) {
    most = std::max(most, change.concurrency);
  }
  return most;
}

}  // namespace floe
