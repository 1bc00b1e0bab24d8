// The simulated world: requests arrive, containers start, code initialises and runs, all in virtual
// time. It stands behind both ports of the engine, and every action is answered by later events.
//
// At equal times a deadline of the scheduler comes before everything else. Then comes what
// environments report, so that one that becomes free at an instant can serve a request of that
// instant; then changes of provisioned concurrency; then what clients and queues send in answer to
// all that; and last the arrivals. Reports of equal times come in the order in which they were
// caused.
//
// Draws belong to the arrival process and the number of the request that caused them, so what the
// scheduler decides changes no draw. Thread-compatible.

#ifndef FLOE_SIMULATOR_WORLD_H_
#define FLOE_SIMULATOR_WORLD_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "base/time.h"
#include "orchestrator/core/action.h"
#include "orchestrator/core/event.h"
#include "orchestrator/core/ids.h"
#include "orchestrator/core/scheduler.h"
#include "orchestrator/engine/engine.h"
#include "simulator/arrivals.h"
#include "simulator/draws.h"
#include "simulator/event_queue.h"
#include "simulator/length_sampler.h"
#include "simulator/node_starts.h"
#include "simulator/provisioning.h"
#include "simulator/scenario.h"
#include "simulator/senders.h"
#include "simulator/statistics.h"

namespace floe {

class World final : public EventSource, public ActionSink {
 public:
  // With more entries than this, latencies are kept for all of them together only.
  static constexpr size_t kEntriesWithLatencyMax = 1'000;
  // Of /tmp, without charge.
  static constexpr int32_t kTmpMibFree = 512;

  // `scenario` is valid and outlives this. `hinted` is told which events will come soon; may be
  // null, and changes nothing but the speed.
  explicit World(const Scenario& scenario, const Scheduler* hinted = nullptr);

  std::optional<TimedEvent> Next(Instant deadline) override;
  void Execute(Instant now, const Action& action) override;

  // Invocations that have arrived, and such that have ended.
  uint64_t events() const { return events_; }
  const Levels& levels() const { return tracker_.levels; }
  // Why a trace ended before its time, if one did.
  absl::Status trace_status() const { return arrivals_.status(); }
  // By entry of Scenario::functions.
  const std::vector<InvocationTally>& invocations() const { return tallies_; }
  // By entry, or one for all of them; see kEntriesWithLatencyMax.
  const std::vector<LatencyTally>& latencies() const { return latencies_; }
  // By entry. Of requests that nobody repeats: empty.
  const std::vector<DeliveryTally>& deliveries() const { return senders_.deliveries(); }
  // Call once, when the run is over, and before the statistics are read.
  LevelSummary Finish();

 private:
  enum class Phase : uint8_t {
    kGone,
    kStarting,
    kInitializing,
    kIdle,
    kRunning,
    kReset,
    kRepeatingInit,  // Busy with an invocation, its runtime being started again.
    kStopping,
  };
  // kHang: it never answers.
  enum class Fate : uint8_t { kSuccess, kError, kCrash, kHang };
  // What an invocation waited for before it was given to an environment.
  enum class Wait : uint8_t { kNone, kColdStart, kOther };

  // A request that has arrived and is neither running nor answered.
  struct Request {
    Instant arrived;
    // When it was given to an environment, if that was interrupted.
    Instant assigned = Instant::InfiniteFuture();
    Duration run;
    uint64_t number = 0;
    uint32_t process = 0;
    uint32_t entry = 0;
    uint32_t sender = 0;  // See Senders; 0: nobody hears what becomes of it.
    Wait wait = Wait::kNone;
  };

  // What every invocation touches: one cache line.
  struct alignas(64) Environment {
    uint64_t ticket = 0;  // Of the one report that is due. 0: none is.
    EnvironmentId id;
    InvocationId invocation;
    Instant arrived;
    Instant assigned;
    uint32_t entry = 0;
    uint32_t incarnation = 0;
    uint32_t sender = 0;  // Of the invocation.
    Phase phase = Phase::kGone;
    Fate fate = Fate::kSuccess;
    Wait wait = Wait::kNone;
    // Made for an invocation, and none has been given to it.
    bool fresh = false;
    bool init_unbilled = false;
    bool provisioned = false;
  };
  static_assert(sizeof(Environment) == 64);

  // What only starts and initialisations need.
  struct Origin {
    // What they are drawn by.
    uint32_t process = 0;
    uint64_t number = 0;
    Instant init_began;
    Duration init;  // Once it is over.
    Duration run;   // Of the invocation, while its initialisation is repeated.
    FunctionId function;
    uint32_t node = 0;
  };

  struct Entry {
    explicit Entry(const ScenarioFunction& function)
        : memory_mib(function.memory_mib),
          tmp_extra_mib(std::max(0, function.tmp_mib - kTmpMibFree)),
          crash_rate(function.crash_rate),
          error_rate(function.crash_rate + function.error_rate),
          failure_rate(function.crash_rate + function.error_rate + function.hang_rate),
          start(function.start),
          init(function.init) {}
    int64_t memory_mib;
    int64_t tmp_extra_mib;
    double crash_rate;
    double error_rate;        // Crashes and errors.
    double failure_rate;      // And what hangs.
    int64_t concurrency = 0;  // Invocations in flight.
    LengthSampler start;
    LengthSampler init;
  };

  struct Streams {
    Streams(uint64_t seed, uint64_t source)
        : start(seed, source, DrawPurpose::kStart),
          init(seed, source, DrawPurpose::kInit),
          repeated_init(seed, source, DrawPurpose::kRepeatedInit),
          fate(seed, source, DrawPurpose::kFate) {}
    DrawStream start;
    DrawStream init;
    DrawStream repeated_init;
    DrawStream fate;
  };

  struct EarlyFailure {
    InvocationId invocation;
    FailureCause cause;
  };

  // Each fills in what happens next, in place: an event is never copied on its way to the engine.
  void NextSetup(TimedEvent& next);
  // Fetch from memory what the events after the present one, an arrival respectively a report, will
  // need.
  void PrefetchAtArrival();
  void PrefetchAtReport();
  void TakeArrival(TimedEvent& next);
  // The time of what only some scenarios have: limited nodes, provisioned concurrency, senders.
  Instant NextExtra();
  // What is due then. False if it is nothing to tell the scheduler.
  bool TakeExtra(Instant now, TimedEvent& next);
  // The request in `arrival_` is told to the scheduler.
  void Announce(FunctionId function, uint32_t tenant, TimedEvent& next);
  // The report that is due first. False if the environment is no longer in the state to give it.
  bool TakeReport(Instant now, TimedEvent& next);
  void Report(Instant now, uint32_t row, Event& event);

  void On(Instant now, const AssignInvocation& action);
  void On(Instant, const FreezeEnvironment&) {}
  void On(Instant now, const StartEnvironment& action);
  void On(Instant now, const ResetEnvironment& action);
  void On(Instant now, const StopEnvironment& action);
  void On(Instant now, const ThrottleInvocation& action);
  void On(Instant now, const FailInvocation& action);

  // The request, which no longer waits; valid until the next one is taken or arrives. Aborts if
  // there is no such request.
  const Request& TakeRequest(Instant now, InvocationId invocation);
  std::optional<Request> TakeWaiting(Instant now, InvocationId invocation);
  void AddWaiting(Instant now, InvocationId invocation, const Request& request);
  void ScheduleReport(Instant at, uint32_t row);
  // The environment reports when this work of its node is done.
  void ScheduleInit(Instant now, uint32_t row, Duration work);
  void CancelReport(Instant now, uint32_t row);
  void ScheduleEnd(Instant now, uint32_t row, Duration run);
  Fate DrawFate(const Request& request) const;
  // The environment's invocation, if any, ends here without an answer.
  void Interrupt(Instant now, Environment& environment);
  void CountAnswer(Instant now, Environment& environment);
  void CountFailure(Instant now, const Request& request, FailureCause cause);
  // Adds what an invocation that came at `arrived` will have lasted by the end of the run.
  void SumUnfinished(uint32_t entry, Instant arrived, int64_t count);
  void CountLatency(Instant now, const Request& request);
  // Rounded up to the millisecond.
  static int64_t BilledMilliseconds(Duration length) {
    constexpr int64_t kNanosecondsPerMillisecond = 1'000'000;
    return (length.nanoseconds() + kNanosecondsPerMillisecond - 1) / kNanosecondsPerMillisecond;
  }
  void Bill(Instant now, Environment& environment);
  // An environment that is provisioned has initialised.
  void BillProvisionedInit(Instant now, uint32_t row);
  // How many provisioned environments are there and busy has changed by a move of this one.
  void FollowProvisioned(const Environment& environment, Phase to);
  // The environment has been given an invocation.
  void CountProvisioned(const Environment& environment);
  // An accepted invocation of the entry is under way from here on, respectively until here.
  void Begin(Instant now, uint32_t entry) {
    const int64_t concurrency = ++entries_[entry].concurrency;
    int64_t& max = tallies_[entry].concurrency_max;
    if (concurrency > max && Counts(now)) max = concurrency;
  }
  void End(Instant now, uint32_t entry) {
    ++events_;
    const int64_t concurrency = entries_[entry].concurrency--;
    int64_t& max = tallies_[entry].concurrency_max;
    if (concurrency > max && Counts(now)) max = concurrency;
  }
  // The request that arrived last is neither refused nor given to an environment.
  void KeepWaiting();
  // Moves the environment between the levels that the two phases stand for.
  void MovePhase(Instant now, Environment& environment, Phase to);
  void AddToLevel(Phase phase, int64_t memory_mib, int64_t count);
  LatencyTally& LatencyOf(uint32_t entry) { return latencies_[latencies_.size() == 1 ? 0 : entry]; }
  bool Counts(Instant arrived) const { return arrived >= counted_from_; }

  const Scenario& scenario_;
  const Scheduler* const hinted_;
  bool hints_pay_ = false;
  const Instant end_;
  const Instant counted_from_;
  ArrivalStream arrivals_;
  Senders senders_;
  Provisioning provisioning_;
  NodeStarts node_starts_;
  const bool has_extras_;
  EventQueue reports_;
  std::vector<Entry> entries_;
  std::vector<uint32_t> entry_of_function_;
  // By arrival process, then by group of clients; the last is for environments that no request
  // caused.
  std::vector<Streams> streams_;
  uint64_t unasked_starts_ = 0;
  // By row.
  std::vector<Environment> environments_;
  std::vector<Origin> origins_;

  // Nodes and functions that have been announced.
  size_t setup_done_ = 0;
  size_t setup_nodes_ = 0;
  uint64_t events_ = 0;
  uint64_t invocations_ = 0;
  // The request that arrived last, until an action takes it or the next event comes.
  Request arrival_;
  bool arrival_open_ = false;
  Request waited_;  // The one that TakeRequest found among those waiting.
  absl::flat_hash_map<InvocationId, Request> waiting_;
  // Failures that were ordered just before the reset or stop of their environment.
  std::vector<EarlyFailure> early_failures_;

  LevelTracker tracker_;
  std::vector<InvocationTally> tallies_;
  std::vector<LatencyTally> latencies_;
};

}  // namespace floe

#endif  // FLOE_SIMULATOR_WORLD_H_
