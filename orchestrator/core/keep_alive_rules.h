// The keep-alive rules that need more than one fixed time, as policies.

#ifndef FLOE_ORCHESTRATOR_CORE_KEEP_ALIVE_RULES_H_
#define FLOE_ORCHESTRATOR_CORE_KEEP_ALIVE_RULES_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/prng.h"
#include "base/time.h"
#include "orchestrator/core/ids.h"
#include "orchestrator/core/keep_alive_policy.h"
#include "orchestrator/core/scheduler_options.h"

namespace floe {

// KeepAliveRule::kUniform: whole nanoseconds, both ends included.
class UniformKeepAlive final : public KeepAlivePolicy {
 public:
  UniformKeepAlive(Duration min, Duration max, uint64_t seed);

  Duration KeepFor(const IdleEnvironment& environment, Instant now) override;

 private:
  Duration min_;
  Duration max_;
  Prng prng_;
};

// KeepAliveRule::kHybridHistogram; see HybridHistogramOptions.
//
// A function is idle from when the last of its invocations in flight finishes until its next
// arrival; that is one idle time. Environments that become idle while others still work, and those
// of tenants, are never unloaded at once: they are kept until the tail.
class HybridHistogramKeepAlive final : public KeepAlivePolicy {
 public:
  // Options out of range count as the nearest in range.
  explicit HybridHistogramKeepAlive(const HybridHistogramOptions& options);

  void OnArrival(FunctionId function, int32_t in_flight, Instant now) override;
  Duration KeepFor(const IdleEnvironment& environment, Instant now) override;
  std::optional<Duration> PrewarmAfter(const IdleEnvironment& environment, Instant now) override;
  void OnRemoved(FunctionId function) override;

 private:
  struct Function {
    std::vector<uint32_t> counts;  // By bin; none before the first idle time.
    uint64_t inside = 0;           // Idle times in the bins.
    uint64_t beyond = 0;           // Longer ones.
    uint64_t squares = 0;          // The sum of the squares of the counts.
    std::optional<Instant> idle_since;
    // Of the histogram as it is, unless it has changed since: the edges of the bins where head and
    // tail lie. None: it tells nothing.
    bool is_known = false;
    bool is_representative = false;
    int32_t head_bin = 0;
    int32_t tail_bin = 0;
  };

  Function& Find(FunctionId function);
  void Learn(Function& function);
  bool IsRepresentative(const Function& function) const;
  // The bin that holds the idle time of this rank, from 1.
  int32_t BinOfRank(const Function& function, uint64_t rank) const;
  uint64_t Rank(uint64_t samples, int64_t share_millionths) const;
  // From the end of the last invocation.
  Duration Prewarm(const Function& function) const;
  Duration Tail(const Function& function) const;

  int64_t bin_nanoseconds_;
  int32_t bins_;
  int64_t head_millionths_;
  int64_t tail_millionths_;
  int64_t margin_millionths_;
  // 1 + representative_cv^2, in units of 2^-20.
  uint64_t representative_;
  uint64_t samples_min_;
  std::vector<Function> functions_;
};

// The policy of options.keep_alive_rule; null where a fixed time is all.
std::unique_ptr<KeepAlivePolicy> MakeKeepAlivePolicy(const SchedulerOptions& options);

}  // namespace floe

#endif  // FLOE_ORCHESTRATOR_CORE_KEEP_ALIVE_RULES_H_
