// Any schedule and any use: what is asked for stays inside the limits, each call asks for something
// new or for nothing, and deadlines move on.

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/check.h"
#include "base/time.h"
#include "orchestrator/delivery/provisioned_scaler.h"
#include "tests/orchestrator/delivery/delivery_judge.h"

namespace floe {
namespace {

void Run(DeliveryBytes dice) {
  std::vector<ScheduledProvision> schedule;
  Instant at;
  for (uint32_t i = dice.Below(4); i > 0; --i) {
    at = at + Duration::Seconds(1 + dice.Below(200));
    schedule.push_back({.at = at, .concurrency = static_cast<int32_t>(dice.Below(50))});
  }
  const auto min = static_cast<int32_t>(dice.Below(20));
  const TargetTracking tracking{.min = min,
                                .max = min + static_cast<int32_t>(dice.Below(50)),
                                .target = 100'000 * (1 + static_cast<int64_t>(dice.Below(9)))};
  ProvisionedScaler scaler(FunctionId{0}, schedule, tracking, Instant());
  while (!dice.is_used_up()) {
    const Instant due = scaler.NextDeadline();
    const Instant now = due + Duration::Seconds(dice.Below(4) == 0 ? dice.Below(200) : 0);
    const auto available = static_cast<int32_t>(dice.Below(80));
    const ProvisionedUsage usage{
        .available = available,
        .busy_max = static_cast<int32_t>(dice.Below(static_cast<uint32_t>(available) + 1))};
    const int32_t before = scaler.concurrency();
    const std::optional<ProvisionedConcurrencySet> change = scaler.Step(now, usage);
    CHECK(change.has_value() == (scaler.concurrency() != before));
    CHECK(!change.has_value() || change->concurrency_provisioned == scaler.concurrency());
    CHECK(scaler.NextDeadline() > now || scaler.NextDeadline() > due);
    const bool is_scheduled = now < at || schedule.empty();
    if (!is_scheduled) {
      CHECK(scaler.concurrency() >= tracking.min && scaler.concurrency() <= tracking.max);
    }
  }
}

}  // namespace
}  // namespace floe

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  floe::Run(floe::DeliveryBytes(data, size));
  return 0;
}
