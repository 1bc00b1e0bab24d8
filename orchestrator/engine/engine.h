// One loop for every mode. Modes differ only behind two ports.

#ifndef FLOE_ORCHESTRATOR_ENGINE_ENGINE_H_
#define FLOE_ORCHESTRATOR_ENGINE_ENGINE_H_

#include <optional>

#include "base/time.h"
#include "orchestrator/core/action.h"
#include "orchestrator/core/event.h"
#include "orchestrator/core/scheduler.h"

namespace floe {

struct TimedEvent {
  Instant at;
  Event event;
};

// Where events come from: an inbox and the steady clock, or a virtual-time queue.
class EventSource {
 public:
  virtual ~EventSource() = default;
  // The next event. DeadlineReached when nothing else comes before `deadline`. None: the run is
  // over. Times never go backwards.
  virtual std::optional<TimedEvent> Next(Instant deadline) = 0;
};

// Who performs actions: node agents and callers, or a model of the world.
class ActionSink {
 public:
  virtual ~ActionSink() = default;
  virtual void Execute(Instant now, const Action& action) = 0;
};

// Who writes down what crossed the ports. `actions` are those that `event` caused.
class Recorder {
 public:
  virtual ~Recorder() = default;
  virtual void Record(const TimedEvent& event, const Actions& actions) = 0;
};

// Runs until `source` ends. `recorder` may be null: nothing is recorded. Concrete final types are
// called directly, without a virtual call.
template <typename Source, typename Sink, typename RecorderType = Recorder>
void RunEngine(Scheduler& scheduler, Source& source, Sink& sink, RecorderType* recorder) {
  Actions actions;
  while (std::optional<TimedEvent> next = source.Next(scheduler.NextDeadline())) {
    actions.clear();
    scheduler.Step(next->at, next->event, actions);
    if (recorder != nullptr) recorder->Record(*next, actions);
    for (const Action& action : actions) sink.Execute(next->at, action);
  }
}

}  // namespace floe

#endif  // FLOE_ORCHESTRATOR_ENGINE_ENGINE_H_
