// Who holds how much of the account's concurrency.
//
// What functions without reservation can no longer use is the *claimed* concurrency: their own
// invocations in flight, every reservation whether used or not, and the provisioned concurrency of
// functions without reservation. Source: AWS "Monitoring concurrency", ClaimedAccountConcurrency.

#ifndef FLOE_ORCHESTRATOR_CORE_CONCURRENCY_LEDGER_H_
#define FLOE_ORCHESTRATOR_CORE_CONCURRENCY_LEDGER_H_

#include <cstdint>

#include "base/check.h"

namespace floe {

// In place of a number of reserved concurrency: the function shares the unreserved pool.
inline constexpr int32_t kNotReserved = -1;

// What one function holds of the account, apart from its invocations in flight.
struct ConcurrencyClaim {
  int32_t reserved = kNotReserved;
  int32_t provisioned = 0;

  bool is_reserved() const { return reserved != kNotReserved; }
  // A reservation contains the provisioned concurrency of its function.
  int64_t claimed() const { return is_reserved() ? reserved : provisioned; }
};

// Thread-compatible.
class ConcurrencyLedger {
 public:
  explicit ConcurrencyLedger(int32_t account_concurrency) : account_(account_concurrency) {}

  int64_t claimed() const { return claimed_; }
  // Whether one more invocation of a function without reservation fits.
  bool HasUnreservedRoom() const { return claimed_ < account_; }

  // An invocation of a function with this claim begins or ends.
  void Begin(const ConcurrencyClaim& claim) { claimed_ += claim.is_reserved() ? 0 : 1; }
  void End(const ConcurrencyClaim& claim) {
    claimed_ -= claim.is_reserved() ? 0 : 1;
    DCHECK(claimed_ >= 0);
  }
  // The claim of a function with `in_flight` invocations changes. A function that comes into being
  // changes from the empty claim, one that goes changes to it.
  void Change(const ConcurrencyClaim& from, const ConcurrencyClaim& to, int32_t in_flight) {
    claimed_ -= from.claimed() + (from.is_reserved() ? 0 : in_flight);
    claimed_ += to.claimed() + (to.is_reserved() ? 0 : in_flight);
  }

 private:
  int64_t account_;
  int64_t claimed_ = 0;
};

}  // namespace floe

#endif  // FLOE_ORCHESTRATOR_CORE_CONCURRENCY_LEDGER_H_
