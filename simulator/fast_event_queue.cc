#include "simulator/fast_event_queue.h"

#include <algorithm>
#include <utility>

namespace floe {
namespace {

// The first set bit after `from`, and before from + size, of a ring of bits; `size` if none is.
// Counted from `from`.
template <size_t words>
size_t FirstSetAfter(const std::array<uint64_t, words>& bits, size_t from) {
  constexpr size_t kSize = words * 64;
  size_t position = (from + 1) % kSize;
  for (size_t seen = 1; seen < kSize;) {
    const uint64_t word = bits[position / 64] >> (position % 64);
    if (word != 0) return std::min(kSize, seen + static_cast<size_t>(std::countr_zero(word)));
    const size_t step = 64 - position % 64;
    seen += step;
    position = (position + step) % kSize;
  }
  return kSize;
}

}  // namespace

FastEventQueue::FastEventQueue() : bins_(kBins * kRoom), blocks_(kBlocks) {}

void FastEventQueue::PushHeap(std::vector<Entry>& heap, const Entry& entry) {
  heap.push_back(entry);
  std::push_heap(heap.begin(), heap.end(),
                 [](const Entry& a, const Entry& b) { return b.Before(a); });
}

FastEventQueue::Entry FastEventQueue::PopHeap(std::vector<Entry>& heap) {
  std::pop_heap(heap.begin(), heap.end(),
                [](const Entry& a, const Entry& b) { return b.Before(a); });
  const Entry entry = heap.back();
  heap.pop_back();
  return entry;
}

void FastEventQueue::PushElsewhere(int64_t bin, const Entry& entry) {
  if (bin <= bin_) {
    PushNow(entry);
    return;
  }
  const int64_t block = bin >> kBinBits;
  if (block - (bin_ >> kBinBits) >= static_cast<int64_t>(kBlocks)) {
    PushHeap(far_, entry);
    return;
  }
  const size_t slot = static_cast<size_t>(block) % kBlocks;
  blocks_[slot].push_back(entry);
  occupied_blocks_[slot / 64] |= uint64_t{1} << (slot % 64);
}

void FastEventQueue::PushNow(const Entry& entry) {
  if (run_.size() - run_position_ > kInsertMax) {
    PushHeap(late_, entry);
    return;
  }
  if (run_position_ == run_.size()) {
    run_.clear();
    run_position_ = 0;
  }
  const auto later =
      std::upper_bound(run_.begin() + static_cast<std::ptrdiff_t>(run_position_), run_.end(), entry,
                       [](const Entry& a, const Entry& b) { return a.Before(b); });
  run_.insert(later, entry);
}

void FastEventQueue::PopWithLate() {
  if (&top() == &late_.front()) {
    PopHeap(late_);
  } else {
    ++run_position_;
  }
}

bool FastEventQueue::Reach(int64_t now) {
  if (!late_.empty()) return HasLate(now);
  const int64_t last = now >> shift_;
  while (bin_ < last) {
    EnterBin(NextBin(last));
    if (run_position_ < run_.size()) return run_[run_position_].time <= now;
  }
  return false;
}

int64_t FastEventQueue::NextBin(int64_t last) const {
  // Bins of the present block, and of the next as far as they were near when they were filled.
  const auto near =
      static_cast<int64_t>(FirstSetAfter(occupied_, static_cast<size_t>(bin_) % kBins));
  int64_t next = near < static_cast<int64_t>(kBins) ? bin_ + near : last;
  const int64_t block = bin_ >> kBinBits;
  const auto blocks =
      static_cast<int64_t>(FirstSetAfter(occupied_blocks_, static_cast<size_t>(block) % kBlocks));
  if (blocks < static_cast<int64_t>(kBlocks)) next = std::min(next, (block + blocks) << kBinBits);
  if (!far_.empty()) next = std::min(next, std::max(bin_ + 1, far_.front().time >> shift_));
  return std::min(next, last);
}

void FastEventQueue::EnterBin(int64_t bin) {
  const int64_t block = bin_ >> kBinBits;
  bin_ = bin;
  if (bin >> kBinBits != block) OpenBlock();
  const size_t slot = static_cast<size_t>(bin) % kBins;
  const Entry* const first = &bins_[slot * kRoom];
  run_.assign(first, first + counts_[slot]);
  run_position_ = 0;
  counts_[slot] = 0;
  occupied_[slot / 64] &= ~(uint64_t{1} << (slot % 64));
  while (!far_.empty() && far_.front().time >> shift_ <= bin) run_.push_back(PopHeap(far_));
  const auto before = [](const Entry& a, const Entry& b) { return a.Before(b); };
  if (run_.size() > kInsertMax) {
    std::sort(run_.begin(), run_.end(), before);
  } else {
    for (size_t i = 1; i < run_.size(); ++i) {
      const Entry entry = run_[i];
      size_t hole = i;
      for (; hole > 0 && entry.Before(run_[hole - 1]); --hole) run_[hole] = run_[hole - 1];
      run_[hole] = entry;
    }
  }
  if (run_.size() < pops_until_tuning_) {
    pops_until_tuning_ -= run_.size();
  } else {
    Tune();
  }
}

void FastEventQueue::OpenBlock() {
  const size_t slot = static_cast<size_t>(bin_ >> kBinBits) % kBlocks;
  std::vector<Entry>& block = blocks_[slot];
  for (const Entry& entry : block) {
    PushNear(static_cast<size_t>(entry.time >> shift_) % kBins, entry);
  }
  block.clear();
  occupied_blocks_[slot / 64] &= ~(uint64_t{1} << (slot % 64));
}

void FastEventQueue::Tune() {
  const uint64_t entries = pushed_ - tuned_at_pops_;
  const auto bins = static_cast<uint64_t>(std::max<int64_t>(bin_ - tuned_bin_, 1));
  int shift = shift_;
  // Per bin there should be kPerBin entries; between a third of it and three times as many will do.
  if (entries > 3 * kPerBin * bins) {
    shift -= std::bit_width(entries / (kPerBin * bins)) - 1;
  } else if (3 * entries < kPerBin * bins) {
    shift += std::bit_width(kPerBin * bins / std::max<uint64_t>(entries, 1)) - 1;
  }
  shift = std::clamp(shift, 0, kShiftMax);
  if (shift != shift_) Rebuild(shift);
  tuned_at_pops_ = pushed_;
  tuned_bin_ = bin_;
  // Rebuilding takes time in proportion to the entries.
  pops_until_tuning_ = std::max<uint64_t>(kPopsBetweenTunings, 2 * size_);
}

void FastEventQueue::Rebuild(int shift) {
  std::vector<Entry> entries;
  for (size_t slot = 0; slot < kBins; ++slot) {
    const Entry* const first = &bins_[slot * kRoom];
    entries.insert(entries.end(), first, first + counts_[slot]);
  }
  for (std::vector<Entry>& block : blocks_) {
    entries.insert(entries.end(), block.begin(), block.end());
    block.clear();
  }
  entries.insert(entries.end(), far_.begin(), far_.end());
  counts_ = {};
  occupied_ = {};
  occupied_blocks_ = {};
  far_.clear();
  // The present bin keeps its run. Where it becomes a part of a longer one, the rest of that joins
  // it; where it is cut, the new present bin is the one in which the old one ended.
  bin_ = (((bin_ + 1) << shift_) - 1) >> shift;
  shift_ = shift;
  std::sort(entries.begin(), entries.end(),
            [](const Entry& a, const Entry& b) { return a.order < b.order; });
  for (const Entry& entry : entries) PushAgain(entry);
}

void FastEventQueue::PushAgain(const Entry& entry) {
  const int64_t bin = entry.time >> shift_;
  if (static_cast<uint64_t>(bin - bin_) - 1 < kBins - 1) {
    PushNear(static_cast<size_t>(bin) % kBins, entry);
  } else {
    PushElsewhere(bin, entry);
  }
}

}  // namespace floe
