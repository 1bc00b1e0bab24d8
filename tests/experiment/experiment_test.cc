#include "experiment/experiment.h"

#include <atomic>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "experiment/metric.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "simulator/scenario.h"
#include "simulator/simulation.h"

namespace floe {
namespace {

using testing::HasSubstr;

Scenario TwoFunctions() {
  return {.name = "two",
          .duration = Duration::Minutes(20),
          .warm_up = Duration::Minutes(2),
          .functions = {{.name = "often",
                         .arrivals = {PoissonArrivals{.rate_per_second = 5}},
                         .run = ExponentialLength{Duration::Milliseconds(300)},
                         .init = ConstantLength{Duration::Milliseconds(200)}},
                        {.name = "never"}}};
}

size_t Index(std::string_view name) {
  const std::optional<size_t> index = FindMetric(name);
  EXPECT_TRUE(index.has_value()) << name;
  return index.value_or(0);
}

TEST(ExperimentTest, OneReplicationIsTheRunItself) {
  const Scenario scenario = TwoFunctions();
  const absl::StatusOr<ExperimentResult> result = RunExperiment(scenario, {.replications = 1});
  ASSERT_TRUE(result.ok()) << result.status();
  const SimulationResult run = RunSimulation(scenario, nullptr);
  EXPECT_EQ(result->merged.invocations.arrived, run.invocations.arrived);
  EXPECT_EQ(result->metrics[Index("invocations")].mean,
            static_cast<double>(run.invocations.arrived));
  EXPECT_FALSE(result->metrics[Index("invocations")].has_interval());
}

TEST(ExperimentTest, EveryFigureHasItsIntervalByDefault) {
  const absl::StatusOr<ExperimentResult> result = RunExperiment(TwoFunctions(), {});
  ASSERT_TRUE(result.ok()) << result.status();
  ASSERT_EQ(result->metrics.size(), Metrics().size());
  int with_interval = 0;
  for (size_t i = 0; i < Metrics().size(); ++i) {
    const Estimate& estimate = result->metrics[i];
    if (estimate.samples == 0) continue;
    // A replication without a cold start has no cold latency.
    EXPECT_GE(estimate.samples, 8) << Metrics()[i].name;
    ++with_interval;
    EXPECT_LE(estimate.low, estimate.mean) << Metrics()[i].name;
    EXPECT_GE(estimate.high, estimate.mean) << Metrics()[i].name;
  }
  // All but those of queues, which the scenario has none of.
  EXPECT_GT(with_interval, 40);
  EXPECT_NEAR(result->metrics[Index("arrival_rate")].mean, 5, 0.2);
  EXPECT_EQ(result->merged.invocations.arrived,
            static_cast<uint64_t>(std::llround(10 * result->metrics[Index("invocations")].mean)));
}

TEST(ExperimentTest, WhatAFunctionDoesNotHaveIsNoNumber) {
  const absl::StatusOr<ExperimentResult> result = RunExperiment(TwoFunctions(), {});
  ASSERT_TRUE(result.ok()) << result.status();
  ASSERT_EQ(result->functions.size(), 2u);
  const FunctionEstimates& often = result->functions[0];
  const FunctionEstimates& never = result->functions[1];
  EXPECT_EQ(often.name, "often");
  EXPECT_EQ(often.metrics[Index("cold_share")].samples, 10);
  EXPECT_EQ(never.metrics[Index("invocations")].mean, 0);
  EXPECT_EQ(never.metrics[Index("cold_share")].samples, 0);
  for (size_t i = 0; i < Metrics().size(); ++i) {
    if (!Metrics()[i].per_function) {
      EXPECT_EQ(often.metrics[i].samples, 0) << Metrics()[i].name;
    }
  }
}

TEST(ExperimentTest, ThreadsChangeNothing) {
  const absl::StatusOr<ExperimentResult> one =
      RunExperiment(TwoFunctions(), {.replications = 8, .threads = 1});
  const absl::StatusOr<ExperimentResult> four =
      RunExperiment(TwoFunctions(), {.replications = 8, .threads = 4});
  ASSERT_TRUE(one.ok() && four.ok());
  // Bits, since some are no numbers.
  for (size_t i = 0; i < Metrics().size(); ++i) {
    for (const double Estimate::*field : {&Estimate::mean, &Estimate::low, &Estimate::high}) {
      EXPECT_EQ(std::bit_cast<uint64_t>(one->metrics[i].*field),
                std::bit_cast<uint64_t>(four->metrics[i].*field))
          << Metrics()[i].name;
    }
  }
  EXPECT_EQ(one->merged.environments.mean.live(), four->merged.environments.mean.live());
}

TEST(ExperimentTest, ReplicationsHaveDifferentSeedsAndTheFirstTheScenariosOwn) {
  EXPECT_EQ(SeedOfReplication(7, 0), 7u);
  EXPECT_NE(SeedOfReplication(7, 1), SeedOfReplication(7, 2));
  EXPECT_NE(SeedOfReplication(7, 1), SeedOfReplication(8, 1));
  EXPECT_NE(SeedOfReplication(7, 1), SeedOfReplication(8, 0));
}

TEST(ExperimentTest, TheSameReplicationOfTwoSettingsMeetsTheSameRequests) {
  Scenario other = TwoFunctions();
  other.scheduler.keep_alive = Duration::Seconds(1);
  const absl::StatusOr<ExperimentResult> a = RunExperiment(TwoFunctions(), {.replications = 3});
  const absl::StatusOr<ExperimentResult> b = RunExperiment(other, {.replications = 3});
  ASSERT_TRUE(a.ok() && b.ok());
  const size_t invocations = Index("invocations");
  const size_t cold = Index("cold_starts");
  for (size_t r = 0; r < 3; ++r) {
    EXPECT_EQ(a->values[r].total[invocations], b->values[r].total[invocations]);
    EXPECT_LT(a->values[r].total[cold], b->values[r].total[cold]);
  }
  EXPECT_NE(a->values[0].total[invocations], a->values[1].total[invocations]);
}

TEST(ExperimentTest, RefusesOptionsOutsideTheirLimits) {
  const Scenario scenario = TwoFunctions();
  for (const ExperimentOptions& options :
       {ExperimentOptions{.replications = 0}, ExperimentOptions{.replications = 100'001},
        ExperimentOptions{.confidence = 0.49}, ExperimentOptions{.confidence = 1},
        ExperimentOptions{.confidence = kNoNumber}}) {
    EXPECT_EQ(RunExperiment(scenario, options).status().code(), absl::StatusCode::kInvalidArgument);
  }
  EXPECT_EQ(RunExperiment(Scenario{}, {}).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(ExperimentTest, CancelledBeforeTheFirstReplicationThereIsNothing) {
  const std::atomic<bool> cancelled = true;
  const absl::Status status = RunExperiment(TwoFunctions(), {.cancelled = &cancelled}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kCancelled);
  EXPECT_THAT(std::string(status.message()), HasSubstr("nothing to show"));
}

// Cancels when the given replication's recorder, that of 0, hears of its first step.
class CancelsLater final : public Recorder {
 public:
  explicit CancelsLater(std::atomic<bool>* cancelled) : cancelled_(cancelled) {}
  void Record(const TimedEvent&, const Actions&) override {
    if (++steps_ == 2 * kObservedEvents) *cancelled_ = true;
  }

 private:
  std::atomic<bool>* cancelled_;
  uint32_t steps_ = 0;
};

TEST(ExperimentTest, ARunUnderWayIsGivenUpWhenCancelled) {
  Scenario scenario = TwoFunctions();
  scenario.duration = Duration::Hours(24 * 365);
  std::atomic<bool> cancelled = false;
  CancelsLater recorder(&cancelled);
  EXPECT_EQ(RunExperiment(
                scenario,
                {.replications = 2, .threads = 2, .cancelled = &cancelled, .recorder = &recorder})
                .status()
                .code(),
            absl::StatusCode::kCancelled);
}

}  // namespace
}  // namespace floe
