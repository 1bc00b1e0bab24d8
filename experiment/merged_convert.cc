// The merged run: many fields, each of which is copied.

#include <cstdint>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "experiment/result_convert.h"
#include "simulator/histogram.h"
#include "simulator/statistics.h"

namespace floe {
namespace {

using v1::MergedRun;

MergedRun::Wide WideOf(unsigned __int128 value) {
  MergedRun::Wide wide;
  wide.set_high(static_cast<uint64_t>(value >> 64));
  wide.set_low(static_cast<uint64_t>(value));
  return wide;
}

unsigned __int128 FromWide(const MergedRun::Wide& wide) {
  return static_cast<unsigned __int128>(wide.high()) << 64 | wide.low();
}

__int128 SignedFromWide(const MergedRun::Wide& wide) {
  return static_cast<__int128>(FromWide(wide));
}

template <typename Array, typename Repeated>
void PutCounts(const Array& counts, Repeated* repeated) {
  repeated->Add(counts.begin(), counts.end());
}

// A file of a program that knew fewer reasons has fewer counts.
template <typename Repeated, typename Array>
absl::Status TakeCounts(const char* field, const Repeated& repeated, Array& counts) {
  if (static_cast<size_t>(repeated.size()) > counts.size()) {
    return absl::InvalidArgumentError(absl::StrCat(
        field, ": ", repeated.size(), " counts, of which ", counts.size(), " are known"));
  }
  for (int i = 0; i < repeated.size(); ++i) counts[static_cast<size_t>(i)] = repeated.Get(i);
  return absl::OkStatus();
}

MergedRun::Tally TallyToProto(const InvocationTally& tally) {
  MergedRun::Tally proto;
  proto.set_arrived(tally.arrived);
  proto.set_retries(tally.retries);
  proto.set_cold_starts(tally.cold_starts);
  proto.set_provisioned(tally.provisioned);
  proto.set_spilled_over(tally.spilled_over);
  proto.set_finished(tally.finished);
  proto.set_function_errors(tally.function_errors);
  PutCounts(tally.throttled_by_reason, proto.mutable_throttled_by_reason());
  PutCounts(tally.failed_by_cause, proto.mutable_failed_by_cause());
  proto.set_concurrency_max(tally.concurrency_max);
  *proto.mutable_unfinished_ns() = WideOf(static_cast<unsigned __int128>(tally.unfinished_ns));
  proto.set_billed_requests(tally.billed_requests);
  *proto.mutable_billed_mib_ms() = WideOf(tally.billed_mib_ms);
  *proto.mutable_billed_provisioned_mib_ms() = WideOf(tally.billed_provisioned_mib_ms);
  *proto.mutable_billed_init_mib_ms() = WideOf(tally.billed_init_mib_ms);
  *proto.mutable_billed_tmp_mib_ms() = WideOf(tally.billed_tmp_mib_ms);
  *proto.mutable_allocated_mib_ms() = WideOf(tally.allocated_mib_ms);
  return proto;
}

absl::Status TakeTally(const MergedRun::Tally& proto, InvocationTally& tally) {
  tally.arrived = proto.arrived();
  tally.retries = proto.retries();
  tally.cold_starts = proto.cold_starts();
  tally.provisioned = proto.provisioned();
  tally.spilled_over = proto.spilled_over();
  tally.finished = proto.finished();
  tally.function_errors = proto.function_errors();
  RETURN_IF_ERROR(
      TakeCounts("throttled_by_reason", proto.throttled_by_reason(), tally.throttled_by_reason));
  RETURN_IF_ERROR(TakeCounts("failed_by_cause", proto.failed_by_cause(), tally.failed_by_cause));
  tally.concurrency_max = proto.concurrency_max();
  tally.unfinished_ns = SignedFromWide(proto.unfinished_ns());
  tally.billed_requests = proto.billed_requests();
  tally.billed_mib_ms = FromWide(proto.billed_mib_ms());
  tally.billed_provisioned_mib_ms = FromWide(proto.billed_provisioned_mib_ms());
  tally.billed_init_mib_ms = FromWide(proto.billed_init_mib_ms());
  tally.billed_tmp_mib_ms = FromWide(proto.billed_tmp_mib_ms());
  tally.allocated_mib_ms = FromWide(proto.allocated_mib_ms());
  return absl::OkStatus();
}

void PutHistogram(const Histogram& histogram, MergedRun::Histogram* proto) {
  const Histogram::Parts parts = histogram.ToParts();
  proto->set_first_bucket(parts.first_bucket);
  PutCounts(parts.counts, proto->mutable_counts());
  *proto->mutable_sum_ns() = WideOf(parts.sum_ns);
  proto->set_min_ns(parts.min_ns);
  proto->set_max_ns(parts.max_ns);
}

absl::Status TakeHistogram(const MergedRun::Histogram& proto, Histogram& histogram) {
  std::optional<Histogram> made =
      Histogram::FromParts({.first_bucket = proto.first_bucket(),
                            .counts = {proto.counts().begin(), proto.counts().end()},
                            .sum_ns = FromWide(proto.sum_ns()),
                            .min_ns = proto.min_ns(),
                            .max_ns = proto.max_ns()});
  if (!made.has_value()) return absl::InvalidArgumentError("a histogram makes no sense");
  histogram = *std::move(made);
  return absl::OkStatus();
}

void PutLatency(const LatencyTally& tally, MergedRun::Latency* proto) {
  PutHistogram(tally.warm, proto->mutable_warm());
  PutHistogram(tally.cold, proto->mutable_cold());
  PutHistogram(tally.cold_init, proto->mutable_cold_init());
  PutHistogram(tally.cold_run, proto->mutable_cold_run());
  PutHistogram(tally.queued, proto->mutable_queued());
  PutHistogram(tally.queued_run, proto->mutable_queued_run());
}

absl::Status TakeLatency(const MergedRun::Latency& proto, LatencyTally& tally) {
  RETURN_IF_ERROR(TakeHistogram(proto.warm(), tally.warm));
  RETURN_IF_ERROR(TakeHistogram(proto.cold(), tally.cold));
  RETURN_IF_ERROR(TakeHistogram(proto.cold_init(), tally.cold_init));
  RETURN_IF_ERROR(TakeHistogram(proto.cold_run(), tally.cold_run));
  RETURN_IF_ERROR(TakeHistogram(proto.queued(), tally.queued));
  return TakeHistogram(proto.queued_run(), tally.queued_run);
}

void PutDelivery(const DeliveryTally& tally, MergedRun::Delivery* proto) {
  proto->set_arrived(tally.arrived);
  proto->set_delivered(tally.delivered);
  PutCounts(tally.dead_by_cause, proto->mutable_dead_by_cause());
  proto->set_refused(tally.refused);
  PutHistogram(tally.age, proto->mutable_age());
  PutHistogram(tally.latency, proto->mutable_latency());
}

absl::Status TakeDelivery(const MergedRun::Delivery& proto, DeliveryTally& tally) {
  tally.arrived = proto.arrived();
  tally.delivered = proto.delivered();
  RETURN_IF_ERROR(TakeCounts("dead_by_cause", proto.dead_by_cause(), tally.dead_by_cause));
  tally.refused = proto.refused();
  RETURN_IF_ERROR(TakeHistogram(proto.age(), tally.age));
  return TakeHistogram(proto.latency(), tally.latency);
}

void PutLevels(const LevelMeans& levels, MergedRun::Levels* proto) {
  proto->set_starting(levels.starting);
  proto->set_busy(levels.busy);
  proto->set_idle(levels.idle);
  proto->set_waiting(levels.waiting);
}

LevelMeans LevelsOf(const MergedRun::Levels& proto) {
  return {.starting = proto.starting(),
          .busy = proto.busy(),
          .idle = proto.idle(),
          .waiting = proto.waiting()};
}

void PutEnvironments(const LevelSummary& summary, MergedRun::Environments* proto) {
  PutLevels(summary.mean, proto->mutable_mean());
  MergedRun::Maxima* max = proto->mutable_max();
  max->set_starting(summary.max.starting);
  max->set_busy(summary.max.busy);
  max->set_idle(summary.max.idle);
  max->set_live(summary.max.live);
  max->set_concurrency(summary.max.concurrency);
  proto->set_idle_gb_seconds(summary.idle_gb_seconds);
  MergedRun::Sums* sums = proto->mutable_sums();
  const auto wide = [](__int128 sum) { return WideOf(static_cast<unsigned __int128>(sum)); };
  *sums->mutable_starting() = wide(summary.sums.starting);
  *sums->mutable_busy() = wide(summary.sums.busy);
  *sums->mutable_idle() = wide(summary.sums.idle);
  *sums->mutable_idle_mib() = wide(summary.sums.idle_mib);
  *sums->mutable_waiting() = wide(summary.sums.waiting);
  for (const SeriesPart& part : summary.series) {
    MergedRun::Part* made = proto->add_series();
    PutLevels(part.mean, made->mutable_mean());
    made->set_concurrency_max(part.concurrency_max);
    made->set_arrived(part.arrived);
    made->set_cold_starts(part.cold_starts);
    PutCounts(part.throttled_by_reason, made->mutable_throttled_by_reason());
  }
}

absl::Status TakeEnvironments(const MergedRun::Environments& proto, LevelSummary& summary) {
  summary.mean = LevelsOf(proto.mean());
  summary.max = {.starting = proto.max().starting(),
                 .busy = proto.max().busy(),
                 .idle = proto.max().idle(),
                 .live = proto.max().live(),
                 .concurrency = proto.max().concurrency()};
  summary.idle_gb_seconds = proto.idle_gb_seconds();
  summary.sums = {.starting = SignedFromWide(proto.sums().starting()),
                  .busy = SignedFromWide(proto.sums().busy()),
                  .idle = SignedFromWide(proto.sums().idle()),
                  .idle_mib = SignedFromWide(proto.sums().idle_mib()),
                  .waiting = SignedFromWide(proto.sums().waiting())};
  for (const MergedRun::Part& part : proto.series()) {
    SeriesPart made{.mean = LevelsOf(part.mean()),
                    .concurrency_max = part.concurrency_max(),
                    .arrived = part.arrived(),
                    .cold_starts = part.cold_starts()};
    RETURN_IF_ERROR(
        TakeCounts("throttled_by_reason", part.throttled_by_reason(), made.throttled_by_reason));
    summary.series.push_back(made);
  }
  return absl::OkStatus();
}

}  // namespace

v1::MergedRun ToProto(const SimulationResult& merged, int replications) {
  MergedRun proto;
  *proto.mutable_invocations() = TallyToProto(merged.invocations);
  PutLatency(merged.latency, proto.mutable_latency());
  PutDelivery(merged.delivery, proto.mutable_delivery());
  PutEnvironments(merged.environments, proto.mutable_environments());
  for (const FunctionResult& function : merged.functions) {
    MergedRun::Function* made = proto.add_functions();
    *made->mutable_invocations() = TallyToProto(function.invocations);
    PutLatency(function.latency, made->mutable_latency());
    PutDelivery(function.delivery, made->mutable_delivery());
  }
  proto.set_events(merged.events);
  proto.set_replications(replications);
  return proto;
}

absl::StatusOr<SimulationResult> FromProto(const v1::MergedRun& proto, const ResultHeader& header) {
  SimulationResult merged{.scenario_name = header.scenario_name,
                          .seed = header.seed,
                          .duration = header.duration,
                          .warm_up = header.warm_up,
                          .events = proto.events()};
  RETURN_IF_ERROR(TakeTally(proto.invocations(), merged.invocations));
  RETURN_IF_ERROR(TakeLatency(proto.latency(), merged.latency));
  RETURN_IF_ERROR(TakeDelivery(proto.delivery(), merged.delivery));
  RETURN_IF_ERROR(TakeEnvironments(proto.environments(), merged.environments));
  if (static_cast<size_t>(proto.functions_size()) != header.functions.size()) {
    return absl::InvalidArgumentError("the merged run has other functions than the header");
  }
  for (size_t i = 0; i < header.functions.size(); ++i) {
    const MergedRun::Function& function = proto.functions(static_cast<int>(i));
    FunctionResult made{.name = header.functions[i].name, .count = header.functions[i].count};
    RETURN_IF_ERROR(TakeTally(function.invocations(), made.invocations));
    RETURN_IF_ERROR(TakeLatency(function.latency(), made.latency));
    RETURN_IF_ERROR(TakeDelivery(function.delivery(), made.delivery));
    merged.functions.push_back(std::move(made));
  }
  return merged;
}

}  // namespace floe
