#include "node_agent/linux/cgroup_discovery.h"

#include "gtest/gtest.h"

namespace floe::node_agent {
namespace {

constexpr char kV1Lines[] =
    "29 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,nosuid - cgroup cgroup rw,cpu,cpuacct\n"
    "35 31 0:32 / /sys/fs/cgroup/memory rw,nosuid shared:5 - cgroup cgroup rw,memory\n"
    "37 31 0:34 / /sys/fs/cgroup/freezer rw,nosuid - cgroup cgroup rw,freezer\n"
    "39 31 0:36 / /sys/fs/cgroup/pids rw,nosuid - cgroup cgroup rw,pids\n";
constexpr char kV2Line[] = "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n";

TEST(CgroupDiscoveryTest, PlainV1HasEveryControllerInAHierarchyOfItsOwn) {
  const absl::StatusOr<CgroupLayout> layout = DecideCgroupLayout(kV1Lines, "");
  ASSERT_TRUE(layout.ok()) << layout.status();
  EXPECT_EQ(layout->of(CgroupController::kMemory).mount_point, "/sys/fs/cgroup/memory");
  EXPECT_EQ(layout->of(CgroupController::kCpu).mount_point, "/sys/fs/cgroup/cpu,cpuacct");
  EXPECT_EQ(layout->of(CgroupController::kPids).mount_point, "/sys/fs/cgroup/pids");
  EXPECT_EQ(layout->of(CgroupController::kFreezer).mount_point, "/sys/fs/cgroup/freezer");
  EXPECT_EQ(layout->of(CgroupController::kFreezer).version, CgroupVersion::kV1);
}

TEST(CgroupDiscoveryTest, HybridFreezesWithV2AndLimitsWithV1) {
  const absl::StatusOr<CgroupLayout> layout =
      DecideCgroupLayout(std::string(kV1Lines) + kV2Line, "\n");
  ASSERT_TRUE(layout.ok()) << layout.status();
  EXPECT_EQ(layout->of(CgroupController::kFreezer).version, CgroupVersion::kV2);
  EXPECT_EQ(layout->of(CgroupController::kFreezer).mount_point, "/sys/fs/cgroup/unified");
  EXPECT_EQ(layout->of(CgroupController::kMemory).version, CgroupVersion::kV1);
}

TEST(CgroupDiscoveryTest, HybridTakesFromV2WhatV2Offers) {
  const absl::StatusOr<CgroupLayout> layout =
      DecideCgroupLayout(std::string(kV1Lines) + kV2Line, "pids\n");
  ASSERT_TRUE(layout.ok()) << layout.status();
  EXPECT_EQ(layout->of(CgroupController::kPids).version, CgroupVersion::kV2);
  EXPECT_EQ(layout->of(CgroupController::kCpu).version, CgroupVersion::kV1);
}

TEST(CgroupDiscoveryTest, PureV2HasOneHierarchyForAll) {
  const absl::StatusOr<CgroupLayout> layout = DecideCgroupLayout(
      "30 23 0:26 / /sys/fs/cgroup rw,nosuid,nodev,noexec shared:4 - cgroup2 cgroup2 "
      "rw,nsdelegate\n",
      "cpuset cpu io memory hugetlb pids\n");
  ASSERT_TRUE(layout.ok()) << layout.status();
  for (const CgroupHierarchy& hierarchy : layout->hierarchies) {
    EXPECT_EQ(hierarchy.version, CgroupVersion::kV2);
    EXPECT_EQ(hierarchy.mount_point, "/sys/fs/cgroup");
  }
}

TEST(CgroupDiscoveryTest, WhatIsMissingIsNamed) {
  const absl::StatusOr<CgroupLayout> layout = DecideCgroupLayout(kV2Line, "cpu io\n");
  EXPECT_EQ(layout.status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(layout.status().message(),
            "find cgroups: no writable hierarchy has controller memory, pids");
}

TEST(CgroupDiscoveryTest, ReadOnlyMountsAreNoUse) {
  EXPECT_EQ(FindCgroup2Mount("41 31 0:38 / /sys/fs/cgroup ro,nosuid - cgroup2 cgroup2 rw\n"), "");
}

TEST(CgroupDiscoveryTest, MountOfTheWholeHierarchyIsPreferred) {
  EXPECT_EQ(FindCgroup2Mount("50 31 0:38 /docker/7 /inner rw - cgroup2 cgroup2 rw\n"
                             "41 31 0:38 / /whole rw - cgroup2 cgroup2 rw\n"),
            "/whole");
}

TEST(CgroupDiscoveryTest, EscapedMountPointIsUnescaped) {
  EXPECT_EQ(FindCgroup2Mount("41 31 0:38 / /mnt/a\\040b\\134c rw - cgroup2 cgroup2 rw\n"),
            "/mnt/a b\\c");
}

TEST(CgroupDiscoveryTest, DamagedLinesAreSkipped) {
  EXPECT_EQ(FindCgroup2Mount("41 31 - cgroup2\n\n-\n41 31 0:38 / /x rw -\n"), "");
}

TEST(CgroupDiscoveryTest, ControllerNameInsideAnotherWordDoesNotCount) {
  EXPECT_FALSE(
      DecideCgroupLayout("29 31 0:29 / /cpuacct rw - cgroup cgroup rw,cpuacct\n", "").ok());
}

}  // namespace
}  // namespace floe::node_agent
