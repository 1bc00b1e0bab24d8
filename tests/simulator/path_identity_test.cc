// The exact structure of newest-first reuse with a fixed keep-alive T. Let X be the number of busy
// environments of a function, starting and initialising ones included. Then the live ones are the
// maximum of X over the last T, and a request is cold exactly when it would raise X above that.
//
// X is computed here from what crossed the ports, by counting, with nothing of the scheduler's
// tables.

#include <algorithm>
#include <cstdint>
#include <deque>
#include <map>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "base/prng.h"
#include "base/time.h"
#include "gtest/gtest.h"
#include "orchestrator/engine/engine.h"
#include "simulator/scenario.h"
#include "simulator/simulation.h"

namespace floe {
namespace {

class PathIdentity final : public Recorder {
 public:
  explicit PathIdentity(Duration keep_alive) : keep_alive_(keep_alive) {}

  void Record(const TimedEvent& event, const Actions& actions) override {
    if (const auto* arrived = std::get_if<InvocationArrived>(&event.event)) {
      RecordArrival(event.at, *arrived, actions);
    } else if (const auto* finished = std::get_if<InvocationFinished>(&event.event)) {
      SetBusy(event.at, functions_[function_of_[finished->invocation]], -1);
    }
    for (const Action& action : actions) {
      if (const auto* start = std::get_if<StartEnvironment>(&action)) {
        owner_[start->environment] = start->function;
        ++functions_[start->function].live;
      } else if (const auto* stop = std::get_if<StopEnvironment>(&action)) {
        --functions_[owner_[stop->environment]].live;
      }
    }
    for (auto& [id, function] : functions_) {
      ASSERT_EQ(function.live, MaximumBefore(event.at, function))
          << "function " << id.value << " at " << event.at.nanoseconds();
    }
  }

  int warm() const { return warm_; }
  int cold() const { return cold_; }
  int throttled() const { return throttled_; }

 private:
  // X over a stretch of time. Stretches that lasted no time count, too.
  struct Stretch {
    Instant begin;
    int busy = 0;
  };
  struct Function {
    std::deque<Stretch> path = {{Instant(), 0}};
    int live = 0;
  };

  void RecordArrival(Instant now, const InvocationArrived& arrived, const Actions& actions) {
    Function& function = functions_[arrived.function];
    const bool would_rise = function.path.back().busy + 1 > MaximumBefore(now, function);
    bool started = false;
    for (const Action& action : actions) {
      if (std::holds_alternative<ThrottleInvocation>(action)) {
        ++throttled_;
        return;
      }
      started = started || std::holds_alternative<StartEnvironment>(action);
    }
    ASSERT_EQ(started, would_rise) << "invocation " << arrived.invocation.value;
    ++(started ? cold_ : warm_);
    function_of_[arrived.invocation] = arrived.function;
    SetBusy(now, function, 1);
  }

  void SetBusy(Instant now, Function& function, int change) {
    function.path.push_back({now, function.path.back().busy + change});
  }

  // Over the stretches that ended less than the keep-alive ago.
  int MaximumBefore(Instant now, Function& function) {
    std::deque<Stretch>& path = function.path;
    while (path.size() > 1 && path[1].begin + keep_alive_ <= now) path.pop_front();
    int maximum = 0;
    for (const Stretch& stretch : path) maximum = std::max(maximum, stretch.busy);
    return maximum;
  }

  Duration keep_alive_;
  std::map<FunctionId, Function> functions_;
  std::map<InvocationId, FunctionId> function_of_;
  std::map<EnvironmentId, FunctionId> owner_;
  int warm_ = 0;
  int cold_ = 0;
  int throttled_ = 0;
};

Duration RandomLength(Prng& prng, int64_t milliseconds_max) {
  return Duration::Milliseconds(static_cast<int64_t>(1 + prng.Below(milliseconds_max)));
}

LengthModel RandomModel(Prng& prng, int64_t milliseconds_max) {
  switch (prng.Below(3)) {
    case 0:
      return ConstantLength{RandomLength(prng, milliseconds_max)};
    case 1:
      return ExponentialLength{RandomLength(prng, milliseconds_max)};
    default:
      return LogNormalLength{.median = RandomLength(prng, milliseconds_max), .sigma = 1};
  }
}

Arrivals RandomArrivals(Prng& prng) {
  const Instant from = Instant() + RandomLength(prng, 10'000);
  switch (prng.Below(4)) {
    case 0:
      return PoissonArrivals{.rate_per_second = 0.5 + static_cast<double>(prng.Below(10))};
    // A grid of round times, so that deadlines, ends and arrivals fall on the same instants.
    case 1:
      return IntervalArrivals{.interval = RandomLength(prng, 20) * 100};
    case 2:
      return BurstArrivals{.count = static_cast<int64_t>(1 + prng.Below(20)), .at = from};
    default:
      return ListedArrivals{{from, from, from + RandomLength(prng, 5'000)}};
  }
}

// No failures: a reset environment stands behind the idle ones, which is another rule.
Scenario RandomScenario(uint64_t seed) {
  Prng prng(seed);
  Scenario scenario{.duration = Duration::Seconds(60), .seed = seed};
  scenario.scheduler.keep_alive = RandomLength(prng, 80) * 100;
  scenario.scheduler.init_limit = Duration::Hours(1);
  scenario.scheduler.start_limit = Duration::Hours(1);
  scenario.scheduler.account_concurrency = static_cast<int32_t>(10 + prng.Below(60));
  scenario.scheduler.unreserved_concurrency_min = 0;
  scenario.scheduler.scaling_rule = static_cast<ScalingRule>(prng.Below(5));
  const uint64_t functions = 1 + prng.Below(4);
  for (uint64_t i = 0; i < functions; ++i) {
    ScenarioFunction function{.name = "f", .timeout = Duration::Seconds(900)};
    const uint64_t blocks = 1 + prng.Below(3);
    for (uint64_t block = 0; block < blocks; ++block) {
      function.arrivals.push_back(RandomArrivals(prng));
    }
    function.run = RandomModel(prng, 2'000);
    if (prng.Draw({1, 2})) function.init = RandomModel(prng, 500);
    if (prng.Draw({1, 2})) function.start = RandomModel(prng, 200);
    if (prng.Draw({1, 3})) function.concurrency_reserved = static_cast<int32_t>(prng.Below(5));
    scenario.functions.push_back(function);
  }
  if (!ValidateScenario(scenario).ok()) scenario.scheduler.account_concurrency = 100;
  return scenario;
}

TEST(PathIdentityTest, LiveIsTheMaximumOfBusyOverTheKeepAliveAndColdIsWhatRaisesIt) {
  int warm = 0;
  int cold = 0;
  int throttled = 0;
  for (uint64_t seed = 1; seed <= 60; ++seed) {
    SCOPED_TRACE(testing::Message() << "seed " << seed);
    const Scenario scenario = RandomScenario(seed);
    ASSERT_TRUE(ValidateScenario(scenario).ok()) << ValidateScenario(scenario);
    PathIdentity identity(scenario.scheduler.keep_alive);
    RunSimulation(scenario, &identity);
    if (HasFatalFailure()) return;
    warm += identity.warm();
    cold += identity.cold();
    throttled += identity.throttled();
  }
  // The workloads are not trivial.
  EXPECT_GT(warm, 5'000);
  EXPECT_GT(cold, 1'000);
  EXPECT_GT(throttled, 500);
}

}  // namespace
}  // namespace floe
