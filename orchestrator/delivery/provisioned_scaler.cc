#include "orchestrator/delivery/provisioned_scaler.h"

#include <algorithm>
#include <utility>

#include "base/check.h"

namespace floe {
namespace {

constexpr Duration kMinute = Duration::Minutes(1);

}  // namespace

ProvisionedScaler::ProvisionedScaler(FunctionId function, std::vector<ScheduledProvision> schedule,
                                     std::optional<TargetTracking> tracking, Instant start)
    : function_(function),
      schedule_(std::move(schedule)),
      tracking_(tracking),
      minute_ends_(schedule_.empty() ? start : schedule_.back().at) {
  CHECK(!tracking_.has_value() || (tracking_->target > 0 && tracking_->min <= tracking_->max));
}

Instant ProvisionedScaler::NextDeadline() const {
  if (scheduled_ < schedule_.size()) return schedule_[scheduled_].at;
  return tracking_.has_value() ? minute_ends_ : Instant::InfiniteFuture();
}

std::optional<ProvisionedConcurrencySet> ProvisionedScaler::Step(Instant now,
                                                                 const ProvisionedUsage& usage) {
  int32_t wanted = concurrency_;
  while (scheduled_ < schedule_.size() && schedule_[scheduled_].at <= now) {
    wanted = schedule_[scheduled_++].concurrency;
  }
  if (scheduled_ == schedule_.size() && tracking_.has_value() && minute_ends_ <= now) {
    if (tracks_) wanted = Track(usage);
    tracks_ = true;
    wanted = std::clamp(wanted, tracking_->min, tracking_->max);
    const int64_t minutes = (now - minute_ends_).nanoseconds() / kMinute.nanoseconds() + 1;
    minute_ends_ = minute_ends_ + kMinute * minutes;
  }
  if (wanted == concurrency_) return std::nullopt;
  concurrency_ = wanted;
  minutes_above_ = 0;
  minutes_below_ = 0;
  return ProvisionedConcurrencySet{.function = function_, .concurrency_provisioned = wanted};
}

int32_t ProvisionedScaler::Track(const ProvisionedUsage& usage) {
  if (usage.available == 0 || usage.available < concurrency_) return concurrency_;
  const int64_t use = usage.busy_max * kUtilizationOne;
  const int64_t at_target = usage.available * tracking_->target;
  minutes_above_ = use > at_target ? minutes_above_ + 1 : 0;
  const bool is_below = static_cast<__int128>(use) * kUtilizationOne <
                        static_cast<__int128>(at_target) * kScaleInShare;
  minutes_below_ = is_below ? minutes_below_ + 1 : 0;
  if (minutes_above_ < kScaleOutMinutes && minutes_below_ < kScaleInMinutes) return concurrency_;
  // Rounded up: that many bring the use to the target or just below.
  return static_cast<int32_t>((use + tracking_->target - 1) / tracking_->target);
}

}  // namespace floe
