#include "simulator/node_starts.h"

#include <algorithm>
#include <cmath>

#include "base/check.h"

namespace floe {
namespace {

constexpr int64_t kMilli = 1'000;

}  // namespace

NodeStarts::NodeStarts(const std::vector<ScenarioNodes>& nodes) {
  for (const ScenarioNodes& group : nodes) {
    Node node;
    node.parallelism_max = group.start_parallelism;
    node.milli_cpus = std::llround(group.cpus * static_cast<double>(kMilli));
    is_limited_ = is_limited_ || node.parallelism_max > 0 || node.milli_cpus > 0;
    nodes_.insert(nodes_.end(), static_cast<size_t>(group.count), node);
  }
  if (nodes_.empty()) nodes_.emplace_back();
}

void NodeStarts::Start(Instant now, uint32_t node, uint32_t row, Duration work) {
  CHECK(node < nodes_.size());
  Job& job = JobOf(row);
  job = {.order = ++jobs_made_, .work = work, .node = node, .kind = Kind::kStart};
  Node& starting = nodes_[node];
  if (starting.parallelism_max > 0 && starting.starts == starting.parallelism_max) {
    job.kind = Kind::kWaiting;
    job.previous = starting.waiting_tail;
    (job.previous == kNone ? starting.waiting_head : jobs_[job.previous].next) = row;
    starting.waiting_tail = row;
    return;
  }
  ++starting.starts;
  Begin(now, row, work);
}

void NodeStarts::Initialize(Instant now, uint32_t node, uint32_t row, Duration work) {
  CHECK(node < nodes_.size());
  JobOf(row) = {.order = ++jobs_made_, .node = node, .kind = Kind::kInitialize};
  Begin(now, row, work);
}

void NodeStarts::Cancel(Instant now, uint32_t row) {
  Job& job = JobOf(row);
  const Kind kind = job.kind;
  if (kind == Kind::kNone) return;
  const uint32_t node = job.node;
  if (kind == Kind::kWaiting) {
    Unlink(row);
    job.kind = Kind::kNone;
    return;
  }
  Leave(now, row);
  if (kind == Kind::kStart) {
    --nodes_[node].starts;
    BeginWaiting(now, nodes_[node]);
  }
  Schedule(now, node);
}

Instant NodeStarts::next_time() {
  while (queue_.top_time() != Instant::InfiniteFuture() &&
         nodes_[queue_.top_value()].ticket != queue_.top_ticket()) {
    queue_.Pop();
  }
  return queue_.top_time();
}

uint32_t NodeStarts::TakeEnded(Instant now) {
  const uint32_t node = queue_.top_value();
  Node& ending = nodes_[node];
  queue_.Pop();
  ending.ticket = 0;
  // Schedule has left the end that is due on top.
  const uint32_t row = ending.ends.front().row;
  const bool was_start = jobs_[row].kind == Kind::kStart;
  Leave(now, row);
  if (was_start) {
    --ending.starts;
    BeginWaiting(now, ending);
  }
  Schedule(now, node);
  return row;
}

NodeStarts::Job& NodeStarts::JobOf(uint32_t row) {
  if (row >= jobs_.size()) jobs_.resize(row + 1);
  return jobs_[row];
}

void NodeStarts::Begin(Instant now, uint32_t row, Duration work) {
  const Job& job = jobs_[row];
  Node& node = nodes_[job.node];
  Progress(now, node);
  ++node.jobs;
  node.ends.push_back(
      {.progress = node.progress + (static_cast<__int128>(work.nanoseconds()) << kFractionBits),
       .order = job.order,
       .row = row});
  std::push_heap(node.ends.begin(), node.ends.end());
  Schedule(now, job.node);
}

void NodeStarts::Leave(Instant now, uint32_t row) {
  Node& node = nodes_[jobs_[row].node];
  Progress(now, node);
  --node.jobs;
  jobs_[row].kind = Kind::kNone;
}

void NodeStarts::BeginWaiting(Instant now, Node& node) {
  const uint32_t row = node.waiting_head;
  if (row == kNone) return;
  Unlink(row);
  jobs_[row].kind = Kind::kStart;
  ++node.starts;
  Begin(now, row, jobs_[row].work);
}

void NodeStarts::Unlink(uint32_t row) {
  Job& job = jobs_[row];
  Node& node = nodes_[job.node];
  (job.previous == kNone ? node.waiting_head : jobs_[job.previous].next) = job.next;
  (job.next == kNone ? node.waiting_tail : jobs_[job.next].previous) = job.previous;
  job.previous = kNone;
  job.next = kNone;
}

void NodeStarts::Progress(Instant now, Node& node) {
  const __int128 span = static_cast<__int128>((now - node.progress_at).nanoseconds())
                        << kFractionBits;
  node.progress_at = now;
  if (node.jobs == 0) return;
  const int64_t wanted = node.jobs * kMilli;
  const bool is_short = node.milli_cpus > 0 && wanted > node.milli_cpus;
  node.progress += is_short ? span * node.milli_cpus / wanted : span;
}

void NodeStarts::Schedule(Instant now, uint32_t node) {
  Node& scheduled = nodes_[node];
  std::vector<End>& ends = scheduled.ends;
  while (!ends.empty() && (jobs_[ends.front().row].order != ends.front().order ||
                           jobs_[ends.front().row].kind == Kind::kNone)) {
    std::pop_heap(ends.begin(), ends.end());
    ends.pop_back();
  }
  scheduled.ticket = 0;
  if (ends.empty()) return;
  const __int128 missing = ends.front().progress - scheduled.progress;
  const int64_t wanted = scheduled.jobs * kMilli;
  const bool is_short = scheduled.milli_cpus > 0 && wanted > scheduled.milli_cpus;
  const __int128 rate = static_cast<__int128>(is_short ? scheduled.milli_cpus : wanted)
                        << kFractionBits;
  const __int128 span = missing <= 0 ? 0 : (missing * wanted + rate - 1) / rate;
  scheduled.ticket = queue_.Push(now + Duration::Nanoseconds(static_cast<int64_t>(span)), node);
}

}  // namespace floe
