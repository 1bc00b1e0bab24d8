#include "simulator/trace_file/journal_trace.h"

#include <array>
#include <cstddef>
#include <limits>
#include <map>
#include <utility>
#include <variant>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "orchestrator/core/action.h"
#include "orchestrator/engine/journal.h"
#include "simulator/histogram.h"
#include "simulator/trace_file/arrival_store.h"
#include "simulator/trace_file/function_table.h"
#include "simulator/trace_file/gzip_source.h"

namespace floe {
namespace {

// Arrivals that are not answered yet: 40 bytes each.
constexpr size_t kOpenInvocationsMax = 4'000'000;
// Measured lengths are told at these probabilities, less 0 and 1, which stand for the extremes.
constexpr std::array<double, 9> kProbabilities = {0.01, 0.05, 0.1,  0.25, 0.5,
                                                  0.75, 0.9,  0.95, 0.99};

std::optional<EmpiricalLength> QuantilesOf(const Histogram& lengths) {
  if (lengths.count() == 0) return std::nullopt;
  EmpiricalLength quantiles;
  quantiles.quantiles.push_back({0, lengths.min()});
  for (const double probability : kProbabilities) {
    // A quantile is the middle of its bucket, the extremes are exact.
    const Duration value = std::clamp(lengths.Quantile(probability), lengths.min(), lengths.max());
    quantiles.quantiles.push_back({probability, value});
  }
  quantiles.quantiles.push_back({1, lengths.max()});
  return quantiles;
}

class JournalTraceReader {
 public:
  explicit JournalTraceReader(JournalReader journal) : journal_(std::move(journal)) {}

  absl::StatusOr<JournalTrace> Read() {
    while (true) {
      ASSIGN_OR_RETURN(const std::optional<JournalRecord> record, journal_.Next());
      if (!record.has_value()) break;
      now_ = record->event.at;
      if (!begun_) begin_ = now_;
      begun_ = true;
      RETURN_IF_ERROR(
          std::visit([this](const auto& event) { return On(event); }, record->event.event));
      for (const Action& action : record->actions) {
        RETURN_IF_ERROR(std::visit([this](const auto& order) { return On(order); }, action));
      }
    }
    return Finish();
  }

 private:
  struct Invocation {
    Instant arrived;
    Instant assigned = Instant::InfiniteFuture();
    FunctionId function;
    TenantId tenant;
  };
  struct Environment {
    FunctionId function;
    Instant ordered;
    Instant started = Instant::InfiniteFuture();
    bool ready = false;
  };
  struct Measured {
    FunctionConfig config;
    int64_t arrivals = 0;
    int64_t starts = 0;
    Histogram start;
    Histogram init;
    Histogram run;
  };

  // What says nothing of load or lengths.
  template <typename Other>
  absl::Status On(const Other&) {
    return absl::OkStatus();
  }

  absl::Status On(const FunctionDeployed& event) {
    functions_[event.function].config = event.config;
    return absl::OkStatus();
  }
  absl::Status On(const InvocationArrived& event) {
    if (invocations_.size() == kOpenInvocationsMax) {
      return absl::ResourceExhaustedError(absl::StrCat(
          "read a journal: more than ", kOpenInvocationsMax, " invocations are under way at once"));
    }
    ++functions_[event.function].arrivals;
    NumberOf(event.function);
    invocations_[event.invocation] = {
        .arrived = now_, .function = event.function, .tenant = event.tenant};
    return absl::OkStatus();
  }
  absl::Status On(const AssignInvocation& action) {
    const auto found = invocations_.find(action.invocation);
    if (found != invocations_.end()) found->second.assigned = now_;
    return absl::OkStatus();
  }
  absl::Status On(const InvocationFinished& event) {
    return End(event.invocation, Ending::kAnswer);
  }
  absl::Status On(const FailInvocation& action) { return End(action.invocation, Ending::kFailure); }
  absl::Status On(const ThrottleInvocation& action) {
    return End(action.invocation, Ending::kThrottle);
  }

  absl::Status On(const StartEnvironment& action) {
    environments_[action.environment.row] = {.function = action.function, .ordered = now_};
    return absl::OkStatus();
  }
  absl::Status On(const EnvironmentStarted& event) {
    const auto found = environments_.find(event.environment.row);
    if (found == environments_.end() || found->second.started != Instant::InfiniteFuture()) {
      return absl::OkStatus();
    }
    Environment& environment = found->second;
    environment.started = now_;
    Measured& function = functions_[environment.function];
    ++function.starts;
    function.start.Add(now_ - environment.ordered);
    return absl::OkStatus();
  }
  absl::Status On(const EnvironmentReady& event) {
    const auto found = environments_.find(event.environment.row);
    // Later incarnations begin at an unknown time.
    if (found == environments_.end() || event.incarnation > 0) return absl::OkStatus();
    Environment& environment = found->second;
    if (environment.started == Instant::InfiniteFuture() || environment.ready) {
      return absl::OkStatus();
    }
    environment.ready = true;
    functions_[environment.function].init.Add(now_ - environment.started);
    return absl::OkStatus();
  }

  enum class Ending : uint8_t { kAnswer, kFailure, kThrottle, kNone };

  absl::Status End(InvocationId id, Ending ending) {
    const auto found = invocations_.find(id);
    // A failure may come before or after an answer; the first counts.
    if (found == invocations_.end()) return absl::OkStatus();
    const Invocation invocation = found->second;
    invocations_.erase(found);
    return Keep(invocation, ending);
  }

  absl::Status Keep(const Invocation& invocation, Ending ending) {
    const bool ran = invocation.assigned != Instant::InfiniteFuture() &&
                     (ending == Ending::kAnswer || ending == Ending::kFailure);
    const Duration run = now_ - invocation.assigned;
    if (ran && ending == Ending::kAnswer) functions_[invocation.function].run.Add(run);
    return store_.Add({.at_ns = (invocation.arrived - begin_).nanoseconds(),
                       .function = NumberOf(invocation.function),
                       .run_ns = ran ? run.nanoseconds() : -1,
                       .tenant = static_cast<uint32_t>(invocation.tenant.value)});
  }

  uint32_t NumberOf(FunctionId id) {
    const auto [place, is_new] = numbers_.try_emplace(id, static_cast<uint32_t>(numbers_.size()));
    if (is_new) order_.push_back(id);
    return place->second;
  }

  absl::StatusOr<JournalTrace> Finish() {
    // In the order of their ids, not of the table.
    std::map<InvocationId, Invocation> open(invocations_.begin(), invocations_.end());
    for (const auto& [id, invocation] : open) RETURN_IF_ERROR(Keep(invocation, Ending::kNone));
    if (store_.size() == 0) return absl::InvalidArgumentError("no invocation arrives in it");
    JournalTrace trace{
        .trace = nullptr, .functions = {}, .options = journal_.options(), .length = now_ - begin_};
    std::vector<TraceFunction> functions;
    for (const FunctionId id : order_) {
      const Measured& measured = functions_[id];
      functions.push_back(
          {.name = absl::StrCat("function-", id.value), .memory_mib = measured.config.memory_mib});
      trace.functions.push_back({.id = id,
                                 .config = measured.config,
                                 .arrivals = measured.arrivals,
                                 .starts = measured.starts,
                                 .start = QuantilesOf(measured.start),
                                 .init = QuantilesOf(measured.init),
                                 .run = QuantilesOf(measured.run)});
    }
    if (static_cast<int64_t>(functions.size()) > kTraceFunctionsMax) {
      return absl::ResourceExhaustedError(
          absl::StrCat("there are more than ", kTraceFunctionsMax, " functions in it"));
    }
    ASSIGN_OR_RETURN(trace.trace, std::move(store_).Finish(std::move(functions), 0));
    return trace;
  }

  JournalReader journal_;
  Instant now_;
  Instant begin_;
  bool begun_ = false;
  absl::flat_hash_map<InvocationId, Invocation> invocations_;
  absl::flat_hash_map<uint32_t, Environment> environments_;
  std::map<FunctionId, Measured> functions_;
  // Numbers in the trace.
  absl::flat_hash_map<FunctionId, uint32_t> numbers_;
  std::vector<FunctionId> order_;
  ArrivalStore store_;
};

absl::Status Annotate(const absl::Status& status, const std::string& name) {
  return absl::Status(status.code(), absl::StrCat("read ", name, ": ", status.message()));
}

}  // namespace

absl::StatusOr<JournalTrace> ReadJournalTrace(std::unique_ptr<ByteSource> source,
                                              const std::string& name) {
  absl::StatusOr<JournalReader> journal = JournalReader::Open(std::move(source));
  if (!journal.ok()) return Annotate(journal.status(), name);
  absl::StatusOr<JournalTrace> trace = JournalTraceReader(*std::move(journal)).Read();
  if (!trace.ok()) return Annotate(trace.status(), name);
  return trace;
}

absl::StatusOr<JournalTrace> OpenJournalTrace(const std::string& path) {
  ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> source, OpenPlainOrGzip(path));
  return ReadJournalTrace(std::move(source), path);
}

}  // namespace floe
