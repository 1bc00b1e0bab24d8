// Every order of a handful of events, judged by the naive scheduler: reports cross each other on
// the wire in any way at all.

#include <algorithm>
#include <string>
#include <vector>

#include "base/time.h"
#include "gtest/gtest.h"
#include "orchestrator/core/event.h"
#include "orchestrator/core/ids.h"
#include "tests/orchestrator/core/judge.h"
#include "tests/orchestrator/core/print.h"

namespace floe {
namespace {

constexpr FunctionId kFunction{0};

// Steps of one second, so that the limits of two and three seconds pass in the midst of them.
// `options` have short limits; see below.
void CheckAllOrders(const std::vector<Event>& events, SchedulerOptions options = {},
                    FunctionConfig config = {}) {
  options.account_concurrency = 2;
  options.keep_alive = options.start_limit = Duration::Seconds(3);
  options.lifetime_max = Duration::Seconds(5);
  options.init_limit = Duration::Seconds(2);
  options.provisioning_delay = Duration::Seconds(1);
  config.timeout = Duration::Seconds(2);
  std::vector<int> order(events.size());
  for (size_t i = 0; i < order.size(); ++i) order[i] = static_cast<int>(i);
  do {
    Judge judge(options);
    ASSERT_EQ(judge.Step(Instant(), NodeJoined{NodeId{0}, 256}), "");
    ASSERT_EQ(judge.Step(Instant(), FunctionDeployed{kFunction, config}), "");
    // The first environment is row 0, generation 1.
    ASSERT_EQ(judge.Step(Instant(), InvocationArrived{InvocationId{1}, kFunction}), "");
    Instant now;
    for (const int i : order) {
      now = now + Duration::Seconds(1);
      ASSERT_EQ(judge.Step(now, events[static_cast<size_t>(i)]), "")
          << testing::PrintToString(order);
    }
  } while (std::next_permutation(order.begin(), order.end()));
}

constexpr EnvironmentId kEnvironment{.row = 0, .generation = 1};

TEST(SchedulerOrdersTest, OneLifeInAnyOrder) {
  CheckAllOrders({EnvironmentStarted{kEnvironment}, EnvironmentReady{kEnvironment, 0},
                  InvocationFinished{kEnvironment, InvocationId{1}},
                  InvocationArrived{InvocationId{2}, kFunction},
                  InvocationFinished{kEnvironment, InvocationId{2}},
                  EnvironmentStopped{kEnvironment}});
}

TEST(SchedulerOrdersTest, FailuresInAnyOrder) {
  CheckAllOrders({EnvironmentStarted{kEnvironment}, EnvironmentReady{kEnvironment, 0},
                  EnvironmentFailed{kEnvironment, 0, FailureCause::kInitError},
                  EnvironmentFailed{kEnvironment, 1, FailureCause::kRuntimeExited},
                  InvocationFinished{kEnvironment, InvocationId{1}},
                  InvocationArrived{InvocationId{2}, kFunction}});
}

TEST(SchedulerOrdersTest, ChangesOfTheFleetInAnyOrder) {
  CheckAllOrders({EnvironmentStarted{kEnvironment}, EnvironmentReady{kEnvironment, 0},
                  FunctionDeployed{kFunction, {.timeout = Duration::Seconds(1)}},
                  InvocationFinished{kEnvironment, InvocationId{1}}, NodeLost{NodeId{0}},
                  FunctionRemoved{kFunction}});
}

TEST(SchedulerOrdersTest, ReportsThatComeTwiceInAnyOrder) {
  CheckAllOrders({EnvironmentStarted{kEnvironment}, EnvironmentStarted{kEnvironment},
                  EnvironmentReady{kEnvironment, 0}, EnvironmentReady{kEnvironment, 0},
                  InvocationFinished{kEnvironment, InvocationId{1}},
                  InvocationFinished{kEnvironment, InvocationId{1}}});
}

constexpr EnvironmentId kSecond{.row = 1, .generation = 1};

TEST(SchedulerOrdersTest, LateBindingInAnyOrder) {
  CheckAllOrders({EnvironmentStarted{kEnvironment}, EnvironmentReady{kEnvironment, 0},
                  InvocationArrived{InvocationId{2}, kFunction}, EnvironmentStarted{kSecond},
                  EnvironmentReady{kSecond, 0}, InvocationFinished{kEnvironment, InvocationId{1}},
                  EnvironmentStartFailed{kSecond}},
                 {.binding_rule = BindingRule::kLate});
}

TEST(SchedulerOrdersTest, ProvisionedConcurrencyInAnyOrder) {
  CheckAllOrders(
      {EnvironmentStarted{kSecond}, EnvironmentReady{kSecond, 0},
       InvocationArrived{InvocationId{2}, kFunction}, InvocationFinished{kSecond, InvocationId{2}},
       ProvisionedConcurrencySet{kFunction, 0}, EnvironmentStopped{kSecond},
       EnvironmentFailed{kSecond, 0, FailureCause::kInitError}},
      {}, {.concurrency_provisioned = 1});
}

// The node has room for two.
TEST(SchedulerOrdersTest, EvictionInAnyOrder) {
  CheckAllOrders({EnvironmentStarted{kEnvironment}, EnvironmentReady{kEnvironment, 0},
                  InvocationFinished{kEnvironment, InvocationId{1}},
                  InvocationArrived{InvocationId{2}, kFunction, TenantId{1}},
                  InvocationArrived{InvocationId{3}, kFunction, TenantId{2}},
                  EnvironmentStopped{kEnvironment}},
                 {.eviction_rule = EvictionRule::kLeastRecentlyUsed});
}

}  // namespace
}  // namespace floe
