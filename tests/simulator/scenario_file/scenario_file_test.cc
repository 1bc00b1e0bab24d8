#include "simulator/scenario_file/scenario_file.h"

#include <cstddef>
#include <memory>
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

TEST(ScenarioFileTest, TextGivesEveryLoad) {
  const absl::StatusOr<Scenario> scenario = ParseText(R"(
      duration: "1h"
      functions {
        name: "f"
        arrivals { renewal { gap { weibull { scale: "2s" shape: 0.5 } } until: "30m" } }
        arrivals {
          markov_modulated {
            states { rate_per_second: 1 mean_stay: "1m" }
            states { rate_per_second: 50 mean_stay: "5s" }
          }
        }
        arrivals {
          rate {
            points { rate_per_second: 1 }
            points { at: "10m" rate_per_second: 9 }
            between: BETWEEN_LINE
            period: "20m"
          }
        }
        arrivals { sine { mean_rate_per_second: 3 amplitude: 0.5 peak_at: "14h" } }
        arrivals { constant { interval: "1m" random_phase: true } }
        clients {
          count: 20 think { exponential { mean: "5s" } } retries_max: 3
          backoff_first: "50ms" backoff_max: "5s" jitter: false from: "1s" until: "2s"
        }
        run {
          mixture {
            parts { weight: 9 length { gamma { mean: "100ms" shape: 4 } } }
            parts { length { pareto { scale: "1s" shape: 2.5 } } }
          }
        }
        init {
          empirical {
            quantiles { probability: 0 value: "74ms" }
            quantiles { probability: 0.5 value: "84ms" }
            quantiles { probability: 1 value: "140ms" }
          }
        }
      })");
  ASSERT_TRUE(scenario.ok()) << scenario.status();
  const ScenarioFunction& function = scenario->functions[0];
  const auto& renewal = std::get<RenewalArrivals>(function.arrivals[0]);
  EXPECT_EQ(std::get<WeibullLength>(renewal.gap).shape, 0.5);
  EXPECT_EQ(renewal.until, Instant() + Duration::Minutes(30));
  const auto& states = std::get<MarkovModulatedArrivals>(function.arrivals[1]).states;
  ASSERT_EQ(states.size(), 2u);
  EXPECT_EQ(states[1].rate_per_second, 50);
  EXPECT_EQ(states[1].mean_stay, Duration::Seconds(5));
  const auto& rate = std::get<RateArrivals>(function.arrivals[2]);
  EXPECT_EQ(rate.points.at(1).at, Duration::Minutes(10));
  EXPECT_EQ(rate.between, RateArrivals::Between::kLine);
  EXPECT_EQ(rate.period, Duration::Minutes(20));
  const auto& sine = std::get<SineArrivals>(function.arrivals[3]);
  EXPECT_EQ(sine.amplitude, 0.5);
  EXPECT_EQ(sine.period, Duration::Hours(24));
  EXPECT_EQ(sine.peak_at, Duration::Hours(14));
  EXPECT_TRUE(std::get<IntervalArrivals>(function.arrivals[4]).random_phase);
  const ScenarioClients& clients = function.clients.at(0);
  EXPECT_EQ(clients.count, 20);
  EXPECT_EQ(clients.retries_max, 3);
  EXPECT_EQ(clients.backoff_first, Duration::Milliseconds(50));
  EXPECT_FALSE(clients.jitter);
  const auto& mixture = *std::get<std::shared_ptr<const MixtureLength>>(function.run);
  ASSERT_EQ(mixture.parts.size(), 2u);
  EXPECT_EQ(mixture.parts[0].weight, 9);
  EXPECT_EQ(mixture.parts[1].weight, 1);
  EXPECT_EQ(std::get<ParetoLength>(mixture.parts[1].length).shape, 2.5);
  EXPECT_EQ(std::get<EmpiricalLength>(function.init).quantiles.at(1).value,
            Duration::Milliseconds(84));
}

TEST(ScenarioFileTest, TextGivesEveryRule) {
  const absl::StatusOr<Scenario> scenario = ParseText(R"(
      duration: "1h"
      warm_up: "auto"
      keep_alive_rule: KEEP_ALIVE_RULE_UNIFORM
      keep_alive_min: "1m"
      hybrid_histogram { bin: "30s" bins: 10 head_percentile: 1 tail_percentile: 90 margin: 0.2
                         representative_cv: 3 samples_min: 7 }
      eviction_rule: EVICTION_RULE_GREEDY_DUAL
      binding_rule: BINDING_RULE_LATE
      placement_rule: PLACEMENT_RULE_BEST_FIT
      provisioning_delay: "0s"
      account { scaling_rule: SCALING_RULE_LEGACY region: "eu-central-1" }
      nodes { memory_mib: 1024 cpus: 2.5 start_parallelism: 3 }
      prices { profile: "aws-us-east-1-2024" free_tier: true }
      functions { name: "f" })");
  ASSERT_TRUE(scenario.ok()) << scenario.status();
  EXPECT_TRUE(scenario->warm_up_auto);
  EXPECT_EQ(scenario->scheduler, (SchedulerOptions{.scaling_rule = ScalingRule::kLegacy1000,
                                                   .keep_alive_rule = KeepAliveRule::kUniform,
                                                   .keep_alive_min = Duration::Minutes(1),
                                                   .hybrid = {.bin = Duration::Seconds(30),
                                                              .bins = 10,
                                                              .head_percentile = 1,
                                                              .tail_percentile = 90,
                                                              .margin = 0.2,
                                                              .representative_cv = 3,
                                                              .samples_min = 7},
                                                   .eviction_rule = EvictionRule::kGreedyDual,
                                                   .binding_rule = BindingRule::kLate,
                                                   .placement_rule = PlacementRule::kBestFit,
                                                   .provisioning_delay = Duration()}));
  EXPECT_EQ(scenario->nodes[0].cpus, 2.5);
  EXPECT_EQ(scenario->nodes[0].start_parallelism, 3);
  EXPECT_EQ(scenario->prices.profile, "aws-us-east-1-2024");
  EXPECT_TRUE(scenario->prices.free_tier);
}

TEST(ScenarioFileTest, TextGivesEveryFieldOfAFunction) {
  const absl::StatusOr<Scenario> scenario = ParseText(R"(
      duration: "1h"
      functions {
        name: "queue" tmp_mib: 2048 package: PACKAGE_IMAGE architecture: ARCHITECTURE_ARM64
        hang_rate: 0.01
        provisioned { schedule { concurrency: 5 } schedule { at: "9m" concurrency: 1 }
                      tracking { min: 0 max: 20 target_utilization: 0.5 } }
        queue { scaling: QUEUE_SCALING_LEGACY batch_size: 50 batch_window: "1s" concurrency_max: 9
                visibility_timeout: "1m" receives_max: 4 run_per_message { constant: "5ms" } }
      }
      functions { name: "events" tenants: 7 custom_runtime: true
                  asynchronous { retries_max: 0 event_age_max: "1h" } }
      functions { name: "plain" provisioned { concurrency: 3 } synchronous {} })");
  ASSERT_TRUE(scenario.ok()) << scenario.status();
  const ScenarioFunction& queue_function = scenario->functions[0];
  EXPECT_EQ(queue_function.tmp_mib, 2'048);
  EXPECT_EQ(queue_function.package, Package::kImage);
  EXPECT_EQ(queue_function.architecture, Architecture::kArm);
  EXPECT_EQ(queue_function.hang_rate, 0.01);
  ASSERT_EQ(queue_function.provisioned.schedule.size(), 2u);
  EXPECT_EQ(queue_function.provisioned.schedule[1].at, Instant() + Duration::Minutes(9));
  EXPECT_EQ(queue_function.provisioned.tracking->min, 0);
  EXPECT_EQ(queue_function.provisioned.tracking->target_utilization, 0.5);
  const auto& queue = std::get<QueueDelivery>(queue_function.delivery);
  EXPECT_EQ(queue.scaling, QueueDelivery::Scaling::kLegacy);
  EXPECT_EQ(queue.batch_size, 50);
  EXPECT_EQ(queue.batch_window, Duration::Seconds(1));
  EXPECT_EQ(queue.concurrency_max, 9);
  EXPECT_EQ(queue.visibility_timeout, Duration::Minutes(1));
  EXPECT_EQ(queue.receives_max, 4);
  EXPECT_EQ(std::get<ConstantLength>(queue.run_per_message).value, Duration::Milliseconds(5));
  EXPECT_EQ(scenario->functions[1].tenants, 7);
  EXPECT_TRUE(scenario->functions[1].custom_runtime);
  EXPECT_EQ(std::get<AsynchronousDelivery>(scenario->functions[1].delivery).retries_max, 0);
  EXPECT_EQ(scenario->functions[2].provisioned.schedule.at(0).concurrency, 3);
}

TEST(ScenarioFileTest, PresetsAreThoseOfThePackageAndTheArchitecture) {
  const auto median = [](const std::string& function) {
    const absl::StatusOr<Scenario> scenario =
        ParseText("duration: '1s' functions { name: 'f' " + function + " }");
    EXPECT_TRUE(scenario.ok()) << scenario.status();
    for (const auto& quantile : std::get<EmpiricalLength>(scenario->functions[0].init).quantiles) {
      if (quantile.probability == 0.5) return quantile.value.milliseconds();
    }
    return 0.0;
  };
  const std::string preset = "init { preset { runtime: 'python3.13' } }";
  EXPECT_NEAR(median(preset), 84, 1e-3);
  EXPECT_NEAR(median("package: PACKAGE_IMAGE " + preset), 153, 1e-3);
  EXPECT_NEAR(median("init { preset { runtime: 'python3.13' package: PACKAGE_IMAGE } }"), 153,
              1e-3);
  EXPECT_NEAR(median("architecture: ARCHITECTURE_ARM64 " + preset), 75.6, 1e-3);
  EXPECT_THAT(
      ErrorOf("duration: '1s' functions { name: 'f' init { preset { runtime: 'cobol' } } }"),
      HasSubstr("functions[0].init.preset.runtime: there is no preset"));
}

TEST(ScenarioFileTest, RatesAreSpreadOverTheFunctionsOfAnEntry) {
  const absl::StatusOr<Scenario> scenario = ParseText(R"(
      duration: "1h"
      functions {
        name: "f" count: 2 rate_spread: 10000
        arrivals { poisson { rate_per_second: 0.01 } }
        arrivals { constant { interval: "100s" } }
      }
      functions { name: "g" })");
  ASSERT_TRUE(scenario.ok()) << scenario.status();
  ASSERT_EQ(scenario->functions.size(), 3u);
  EXPECT_EQ(scenario->functions[1].name, "f-2");
  EXPECT_EQ(scenario->functions[1].count, 1);
  const auto rate = [&](size_t i) {
    return std::get<PoissonArrivals>(scenario->functions[i].arrivals[0]).rate_per_second;
  };
  EXPECT_NEAR(rate(0), 0.1, 1e-9);
  EXPECT_NEAR(rate(1), 10, 1e-9);
  EXPECT_NEAR(std::get<IntervalArrivals>(scenario->functions[0].arrivals[1]).interval.seconds(), 10,
              1e-6);
}

TEST(ScenarioFileTest, ASpreadIsRefusedAtItsEntryOfTheFile) {
  EXPECT_THAT(ErrorOf("duration: '1s' functions { name: 'f' rate_spread: 0.5 }"),
              HasSubstr("functions[0].rate_spread: is 0.5, must be 1 to 1e+12"));
  EXPECT_THAT(ErrorOf("duration: '1s' functions { name: 'f' count: 100001 rate_spread: 2 }"),
              HasSubstr("functions[0].count: is 100001, must be 1 to 100000"));
  EXPECT_THAT(ErrorOf("duration: '1s' functions { name: 'f' count: 9 rate_spread: 2 }\n"
                      "functions { name: 'g' memory_mib: 1 }"),
              HasSubstr("s.textproto:2:23: functions[1].memory_mib: is 1"));
}

TEST(ScenarioFileTest, RegionsHaveTheLegacyRuleTheyHad) {
  const auto rule_in = [](const std::string& region) {
    return ParseText(
               "duration: '1s' functions { name: 'f' } account { scaling_rule: "
               "SCALING_RULE_LEGACY region: '" +
               region + "' }")
        ->scheduler.scaling_rule;
  };
  EXPECT_EQ(rule_in("us-east-1"), ScalingRule::kLegacy3000);
  EXPECT_EQ(rule_in("us-east-2"), ScalingRule::kLegacy1000);
  EXPECT_EQ(rule_in("us-gov-west-1"), ScalingRule::kLegacy500);
  EXPECT_THAT(ErrorOf("duration: '1s' functions { name: 'f' }\naccount {\n  scaling_rule: "
                      "SCALING_RULE_LEGACY region: 'Ireland' }"),
              HasSubstr("s.textproto:3:37: account.region: \"Ireland\" is not an AWS region"));
}

TEST(ScenarioFileTest, WhatIsMisspeltIsRefusedWithWhatIsAccepted) {
  EXPECT_THAT(ErrorOf("duration: '1s'\nfunctions {\n  memory: 5\n}"),
              StartsWith("s.textproto:3:3: Function has no field \"memory\"; did you mean "
                         "\"memory_mib\"? It has name, count, "));
  EXPECT_EQ(ErrorOf("reuse_order: NEWEST\n"),
            "s.textproto:1:14: reuse_order: NEWEST is none of REUSE_ORDER_NEWEST_FIRST, "
            "REUSE_ORDER_OLDEST_FIRST and REUSE_ORDER_RANDOM");
  EXPECT_EQ(ErrorOf("duration: '1s'\nfunctions { name: 'f'\n"),
            "s.textproto:3:1: the text ends too early: is a } missing?");
  EXPECT_EQ(
      ErrorOf("duration: 1h\n"),
      "s.textproto:1:12: a number with a unit is written in quotation marks, such as \"10m\"");
  EXPECT_THAT(ErrorOf("duration: '3d' functions { name: 'f' }"),
              HasSubstr("the units are ns, us, ms, s, m and h"));
}

TEST(ScenarioFileTest, JsonIsRefusedAtItsPlaceToo) {
  const auto error_of = [](const std::string& content) {
    const absl::StatusOr<Scenario> scenario =
        ParseScenario("s.json", content, ScenarioFormat::kJson);
    EXPECT_EQ(scenario.status().code(), absl::StatusCode::kInvalidArgument) << scenario.status();
    return std::string(scenario.status().message());
  };
  EXPECT_EQ(error_of("{\"duration\": \"1s\",\n \"functions\": [{\"name\": \"a\"},\n"
                     "  {\"memoryMib\": 64, \"name\": \"b\"}]}"),
            "s.json:3:17: functions[1].memory_mib: is 64, must be 128 to 10240");
  EXPECT_EQ(error_of("{\"duration\": \"1s\",\n \"duration\": \"2s\"}"),
            "s.json:2:2: \"duration\" stands in its object for the second time");
  EXPECT_THAT(error_of("{\"duration\": "), StartsWith("s.json: "));
  EXPECT_THAT(error_of("[]"), StartsWith("s.json: "));
  EXPECT_THAT(error_of("{\"duration\": 5}"), StartsWith("s.json: "));
}

TEST(ScenarioFileTest, AFieldThatIsGivenTwiceIsRefused) {
  EXPECT_THAT(ErrorOf("duration: '1s'\nduration: '2s'"), StartsWith("s.textproto:2:"));
  EXPECT_THAT(
      ErrorOf("duration: '1s' functions { name: 'f' run { constant: '1s' exponential { mean: "
              "'1s' } } }"),
      HasSubstr("oneof"));
}

TEST(ScenarioFileTest, TornFilesAreRefused) {
  const std::string whole = "duration: '1s' functions { name: 'f' run { constant: '1s' } }";
  ASSERT_TRUE(ParseText(whole).ok());
  for (size_t length = 0; length < whole.size(); ++length) {
    EXPECT_FALSE(ParseText(whole.substr(0, length)).ok()) << whole.substr(0, length);
  }
}

TEST(ScenarioFileTest, DeepNestingIsRefused) {
  std::string run = "constant: '1s'";
  for (int i = 0; i < 10'000; ++i) run = "mixture { parts { length { " + run + " } } }";
  EXPECT_FALSE(ParseText("duration: '1s' functions { name: 'f' run { " + run + " } }").ok());
}

TEST(ScenarioFileTest, NumbersThatNoFieldHoldsAreRefused) {
  EXPECT_THAT(ErrorOf("seed: -1"), StartsWith("s.textproto:1:"));
  EXPECT_THAT(ErrorOf("seed: 18446744073709551616"), StartsWith("s.textproto:1:"));
  EXPECT_THAT(ErrorOf("functions { memory_mib: 3000000000 }"), StartsWith("s.textproto:1:"));
  EXPECT_THAT(ErrorOf("duration: '1s' functions { name: 'f' error_rate: nan }"),
              HasSubstr("error_rate: is nan, must be 0 to 1"));
  EXPECT_THAT(ErrorOf("duration: '-1s' functions { name: 'f' }"), HasSubstr("duration: is -1 s"));
  EXPECT_THAT(ErrorOf("duration: '1s' keep_alive: '-inf' functions { name: 'f' }"),
              HasSubstr("keep_alive: is "));
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

}  // namespace
}  // namespace floe
