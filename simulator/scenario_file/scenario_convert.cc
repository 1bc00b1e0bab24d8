#include "simulator/scenario_file/scenario_convert.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/status_macros.h"
#include "orchestrator/core/scheduler_options.h"
#include "simulator/scenario_file/field_reader.h"
#include "simulator/scenario_file/function_convert.h"
#include "simulator/scenario_file/rate_spread.h"
#include "simulator/scenario_file/trace_convert.h"

namespace floe {
namespace {

using ScenarioProto = ::floe::v1::Scenario;

constexpr std::pair<ScenarioProto::ScalingRule, ScalingRule> kScalingRules[] = {
    {ScenarioProto::SCALING_RULE_UNLIMITED, ScalingRule::kUnlimited},
    {ScenarioProto::SCALING_RULE_CURRENT, ScalingRule::kCurrent},
    {ScenarioProto::SCALING_RULE_LEGACY_3000, ScalingRule::kLegacy3000},
    {ScenarioProto::SCALING_RULE_LEGACY_1000, ScalingRule::kLegacy1000},
    {ScenarioProto::SCALING_RULE_LEGACY_500, ScalingRule::kLegacy500},
};
constexpr std::pair<ScenarioProto::ReuseOrder, ReuseOrder> kReuseOrders[] = {
    {ScenarioProto::REUSE_ORDER_NEWEST_FIRST, ReuseOrder::kNewestFirst},
    {ScenarioProto::REUSE_ORDER_OLDEST_FIRST, ReuseOrder::kOldestFirst},
    {ScenarioProto::REUSE_ORDER_RANDOM, ReuseOrder::kRandom},
};
constexpr std::pair<ScenarioProto::KeepAliveRule, KeepAliveRule> kKeepAliveRules[] = {
    {ScenarioProto::KEEP_ALIVE_RULE_FIXED, KeepAliveRule::kFixed},
    {ScenarioProto::KEEP_ALIVE_RULE_UNIFORM, KeepAliveRule::kUniform},
    {ScenarioProto::KEEP_ALIVE_RULE_HYBRID_HISTOGRAM, KeepAliveRule::kHybridHistogram},
    {ScenarioProto::KEEP_ALIVE_RULE_UNTIL_EVICTED, KeepAliveRule::kUntilEvicted},
};
constexpr std::pair<ScenarioProto::EvictionRule, EvictionRule> kEvictionRules[] = {
    {ScenarioProto::EVICTION_RULE_NONE, EvictionRule::kNone},
    {ScenarioProto::EVICTION_RULE_LEAST_RECENTLY_USED, EvictionRule::kLeastRecentlyUsed},
    {ScenarioProto::EVICTION_RULE_GREEDY_DUAL, EvictionRule::kGreedyDual},
    {ScenarioProto::EVICTION_RULE_LANDLORD, EvictionRule::kLandlord},
    {ScenarioProto::EVICTION_RULE_FREQUENCY, EvictionRule::kFrequency},
    {ScenarioProto::EVICTION_RULE_SIZE, EvictionRule::kSize},
};
constexpr std::pair<ScenarioProto::BindingRule, BindingRule> kBindingRules[] = {
    {ScenarioProto::BINDING_RULE_EARLY, BindingRule::kEarly},
    {ScenarioProto::BINDING_RULE_LATE, BindingRule::kLate},
};
constexpr std::pair<ScenarioProto::PlacementRule, PlacementRule> kPlacementRules[] = {
    {ScenarioProto::PLACEMENT_RULE_MOST_FREE, PlacementRule::kMostFree},
    {ScenarioProto::PLACEMENT_RULE_BEST_FIT, PlacementRule::kBestFit},
};

// The initial burst of each region until November 2023. Source: AWS "Lambda function scaling",
// 2022.
ScalingRule LegacyRuleOf(const std::string& region) {
  constexpr std::array<const char*, 3> k3000 = {"us-east-1", "us-west-2", "eu-west-1"};
  constexpr std::array<const char*, 3> k1000 = {"ap-northeast-1", "eu-central-1", "us-east-2"};
  if (absl::c_linear_search(k3000, region)) return ScalingRule::kLegacy3000;
  if (absl::c_linear_search(k1000, region)) return ScalingRule::kLegacy1000;
  return ScalingRule::kLegacy500;
}

// Two letters, words, a number: "us-gov-west-1".
bool LooksLikeRegion(const std::string& region) {
  const std::vector<std::string> parts = absl::StrSplit(region, '-');
  if (parts.size() < 3 || parts.front().size() != 2) return false;
  return absl::c_all_of(parts, [&parts](const std::string& part) {
    const bool number = &part == &parts.back();
    return !part.empty() && absl::c_all_of(part, [number](char c) {
      return number ? absl::ascii_isdigit(c) : absl::ascii_islower(c);
    });
  });
}

ScalingRule ReadScalingRule(FieldReader& reader, const ScenarioProto::Account& account) {
  const std::string& region = account.region();
  const bool legacy = account.scaling_rule() == ScenarioProto::SCALING_RULE_LEGACY;
  if (legacy || !region.empty()) {
    if (!LooksLikeRegion(region)) {
      reader.Refuse("account.region",
                    absl::StrCat("\"", region, "\" is not an AWS region such as \"eu-west-1\""));
    }
  }
  if (legacy) return LegacyRuleOf(region);
  return reader.ReadEnum("account.scaling_rule", account.scaling_rule(),
                         SchedulerOptions().scaling_rule, kScalingRules);
}

HybridHistogramOptions ReadHybridHistogram(FieldReader& reader,
                                           const ScenarioProto::HybridHistogram& proto) {
  HybridHistogramOptions options;
  options.bin = reader.ReadDuration("hybrid_histogram.bin", proto.bin(), options.bin);
  if (proto.has_bins()) options.bins = proto.bins();
  if (proto.has_head_percentile()) options.head_percentile = proto.head_percentile();
  if (proto.has_tail_percentile()) options.tail_percentile = proto.tail_percentile();
  if (proto.has_margin()) options.margin = proto.margin();
  if (proto.has_representative_cv()) options.representative_cv = proto.representative_cv();
  if (proto.has_samples_min()) options.samples_min = proto.samples_min();
  return options;
}

SchedulerOptions ReadScheduler(FieldReader& reader, const ScenarioProto& proto) {
  SchedulerOptions options;
  const ScenarioProto::Account& account = proto.account();
  if (account.has_concurrency()) options.account_concurrency = account.concurrency();
  options.unreserved_concurrency_min =
      account.has_unreserved_concurrency_min()
          ? account.unreserved_concurrency_min()
          : std::min(options.unreserved_concurrency_min, options.account_concurrency);
  if (account.has_requests_per_concurrency()) {
    options.requests_per_concurrency = account.requests_per_concurrency();
  }
  const auto read_duration = [&](const char* path, const std::string& text, Duration& value) {
    value = reader.ReadDuration(path, text, value);
  };
  options.scaling_rule = ReadScalingRule(reader, account);
  options.reuse_order =
      reader.ReadEnum("reuse_order", proto.reuse_order(), options.reuse_order, kReuseOrders);
  options.keep_alive_rule = reader.ReadEnum("keep_alive_rule", proto.keep_alive_rule(),
                                            options.keep_alive_rule, kKeepAliveRules);
  options.eviction_rule = reader.ReadEnum("eviction_rule", proto.eviction_rule(),
                                          options.eviction_rule, kEvictionRules);
  options.binding_rule =
      reader.ReadEnum("binding_rule", proto.binding_rule(), options.binding_rule, kBindingRules);
  options.placement_rule = reader.ReadEnum("placement_rule", proto.placement_rule(),
                                           options.placement_rule, kPlacementRules);
  options.hybrid = ReadHybridHistogram(reader, proto.hybrid_histogram());
  read_duration("keep_alive", proto.keep_alive(), options.keep_alive);
  read_duration("keep_alive_min", proto.keep_alive_min(), options.keep_alive_min);
  read_duration("lifetime_max", proto.lifetime_max(), options.lifetime_max);
  read_duration("init_limit", proto.init_limit(), options.init_limit);
  read_duration("start_limit", proto.start_limit(), options.start_limit);
  read_duration("provisioning_delay", proto.provisioning_delay(), options.provisioning_delay);
  return options;
}

ScenarioNodes ReadNodes(const ScenarioProto::Nodes& proto) {
  return {.count = proto.has_count() ? proto.count() : 1,
          .memory_mib = proto.memory_mib(),
          .cpus = proto.cpus(),
          .start_parallelism = proto.start_parallelism()};
}

// Reads the functions; those with a spread of rates become an entry each. Sets `blocks` to the
// block of the file that each entry comes from.
void ReadFunctions(FieldReader& reader, const ScenarioProto& proto, Scenario& scenario,
                   std::vector<int>& blocks) {
  for (int i = 0; i < proto.functions_size(); ++i) {
    const std::string path = absl::StrCat("functions[", i, "]");
    ScenarioFunction function = ReadFunction(reader, path, proto.functions(i));
    const double spread =
        proto.functions(i).has_rate_spread() ? proto.functions(i).rate_spread() : 1;
    if (!(spread >= 1 && spread <= kRateSpreadMax)) {
      reader.Refuse(path + ".rate_spread",
                    absl::StrCat("is ", spread, ", must be 1 to ", kRateSpreadMax));
    }
    if (spread > 1 && (function.count < 1 || function.count > kFunctionEntriesMax)) {
      reader.Refuse(path + ".count", absl::StrCat("is ", function.count, ", must be 1 to ",
                                                  kFunctionEntriesMax, " with a rate_spread"));
    }
    if (!reader.status().ok()) return;
    if (spread == 1) {
      scenario.functions.push_back(std::move(function));
    } else {
      for (ScenarioFunction& one : SpreadRates(function, spread)) {
        scenario.functions.push_back(std::move(one));
      }
    }
    blocks.resize(scenario.functions.size(), i);
    if (scenario.functions.size() > static_cast<size_t>(kFunctionEntriesMax)) return;
  }
}

// Opens the traces and, where the scenario has no duration, makes it that of the longest. Sets
// `blocks` to the block of the file that each trace comes from.
absl::Status ReadTraces(FieldReader& reader, const ScenarioProto& proto, const std::string& folder,
                        Scenario& scenario, std::vector<int>& blocks) {
  if (proto.traces_size() > kTraceBlocksMax) {
    reader.Refuse("traces",
                  absl::StrCat("there are ", proto.traces_size(), ", at most ", kTraceBlocksMax));
  }
  RETURN_IF_ERROR(reader.status());
  const TraceLength length =
      proto.duration().empty() ? TraceLength::kWanted : TraceLength::kNotWanted;
  for (int i = 0; i < proto.traces_size(); ++i) {
    ASSIGN_OR_RETURN(OpenedTrace opened, OpenTrace(reader, absl::StrCat("traces[", i, "]"),
                                                   proto.traces(i), folder, length));
    for (ScenarioTrace& trace : opened.traces) {
      scenario.traces.push_back(std::move(trace));
      blocks.push_back(i);
    }
    if (length == TraceLength::kWanted) {
      scenario.duration = std::max(scenario.duration, opened.length);
    }
  }
  return absl::OkStatus();
}

// A refusal counts functions and traces as the simulator does; a journal, or functions with a
// spread of rates, are several of them.
absl::Status WithBlockOfFile(const absl::Status& status, absl::string_view field,
                             const std::vector<int>& blocks) {
  absl::string_view message = status.message();
  size_t index = 0;
  if (!absl::ConsumePrefix(&message, field) || !absl::ConsumePrefix(&message, "[")) return status;
  const size_t end = message.find(']');
  if (end == absl::string_view::npos || !absl::SimpleAtoi(message.substr(0, end), &index) ||
      index >= blocks.size()) {
    return status;
  }
  return absl::Status(status.code(), absl::StrCat(field, "[", blocks[index], message.substr(end)));
}

}  // namespace

absl::StatusOr<Scenario> ConvertScenario(const ScenarioProto& proto, const std::string& folder) {
  FieldReader reader;
  Scenario scenario;
  scenario.name = proto.name();
  if (proto.traces_size() == 0 || !proto.duration().empty()) {
    scenario.duration = reader.ReadDuration("duration", proto.duration(), std::nullopt);
  }
  if (proto.warm_up() == "auto") {
    scenario.warm_up_auto = true;
  } else {
    scenario.warm_up = reader.ReadDuration("warm_up", proto.warm_up(), Duration());
  }
  if (proto.has_seed()) scenario.seed = proto.seed();
  scenario.scheduler = ReadScheduler(reader, proto);
  for (const ScenarioProto::Nodes& nodes : proto.nodes()) {
    scenario.nodes.push_back(ReadNodes(nodes));
  }
  if (!proto.prices().profile().empty()) scenario.prices.profile = proto.prices().profile();
  scenario.prices.free_tier = proto.prices().free_tier();
  std::vector<int> function_blocks;
  ReadFunctions(reader, proto, scenario, function_blocks);
  std::vector<int> trace_blocks;
  RETURN_IF_ERROR(ReadTraces(reader, proto, folder, scenario, trace_blocks));
  absl::Status valid = ValidateScenario(scenario);
  valid = WithBlockOfFile(valid, "functions", function_blocks);
  RETURN_IF_ERROR(WithBlockOfFile(valid, "traces", trace_blocks));
  return scenario;
}

}  // namespace floe
