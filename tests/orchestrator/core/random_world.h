// Random options and random events: mostly what a world would report next, mixed with what comes
// late, twice, out of order or never made sense.

#ifndef FLOE_TESTS_ORCHESTRATOR_CORE_RANDOM_WORLD_H_
#define FLOE_TESTS_ORCHESTRATOR_CORE_RANDOM_WORLD_H_

#include <cstdint>
#include <deque>

#include "base/prng.h"
#include "base/time.h"
#include "orchestrator/core/action.h"
#include "orchestrator/core/event.h"
#include "orchestrator/core/scheduler_options.h"

namespace floe {

// Where the random numbers come from: a generator, or the bytes of a fuzzer.
class Dice {
 public:
  virtual ~Dice() = default;
  // In [0, bound). REQUIRES: bound > 0.
  virtual uint32_t Below(uint32_t bound) = 0;
};

class PrngDice final : public Dice {
 public:
  explicit PrngDice(uint64_t seed) : prng_(seed) {}
  uint32_t Below(uint32_t bound) override { return static_cast<uint32_t>(prng_.Below(bound)); }

 private:
  Prng prng_;
};

// Small limits and short times that often coincide.
SchedulerOptions RandomOptions(Dice& dice);

class RandomWorld {
 public:
  // Some worlds are mostly orderly, others not at all.
  explicit RandomWorld(Dice& dice) : dice_(dice), disorder_(1 + dice.Below(10)) {}

  // The time and the event of the next step. `deadline` is the scheduler's.
  Instant NextTime(Instant deadline);
  Event NextEvent();
  // Tells the world what the step caused.
  void Observe(const Actions& actions);

 private:
  // What the environment reports next when all goes well.
  enum class Next { kStarted, kReady, kFinished, kNothing, kStopped };
  struct Known {
    EnvironmentId id;
    InvocationId invocation;
    uint32_t incarnation = 0;
    Next next = Next::kStarted;
  };

  FunctionId AnyFunction();
  FunctionConfig AnyConfig();
  Event EnvironmentEvent(Known& known);
  Event NextReport(Known& known);
  Event FleetEvent();

  Dice& dice_;
  const uint32_t disorder_;  // Of ten reports so many are any at all.
  Instant now_;
  uint64_t next_invocation_ = 1;
  std::deque<Known> known_;
};

}  // namespace floe

#endif  // FLOE_TESTS_ORCHESTRATOR_CORE_RANDOM_WORLD_H_
