#include "simulator/scenario.h"

#include <cstddef>
#include <variant>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "simulator/arrival_trace.h"
#include "simulator/field_checks.h"
#include "simulator/function_checks.h"
#include "simulator/price_profile.h"

namespace floe {
namespace {

constexpr Duration kLeast = Duration::Nanoseconds(1);

absl::Status CheckLengthOrInfinite(const std::string& path, Duration value) {
  return value.is_infinite() ? absl::OkStatus() : CheckLength(path, value, kLeast, kLengthMax);
}

absl::Status CheckHybridHistogram(const HybridHistogramOptions& options) {
  const std::string path = "hybrid_histogram";
  RETURN_IF_ERROR(
      CheckLength(path + ".bin", options.bin, Duration::Seconds(1), Duration::Hours(24)));
  RETURN_IF_ERROR(CheckRange(path + ".bins", options.bins, 1, kHistogramBinsMax));
  RETURN_IF_ERROR(
      CheckLength(path + ".bins: all together", options.bin * options.bins, kLeast, kLengthMax));
  RETURN_IF_ERROR(CheckRange(path + ".tail_percentile", options.tail_percentile, 0.0, 100.0));
  RETURN_IF_ERROR(
      CheckRange(path + ".head_percentile", options.head_percentile, 0.0, options.tail_percentile));
  RETURN_IF_ERROR(CheckRange(path + ".margin", options.margin, 0.0, 1.0));
  RETURN_IF_ERROR(
      CheckRange(path + ".representative_cv", options.representative_cv, 0.0, 1'000'000.0));
  return CheckRange(path + ".samples_min", options.samples_min, 0, 1'000'000);
}

absl::Status CheckScheduler(const SchedulerOptions& options) {
  RETURN_IF_ERROR(
      CheckRange("account.concurrency", options.account_concurrency, 1, kAccountConcurrencyMax));
  RETURN_IF_ERROR(CheckRange("account.unreserved_concurrency_min",
                             options.unreserved_concurrency_min, 0, options.account_concurrency));
  RETURN_IF_ERROR(CheckRange("account.requests_per_concurrency", options.requests_per_concurrency,
                             0, 1'000'000));
  RETURN_IF_ERROR(CheckLengthOrInfinite("keep_alive", options.keep_alive));
  RETURN_IF_ERROR(CheckLengthOrInfinite("keep_alive_min", options.keep_alive_min));
  RETURN_IF_ERROR(CheckLengthOrInfinite("lifetime_max", options.lifetime_max));
  RETURN_IF_ERROR(CheckHybridHistogram(options.hybrid));
  RETURN_IF_ERROR(CheckLength("init_limit", options.init_limit, kLeast, kLengthMax));
  RETURN_IF_ERROR(CheckLength("start_limit", options.start_limit, kLeast, kLengthMax));
  return CheckLength("provisioning_delay", options.provisioning_delay, Duration(), kLengthMax);
}

absl::Status CheckNodes(const std::vector<ScenarioNodes>& nodes) {
  int64_t count = 0;
  for (size_t i = 0; i < nodes.size(); ++i) {
    const std::string path = absl::StrCat("nodes[", i, "]");
    RETURN_IF_ERROR(CheckRange<int64_t>(path + ".count", nodes[i].count, 1, kScenarioNodesMax));
    RETURN_IF_ERROR(
        CheckRange<int64_t>(path + ".memory_mib", nodes[i].memory_mib, 1, kNodeMemoryMibMax));
    RETURN_IF_ERROR(CheckRange(path + ".cpus", nodes[i].cpus, 0.0, kNodeCpusMax));
    RETURN_IF_ERROR(
        CheckRange(path + ".start_parallelism", nodes[i].start_parallelism, 0, kNodeStartsMax));
    count += nodes[i].count;
    RETURN_IF_ERROR(CheckRange<int64_t>("nodes: their number", count, 1, kScenarioNodesMax));
  }
  return absl::OkStatus();
}

// What the functions of a scenario take together.
class Totals {
 public:
  absl::Status Add(const char* field, int64_t count, const ScenarioFunction& function) {
    functions_ += count;
    RETURN_IF_ERROR(CheckRange<int64_t>(absl::StrCat(field, ": their number"), functions_, 1,
                                        kScenarioFunctionsMax));
    // No overflow: at most kLoadBlocksMax blocks of kClientsMax clients, and each entry is checked.
    int64_t senders = std::holds_alternative<QueueDelivery>(function.delivery) ? 1 : 0;
    for (const ScenarioClients& clients : function.clients) senders += clients.count;
    senders_ += count * senders;
    RETURN_IF_ERROR(
        CheckRange<int64_t>(absl::StrCat(field, ": the number of their clients and message queues"),
                            senders_, 0, kScenarioSendersMax));
    // A reservation holds the provisioned concurrency of its function.
    claimed_ += count * function.concurrency_reserved.value_or(ProvisionedMax(function));
    return absl::OkStatus();
  }
  absl::Status CheckAgainst(const SchedulerOptions& options) const {
    const int64_t claimable =
        int64_t{options.account_concurrency} - options.unreserved_concurrency_min;
    if (claimed_ <= claimable) return absl::OkStatus();
    return RefuseField(
        "functions",
        absl::StrCat("they reserve or provision a concurrency of ", claimed_, ", at most ",
                     claimable, " leaves account.unreserved_concurrency_min to the others"));
  }

 private:
  int64_t functions_ = 0;
  int64_t senders_ = 0;
  int64_t claimed_ = 0;
};

absl::Status CheckFunctions(const Scenario& scenario) {
  if (scenario.functions.empty() && scenario.traces.empty()) {
    return RefuseField("functions", "there is none; a scenario needs functions or traces");
  }
  Totals totals;
  int64_t entries = static_cast<int64_t>(scenario.functions.size());
  for (size_t i = 0; i < scenario.functions.size(); ++i) {
    const ScenarioFunction& function = scenario.functions[i];
    RETURN_IF_ERROR(
        CheckFunction(absl::StrCat("functions[", i, "]"), function, FunctionOrigin::kEntry));
    RETURN_IF_ERROR(totals.Add("functions", function.count, function));
  }
  RETURN_IF_ERROR(
      CheckRange<size_t>("traces: their number", scenario.traces.size(), 0, kScenarioTracesMax));
  for (size_t i = 0; i < scenario.traces.size(); ++i) {
    const ScenarioTrace& trace = scenario.traces[i];
    const std::string path = absl::StrCat("traces[", i, "]");
    if (trace.trace == nullptr) return RefuseField(path, "has no source");
    const int64_t count = static_cast<int64_t>(trace.trace->functions().size());
    if (count == 0) return RefuseField(path, "is a trace without functions");
    RETURN_IF_ERROR(CheckFunction(path + ".like", trace.like, FunctionOrigin::kTrace));
    RETURN_IF_ERROR(totals.Add("traces", count, trace.like));
    entries += count;
  }
  RETURN_IF_ERROR(
      CheckRange<int64_t>("functions: the number of entries", entries, 1, kFunctionEntriesMax));
  return totals.CheckAgainst(scenario.scheduler);
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
  RETURN_IF_ERROR(CheckFunctions(scenario));
  if (FindPriceProfile(scenario.prices.profile) == nullptr) {
    return RefuseField("prices.profile", absl::StrCat("\"", scenario.prices.profile,
                                                      "\" is none of ", PriceProfileNames()));
  }
  return absl::OkStatus();
}

}  // namespace floe
