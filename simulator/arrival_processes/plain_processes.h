// Arrivals that are independent of each other, evenly spaced, all at once, or listed.

#ifndef FLOE_SIMULATOR_ARRIVAL_PROCESSES_PLAIN_PROCESSES_H_
#define FLOE_SIMULATOR_ARRIVAL_PROCESSES_PLAIN_PROCESSES_H_

#include <cstddef>
#include <cstdint>

#include "absl/types/span.h"
#include "simulator/arrival_process.h"
#include "simulator/arrival_processes/make_arrival_process.h"
#include "simulator/draws.h"
#include "simulator/scenario.h"

namespace floe {

// Gaps are added up in fractions of a nanosecond, so that the rate is met however high it is.
class PoissonProcess final : public ArrivalProcess {
 public:
  PoissonProcess(const PoissonArrivals& model, const ArrivalProcessKey& key);
  size_t Fill(absl::Span<int64_t> at) override;

 private:
  DrawStream gaps_;
  double mean_gap_units_;  // A unit is 2^-fraction_bits_ ns.
  int fraction_bits_;
  uint64_t carry_ = 0;  // Units below a nanosecond.
  int64_t at_;
  int64_t until_;
  uint64_t drawn_ = 0;
};

class IntervalProcess final : public ArrivalProcess {
 public:
  IntervalProcess(const IntervalArrivals& model, const ArrivalProcessKey& key);
  size_t Fill(absl::Span<int64_t> at) override;

 private:
  int64_t next_;
  int64_t interval_;
  int64_t until_;
};

class BurstProcess final : public ArrivalProcess {
 public:
  explicit BurstProcess(const BurstArrivals& model) : at_(model.at), left_(model.count) {}
  size_t Fill(absl::Span<int64_t> at) override;

 private:
  Instant at_;
  int64_t left_;
};

class ListedProcess final : public ArrivalProcess {
 public:
  explicit ListedProcess(const ListedArrivals& model) : left_(model.times) {}
  size_t Fill(absl::Span<int64_t> at) override;

 private:
  absl::Span<const Instant> left_;
};

}  // namespace floe

#endif  // FLOE_SIMULATOR_ARRIVAL_PROCESSES_PLAIN_PROCESSES_H_
