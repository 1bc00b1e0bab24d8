#include "orchestrator/live/in_flight_table.h"

#include <algorithm>
#include <mutex>
#include <utility>
#include <vector>

namespace floe::live {

bool InFlightTable::Add(Entry& entry) {
  if (count_.fetch_add(1, std::memory_order_relaxed) >= entries_max_) {
    count_.fetch_sub(1, std::memory_order_relaxed);
    return false;
  }
  const InvocationId id = entry->id;
  Shard& shard = ShardOf(id);
  const std::lock_guard<std::mutex> lock(shard.mutex);
  shard.entries.emplace(id.value, std::move(entry));
  return true;
}

InFlightTable::Entry InFlightTable::Take(InvocationId id) {
  Shard& shard = ShardOf(id);
  const std::lock_guard<std::mutex> lock(shard.mutex);
  const auto found = shard.entries.find(id.value);
  if (found == shard.entries.end()) return nullptr;
  Entry entry = std::move(found->second);
  shard.entries.erase(found);
  count_.fetch_sub(1, std::memory_order_relaxed);
  return entry;
}

InFlightTable::Entry InFlightTable::TakeIfAssigned(InvocationId id, EnvironmentId environment,
                                                   NodeId node) {
  Shard& shard = ShardOf(id);
  const std::lock_guard<std::mutex> lock(shard.mutex);
  const auto found = shard.entries.find(id.value);
  if (found == shard.entries.end()) return nullptr;
  const EnvironmentInfo* assigned = found->second->environment.get();
  if (assigned == nullptr || assigned->id != environment || assigned->node != node) return nullptr;
  Entry entry = std::move(found->second);
  shard.entries.erase(found);
  count_.fetch_sub(1, std::memory_order_relaxed);
  return entry;
}

std::vector<InFlightTable::Entry> InFlightTable::TakeAll() {
  std::vector<Entry> all;
  for (Shard& shard : shards_) {
    const std::lock_guard<std::mutex> lock(shard.mutex);
    for (auto& [id, entry] : shard.entries) all.push_back(std::move(entry));
    count_.fetch_sub(static_cast<int64_t>(shard.entries.size()), std::memory_order_relaxed);
    shard.entries.clear();
  }
  std::sort(all.begin(), all.end(), [](const Entry& a, const Entry& b) { return a->id < b->id; });
  return all;
}

}  // namespace floe::live
