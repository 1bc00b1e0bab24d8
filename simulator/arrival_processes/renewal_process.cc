#include "simulator/arrival_processes/renewal_process.h"

#include <algorithm>

#include "base/time.h"

namespace floe {

RenewalProcess::RenewalProcess(const RenewalArrivals& model, const ArrivalProcessKey& key)
    : sampler_(model.gap),
      gaps_(key.seed, key.source, DrawPurpose::kArrivalGap),
      at_(model.from.nanoseconds()),
      until_(std::min(model.until, key.run_end).nanoseconds()) {}

size_t RenewalProcess::Fill(absl::Span<int64_t> at) {
  sampler_.DrawMany(gaps_, drawn_, at);
  drawn_ += at.size();
  for (size_t i = 0; i < at.size(); ++i) {
    // Compared before it is added: the sum may not fit.
    if (at[i] >= until_ - at_) {
      at_ = until_;
      return i;
    }
    at_ += at[i];
    at[i] = at_;
  }
  return at.size();
}

}  // namespace floe
