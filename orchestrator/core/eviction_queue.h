// Idle environments in the order in which they are evicted.

#ifndef FLOE_ORCHESTRATOR_CORE_EVICTION_QUEUE_H_
#define FLOE_ORCHESTRATOR_CORE_EVICTION_QUEUE_H_

#include <cstdint>
#include <vector>

#include "base/time.h"
#include "orchestrator/core/environment_table.h"
#include "orchestrator/core/ids.h"
#include "orchestrator/core/row_list.h"
#include "orchestrator/core/scheduler_options.h"

namespace floe {

// Weighs idle environments by an EvictionRule and keeps them in a heap, least weight first, among
// equals the lowest number of the last invocation, then the lowest row. What a rule needs to know
// of functions it learns from the Note... calls; under EvictionRule::kNone nothing is kept at all.
// Thread-compatible.
class EvictionQueue {
 public:
  // What lies in the memory of each row.
  struct Entry {
    // While idle the weight; while starting when that began, in nanoseconds.
    uint64_t weight = 0;
    uint32_t place = kNoRow;  // In the heap. kNoRow: not in it.
    uint32_t heap = kNoRow;   // Nothing of this row's: an element of the heap.
  };

  // `environments` outlives this.
  EvictionQueue(EvictionRule rule, const EnvironmentTable* environments)
      : rule_(rule), environments_(*environments) {}

  bool is_active() const { return rule_ != EvictionRule::kNone; }

  // Makes room for one row, respectively for functions numbered below `functions`.
  void AddRow() { entries_.emplace_back(); }
  void AddFunctions(uint32_t functions) {
    if (is_active() && functions > functions_.size()) functions_.resize(functions);
  }

  // The environment is being started. `is_only`: its function has no other one that lives, and the
  // invocations before no longer count.
  void NoteStart(uint32_t row, FunctionId function, bool is_only, Instant now);
  // Its first init phase is over.
  void NoteReady(uint32_t row, FunctionId function, Instant now);
  // An environment of the function has been given an invocation.
  void NoteInvocation(FunctionId function) { ++functions_[function.value].invocations; }

  // What an environment that becomes idle now weighs by the rule.
  uint64_t Weigh(FunctionId function, int32_t memory_mib);
  // REQUIRES: the row is not in the queue.
  void Add(uint32_t row, uint64_t weight);
  // Takes the row out if it is in.
  void Discard(uint32_t row);
  bool Contains(uint32_t row) const { return entries_[row].place != kNoRow; }
  bool empty() const { return size_ == 0; }
  uint32_t size() const { return size_; }
  // The first one. REQUIRES: not empty().
  uint32_t Front() const { return entries_[0].heap; }
  uint64_t WeightOf(uint32_t row) const { return entries_[row].weight; }
  // The environment is evicted: what becomes idle later weighs that much more.
  void NoteEviction(uint32_t row);

  // Aborts when the heap contradicts itself.
  void CheckInvariants() const;

 private:
  struct Function {
    uint64_t invocations = 0;
    int64_t starts = 0;
    int64_t start_nanoseconds = 0;  // Of all these starts together.
  };

  bool Before(uint32_t a, uint32_t b) const;
  void Put(uint32_t place, uint32_t row) {
    entries_[place].heap = row;
    entries_[row].place = place;
  }
  void SiftUp(uint32_t place, uint32_t row);
  void SiftDown(uint32_t place, uint32_t row);

  EvictionRule rule_;
  const EnvironmentTable& environments_;
  std::vector<Entry> entries_;
  uint32_t size_ = 0;
  std::vector<Function> functions_;
  // Counts environments that became idle.
  uint64_t sequence_ = 0;
  // The greatest weight that was evicted.
  uint64_t clock_ = 0;
};

}  // namespace floe

#endif  // FLOE_ORCHESTRATOR_CORE_EVICTION_QUEUE_H_
