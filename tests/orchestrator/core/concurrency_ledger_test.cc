#include "orchestrator/core/concurrency_ledger.h"

#include "gtest/gtest.h"

namespace floe {
namespace {

constexpr ConcurrencyClaim kShared{};
constexpr ConcurrencyClaim kReserved{.reserved = 5};

TEST(ConcurrencyLedgerTest, CountsUnreservedInvocationsAsTheyRun) {
  ConcurrencyLedger ledger(2);
  ledger.Begin(kShared);
  EXPECT_TRUE(ledger.HasUnreservedRoom());
  ledger.Begin(kShared);
  EXPECT_FALSE(ledger.HasUnreservedRoom());
  ledger.End(kShared);
  EXPECT_TRUE(ledger.HasUnreservedRoom());
}

TEST(ConcurrencyLedgerTest, CountsAReservationWhetherUsedOrNot) {
  ConcurrencyLedger ledger(10);
  ledger.Change({}, kReserved, 0);
  EXPECT_EQ(ledger.claimed(), 5);
  ledger.Begin(kReserved);
  EXPECT_EQ(ledger.claimed(), 5);
  ledger.End(kReserved);
  ledger.Change(kReserved, {}, 0);
  EXPECT_EQ(ledger.claimed(), 0);
}

TEST(ConcurrencyLedgerTest, AReservationContainsProvisionedConcurrency) {
  ConcurrencyLedger ledger(10);
  ledger.Change({}, {.reserved = 5, .provisioned = 3}, 0);
  EXPECT_EQ(ledger.claimed(), 5);
  ledger.Change({.reserved = 5, .provisioned = 3}, {.provisioned = 3}, 0);
  EXPECT_EQ(ledger.claimed(), 3);
}

TEST(ConcurrencyLedgerTest, InvocationsInFlightChangeTheirPoolWithTheClaim) {
  ConcurrencyLedger ledger(10);
  ledger.Begin(kShared);
  ledger.Begin(kShared);
  // A reservation of none is one, too.
  ledger.Change(kShared, {.reserved = 0}, /*in_flight=*/2);
  EXPECT_EQ(ledger.claimed(), 0);
  ledger.Change({.reserved = 0}, kShared, /*in_flight=*/2);
  EXPECT_EQ(ledger.claimed(), 2);
}

}  // namespace
}  // namespace floe
