// Arrivals whose gaps are drawn independently of each other.

#ifndef FLOE_SIMULATOR_ARRIVAL_PROCESSES_RENEWAL_PROCESS_H_
#define FLOE_SIMULATOR_ARRIVAL_PROCESSES_RENEWAL_PROCESS_H_

#include <cstddef>
#include <cstdint>

#include "absl/types/span.h"
#include "simulator/arrival_process.h"
#include "simulator/arrival_processes/make_arrival_process.h"
#include "simulator/draws.h"
#include "simulator/length_sampler.h"
#include "simulator/scenario.h"

namespace floe {

// The gap before arrival n is draw n.
class RenewalProcess final : public ArrivalProcess {
 public:
  RenewalProcess(const RenewalArrivals& model, const ArrivalProcessKey& key);
  size_t Fill(absl::Span<int64_t> at) override;

 private:
  LengthSampler sampler_;
  DrawStream gaps_;
  int64_t at_;
  int64_t until_;
  uint64_t drawn_ = 0;
};

}  // namespace floe

#endif  // FLOE_SIMULATOR_ARRIVAL_PROCESSES_RENEWAL_PROCESS_H_
