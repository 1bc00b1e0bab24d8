// Any events at any times: the scheduler does what the naive one does and keeps its invariants.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/time.h"
#include "orchestrator/core/event.h"
#include "orchestrator/core/ids.h"
#include "tests/orchestrator/core/judge.h"
#include "tests/orchestrator/core/random_world.h"

namespace floe {
namespace {

constexpr int kStepsMax = 200;

class BytesDice final : public Dice {
 public:
  BytesDice(const uint8_t* data, size_t size) : data_(data), size_(size) {}

  uint32_t Below(uint32_t bound) override {
    if (at_ == size_) return 0;
    return data_[at_++] % bound;
  }
  bool is_used_up() const { return at_ == size_; }

 private:
  const uint8_t* data_;
  size_t size_;
  size_t at_ = 0;
};

void Run(BytesDice dice) {
  Judge judge(RandomOptions(dice));
  RandomWorld world(dice);
  const auto step = [&](Instant now, const Event& event) {
    const std::string difference = judge.Step(now, event);
    if (difference.empty()) return;
    std::fprintf(stderr, "%s\n", difference.c_str());
    std::abort();
  };
  step(Instant(), NodeJoined{NodeId{0}, 640});
  step(Instant(), FunctionDeployed{FunctionId{0}, {}});
  for (int i = 0; i < kStepsMax && !dice.is_used_up(); ++i) {
    const Instant now = world.NextTime(judge.scheduler().NextDeadline());
    step(now, world.NextEvent());
    world.Observe(judge.actions());
  }
}

}  // namespace
}  // namespace floe

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  floe::Run(floe::BytesDice(data, size));
  return 0;
}
