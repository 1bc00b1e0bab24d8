#include "orchestrator/live/inbox.h"

#include <atomic>
#include <cstdint>
#include <thread>
#include <variant>
#include <vector>

#include "gtest/gtest.h"
#include "orchestrator/live/steady_clock.h"

namespace floe::live {
namespace {

InboxItem Report(uint32_t row) {
  return {.event = EnvironmentStarted{{.row = row, .generation = 1}}, .attachment = {}, .node = {}};
}

TEST(InboxTest, GivesItemsInTheOrderTheyCame) {
  Inbox inbox({});
  ASSERT_TRUE(inbox.PutArrival({.invocation = InvocationId{1}, .function = FunctionId{2}}));
  inbox.PutReport(Report(3));
  inbox.PutOrder({.event = FunctionRemoved{FunctionId{2}}, .attachment = {}, .node = {}});
  InboxItem item;
  ASSERT_EQ(inbox.Take(Instant::InfiniteFuture(), item), Inbox::Outcome::kItem);
  EXPECT_TRUE(std::holds_alternative<InvocationArrived>(item.event));
  ASSERT_EQ(inbox.Take(Instant::InfiniteFuture(), item), Inbox::Outcome::kItem);
  EXPECT_TRUE(std::holds_alternative<EnvironmentStarted>(item.event));
  ASSERT_EQ(inbox.Take(Instant::InfiniteFuture(), item), Inbox::Outcome::kItem);
  EXPECT_TRUE(std::holds_alternative<FunctionRemoved>(item.event));
}

TEST(InboxTest, ADeadlineThatHasComeEndsTheWaiting) {
  Inbox inbox({});
  InboxItem item;
  EXPECT_EQ(inbox.Take(SteadyNow(), item), Inbox::Outcome::kDeadline);
  const Instant later = SteadyNow() + Duration::Milliseconds(5);
  EXPECT_EQ(inbox.Take(later, item), Inbox::Outcome::kDeadline);
  EXPECT_GE(SteadyNow(), later);
}

TEST(InboxTest, TheArrivalBeyondTheLimitIsRefusedAndReportsStillPass) {
  Inbox inbox({.arrivals_max = 2});
  EXPECT_TRUE(inbox.PutArrival({.invocation = InvocationId{1}, .function = {}}));
  EXPECT_TRUE(inbox.PutArrival({.invocation = InvocationId{2}, .function = {}}));
  EXPECT_FALSE(inbox.PutArrival({.invocation = InvocationId{3}, .function = {}}));
  inbox.PutReport(Report(1));
  InboxItem item;
  EXPECT_EQ(inbox.Take(Instant::InfiniteFuture(), item), Inbox::Outcome::kItem);
  EXPECT_TRUE(inbox.PutArrival({.invocation = InvocationId{4}, .function = {}}));
}

TEST(InboxTest, AReporterWaitsForRoomAndNothingIsLost) {
  Inbox inbox({.reports_max = 1});
  constexpr uint32_t kReports = 1'000;
  std::thread reporter([&] {
    for (uint32_t i = 0; i < kReports; ++i) inbox.PutReport(Report(i));
  });
  for (uint32_t i = 0; i < kReports; ++i) {
    InboxItem item;
    ASSERT_EQ(inbox.Take(Instant::InfiniteFuture(), item), Inbox::Outcome::kItem);
    ASSERT_EQ(std::get<EnvironmentStarted>(item.event).environment.row, i);
  }
  reporter.join();
}

TEST(InboxTest, ClosingWakesWhoeverWaits) {
  Inbox inbox({.reports_max = 1});
  inbox.PutReport(Report(0));
  std::thread reporter([&] { inbox.PutReport(Report(1)); });
  inbox.Close();
  reporter.join();
  InboxItem item;
  EXPECT_EQ(inbox.Take(Instant::InfiniteFuture(), item), Inbox::Outcome::kClosed);
  EXPECT_FALSE(inbox.PutArrival({.invocation = InvocationId{1}, .function = {}}));
}

TEST(InboxTest, ManyThreadsPutAndOneTakes) {
  Inbox inbox({.reports_max = 64});
  constexpr uint32_t kThreads = 4;
  constexpr uint32_t kEach = 2'000;
  std::vector<std::thread> threads;
  for (uint32_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&inbox, t] {
      for (uint32_t i = 0; i < kEach; ++i) inbox.PutReport(Report(t * kEach + i));
    });
  }
  std::vector<uint32_t> next(kThreads, 0);
  for (uint32_t i = 0; i < kThreads * kEach; ++i) {
    InboxItem item;
    ASSERT_EQ(inbox.Take(Instant::InfiniteFuture(), item), Inbox::Outcome::kItem);
    const uint32_t row = std::get<EnvironmentStarted>(item.event).environment.row;
    ASSERT_EQ(row % kEach, next[row / kEach]++);
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace floe::live
