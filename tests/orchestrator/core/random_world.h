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
  explicit RandomWorld(Dice& dice) : dice_(dice) {}

  // The time and the event of the next step. `deadline` is the scheduler's.
  Instant NextTime(Instant deadline);
  Event NextEvent();
  // Tells the world what the step caused.
  void Observe(const Actions& actions);

 private:
  struct Known {
    EnvironmentId id;
    InvocationId invocation;
    uint32_t incarnation = 0;
  };

  FunctionId AnyFunction();
  FunctionConfig AnyConfig();
  Event EnvironmentEvent(const Known& known);
  Event FleetEvent();

  Dice& dice_;
  Instant now_;
  uint64_t next_invocation_ = 1;
  std::deque<Known> known_;
};

}  // namespace floe

#endif  // FLOE_TESTS_ORCHESTRATOR_CORE_RANDOM_WORLD_H_
