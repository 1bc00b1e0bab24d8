// The virtual-time queue for many events: the same contract and the same order as EventQueue, by
// time and at equal times by insertion, in constant time.
//
// A timing wheel: the near future is cut into bins of equal length with room for a few entries
// each, what comes later into blocks of bins. A bin is sorted when its time comes. What finds no
// room (a full bin, the far future) stands in a heap. The length of a bin follows from how many
// entries come in it, so that the cost does not depend on the scale of the times.
// Thread-compatible.
//
//   FastEventQueue queue;
//   queue.Push(now + length, row);
//   while (queue.HasDue(now)) { ... queue.top_time() ... queue.top_value() ... queue.Pop(); }

#ifndef FLOE_SIMULATOR_FAST_EVENT_QUEUE_H_
#define FLOE_SIMULATOR_FAST_EVENT_QUEUE_H_

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/check.h"
#include "base/time.h"

namespace floe {

class FastEventQueue {
 public:
  static constexpr int kValueBits = 24;
  static constexpr uint32_t kValueMax = (uint32_t{1} << kValueBits) - 1;

  FastEventQueue();
  FastEventQueue(const FastEventQueue&) = delete;
  FastEventQueue& operator=(const FastEventQueue&) = delete;

  // Adds `value`, due at `at`: at most 2^40 - 1 entries per queue. REQUIRES: value <= kValueMax,
  // and `at` is neither negative nor before the last `now` of HasDue that had no answer.
  void Push(Instant at, uint32_t value) {
    DCHECK(value <= kValueMax && at >= Instant());
    ++size_;
    Insert({.time = at.nanoseconds(), .order = ++pushed_ << kValueBits | value});
  }

  bool empty() const { return size_ == 0; }
  size_t size() const { return size_; }

  // Whether the first entry is due by `now`. REQUIRES: `now` never goes backwards.
  bool HasDue(Instant now) {
    if (run_ != run_end_) [[likely]] {
      return run_->time <= now.nanoseconds() || HasLate(now.nanoseconds());
    }
    return Reach(now.nanoseconds());
  }
  // REQUIRES: HasDue was true, and nothing was popped since.
  Instant top_time() const { return Instant::FromNanoseconds(top().time); }
  uint32_t top_value() const { return static_cast<uint32_t>(top().order) & kValueMax; }
  void Pop() {
    --size_;
    if (late_.empty()) [[likely]] {
      ++run_;
    } else {
      PopWithLate();
    }
  }
  // Calls `visit` with the values of what comes next, or of a part of it.
  template <typename Visit>
  void VisitNext(Visit visit) const {
    const size_t slot = static_cast<size_t>(bin_ + 1) % kBins;
    for (size_t i = 0; i < counts_[slot]; ++i) {
      visit(static_cast<uint32_t>(bins_[slot * kRoom + i].order) & kValueMax);
    }
  }
  // Changes whenever other entries come next for VisitNext.
  int64_t bin() const { return bin_; }

 private:
  struct Entry {
    int64_t time;
    uint64_t order;  // The number of the insertion above the value.

    bool Before(const Entry& other) const { return key() < other.key(); }
    __int128 key() const { return static_cast<__int128>(time) << 64 | order; }
  };

  static constexpr int kBinBits = 10;
  static constexpr size_t kBins = size_t{1} << kBinBits;
  static constexpr size_t kRoom = 16;
  static constexpr size_t kBlocks = 512;
  static constexpr int kShiftMax = 44;
  static constexpr int64_t kNoBarrier = INT64_MAX;
  // So many entries a bin should have.
  static constexpr uint64_t kPerBin = 5;
  static constexpr uint64_t kBinsBetweenTunings = 1'024;

  void Insert(Entry entry) {
    const int64_t bin = entry.time >> shift_;
    const uint64_t ahead = static_cast<uint64_t>(bin - bin_);
    if (ahead - 1 < kBins - 1) [[likely]] {
      PushNear(static_cast<size_t>(bin) % kBins, entry);
    } else {
      PushElsewhere(bin, entry);
    }
  }
  void PushNear(size_t slot, Entry entry) {
    const size_t count = counts_[slot];
    if (count == kRoom) [[unlikely]] {
      return PushFar(entry);
    }
    bins_[slot * kRoom + count] = entry;
    counts_[slot] = static_cast<uint8_t>(count + 1);
    occupied_[slot / 64] |= uint64_t{1} << (slot % 64);
  }
  void PushElsewhere(int64_t bin, Entry entry);
  void PushNow(Entry entry);
  void PushFar(Entry entry);
  void PopWithLate();
  bool HasLate(int64_t now) const { return !late_.empty() && late_.front().time <= now; }
  const Entry& top() const {
    if (late_.empty()) [[likely]] {
      return *run_;
    }
    return run_ == run_end_ || late_.front().Before(*run_) ? late_.front() : *run_;
  }

  // Moves on, bin by bin, until something is due or `now` is reached.
  bool Reach(int64_t now) {
    if (!late_.empty()) [[unlikely]] {
      return HasLate(now);
    }
    const int64_t last = now >> shift_;
    while (bin_ < last) {
      EnterBin(NextBin(last));
      if (run_ != run_end_) return run_->time <= now || HasLate(now);
      if (!late_.empty()) [[unlikely]] {
        return HasLate(now);
      }
    }
    return false;
  }
  // The first bin after the present one, and at most `last`, where something may be.
  int64_t NextBin(int64_t last) const {
    const size_t slot = static_cast<size_t>(bin_ + 1) % kBins;
    const uint64_t word = occupied_[slot / 64] >> (slot % 64);
    if (word == 0) [[unlikely]] {
      return NextBinBeyond(last);
    }
    return std::min({bin_ + 1 + std::countr_zero(word), barrier_, last});
  }
  int64_t NextBinBeyond(int64_t last) const;
  void EnterBin(int64_t bin) {
    bin_ = bin;
    if (bin >= barrier_) [[unlikely]] {
      PassBarrier();
    }
    const size_t slot = static_cast<size_t>(bin) % kBins;
    SortIntoRun(&bins_[slot * kRoom], counts_[slot]);
    counts_[slot] = 0;
    occupied_[slot / 64] &= ~(uint64_t{1} << (slot % 64));
    if (--bins_until_tuning_ == 0) [[unlikely]] {
      Tune();
    }
  }
  // Counts how many each one comes after: no branch depends on the times, which a processor cannot
  // foresee.
  void SortIntoRun(const Entry* entries, size_t count) {
    std::array<uint32_t, kRoom> ranks;
    for (uint32_t i = 0; i < count; ++i) {
      const __int128 key = entries[i].key();
      uint32_t rank = i;
      for (uint32_t k = 0; k < i; ++k) {
        const uint32_t before = key < entries[k].key() ? 1 : 0;
        ranks[k] += before;
        rank -= before;
      }
      ranks[i] = rank;
    }
    for (uint32_t i = 0; i < count; ++i) run_entries_[ranks[i]] = entries[i];
    run_ = run_entries_.data();
    run_end_ = run_ + count;
  }
  // Spreads the block that begins with the present bin over the bins, and takes what is due in this
  // bin from the heap.
  void PassBarrier();
  void FindBarrier();
  // Chooses the length of a bin anew if it does not fit.
  void Tune();
  void Rebuild(int shift);

  static void PushHeap(std::vector<Entry>& heap, Entry entry);
  static Entry PopHeap(std::vector<Entry>& heap);

  int shift_ = 20;
  int64_t bin_ = 0;  // The present one; all before are empty.
  // The present bin, sorted, from `run_` on; and what else is in it.
  std::array<Entry, kRoom> run_entries_;
  Entry* run_;
  Entry* run_end_;
  std::vector<Entry> late_;
  // The bin at which a block begins or the heap has an entry: the first such.
  int64_t barrier_ = kNoBarrier;
  uint64_t pushed_ = 0;
  size_t size_ = 0;
  // Of the next kBins - 1 bins, by number modulo kBins.
  std::vector<Entry> bins_;
  std::array<uint8_t, kBins> counts_ = {};
  std::array<uint64_t, kBins / 64> occupied_ = {};
  // Of the next kBlocks - 1 blocks, by number modulo kBlocks.
  std::vector<std::vector<Entry>> blocks_;
  std::array<uint64_t, kBlocks / 64> occupied_blocks_ = {};
  std::vector<Entry> far_;
  // At the last tuning.
  int64_t tuned_bin_ = 0;
  uint64_t tuned_pushed_ = 0;
  uint64_t bins_until_tuning_ = kBinsBetweenTunings;
};

}  // namespace floe

#endif  // FLOE_SIMULATOR_FAST_EVENT_QUEUE_H_
