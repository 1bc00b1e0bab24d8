// What the world counts of invocations that fail or that are not plain, and at the end of a run.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "simulator/world.h"

namespace floe {
namespace {

// Whose fault a failure is, as those who sent the invocation see it.
Ending EndingOf(FailureCause cause) {
  switch (cause) {
    case FailureCause::kRuntimeExited:
    case FailureCause::kOutOfMemory:
    case FailureCause::kInitError:
    case FailureCause::kTimedOut:
      return Ending::kFailed;
    case FailureCause::kStartFailed:
    case FailureCause::kNodeLost:
      break;
  }
  return Ending::kSystemFailed;
}

}  // namespace

void World::CountFailure(Instant now, const Request& request, FailureCause cause) {
  End(now, request.entry);
  if (request.sender != 0) senders_.OnEnding(now, request.sender, EndingOf(cause));
  if (!Counts(request.arrived)) return;
  ++tallies_[request.entry].failed_by_cause[static_cast<size_t>(cause)];
  CountLatency(now, request);
}

void World::CountLatency(Instant now, const Request& request) {
  LatencyTally& latency = LatencyOf(request.entry);
  const bool was_assigned = request.assigned != Instant::InfiniteFuture();
  switch (request.wait) {
    case Wait::kNone:
      latency.warm.Add(now - request.arrived);
      break;
    case Wait::kColdStart:
      latency.cold.Add(now - request.arrived);
      latency.cold_init.Add((was_assigned ? request.assigned : now) - request.arrived);
      if (was_assigned) latency.cold_run.Add(now - request.assigned);
      break;
    case Wait::kOther:
      latency.queued.Add(now - request.arrived);
      if (was_assigned) latency.queued_run.Add(now - request.assigned);
      break;
  }
}

void World::BillProvisionedInit(Instant now, uint32_t row) {
  if (!Counts(now)) return;
  const Environment& environment = environments_[row];
  InvocationTally& tally = tallies_[environment.entry];
  const auto mib_ms = static_cast<uint64_t>(BilledMilliseconds(origins_[row].init) *
                                            entries_[environment.entry].memory_mib);
  tally.billed_provisioned_mib_ms += mib_ms;
  tally.billed_init_mib_ms += mib_ms;
}

void World::FollowProvisioned(const Environment& environment, Phase to) {
  const auto is_available = [](Phase phase) {
    return phase == Phase::kIdle || phase == Phase::kRunning || phase == Phase::kReset ||
           phase == Phase::kRepeatingInit;
  };
  const auto is_busy = [](Phase phase) {
    return phase == Phase::kRunning || phase == Phase::kRepeatingInit;
  };
  const FunctionId function = origins_[environment.id.row].function;
  const Phase from = environment.phase;
  provisioning_.AddAvailable(function, (is_available(to) ? 1 : 0) - (is_available(from) ? 1 : 0));
  provisioning_.AddBusy(function, (is_busy(to) ? 1 : 0) - (is_busy(from) ? 1 : 0));
}

void World::CountProvisioned(const Environment& environment) {
  if (!Counts(environment.arrived)) return;
  InvocationTally& tally = tallies_[environment.entry];
  if (environment.provisioned) {
    ++tally.provisioned;
  } else if (provisioning_.requested(origins_[environment.id.row].function) > 0) {
    ++tally.spilled_over;
  }
}

void World::SumUnfinished(uint32_t entry, Instant arrived, int64_t count) {
  if (!Counts(arrived)) return;
  tallies_[entry].unfinished_ns += static_cast<__int128>((end_ - arrived).nanoseconds()) * count;
}

LevelSummary World::Finish() {
  if (arrival_open_) KeepWaiting();
  for (const Environment& environment : environments_) {
    if (environment.phase == Phase::kRunning || environment.phase == Phase::kRepeatingInit) {
      SumUnfinished(environment.entry, environment.arrived, 1);
    }
  }
  const std::vector<unsigned __int128> allocated = provisioning_.TakeAllocated();
  for (size_t entry = 0; entry < entries_.size(); ++entry) {
    int64_t& max = tallies_[entry].concurrency_max;
    max = std::max(max, entries_[entry].concurrency);
    tallies_[entry].allocated_mib_ms = allocated[entry];
  }
  return tracker_.Finish();
}

}  // namespace floe
