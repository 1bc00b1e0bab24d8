#include "simulator/scenario.h"

#include <cstddef>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "simulator/field_checks.h"
#include "simulator/workload_checks.h"

namespace floe {
namespace {

constexpr size_t kArrivalBlocksMax = 1'000;
constexpr size_t kNameBytesMax = 64;

absl::Status CheckRate(const std::string& path, double value) {
  // Written so that NaN is refused.
  if (value >= 0 && value <= 1) return absl::OkStatus();
  return RefuseField(path, absl::StrCat("is ", value, ", must be 0 to 1"));
}

absl::Status CheckFunction(const std::string& path, const ScenarioFunction& function) {
  if (function.name.empty() || function.name.size() > kNameBytesMax) {
    return RefuseField(path + ".name",
                       absl::StrCat("must have 1 to ", kNameBytesMax, " characters"));
  }
  RETURN_IF_ERROR(CheckRange<int64_t>(path + ".count", function.count, 1, kScenarioFunctionsMax));
  RETURN_IF_ERROR(CheckRange(path + ".memory_mib", function.memory_mib, kFunctionMemoryMibMin,
                             kFunctionMemoryMibMax));
  RETURN_IF_ERROR(
      CheckLength(path + ".timeout", function.timeout, kFunctionTimeoutMin, kFunctionTimeoutMax));
  if (function.concurrency_reserved.has_value()) {
    RETURN_IF_ERROR(CheckRange(path + ".concurrency_reserved", *function.concurrency_reserved, 0,
                               kAccountConcurrencyMax));
  }
  RETURN_IF_ERROR(CheckLengthModel(path + ".run", function.run));
  RETURN_IF_ERROR(CheckLengthModel(path + ".start", function.start));
  RETURN_IF_ERROR(CheckLengthModel(path + ".init", function.init));
  RETURN_IF_ERROR(CheckRate(path + ".error_rate", function.error_rate));
  RETURN_IF_ERROR(CheckRate(path + ".crash_rate", function.crash_rate));
  RETURN_IF_ERROR(CheckRate(path + ".error_rate and crash_rate together",
                            function.error_rate + function.crash_rate));
  if (function.arrivals.size() > kArrivalBlocksMax) {
    return RefuseField(path + ".arrivals", absl::StrCat("has ", function.arrivals.size(),
                                                        " blocks, at most ", kArrivalBlocksMax));
  }
  for (size_t i = 0; i < function.arrivals.size(); ++i) {
    RETURN_IF_ERROR(CheckArrivals(absl::StrCat(path, ".arrivals[", i, "]"), function.arrivals[i]));
  }
  return absl::OkStatus();
}

absl::Status CheckScheduler(const SchedulerOptions& options) {
  RETURN_IF_ERROR(
      CheckRange("account.concurrency", options.account_concurrency, 1, kAccountConcurrencyMax));
  RETURN_IF_ERROR(CheckRange("account.unreserved_concurrency_min",
                             options.unreserved_concurrency_min, 0, options.account_concurrency));
  RETURN_IF_ERROR(CheckRange("account.requests_per_concurrency", options.requests_per_concurrency,
                             0, 1'000'000));
  constexpr Duration kLeast = Duration::Nanoseconds(1);
  if (!options.keep_alive.is_infinite()) {
    RETURN_IF_ERROR(CheckLength("keep_alive", options.keep_alive, kLeast, kLengthMax));
  }
  if (!options.lifetime_max.is_infinite()) {
    RETURN_IF_ERROR(CheckLength("lifetime_max", options.lifetime_max, kLeast, kLengthMax));
  }
  RETURN_IF_ERROR(CheckLength("init_limit", options.init_limit, kLeast, kLengthMax));
  return CheckLength("start_limit", options.start_limit, kLeast, kLengthMax);
}

absl::Status CheckNodes(const std::vector<ScenarioNodes>& nodes) {
  int64_t count = 0;
  for (size_t i = 0; i < nodes.size(); ++i) {
    const std::string path = absl::StrCat("nodes[", i, "]");
    RETURN_IF_ERROR(CheckRange<int64_t>(path + ".count", nodes[i].count, 1, kScenarioNodesMax));
    RETURN_IF_ERROR(
        CheckRange<int64_t>(path + ".memory_mib", nodes[i].memory_mib, 1, kNodeMemoryMibMax));
    count += nodes[i].count;
    RETURN_IF_ERROR(CheckRange<int64_t>("nodes: their number", count, 1, kScenarioNodesMax));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ValidateScenario(const Scenario& scenario) {
  RETURN_IF_ERROR(
      CheckLength("duration", scenario.duration, Duration::Microseconds(1), kScenarioDurationMax));
  if (scenario.warm_up < Duration() || scenario.warm_up >= scenario.duration) {
    return RefuseField("warm_up", "must be at least 0 and shorter than the duration");
  }
  RETURN_IF_ERROR(CheckScheduler(scenario.scheduler));
  RETURN_IF_ERROR(CheckNodes(scenario.nodes));
  RETURN_IF_ERROR(CheckRange<int64_t>("functions: the number of entries",
                                      static_cast<int64_t>(scenario.functions.size()), 1,
                                      kFunctionEntriesMax));
  int64_t functions = 0;
  int64_t reserved = 0;
  for (size_t i = 0; i < scenario.functions.size(); ++i) {
    const ScenarioFunction& function = scenario.functions[i];
    RETURN_IF_ERROR(CheckFunction(absl::StrCat("functions[", i, "]"), function));
    functions += function.count;
    RETURN_IF_ERROR(
        CheckRange<int64_t>("functions: their number", functions, 1, kScenarioFunctionsMax));
    reserved += function.count * function.concurrency_reserved.value_or(0);
  }
  const int64_t reservable = int64_t{scenario.scheduler.account_concurrency} -
                             scenario.scheduler.unreserved_concurrency_min;
  if (reserved > reservable) {
    return RefuseField(
        "functions",
        absl::StrCat("they reserve a concurrency of ", reserved, ", at most ", reservable,
                     " leaves account.unreserved_concurrency_min to the others"));
  }
  return absl::OkStatus();
}

}  // namespace floe
