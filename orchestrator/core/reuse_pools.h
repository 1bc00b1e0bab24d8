// Which of several environments that can take an invocation takes it.

#ifndef FLOE_ORCHESTRATOR_CORE_REUSE_POOLS_H_
#define FLOE_ORCHESTRATOR_CORE_REUSE_POOLS_H_

#include <cstdint>
#include <vector>

#include "base/prng.h"
#include "orchestrator/core/row_list.h"
#include "orchestrator/core/scheduler_options.h"

namespace floe {

// Pools of rows, each in the order in which its rows came in, with the pick of a ReuseOrder. The
// lists lie with their owners; `pool` is the dense number of one. A row is in at most one pool.
// Thread-compatible.
class ReusePools {
 public:
  ReusePools(ReuseOrder order, uint64_t seed) : order_(order), prng_(seed) {}

  // Makes room for one row, respectively for pools numbered below `pools`.
  void AddRow();
  void AddPools(uint32_t pools);
  uint32_t size() const { return links_.size(); }
  uint32_t Next(uint32_t row) const { return links_.Next(row); }

  // Fetches the row ahead of its use.
  void Prefetch(uint32_t row) const { links_.Prefetch(row); }

  void Add(RowList& list, uint32_t pool, uint32_t row) {
    links_.PushBack(list, row);
    if (order_ == ReuseOrder::kRandom) [[unlikely]]
      AddToIndex(pool, row);
  }
  // The same for lists from which nothing is picked.
  void Link(RowList& list, uint32_t row) { links_.PushBack(list, row); }
  void Unlink(RowList& list, uint32_t row) { links_.Remove(list, row); }
  // REQUIRES: `row` is in the pool.
  void Remove(RowList& list, uint32_t pool, uint32_t row) {
    links_.Remove(list, row);
    if (order_ == ReuseOrder::kRandom) [[unlikely]]
      RemoveFromIndex(pool, row);
  }
  // The row to use; it stays in the pool. Draws from the generator when there is a choice.
  // REQUIRES: the list is not empty.
  uint32_t Pick(const RowList& list, uint32_t pool) {
    if (order_ == ReuseOrder::kNewestFirst) return list.tail;
    if (order_ == ReuseOrder::kOldestFirst) return list.head;
    return PickRandom(pool);
  }

  // Aborts when the index does not hold exactly the rows of the list.
  void CheckInvariants(const RowList& list, uint32_t pool) const;

 private:
  void AddToIndex(uint32_t pool, uint32_t row);
  void RemoveFromIndex(uint32_t pool, uint32_t row);
  uint32_t PickRandom(uint32_t pool);

  ReuseOrder order_;
  RowLinks links_;
  // For kRandom only: the rows of each pool in no particular order, and where in it each row is.
  std::vector<std::vector<uint32_t>> index_;
  std::vector<uint32_t> position_;
  Prng prng_;
};

}  // namespace floe

#endif  // FLOE_ORCHESTRATOR_CORE_REUSE_POOLS_H_
