#include "orchestrator/engine/describe.h"

#include "gtest/gtest.h"

namespace floe {
namespace {

TEST(DescribeTest, NamesTheInvocationAndTheFunctionOfAnArrival) {
  EXPECT_EQ(DescribeEvent(InvocationArrived{InvocationId{7}, FunctionId{2}}),
            "invocation 7 of function 2 arrived");
}

TEST(DescribeTest, NamesATenantAndAPurposeOnlyWhereThereIsOne) {
  EXPECT_EQ(DescribeEvent(InvocationArrived{InvocationId{7}, FunctionId{2}, TenantId{5}}),
            "invocation 7 of function 2 for tenant 5 arrived");
  const EnvironmentId id{.row = 3, .generation = 1};
  EXPECT_EQ(DescribeAction(StartEnvironment{id, FunctionId{2}, NodeId{0}}),
            "start environment 3.1 of function 2 on node 0");
  EXPECT_EQ(
      DescribeAction(StartEnvironment{id, FunctionId{2}, NodeId{0}, StartPurpose::kProvisioned}),
      "start environment 3.1 of function 2 on node 0: provisioned");
}

TEST(DescribeTest, GivesTheNewProvisionedConcurrency) {
  EXPECT_EQ(DescribeEvent(ProvisionedConcurrencySet{FunctionId{1}, 4}),
            "function 1 now has provisioned concurrency 4");
}

TEST(DescribeTest, GivesTheCauseOfAFailure) {
  EXPECT_EQ(
      DescribeEvent(EnvironmentFailed{{.row = 3, .generation = 1}, 2, FailureCause::kOutOfMemory}),
      "environment 3.1 failed, incarnation 2: out of memory");
}

TEST(DescribeTest, GivesTheReasonOfAThrottle) {
  EXPECT_EQ(DescribeAction(ThrottleInvocation{InvocationId{7}, ThrottleReason::kScalingRate}),
            "throttle invocation 7: scaling rate");
}

TEST(DescribeTest, DeploymentShowsTheConfiguration) {
  EXPECT_EQ(DescribeEvent(FunctionDeployed{
                FunctionId{1},
                {.memory_mib = 512, .timeout = Duration::Seconds(30), .concurrency_reserved = 5}}),
            "function 1 deployed: 512 MiB, time-out 30 s, reserved concurrency 5");
}

TEST(DescribeTest, DurationsKeepEveryNanosecond) {
  EXPECT_EQ(DescribeDuration(Duration()), "0 s");
  EXPECT_EQ(DescribeDuration(Duration::Milliseconds(1'500)), "1.5 s");
  EXPECT_EQ(DescribeDuration(Duration::Nanoseconds(1)), "0.000000001 s");
  EXPECT_EQ(DescribeDuration(Duration::Nanoseconds(-1'000'000'001)), "-1.000000001 s");
  EXPECT_EQ(DescribeDuration(Duration::Infinite()), "never");
}

}  // namespace
}  // namespace floe
