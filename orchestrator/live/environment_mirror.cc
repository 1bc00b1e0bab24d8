#include "orchestrator/live/environment_mirror.h"

#include <algorithm>
#include <mutex>
#include <utility>
#include <vector>

namespace floe::live {
namespace {

int32_t& CountOf(EnvironmentCounts& counts, EnvironmentPhase phase) {
  switch (phase) {
    case EnvironmentPhase::kStarting:
      return counts.starting;
    case EnvironmentPhase::kInitializing:
      return counts.initializing;
    case EnvironmentPhase::kBusy:
      return counts.busy;
    case EnvironmentPhase::kIdle:
      return counts.idle;
    case EnvironmentPhase::kReset:
      return counts.reset;
    case EnvironmentPhase::kStopping:
      break;
  }
  return counts.stopping;
}

}  // namespace

void EnvironmentMirror::Add(Info info, Instant now) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const EnvironmentId id = info->id;
  const auto [row, added] = rows_.emplace(
      id, Row{.info = std::move(info), .phase = EnvironmentPhase::kStarting, .since = now});
  if (added) Count(row->second, 1);
}

EnvironmentMirror::Info EnvironmentMirror::Find(EnvironmentId environment) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = rows_.find(environment);
  return found == rows_.end() ? nullptr : found->second.info;
}

bool EnvironmentMirror::Move(EnvironmentId environment, EnvironmentPhase to, Instant now) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = rows_.find(environment);
  if (found == rows_.end() || found->second.phase == to) return false;
  MoveRow(found->second, to, now);
  return true;
}

bool EnvironmentMirror::MoveFrom(EnvironmentPhase from, EnvironmentId environment,
                                 EnvironmentPhase to, Instant now) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = rows_.find(environment);
  if (found == rows_.end() || found->second.phase != from) return false;
  MoveRow(found->second, to, now);
  return true;
}

bool EnvironmentMirror::Remove(EnvironmentId environment) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = rows_.find(environment);
  if (found == rows_.end()) return false;
  Count(found->second, -1);
  rows_.erase(found);
  return true;
}

int EnvironmentMirror::RemoveNode(NodeId node) {
  const std::lock_guard<std::mutex> lock(mutex_);
  int removed = 0;
  for (auto row = rows_.begin(); row != rows_.end();) {
    const auto current = row++;
    if (current->second.info->node != node) continue;
    Count(current->second, -1);
    rows_.erase(current);
    ++removed;
  }
  return removed;
}

EnvironmentCounts EnvironmentMirror::counts() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return counts_;
}

EnvironmentCounts EnvironmentMirror::CountsOf(const FunctionLife& function) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return function.counts;
}

std::vector<EnvironmentView> EnvironmentMirror::List(Instant now) const {
  std::vector<EnvironmentView> views;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    views.reserve(rows_.size());
    for (const auto& [id, row] : rows_) {
      views.push_back({.id = id,
                       .function_name = row.info->function->life->name,
                       .node_name = row.info->node_name,
                       .phase = row.phase,
                       .in_phase = std::max(now - row.since, Duration())});
    }
  }
  std::sort(views.begin(), views.end(),
            [](const EnvironmentView& a, const EnvironmentView& b) { return a.id < b.id; });
  return views;
}

std::vector<uint64_t> EnvironmentMirror::UnknownOn(
    NodeId node, const std::vector<uint64_t>& environments) const {
  std::vector<uint64_t> unknown;
  const std::lock_guard<std::mutex> lock(mutex_);
  for (const uint64_t environment : environments) {
    const auto found = rows_.find(EnvironmentId::FromPacked(environment));
    if (found == rows_.end() || found->second.info->node != node) unknown.push_back(environment);
  }
  return unknown;
}

void EnvironmentMirror::MoveRow(Row& row, EnvironmentPhase to, Instant now) {
  Count(row, -1);
  row.phase = to;
  row.since = now;
  Count(row, 1);
}

void EnvironmentMirror::Count(const Row& row, int32_t change) {
  CountOf(counts_, row.phase) += change;
  CountOf(row.info->function->life->counts, row.phase) += change;
}

}  // namespace floe::live
