// Anything may happen to the queues at any time: they do what the naive ones do, and keep their
// invariants.

#ifndef FLOE_TESTS_ORCHESTRATOR_DELIVERY_DELIVERY_JUDGE_H_
#define FLOE_TESTS_ORCHESTRATOR_DELIVERY_DELIVERY_JUDGE_H_

#include <cstddef>
#include <cstdint>
#include <string>

namespace floe {

class DeliveryDice {
 public:
  virtual ~DeliveryDice() = default;
  // REQUIRES: bound > 0.
  virtual uint32_t Below(uint32_t bound) = 0;
};

// A fuzzer's bytes; zeros after the last.
class DeliveryBytes final : public DeliveryDice {
 public:
  DeliveryBytes(const uint8_t* data, size_t size) : data_(data), size_(size) {}
  uint32_t Below(uint32_t bound) override { return at_ < size_ ? data_[at_++] % bound : 0; }
  bool is_used_up() const { return at_ >= size_; }

 private:
  const uint8_t* data_;
  size_t size_;
  size_t at_ = 0;
};

// How the machine and the naive queue first differ over so many steps. Empty: they do not.
std::string JudgeAsynchronousQueue(DeliveryDice& dice, int steps);
std::string JudgeMessageQueue(DeliveryDice& dice, int steps);

}  // namespace floe

#endif  // FLOE_TESTS_ORCHESTRATOR_DELIVERY_DELIVERY_JUDGE_H_
