// The invocations whose callers wait. An entry leaves when its caller is about to be answered, so
// nobody is answered twice. Sharded by number: callers, reporters and the engine seldom meet.
// Thread-safe.

#ifndef FLOE_ORCHESTRATOR_LIVE_IN_FLIGHT_TABLE_H_
#define FLOE_ORCHESTRATOR_LIVE_IN_FLIGHT_TABLE_H_

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "orchestrator/live/pending_invocation.h"

namespace floe::live {

class InFlightTable {
 public:
  using Entry = std::unique_ptr<PendingInvocation>;

  explicit InFlightTable(int64_t entries_max) : entries_max_(entries_max) {}

  // Takes `entry` unless the table is full; then it stays where it is and the answer is false.
  bool Add(Entry& entry);
  // Removes and returns the entry; null when there is none.
  Entry Take(InvocationId id);
  // As Take, but only when it is assigned to this environment on this node.
  Entry TakeIfAssigned(InvocationId id, EnvironmentId environment, NodeId node);
  // By number.
  std::vector<Entry> TakeAll();

  // Runs `change` on the entry, which cannot leave meanwhile. False when there is none.
  template <typename Function>
  bool Change(InvocationId id, Function change) {
    Shard& shard = ShardOf(id);
    const std::lock_guard<std::mutex> lock(shard.mutex);
    const auto found = shard.entries.find(id.value);
    if (found == shard.entries.end()) return false;
    change(*found->second);
    return true;
  }

 private:
  static constexpr size_t kShards = 16;
  struct alignas(64) Shard {
    std::mutex mutex;
    absl::flat_hash_map<uint64_t, Entry> entries;  // Guarded by mutex.
  };

  Shard& ShardOf(InvocationId id) { return shards_[id.value % kShards]; }

  const int64_t entries_max_;
  std::atomic<int64_t> count_ = 0;
  std::array<Shard, kShards> shards_;
};

}  // namespace floe::live

#endif  // FLOE_ORCHESTRATOR_LIVE_IN_FLIGHT_TABLE_H_
