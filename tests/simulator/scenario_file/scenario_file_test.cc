#include "simulator/scenario_file/scenario_file.h"

#include <string>
#include <variant>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "simulator/scenario.h"

namespace floe {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

absl::StatusOr<Scenario> ParseText(const std::string& content) {
  return ParseScenario("s.textproto", content, ScenarioFormat::kText);
}

std::string ErrorOf(const std::string& content) {
  const absl::StatusOr<Scenario> scenario = ParseText(content);
  EXPECT_EQ(scenario.status().code(), absl::StatusCode::kInvalidArgument) << scenario.status();
  return std::string(scenario.status().message());
}

TEST(ScenarioFileTest, TextGivesEveryField) {
  const absl::StatusOr<Scenario> scenario = ParseText(R"(
      name: "everything"
      duration: "1h30m"
      warm_up: "10m"
      seed: 18446744073709551615
      account {
        concurrency: 50
        unreserved_concurrency_min: 0
        requests_per_concurrency: 0
        scaling_rule: SCALING_RULE_LEGACY_500
      }
      keep_alive: "inf"
      lifetime_max: "2h"
      reuse_order: REUSE_ORDER_RANDOM
      init_limit: "9s"
      start_limit: "1.5s"
      nodes { count: 3 memory_mib: 4096 }
      functions {
        name: "f" count: 7 memory_mib: 256 timeout: "20s" concurrency_reserved: 0
        arrivals { poisson { rate_per_second: 2.5 from: "1s" until: "2s" } }
        arrivals { constant { interval: "100ms" } }
        arrivals { burst { count: 9 at: "3s" } }
        arrivals { times { at: ["1s", "2s"] } }
        run { constant: "250ms" }
        init { exponential { mean: "1us" } }
        start { lognormal { median: "1ms" sigma: 0.5 } }
        error_rate: 0.25
        crash_rate: 0.5
      })");
  ASSERT_TRUE(scenario.ok()) << scenario.status();
  EXPECT_EQ(scenario->name, "everything");
  EXPECT_EQ(scenario->duration, Duration::Minutes(90));
  EXPECT_EQ(scenario->warm_up, Duration::Minutes(10));
  EXPECT_EQ(scenario->seed, UINT64_MAX);
  EXPECT_EQ(scenario->scheduler, (SchedulerOptions{.account_concurrency = 50,
                                                   .unreserved_concurrency_min = 0,
                                                   .requests_per_concurrency = 0,
                                                   .scaling_rule = ScalingRule::kLegacy500,
                                                   .reuse_order = ReuseOrder::kRandom,
                                                   .keep_alive = Duration::Infinite(),
                                                   .lifetime_max = Duration::Hours(2),
                                                   .init_limit = Duration::Seconds(9),
                                                   .start_limit = Duration::Milliseconds(1'500)}));
  ASSERT_EQ(scenario->nodes.size(), 1u);
  EXPECT_EQ(scenario->nodes[0].count, 3);
  EXPECT_EQ(scenario->nodes[0].memory_mib, 4'096);
  ASSERT_EQ(scenario->functions.size(), 1u);
  const ScenarioFunction& function = scenario->functions[0];
  EXPECT_EQ(function.count, 7);
  EXPECT_EQ(function.memory_mib, 256);
  EXPECT_EQ(function.timeout, Duration::Seconds(20));
  EXPECT_EQ(function.concurrency_reserved, 0);
  ASSERT_EQ(function.arrivals.size(), 4u);
  const auto& poisson = std::get<PoissonArrivals>(function.arrivals[0]);
  EXPECT_EQ(poisson.rate_per_second, 2.5);
  EXPECT_EQ(poisson.until, Instant() + Duration::Seconds(2));
  const auto& constant = std::get<IntervalArrivals>(function.arrivals[1]);
  EXPECT_EQ(constant.interval, Duration::Milliseconds(100));
  EXPECT_EQ(constant.until, Instant::InfiniteFuture());
  EXPECT_EQ(std::get<BurstArrivals>(function.arrivals[2]).count, 9);
  EXPECT_EQ(std::get<ListedArrivals>(function.arrivals[3]).times.size(), 2u);
  EXPECT_EQ(std::get<ConstantLength>(function.run).value, Duration::Milliseconds(250));
  EXPECT_EQ(std::get<ExponentialLength>(function.init).mean, Duration::Microseconds(1));
  EXPECT_EQ(std::get<LogNormalLength>(function.start).sigma, 0.5);
  EXPECT_EQ(function.error_rate, 0.25);
  EXPECT_EQ(function.crash_rate, 0.5);
}

TEST(ScenarioFileTest, WhatIsLeftOutHasItsDefault) {
  const absl::StatusOr<Scenario> scenario = ParseText("duration: '1s' functions { name: 'f' }");
  ASSERT_TRUE(scenario.ok()) << scenario.status();
  EXPECT_EQ(scenario->scheduler, SchedulerOptions());
  EXPECT_EQ(scenario->seed, 1u);
  EXPECT_EQ(scenario->functions[0].memory_mib, 128);
  EXPECT_EQ(scenario->functions[0].timeout, Duration::Seconds(3));
  EXPECT_EQ(scenario->functions[0].concurrency_reserved, std::nullopt);
}

TEST(ScenarioFileTest, JsonIsTheSameSchema) {
  const absl::StatusOr<Scenario> scenario = ParseScenario(
      "s.json",
      R"({"duration": "1h", "keep_alive": "5m", "account": {"scaling_rule": "SCALING_RULE_UNLIMITED"},
          "functions": [{"name": "f", "arrivals": [{"burst": {"count": 3}}]}]})",
      ScenarioFormat::kJson);
  ASSERT_TRUE(scenario.ok()) << scenario.status();
  EXPECT_EQ(scenario->scheduler.keep_alive, Duration::Minutes(5));
  EXPECT_EQ(scenario->scheduler.scaling_rule, ScalingRule::kUnlimited);
  EXPECT_EQ(std::get<BurstArrivals>(scenario->functions[0].arrivals[0]).count, 3);
}

TEST(ScenarioFileTest, JsonWithAnUnknownFieldIsRefusedByName) {
  const absl::StatusOr<Scenario> scenario =
      ParseScenario("s.json", R"({"duration": "1h", "functions": [{"name": "f", "memory": 5}]})",
                    ScenarioFormat::kJson);
  EXPECT_EQ(scenario.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(scenario.status().message()),
              testing::AllOf(StartsWith("s.json: "), HasSubstr("memory")));
}

TEST(ScenarioFileTest, AnUnknownFieldIsRefusedWithItsLine) {
  EXPECT_THAT(ErrorOf("duration: '1s'\nfunctions {\n  nmae: 'f'\n}"),
              testing::AllOf(StartsWith("s.textproto:3:"), HasSubstr("nmae")));
}

TEST(ScenarioFileTest, AWrongTypeIsRefusedWithItsLine) {
  EXPECT_THAT(ErrorOf("duration: '1s'\nseed: 'one'\n"), StartsWith("s.textproto:2:"));
  EXPECT_THAT(ErrorOf("duration: 5\n"), StartsWith("s.textproto:1:"));
}

TEST(ScenarioFileTest, AnImpossibleValueIsRefusedWithItsLineAndPath) {
  EXPECT_EQ(ErrorOf("duration: '1s'\nfunctions { name: 'f' }\nfunctions {\n  name: 'g'\n"
                    "  memory_mib: 64\n}"),
            "s.textproto:5:3: functions[1].memory_mib: is 64, must be 128 to 10240");
  EXPECT_EQ(ErrorOf("duration: '1s'\nfunctions {\n  name: 'f'\n  arrivals {\n    burst {\n"
                    "      count: -1 } } }"),
            "s.textproto:6:7: functions[0].arrivals[0].burst.count: is -1, must be 1 to 10000000");
}

TEST(ScenarioFileTest, ALengthWithoutUnitIsRefused) {
  EXPECT_THAT(ErrorOf("duration: '10'\nfunctions { name: 'f' }"),
              HasSubstr("s.textproto:1:1: duration: \"10\" is not a length of time"));
}

TEST(ScenarioFileTest, RequiredFieldsAreAskedFor) {
  EXPECT_THAT(ErrorOf("functions { name: 'f' }"), HasSubstr("duration: is required"));
  EXPECT_THAT(ErrorOf("duration: '1s' functions { name: 'f' arrivals {} }"),
              HasSubstr("needs one of poisson, constant, burst, times"));
  EXPECT_THAT(ErrorOf("duration: '1s' functions { name: 'f' run {} }"),
              HasSubstr("needs one of constant, exponential, lognormal"));
}

TEST(ScenarioFileTest, TheFormatShowsInTheNameElseInTheContent) {
  EXPECT_EQ(DetectScenarioFormat("a.json", ""), ScenarioFormat::kJson);
  EXPECT_EQ(DetectScenarioFormat("a.textproto", "{"), ScenarioFormat::kText);
  EXPECT_EQ(DetectScenarioFormat("a", "\n { \"duration\""), ScenarioFormat::kJson);
  EXPECT_EQ(DetectScenarioFormat("a", "# note\nduration:"), ScenarioFormat::kText);
  EXPECT_EQ(DetectScenarioFormat("a", ""), ScenarioFormat::kText);
}

TEST(ScenarioFileTest, AMissingFileIsNotFound) {
  EXPECT_EQ(ReadScenarioFile("/no/such/file").status().code(), absl::StatusCode::kNotFound);
}

TEST(ScenarioFileTest, EveryExampleIsValid) {
  for (const char* name : {"burst_current", "burst_legacy", "first_look", "shared_account"}) {
    const absl::StatusOr<Scenario> scenario =
        ReadScenarioFile(std::string("examples/scenarios/") + name + ".textproto");
    EXPECT_TRUE(scenario.ok()) << scenario.status();
  }
}

}  // namespace
}  // namespace floe
