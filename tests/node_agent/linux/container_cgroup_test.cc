#include "node_agent/linux/container_cgroup.h"

#include "gtest/gtest.h"

namespace floe::node_agent {
namespace {

TEST(CpuLimitsForMemoryTest, ShareIsMemoryOver1769OfOneCpu) {
  const CgroupLimits limits = CpuLimitsForMemory(128, 2);
  EXPECT_EQ(limits.cpu_period_us, 20'000);
  EXPECT_EQ(limits.cpu_quota_us, 1'447);
}

TEST(CpuLimitsForMemoryTest, WholeCpuIsAPeriod) {
  EXPECT_EQ(CpuLimitsForMemory(1'769, 2).cpu_quota_us, 20'000);
}

TEST(CpuLimitsForMemoryTest, NoLimitFromTheMachinesCpusUpwards) {
  EXPECT_GT(CpuLimitsForMemory(2 * 1'769 - 1, 2).cpu_quota_us, 0);
  EXPECT_EQ(CpuLimitsForMemory(2 * 1'769, 2).cpu_quota_us, 0);
}

TEST(CpuLimitsForMemoryTest, SmallSharesGetALongerPeriodAndNeverLessThanOneMillisecond) {
  EXPECT_EQ(CpuLimitsForMemory(89, 2).cpu_period_us, 20'000);
  EXPECT_EQ(CpuLimitsForMemory(88, 2).cpu_period_us, 20'103);
  EXPECT_EQ(CpuLimitsForMemory(88, 2).cpu_quota_us, 1'000);
  EXPECT_EQ(CpuLimitsForMemory(16, 2).cpu_quota_us, 1'000);
  EXPECT_EQ(CpuLimitsForMemory(16, 2).cpu_period_us, 110'563);
  EXPECT_EQ(CpuLimitsForMemory(1, 2).cpu_period_us, 1'000'000);
}

}  // namespace
}  // namespace floe::node_agent
