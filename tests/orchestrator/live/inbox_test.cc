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

InvocationArrived Arrival(uint64_t number) {
  return {.invocation = InvocationId{number}, .function = {}};
}

// What a visit finds, by row, until the turn is over.
std::vector<uint32_t> Visit(Inbox& inbox) {
  std::vector<uint32_t> rows;
  if (!inbox.BeginVisit()) return rows;
  InboxItem item;
  while (inbox.Take(Instant::InfiniteFuture(), item) == Inbox::Outcome::kItem) {
    rows.push_back(std::get<EnvironmentStarted>(item.event).environment.row);
  }
  return rows;
}

TEST(InboxTest, GivesItemsInTheOrderTheyCame) {
  Inbox inbox({});
  ASSERT_TRUE(inbox.PutArrival({.invocation = InvocationId{1}, .function = FunctionId{2}}));
  inbox.PutReport(Report(3));
  inbox.PutOrder({.event = FunctionRemoved{FunctionId{2}}, .attachment = {}, .node = {}});
  ASSERT_TRUE(inbox.BeginVisit());
  InboxItem item;
  ASSERT_EQ(inbox.Take(Instant::InfiniteFuture(), item), Inbox::Outcome::kItem);
  EXPECT_TRUE(std::holds_alternative<InvocationArrived>(item.event));
  ASSERT_EQ(inbox.Take(Instant::InfiniteFuture(), item), Inbox::Outcome::kItem);
  EXPECT_TRUE(std::holds_alternative<EnvironmentStarted>(item.event));
  ASSERT_EQ(inbox.Take(Instant::InfiniteFuture(), item), Inbox::Outcome::kItem);
  EXPECT_TRUE(std::holds_alternative<FunctionRemoved>(item.event));
  EXPECT_EQ(inbox.Take(Instant::InfiniteFuture(), item), Inbox::Outcome::kTurnOver);
}

TEST(InboxTest, NobodyVisitsAnEmptyInbox) {
  Inbox inbox({});
  EXPECT_FALSE(inbox.BeginVisit());
}

TEST(InboxTest, OneThreadHasTheTurnAndFindsWhatComesMeanwhile) {
  Inbox inbox({});
  inbox.PutReport(Report(1));
  ASSERT_TRUE(inbox.BeginVisit());
  inbox.PutReport(Report(2));
  EXPECT_FALSE(inbox.BeginVisit());
  InboxItem item;
  EXPECT_EQ(inbox.Take(Instant::InfiniteFuture(), item), Inbox::Outcome::kItem);
  EXPECT_EQ(inbox.Take(Instant::InfiniteFuture(), item), Inbox::Outcome::kItem);
  EXPECT_EQ(inbox.Take(Instant::InfiniteFuture(), item), Inbox::Outcome::kTurnOver);
  inbox.PutReport(Report(3));
  EXPECT_EQ(Visit(inbox), std::vector<uint32_t>{3});
}

TEST(InboxTest, WhatALongVisitLeavesIsForTheResident) {
  Inbox inbox({.items_per_visit = 2});
  for (uint32_t row = 1; row <= 5; ++row) inbox.PutReport(Report(row));
  EXPECT_EQ(Visit(inbox), (std::vector<uint32_t>{1, 2}));
  ASSERT_TRUE(inbox.AwaitTurn());
  InboxItem item;
  for (uint32_t row = 3; row <= 5; ++row) {
    ASSERT_EQ(inbox.Take(Instant::InfiniteFuture(), item), Inbox::Outcome::kItem);
    EXPECT_EQ(std::get<EnvironmentStarted>(item.event).environment.row, row);
  }
  EXPECT_EQ(inbox.Take(Instant::InfiniteFuture(), item), Inbox::Outcome::kTurnOver);
}

TEST(InboxTest, AVisitThatEndsWithItsLastItemLeavesNothing) {
  Inbox inbox({.items_per_visit = 2});
  inbox.PutReport(Report(1));
  inbox.PutReport(Report(2));
  EXPECT_EQ(Visit(inbox), (std::vector<uint32_t>{1, 2}));
  EXPECT_FALSE(inbox.BeginVisit());
}

TEST(InboxTest, AnOrderCallsTheResident) {
  Inbox inbox({});
  std::thread resident([&] {
    ASSERT_TRUE(inbox.AwaitTurn());
    InboxItem item;
    EXPECT_EQ(inbox.Take(Instant::InfiniteFuture(), item), Inbox::Outcome::kItem);
    EXPECT_EQ(inbox.Take(Instant::InfiniteFuture(), item), Inbox::Outcome::kTurnOver);
  });
  inbox.PutOrder({.event = FunctionRemoved{FunctionId{2}}, .attachment = {}, .node = {}});
  resident.join();
}

TEST(InboxTest, ADeadlineThatHasComeIsToldOnceNothingElseIsLeft) {
  Inbox inbox({});
  inbox.PutReport(Report(1));
  ASSERT_TRUE(inbox.BeginVisit());
  InboxItem item;
  EXPECT_EQ(inbox.Take(SteadyNow(), item), Inbox::Outcome::kItem);
  EXPECT_EQ(inbox.Take(SteadyNow(), item), Inbox::Outcome::kDeadline);
  EXPECT_EQ(inbox.Take(Instant::InfiniteFuture(), item), Inbox::Outcome::kTurnOver);
}

TEST(InboxTest, TheResidentGetsATurnAtTheDeadlineThatTheLastTurnNamed) {
  Inbox inbox({});
  inbox.PutReport(Report(1));
  ASSERT_TRUE(inbox.BeginVisit());
  const Instant later = SteadyNow() + Duration::Milliseconds(5);
  InboxItem item;
  EXPECT_EQ(inbox.Take(later, item), Inbox::Outcome::kItem);
  std::thread resident([&] {
    ASSERT_TRUE(inbox.AwaitTurn());
    EXPECT_GE(SteadyNow(), later);
    EXPECT_EQ(inbox.Take(later, item), Inbox::Outcome::kDeadline);
    EXPECT_EQ(inbox.Take(Instant::InfiniteFuture(), item), Inbox::Outcome::kTurnOver);
  });
  EXPECT_EQ(inbox.Take(later, item), Inbox::Outcome::kTurnOver);
  resident.join();
}

TEST(InboxTest, TheArrivalBeyondTheLimitIsRefusedAndReportsStillPass) {
  Inbox inbox({.arrivals_max = 2});
  EXPECT_TRUE(inbox.PutArrival(Arrival(1)));
  EXPECT_TRUE(inbox.PutArrival(Arrival(2)));
  EXPECT_FALSE(inbox.PutArrival(Arrival(3)));
  inbox.PutReport(Report(1));
  ASSERT_TRUE(inbox.BeginVisit());
  InboxItem item;
  EXPECT_EQ(inbox.Take(Instant::InfiniteFuture(), item), Inbox::Outcome::kItem);
  EXPECT_TRUE(inbox.PutArrival(Arrival(4)));
}

TEST(InboxTest, AReporterWaitsForRoomAndNothingIsLost) {
  Inbox inbox({.reports_max = 1});
  constexpr uint32_t kReports = 1'000;
  std::thread reporter([&] {
    for (uint32_t i = 0; i < kReports; ++i) inbox.PutReport(Report(i));
  });
  for (uint32_t next = 0; next < kReports;) {
    for (const uint32_t row : Visit(inbox)) ASSERT_EQ(row, next++);
    std::this_thread::yield();
  }
  reporter.join();
}

TEST(InboxTest, WhoHasTheTurnNeverWaitsForRoom) {
  Inbox inbox({.reports_max = 1});
  inbox.PutReport(Report(0));
  ASSERT_TRUE(inbox.BeginVisit());
  inbox.PutReport(Report(1));
  inbox.PutReport(Report(2));
  InboxItem item;
  for (uint32_t row = 0; row <= 2; ++row) {
    ASSERT_EQ(inbox.Take(Instant::InfiniteFuture(), item), Inbox::Outcome::kItem);
    EXPECT_EQ(std::get<EnvironmentStarted>(item.event).environment.row, row);
  }
}

TEST(InboxTest, ClosingWakesWhoeverWaits) {
  Inbox inbox({.reports_max = 1});
  inbox.PutReport(Report(0));
  std::thread reporter([&] { inbox.PutReport(Report(1)); });
  std::thread resident([&] { EXPECT_FALSE(inbox.AwaitTurn()); });
  inbox.Close();
  reporter.join();
  resident.join();
  EXPECT_FALSE(inbox.BeginVisit());
  EXPECT_FALSE(inbox.PutArrival(Arrival(1)));
}

TEST(InboxTest, ClosingWaitsForTheEndOfTheTurn) {
  Inbox inbox({});
  inbox.PutReport(Report(0));
  ASSERT_TRUE(inbox.BeginVisit());
  std::atomic<bool> is_over = false;
  std::thread closer([&] {
    inbox.Close();
    EXPECT_TRUE(is_over);
  });
  while (!inbox.closed()) std::this_thread::yield();
  is_over = true;
  InboxItem item;
  EXPECT_EQ(inbox.Take(Instant::InfiniteFuture(), item), Inbox::Outcome::kTurnOver);
  closer.join();
}

TEST(InboxTest, ManyThreadsPutAndVisitAndEveryItemIsServedOnceInItsThreadsOrder) {
  Inbox inbox({.reports_max = 64, .items_per_visit = 3});
  constexpr uint32_t kThreads = 4;
  constexpr uint32_t kEach = 2'000;
  std::vector<uint32_t> next(kThreads, 0);  // Of whoever has the turn.
  std::atomic<uint32_t> served = 0;
  const auto serve = [&] {
    InboxItem item;
    while (inbox.Take(Instant::InfiniteFuture(), item) == Inbox::Outcome::kItem) {
      const uint32_t row = std::get<EnvironmentStarted>(item.event).environment.row;
      EXPECT_EQ(row % kEach, next[row / kEach]++);
      ++served;
    }
  };
  std::thread resident([&] {
    while (inbox.AwaitTurn()) serve();
  });
  std::vector<std::thread> threads;
  for (uint32_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (uint32_t i = 0; i < kEach; ++i) {
        inbox.PutReport(Report(t * kEach + i));
        if (inbox.BeginVisit()) serve();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  while (served < kThreads * kEach) std::this_thread::yield();
  inbox.Close();
  resident.join();
}

}  // namespace
}  // namespace floe::live
