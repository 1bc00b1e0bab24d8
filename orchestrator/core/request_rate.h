// How many requests per second a concurrency allows.

#ifndef FLOE_ORCHESTRATOR_CORE_REQUEST_RATE_H_
#define FLOE_ORCHESTRATOR_CORE_REQUEST_RATE_H_

#include <cstdint>

#include "base/time.h"
#include "orchestrator/core/token_bucket.h"

namespace floe {

// What `concurrency` units allow per second. Nothing to limit where there is no concurrency: that
// is refused as such.
inline TokenRate RequestRate(int64_t concurrency, int64_t requests_per_concurrency) {
  if (concurrency <= 0 || requests_per_concurrency <= 0) return TokenRate::Unlimited();
  return TokenRate::Create(concurrency * requests_per_concurrency, Duration::Seconds(1));
}

}  // namespace floe

#endif  // FLOE_ORCHESTRATOR_CORE_REQUEST_RATE_H_
