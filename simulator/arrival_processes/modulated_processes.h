// Poisson arrivals whose rate changes: by chance, as given over time, or by day and night.
//
// The first two are exact: a Poisson process of rate 1 is drawn, and its time is stretched by the
// inverse of the integrated rate. The last draws at the highest rate and leaves arrivals out.

#ifndef FLOE_SIMULATOR_ARRIVAL_PROCESSES_MODULATED_PROCESSES_H_
#define FLOE_SIMULATOR_ARRIVAL_PROCESSES_MODULATED_PROCESSES_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/types/span.h"
#include "simulator/arrival_process.h"
#include "simulator/arrival_processes/make_arrival_process.h"
#include "simulator/draws.h"
#include "simulator/scenario.h"

namespace floe {

class MarkovModulatedProcess final : public ArrivalProcess {
 public:
  MarkovModulatedProcess(const MarkovModulatedArrivals& model, const ArrivalProcessKey& key);
  size_t Fill(absl::Span<int64_t> at) override;

 private:
  // Goes on by `expected` arrivals. False if that is beyond the end.
  bool Advance(double expected);
  void BeginStay();

  const std::vector<MarkovModulatedArrivals::State>& states_;
  DrawStream gaps_;
  DrawStream stays_;
  int64_t until_;
  uint64_t drawn_ = 0;
  uint64_t stays_drawn_ = 0;
  // The present stay: since when, how long, and how far it has been used.
  int64_t begin_;
  int64_t stay_ns_ = 0;
  double used_ns_ = 0;
  double rate_per_ns_ = 0;
};

class RateProcess final : public ArrivalProcess {
 public:
  RateProcess(const RateArrivals& model, const ArrivalProcessKey& key);
  size_t Fill(absl::Span<int64_t> at) override;

 private:
  // The rate goes straight from the one to the other.
  struct Piece {
    int64_t begin;  // In the period.
    double length_ns;
    double rate_first;  // Per nanosecond.
    double rate_last;
  };

  // Goes on by `expected` arrivals. False if that is beyond the end.
  bool Advance(double expected);
  int64_t PieceBegin() const { return period_begin_ + pieces_[piece_].begin; }

  std::vector<Piece> pieces_;
  DrawStream gaps_;
  int64_t period_ns_;  // 0: there is none.
  int64_t until_;
  uint64_t drawn_ = 0;
  int64_t period_begin_;
  size_t piece_ = 0;
  double used_ns_ = 0;  // Of the piece.
};

class SineProcess final : public ArrivalProcess {
 public:
  SineProcess(const SineArrivals& model, const ArrivalProcessKey& key);
  size_t Fill(absl::Span<int64_t> at) override;

 private:
  bool Keeps(int64_t at, double draw) const;

  DrawStream gaps_;
  DrawStream thinning_;
  double amplitude_;
  double least_gap_ns_;  // The mean gap at the highest rate.
  int64_t period_ns_;
  int64_t peak_at_;
  int64_t until_;
  // The last candidate, and what rounding left over.
  int64_t at_;
  double carry_ns_ = 0;
  uint64_t drawn_ = 0;
};

}  // namespace floe

#endif  // FLOE_SIMULATOR_ARRIVAL_PROCESSES_MODULATED_PROCESSES_H_
