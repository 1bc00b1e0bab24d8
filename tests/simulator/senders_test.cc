// Clients, the asynchronous queue and message queues, in runs that can be worked by hand.

#include "simulator/senders.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"
#include "simulator/scenario.h"
#include "simulator/simulation.h"

namespace floe {
namespace {

Instant Sec(int64_t seconds) {
  return Instant() + Duration::Seconds(seconds);
}

SimulationResult Simulate(const Scenario& scenario) {
  const absl::Status valid = ValidateScenario(scenario);
  EXPECT_TRUE(valid.ok()) << valid;
  return RunSimulation(scenario, nullptr);
}

// One function that runs for 1 s.
Scenario OneFunction(std::vector<int64_t> arrivals, Delivery delivery) {
  ScenarioFunction function{.name = "f",
                            .timeout = Duration::Seconds(20),
                            .delivery = delivery,
                            .run = ConstantLength{Duration::Seconds(1)}};
  if (!arrivals.empty()) {
    ListedArrivals times;
    for (const int64_t second : arrivals) times.times.push_back(Sec(second));
    function.arrivals = {times};
  }
  return {.duration = Duration::Hours(1), .functions = {function}};
}

uint64_t Dead(const SimulationResult& result, DeadLetterCause cause) {
  return result.delivery.dead_by_cause[static_cast<size_t>(cause)];
}

// --- Asynchronous invocation

TEST(AsynchronousDeliveryTest, AnEventWithoutErrorsIsDeliveredAtOnce) {
  const SimulationResult result = Simulate(OneFunction({5}, AsynchronousDelivery{}));
  EXPECT_EQ(result.delivery.arrived, 1u);
  EXPECT_EQ(result.delivery.delivered, 1u);
  EXPECT_EQ(result.delivery.latency.max(), Duration::Seconds(1));
  EXPECT_EQ(result.delivery.age.max(), Duration());
  EXPECT_EQ(result.invocations.arrived, 1u);
  EXPECT_EQ(result.invocations.retries, 0u);
}

TEST(AsynchronousDeliveryTest, AfterErrorsItIsTriedAgainAfterOneAndThenTwoMinutes) {
  Scenario scenario = OneFunction({0}, AsynchronousDelivery{});
  scenario.functions[0].error_rate = 1;
  const SimulationResult result = Simulate(scenario);
  EXPECT_EQ(result.invocations.arrived, 3u);
  EXPECT_EQ(result.invocations.retries, 2u);
  EXPECT_EQ(result.invocations.function_errors, 3u);
  EXPECT_EQ(Dead(result, DeadLetterCause::kRetriesExhausted), 1u);
  // Runs at 0, 61 and 182 s.
  EXPECT_EQ(result.delivery.age.max(), Duration::Seconds(182));
  EXPECT_EQ(result.delivery.age.count(), 3u);
  EXPECT_EQ(result.delivery.pending(), 0u);
}

// As recorded on AWS, both with two retries.
TEST(AsynchronousDeliveryTest, WithAMaximumAgeOf60SecondsThereIsOneAttempt) {
  Scenario scenario =
      OneFunction({0}, AsynchronousDelivery{.event_age_max = Duration::Seconds(60)});
  scenario.functions[0].error_rate = 1;
  const SimulationResult result = Simulate(scenario);
  EXPECT_EQ(result.invocations.arrived, 1u);
  EXPECT_EQ(Dead(result, DeadLetterCause::kEventAgeExceeded), 1u);
}
TEST(AsynchronousDeliveryTest, WithAMaximumAgeOf90SecondsThereAreTwo) {
  Scenario scenario =
      OneFunction({0}, AsynchronousDelivery{.event_age_max = Duration::Seconds(90)});
  scenario.functions[0].error_rate = 1;
  const SimulationResult result = Simulate(scenario);
  EXPECT_EQ(result.invocations.arrived, 2u);
  EXPECT_EQ(Dead(result, DeadLetterCause::kEventAgeExceeded), 1u);
}

TEST(AsynchronousDeliveryTest, CrashesAndTimeOutsAreErrorsOfTheFunction) {
  Scenario scenario = OneFunction({0}, AsynchronousDelivery{.retries_max = 1});
  scenario.functions[0].crash_rate = 1;
  EXPECT_EQ(Simulate(scenario).invocations.arrived, 2u);
  scenario.functions[0].crash_rate = 0;
  scenario.functions[0].hang_rate = 1;
  const SimulationResult result = Simulate(scenario);
  EXPECT_EQ(result.invocations.timed_out(), 2u);
  // 20 s of time-out, a minute, and again 20 s.
  EXPECT_EQ(result.delivery.age.max(), Duration::Seconds(80));
}

TEST(AsynchronousDeliveryTest, ThrottledEventsWaitFor1s2s4sAnd8s) {
  Scenario scenario = OneFunction({0, 0}, AsynchronousDelivery{.retries_max = 0});
  scenario.functions[0].run = ConstantLength{Duration::Seconds(10)};
  scenario.functions[0].concurrency_reserved = 1;
  const SimulationResult result = Simulate(scenario);
  // The second event is refused at 0, 1, 3 and 7 s and runs at 15 s.
  EXPECT_EQ(result.invocations.throttled(), 4u);
  EXPECT_EQ(result.invocations.retries, 4u);
  EXPECT_EQ(result.invocations.billed_requests, 2u);
  EXPECT_EQ(result.delivery.delivered, 2u);
  EXPECT_EQ(result.delivery.age.max(), Duration::Seconds(15));
  EXPECT_EQ(result.delivery.latency.max(), Duration::Seconds(25));
}

TEST(AsynchronousDeliveryTest, EventsOfAFunctionThatIsSwitchedOffAreDeadWithoutAnAttempt) {
  Scenario scenario = OneFunction({0, 7}, AsynchronousDelivery{});
  scenario.functions[0].concurrency_reserved = 0;
  const SimulationResult result = Simulate(scenario);
  EXPECT_EQ(result.invocations.arrived, 0u);
  EXPECT_EQ(Dead(result, DeadLetterCause::kZeroReservedConcurrency), 2u);
}

// --- Queues

TEST(QueueDeliveryTest, FiveReceiversTakeAMessageEachAndTheSixthComesAfter200Milliseconds) {
  Scenario scenario =
      OneFunction({0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}, QueueDelivery{.batch_size = 10});
  const SimulationResult result = Simulate(scenario);
  EXPECT_EQ(result.delivery.arrived, 12u);
  EXPECT_EQ(result.delivery.delivered, 12u);
  // Seven messages wait for the sixth receiver and go with it in one batch.
  EXPECT_EQ(result.invocations.arrived, 6u);
  EXPECT_EQ(result.delivery.age.max(), Duration::Milliseconds(200));
  EXPECT_EQ(result.delivery.latency.max(), Duration::Milliseconds(1'200));
}

TEST(QueueDeliveryTest, ABatchGathersForItsWindowAndEveryMessageAddsToItsRun) {
  Scenario scenario = OneFunction(
      {0, 1, 4, 5}, QueueDelivery{.batch_size = 10,
                                  .batch_window = Duration::Seconds(5),
                                  .run_per_message = ConstantLength{Duration::Seconds(2)}});
  const SimulationResult result = Simulate(scenario);
  // Three messages from 0 to 5 s run for 1 + 2 * 2 s. The fourth comes when the window is over.
  EXPECT_EQ(result.invocations.arrived, 2u);
  EXPECT_EQ(result.delivery.latency.max(), Duration::Seconds(10));
  EXPECT_EQ(result.latency.All().max(), Duration::Seconds(5));
  EXPECT_EQ(result.latency.All().min(), Duration::Seconds(1));
}

TEST(QueueDeliveryTest, MessagesOfAFailedBatchComeBackUntilTheyHaveBeenReceivedTooOften) {
  Scenario scenario = OneFunction(
      {0}, QueueDelivery{.visibility_timeout = Duration::Seconds(30), .receives_max = 2});
  scenario.functions[0].error_rate = 1;
  const SimulationResult result = Simulate(scenario);
  EXPECT_EQ(result.invocations.arrived, 2u);
  EXPECT_EQ(result.invocations.retries, 1u);
  EXPECT_EQ(Dead(result, DeadLetterCause::kReceivesExhausted), 1u);
  EXPECT_EQ(result.delivery.age.max(), Duration::Seconds(30));
}

TEST(QueueDeliveryTest, AThrottledBatchIsTriedAgainWhileItsMessagesAreInvisible) {
  Scenario scenario =
      OneFunction({0, 0}, QueueDelivery{.visibility_timeout = Duration::Seconds(30)});
  scenario.functions[0].run = ConstantLength{Duration::Seconds(10)};
  scenario.functions[0].concurrency_reserved = 1;
  const SimulationResult result = Simulate(scenario);
  // As an event: refused at 0, 1, 3 and 7 s, run at 15 s.
  EXPECT_EQ(result.invocations.throttled(), 4u);
  EXPECT_EQ(result.delivery.delivered, 2u);
  EXPECT_EQ(result.delivery.latency.max(), Duration::Seconds(25));
}

// Poisson messages one by one to `servers` receivers: M/M/c.
struct Waiting {
  double mean_seconds = 0;
  Duration before_share;
  Duration after_share;
};
Waiting MeasureWaiting(double rate, int32_t servers, double share_without_wait) {
  Scenario scenario{
      .duration = Duration::Seconds(static_cast<int64_t>(1e6 / rate)),
      .warm_up = Duration::Seconds(600),
      .seed = 7,
      .scheduler = {.requests_per_concurrency = 0, .scaling_rule = ScalingRule::kUnlimited},
      .functions = {{.name = "f",
                     .timeout = Duration::Seconds(900),
                     .arrivals = {PoissonArrivals{.rate_per_second = rate}},
                     .delivery = QueueDelivery{.batch_size = 1,
                                               .concurrency_max = servers,
                                               .visibility_timeout = Duration::Seconds(5'000)},
                     .run = ExponentialLength{Duration::Seconds(1)}}}};
  const SimulationResult result = Simulate(scenario);
  const Histogram& age = result.delivery.age;
  return {.mean_seconds = age.mean_seconds(),
          .before_share = age.Quantile(share_without_wait - 0.01),
          .after_share = age.Quantile(share_without_wait + 0.01)};
}

TEST(QueueDeliveryTest, ReceiversAreTheServersOfErlangC) {
  // a = 9, c = 10: C = 0.668731524107697, mean wait C / (c - a).
  const Waiting ten = MeasureWaiting(9, 10, 1 - 0.668731524107697);
  EXPECT_NEAR(ten.mean_seconds, 0.668731524107697, 0.03);
  EXPECT_EQ(ten.before_share, Duration());
  EXPECT_GT(ten.after_share, Duration());
  // a = 90, c = 100: C = 0.216940480906366.
  const Waiting hundred = MeasureWaiting(90, 100, 1 - 0.216940480906366);
  EXPECT_NEAR(hundred.mean_seconds, 0.0216940480906366, 0.0015);
  EXPECT_EQ(hundred.before_share, Duration());
  EXPECT_GT(hundred.after_share, Duration());
}

// --- Clients

Scenario WithClients(ScenarioClients clients) {
  Scenario scenario = OneFunction({}, SynchronousDelivery{});
  scenario.functions[0].clients = {clients};
  return scenario;
}

TEST(ClientsTest, AClientThinksAndThenWaitsForItsAnswer) {
  Scenario scenario = WithClients({.count = 1, .think = ConstantLength{Duration::Seconds(2)}});
  scenario.duration = Duration::Seconds(11);
  // Requests at 2, 5 and 8 s; the next would come at 11 s.
  const SimulationResult result = Simulate(scenario);
  EXPECT_EQ(result.invocations.arrived, 3u);
  EXPECT_EQ(result.delivery.delivered, 3u);
  scenario.duration = Duration::Nanoseconds(11'000'000'001);
  EXPECT_EQ(Simulate(scenario).invocations.arrived, 4u);
}

TEST(ClientsTest, RequestsBeginInsideTheWindowOnly) {
  Scenario scenario = WithClients({.count = 1,
                                   .think = ConstantLength{Duration::Seconds(2)},
                                   .from = Sec(10),
                                   .until = Sec(18)});
  // At 12 and 15 s.
  EXPECT_EQ(Simulate(scenario).invocations.arrived, 2u);
  scenario.functions[0].clients[0].until = Sec(18) + Duration::Nanoseconds(1);
  EXPECT_EQ(Simulate(scenario).invocations.arrived, 3u);
}

TEST(ClientsTest, ThrottledRequestsAreRepeatedAfterGrowingWaitsAndGivenUp) {
  Scenario scenario = WithClients({.count = 1,
                                   .think = ConstantLength{Duration::Seconds(10)},
                                   .retries_max = 4,
                                   .backoff_first = Duration::Milliseconds(100),
                                   .backoff_max = Duration::Milliseconds(300),
                                   .jitter = false,
                                   .until = Sec(11)});
  scenario.functions[0].concurrency_reserved = 0;
  const SimulationResult result = Simulate(scenario);
  EXPECT_EQ(result.invocations.arrived, 5u);
  EXPECT_EQ(result.invocations.retries, 4u);
  EXPECT_EQ(Dead(result, DeadLetterCause::kRetriesExhausted), 1u);
  // 100 + 200 + 300 + 300 ms after the first.
  EXPECT_EQ(result.delivery.age.max(), Duration::Milliseconds(900));
  EXPECT_EQ(result.delivery.arrived, 1u);
}

TEST(ClientsTest, JitterTakesAPartOfTheWait) {
  Scenario scenario = WithClients({.count = 200,
                                   .think = ConstantLength{Duration::Seconds(10)},
                                   .retries_max = 1,
                                   .backoff_first = Duration::Seconds(1),
                                   .until = Sec(11)});
  scenario.functions[0].concurrency_reserved = 0;
  const Histogram age = Simulate(scenario).delivery.age;
  ASSERT_EQ(age.count(), 400u);
  EXPECT_LT(age.max(), Duration::Seconds(1));
  // Half of the ages are those of first attempts.
  EXPECT_NEAR(age.Quantile(0.75).seconds(), 0.5, 0.1);
}

TEST(ClientsTest, AnErrorOfTheFunctionIsAnAnswerAndACrashIsNot) {
  Scenario scenario = WithClients({.count = 1,
                                   .think = ConstantLength{Duration::Seconds(10)},
                                   .retries_max = 3,
                                   .until = Sec(11)});
  scenario.functions[0].error_rate = 1;
  EXPECT_EQ(Simulate(scenario).invocations.arrived, 1u);
  scenario.functions[0].error_rate = 0;
  scenario.functions[0].crash_rate = 1;
  EXPECT_EQ(Simulate(scenario).invocations.arrived, 4u);
}

// n sources, c servers, what finds none free is lost. Engset's formula.
TEST(ClientsTest, ThrottlingIsEngsetsLossOfAFiniteNumberOfSources) {
  constexpr int kSources = 20;
  constexpr int kServers = 5;
  constexpr double kOffered = 0.25;  // Service over think time.
  double weight = 1;
  double sum = 1;
  for (int k = 1; k <= kServers; ++k) {
    weight *= kOffered * (kSources - k) / k;
    sum += weight;
  }
  const double loss = weight / sum;

  Scenario scenario =
      WithClients({.count = kSources, .think = ExponentialLength{Duration::Seconds(4)}});
  scenario.duration = Duration::Hours(30);
  scenario.functions[0].run = ExponentialLength{Duration::Seconds(1)};
  scenario.functions[0].timeout = Duration::Seconds(900);
  scenario.functions[0].concurrency_reserved = kServers;
  scenario.scheduler.requests_per_concurrency = 0;
  const SimulationResult result = Simulate(scenario);
  const auto arrived = static_cast<double>(result.invocations.arrived);
  EXPECT_NEAR(static_cast<double>(result.invocations.throttled()) / arrived, loss, 0.003);
  const double rate = kSources / (4 + 1 * (1 - loss));
  EXPECT_NEAR(arrived / scenario.duration.seconds(), rate, 0.01 * rate);
}

}  // namespace
}  // namespace floe
