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

FastEventQueue::FastEventQueue() : bins_(kBins * kRoom), blocks_(kBlocks) {
  run_ = run_end_ = run_entries_.data();
}

void FastEventQueue::PushHeap(std::vector<Entry>& heap, Entry entry) {
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

void FastEventQueue::PushElsewhere(int64_t bin, Entry entry) {
  if (bin <= bin_) return PushNow(entry);
  const int64_t block = bin >> kBinBits;
  if (block - (bin_ >> kBinBits) >= static_cast<int64_t>(kBlocks)) return PushFar(entry);
  const size_t slot = static_cast<size_t>(block) % kBlocks;
  blocks_[slot].push_back(entry);
  occupied_blocks_[slot / 64] |= uint64_t{1} << (slot % 64);
  barrier_ = std::min(barrier_, block << kBinBits);
}

void FastEventQueue::PushFar(Entry entry) {
  PushHeap(far_, entry);
  barrier_ = std::min(barrier_, entry.time >> shift_);
}

void FastEventQueue::PushNow(Entry entry) {
  Entry* const place = run_entries_.data();
  if (run_ == run_end_) run_ = run_end_ = place;
  if (run_end_ == place + kRoom) return PushHeap(late_, entry);
  Entry* hole = run_end_++;
  for (; hole != run_ && entry.Before(hole[-1]); --hole) *hole = hole[-1];
  *hole = entry;
}

void FastEventQueue::PopWithLate() {
  if (&top() == &late_.front()) {
    PopHeap(late_);
  } else {
    ++run_;
  }
}

int64_t FastEventQueue::NextBinBeyond(int64_t last) const {
  const size_t ahead = FirstSetAfter(occupied_, static_cast<size_t>(bin_) % kBins);
  const int64_t near = ahead < kBins ? bin_ + static_cast<int64_t>(ahead) : last;
  return std::min({near, barrier_, last});
}

void FastEventQueue::PassBarrier() {
  const size_t slot = static_cast<size_t>(bin_ >> kBinBits) % kBlocks;
  std::vector<Entry> block;
  block.swap(blocks_[slot]);
  occupied_blocks_[slot / 64] &= ~(uint64_t{1} << (slot % 64));
  for (const Entry& entry : block) {
    PushNear(static_cast<size_t>(entry.time >> shift_) % kBins, entry);
  }
  // The memory is used again.
  block.clear();
  blocks_[slot].swap(block);
  while (!far_.empty() && far_.front().time >> shift_ <= bin_) PushHeap(late_, PopHeap(far_));
  FindBarrier();
}

void FastEventQueue::FindBarrier() {
  const int64_t block = bin_ >> kBinBits;
  const size_t ahead = FirstSetAfter(occupied_blocks_, static_cast<size_t>(block) % kBlocks);
  barrier_ = ahead < kBlocks ? (block + static_cast<int64_t>(ahead)) << kBinBits : kNoBarrier;
  if (!far_.empty()) barrier_ = std::min(barrier_, far_.front().time >> shift_);
}

void FastEventQueue::Tune() {
  const uint64_t entries = pushed_ - tuned_pushed_;
  const auto bins = static_cast<uint64_t>(std::max<int64_t>(bin_ - tuned_bin_, 1));
  int shift = shift_;
  // Half as many entries in a bin as there should be, or twice as many, will do.
  if (entries > 2 * kPerBin * bins) {
    shift -= static_cast<int>(std::bit_width(entries / (kPerBin * bins))) - 1;
  } else if (2 * entries < kPerBin * bins) {
    shift += static_cast<int>(std::bit_width(kPerBin * bins / std::max<uint64_t>(entries, 1))) - 1;
  }
  shift = std::clamp(shift, 0, kShiftMax);
  if (shift != shift_) Rebuild(shift);
  tuned_pushed_ = pushed_;
  tuned_bin_ = bin_;
  // Rebuilding takes time in proportion to the entries.
  bins_until_tuning_ = std::max<uint64_t>(kBinsBetweenTunings, size_);
}

void FastEventQueue::Rebuild(int shift) {
  std::vector<Entry> entries(run_, run_end_);
  for (size_t slot = 0; slot < kBins; ++slot) {
    const Entry* const first = &bins_[slot * kRoom];
    entries.insert(entries.end(), first, first + counts_[slot]);
  }
  for (std::vector<Entry>& block : blocks_) {
    entries.insert(entries.end(), block.begin(), block.end());
    block.clear();
  }
  entries.insert(entries.end(), far_.begin(), far_.end());
  entries.insert(entries.end(), late_.begin(), late_.end());
  counts_ = {};
  occupied_ = {};
  occupied_blocks_ = {};
  far_.clear();
  late_.clear();
  barrier_ = kNoBarrier;
  // The bin in which the present one ended.
  bin_ = (((bin_ + 1) << shift_) - 1) >> shift;
  shift_ = shift;
  run_ = run_end_ = run_entries_.data();
  for (const Entry& entry : entries) Insert(entry);
}

}  // namespace floe
