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

  // Adds `value`, due at `at`: at most 2^40 - 1 entries per queue. REQUIRES: value <= kValueMax,
  // and `at` is neither negative nor before the last `now` of HasDue that had no answer.
  void Push(Instant at, uint32_t value) {
    DCHECK(value <= kValueMax && at >= Instant());
    const Entry entry{.time = at.nanoseconds(), .order = ++pushed_ << kValueBits | value};
    ++size_;
    const int64_t bin = entry.time >> shift_;
    const uint64_t ahead = static_cast<uint64_t>(bin - bin_);
    if (ahead - 1 < kBins - 1) [[likely]] {
      PushNear(static_cast<size_t>(bin) % kBins, entry);
    } else {
      PushElsewhere(bin, entry);
    }
  }

  bool empty() const { return size_ == 0; }
  size_t size() const { return size_; }

  // Whether the first entry is due by `now`. REQUIRES: `now` never goes backwards.
  bool HasDue(Instant now) {
    if (run_position_ < run_.size()) [[likely]] {
      return run_[run_position_].time <= now.nanoseconds() || HasLate(now.nanoseconds());
    }
    return Reach(now.nanoseconds());
  }
  // REQUIRES: HasDue was true, and nothing was popped since.
  Instant top_time() const { return Instant::FromNanoseconds(top().time); }
  uint32_t top_value() const { return static_cast<uint32_t>(top().order) & kValueMax; }
  void Pop() {
    --size_;
    if (late_.empty()) [[likely]] {
      ++run_position_;
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
  static constexpr size_t kRoom = 8;
  static constexpr size_t kBlocks = 512;
  static constexpr int kShiftMax = 44;
  // So many entries a bin should have.
  static constexpr uint64_t kPerBin = 2;
  static constexpr uint64_t kPopsBetweenTunings = 4'096;
  // A longer run is not added to by insertion.
  static constexpr size_t kInsertMax = 32;

  void PushNear(size_t slot, const Entry& entry) {
    const size_t count = counts_[slot];
    if (count == kRoom) [[unlikely]] {
      PushHeap(far_, entry);
      return;
    }
    bins_[slot * kRoom + count] = entry;
    counts_[slot] = static_cast<uint8_t>(count + 1);
    occupied_[slot / 64] |= uint64_t{1} << (slot % 64);
  }
  void PushElsewhere(int64_t bin, const Entry& entry);
  void PushNow(const Entry& entry);
  void PopWithLate();
  bool HasLate(int64_t now) const { return !late_.empty() && late_.front().time <= now; }
  const Entry& top() const {
    if (late_.empty()) [[likely]] {
      return run_[run_position_];
    }
    const bool run_is_over = run_position_ == run_.size();
    return run_is_over || late_.front().Before(run_[run_position_]) ? late_.front()
                                                                    : run_[run_position_];
  }

  // Moves on, bin by bin, until something is due or `now` is reached.
  bool Reach(int64_t now);
  // The first bin after the present one, and at most `last`, where something may be.
  int64_t NextBin(int64_t last) const;
  void EnterBin(int64_t bin);
  // Spreads the block that begins with the present bin over the bins.
  void OpenBlock();
  // Chooses the length of a bin anew if it does not fit.
  void Tune();
  void Rebuild(int shift);
  void PushAgain(const Entry& entry);

  static void PushHeap(std::vector<Entry>& heap, const Entry& entry);
  static Entry PopHeap(std::vector<Entry>& heap);

  int shift_ = 20;
  int64_t bin_ = 0;  // The present one; all before are empty.
  uint64_t pushed_ = 0;
  size_t size_ = 0;
  // The present bin, sorted, from run_position_ on; and what was added to it late.
  std::vector<Entry> run_;
  size_t run_position_ = 0;
  std::vector<Entry> late_;
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
  uint64_t tuned_at_pops_ = 0;
  uint64_t pops_until_tuning_ = kPopsBetweenTunings;
};

}  // namespace floe

#endif  // FLOE_SIMULATOR_FAST_EVENT_QUEUE_H_
