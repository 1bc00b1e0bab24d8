#include "node_agent/runtime_exit.h"

#include <gtest/gtest.h>

#include <csignal>

namespace floe::node_agent {
namespace {

using Kind = ProcessExit::Kind;

TEST(RuntimeExitTest, StatusZeroGivesNoReason) {
  const RuntimeFailure failure = DescribeExit({Kind::kExited, 0});
  EXPECT_EQ(failure.error_type, "Runtime.ExitError");
  EXPECT_EQ(failure.message, "Runtime exited without providing a reason");
}

TEST(RuntimeExitTest, OtherStatusesAreNamed) {
  EXPECT_EQ(DescribeExit({Kind::kExited, 1}).error_type, "Runtime.ExitError");
  EXPECT_EQ(DescribeExit({Kind::kExited, 1}).message, "Runtime exited with error: exit status 1");
  EXPECT_EQ(DescribeExit({Kind::kExited, 255}).message,
            "Runtime exited with error: exit status 255");
}

TEST(RuntimeExitTest, SignalsBearTheNamesThatGoPrints) {
  const auto message = [](int signal) { return DescribeExit({Kind::kSignaled, signal}).message; };
  EXPECT_EQ(message(SIGHUP), "Runtime exited with error: signal: hangup");
  EXPECT_EQ(message(SIGINT), "Runtime exited with error: signal: interrupt");
  EXPECT_EQ(message(SIGABRT), "Runtime exited with error: signal: aborted");
  EXPECT_EQ(message(SIGBUS), "Runtime exited with error: signal: bus error");
  EXPECT_EQ(message(SIGKILL), "Runtime exited with error: signal: killed");
  EXPECT_EQ(message(SIGSEGV), "Runtime exited with error: signal: segmentation fault");
  EXPECT_EQ(message(SIGTERM), "Runtime exited with error: signal: terminated");
  EXPECT_EQ(message(SIGSYS), "Runtime exited with error: signal: signal 31");
}

TEST(RuntimeExitTest, OutOfMemoryHasATypeOfItsOwn) {
  const RuntimeFailure failure = DescribeExit({Kind::kOutOfMemory, SIGKILL});
  EXPECT_EQ(failure.error_type, "Runtime.OutOfMemory");
  EXPECT_EQ(failure.message, "Runtime exited with error: signal: killed");
}

}  // namespace
}  // namespace floe::node_agent
