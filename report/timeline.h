// What each environment of a run did, as spans of time: made, initialised, ran, waited.
//
// It follows the events and actions of a run and says of each span when it is over. Memory grows
// with the environments that live at the same time, not with the length of the run.
// Thread-compatible.

#ifndef FLOE_REPORT_TIMELINE_H_
#define FLOE_REPORT_TIMELINE_H_

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "base/time.h"
#include "orchestrator/core/action.h"
#include "orchestrator/core/event.h"
#include "orchestrator/core/ids.h"
#include "orchestrator/engine/engine.h"

namespace floe {

enum class SpanState : uint8_t {
  kStart,   // The container is being made.
  kInit,    // The runtime initialises, for an invocation or ahead of any.
  kRun,     // An invocation runs, its repeated initialisation included.
  kFailed,  // The same, and it failed.
  kIdle,
  kReset,  // No process runs; the next invocation starts the runtime again.
};
inline constexpr size_t kSpanStateCount = 6;

// "start", "init", "run", "failed", "idle", "reset".
std::string_view SpanStateName(SpanState state);

struct EnvironmentSpan {
  EnvironmentId environment;
  // Counts the environments of a run from 0, in the order in which they were made.
  uint64_t number = 0;
  FunctionId function;
  NodeId node;
  SpanState state = SpanState::kStart;
  Instant from;
  Instant to;
  // With kRun and kFailed.
  InvocationId invocation;
};

// Takes spans. Those of one environment come in order and do not overlap.
class SpanSink {
 public:
  virtual ~SpanSink() = default;
  virtual void Take(const EnvironmentSpan& span) = 0;
  // So many invocations of the function are in flight from `at` on.
  virtual void TakeConcurrency(Instant at, FunctionId function, int64_t concurrency) = 0;
};

//   Timeline timeline({&lanes, &trace});
//   RunEngine(scheduler, source, sink, &timeline);
//   timeline.Finish(Instant() + duration);
class Timeline final : public Recorder {
 public:
  // The sinks outlive this.
  explicit Timeline(std::vector<SpanSink*> sinks) : sinks_(std::move(sinks)) {}

  void Record(const TimedEvent& event, const Actions& actions) override;
  // Ends every span that is still open. Call once, at the end of the run.
  void Finish(Instant end);

 private:
  struct Environment {
    EnvironmentSpan span;
    // False before and after its life; one that is ordered to stop is past it.
    bool is_there = false;
  };
  struct Flight {
    FunctionId function;
    // Of the environment in which the invocation runs.
    uint32_t row = kNoRow;
  };
  static constexpr uint32_t kNoRow = UINT32_MAX;

  void On(Instant, const DeadlineReached&) {}
  void On(Instant, const InvocationArrived& event);
  void On(Instant now, const InvocationFinished& event);
  void On(Instant now, const EnvironmentStarted& event);
  void On(Instant now, const EnvironmentStartFailed& event);
  void On(Instant now, const EnvironmentReady& event);
  void On(Instant, const EnvironmentFailed&) {}  // The actions tell what becomes of it.
  void On(Instant now, const EnvironmentStopped& event);
  void On(Instant, const FunctionDeployed&) {}
  void On(Instant, const ReservedConcurrencySet&) {}
  void On(Instant, const FunctionRemoved&) {}
  void On(Instant, const NodeJoined&) {}
  void On(Instant now, const NodeLost& event);
  void On(Instant, const ProvisionedConcurrencySet&) {}

  void On(Instant now, const AssignInvocation& action);
  void On(Instant, const FreezeEnvironment&) {}
  void On(Instant now, const StartEnvironment& action);
  void On(Instant now, const ResetEnvironment& action);
  void On(Instant now, const StopEnvironment& action);
  void On(Instant, const ThrottleInvocation& action);
  void On(Instant, const FailInvocation& action);

  // Null for one that is not there, or has another generation.
  Environment* Find(EnvironmentId id);
  // Ends the present span and begins another.
  void Enter(Instant now, Environment& environment, SpanState state);
  void EndSpan(Instant now, const EnvironmentSpan& span);
  // The environment is gone, and with it what runs in it.
  void Lose(Instant now, Environment& environment);
  // The invocation is no longer in flight, if it was.
  void Land(InvocationId invocation);
  void ChangeConcurrency(FunctionId function, int64_t change);

  std::vector<SpanSink*> sinks_;
  // By row.
  std::vector<Environment> environments_;
  absl::flat_hash_map<InvocationId, Flight> flights_;
  // By function; and which of them the present event has changed.
  std::vector<int64_t> concurrency_;
  std::vector<FunctionId> changed_;
  uint64_t made_ = 0;
};

}  // namespace floe

#endif  // FLOE_REPORT_TIMELINE_H_
