// When a function's provisioned concurrency changes: by a schedule, and then by target tracking.
//
// Target tracking is that of AWS Application Auto Scaling: utilisation, the share of the available
// provisioned environments that were busy at once, is looked at each minute. Three minutes in a row
// above the target scale out, fifteen in a row below 90 % of it scale in, both to what brings the
// last minute's use to the target. While the last change is not yet available, minutes do not
// count. Source: AWS "Configuring provisioned concurrency"; the fifteen minutes are those of its
// alarms.
//
//   ProvisionedScaler scaler(function, schedule, tracking);
//   at scaler.NextDeadline(): if (const auto event = scaler.Step(now, usage)) ... tell the
//   scheduler
//
// Pure: no clock, no I/O, no memory allocated after construction. Thread-compatible.

#ifndef FLOE_ORCHESTRATOR_DELIVERY_PROVISIONED_SCALER_H_
#define FLOE_ORCHESTRATOR_DELIVERY_PROVISIONED_SCALER_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/time.h"
#include "orchestrator/core/event.h"
#include "orchestrator/core/ids.h"

namespace floe {

// From `at` on; 0 before the first.
struct ScheduledProvision {
  Instant at;
  int32_t concurrency = 0;
  friend bool operator==(const ScheduledProvision&, const ScheduledProvision&) = default;
};

// A utilisation is a whole number of millionths.
inline constexpr int64_t kUtilizationOne = 1'000'000;

struct TargetTracking {
  int32_t min = 1;
  int32_t max = 1;
  int64_t target = 700'000;  // 100,000 to 900,000 millionths.
  friend bool operator==(const TargetTracking&, const TargetTracking&) = default;
};

inline constexpr int kScaleOutMinutes = 3;
inline constexpr int kScaleInMinutes = 15;
inline constexpr int64_t kScaleInShare = 900'000;  // Of the target, in millionths.

// Since the Step before, of the function's provisioned environments.
struct ProvisionedUsage {
  int32_t available = 0;  // Now.
  int32_t busy_max = 0;   // The most that were busy at once.
};

class ProvisionedScaler {
 public:
  // `schedule` is in ascending order of time. `tracking` takes over at the time of its last entry,
  // or at `start` without one, from what is then provisioned, brought into [min, max].
  ProvisionedScaler(FunctionId function, std::vector<ScheduledProvision> schedule,
                    std::optional<TargetTracking> tracking, Instant start);

  // What to tell the scheduler, if anything. REQUIRES: `now` is NextDeadline() or, if the caller
  // came late, after it.
  std::optional<ProvisionedConcurrencySet> Step(Instant now, const ProvisionedUsage& usage);

  // When Step must next be called, or Instant::InfiniteFuture().
  Instant NextDeadline() const;

  // What holds now.
  int32_t concurrency() const { return concurrency_; }

 private:
  // What target tracking wants after a minute with this use.
  int32_t Track(const ProvisionedUsage& usage);

  FunctionId function_;
  std::vector<ScheduledProvision> schedule_;
  std::optional<TargetTracking> tracking_;
  size_t scheduled_ = 0;  // Entries that have come.
  bool tracks_ = false;
  Instant minute_ends_;
  int32_t concurrency_ = 0;
  int minutes_above_ = 0;
  int minutes_below_ = 0;
};

}  // namespace floe

#endif  // FLOE_ORCHESTRATOR_DELIVERY_PROVISIONED_SCALER_H_
