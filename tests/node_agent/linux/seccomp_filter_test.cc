#include "node_agent/linux/seccomp_filter.h"

#include "gtest/gtest.h"

namespace floe::node_agent {
namespace {

TEST(SeccompFilterTest, FilterFitsTheKernelAndIsTheSameEachTime) {
  const absl::StatusOr<std::vector<sock_filter>> first = BuildSeccompFilter();
  const absl::StatusOr<std::vector<sock_filter>> second = BuildSeccompFilter();
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_GT(first->size(), 50u);
  EXPECT_LE(first->size(), 4'096u);
  EXPECT_EQ(first->size(), second->size());
}

}  // namespace
}  // namespace floe::node_agent
