// Any events at any times: the queue does what the naive one does and keeps its invariants.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "tests/orchestrator/delivery/delivery_judge.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  floe::DeliveryBytes dice(data, size);
  const std::string difference =
      floe::JudgeMessageQueue(dice, static_cast<int>(size < 300 ? size / 3 : 100));
  if (difference.empty()) return 0;
  std::fprintf(stderr, "%s\n", difference.c_str());
  std::abort();
}
