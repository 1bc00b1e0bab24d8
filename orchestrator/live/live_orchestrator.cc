#include "orchestrator/live/live_orchestrator.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "orchestrator/engine/byte_stream.h"
#include "orchestrator/engine/engine.h"
#include "orchestrator/live/answers.h"
#include "orchestrator/live/node_convert.h"
#include "orchestrator/live/steady_clock.h"
#include "orchestrator/live/uuid.h"

namespace floe::live {
namespace {

constexpr char kShuttingDown[] = "run invocation: the orchestrator is shutting down";
constexpr int64_t kNodeMemoryMibMax = int64_t{1} << 30;  // A pebibyte.

absl::Status CheckAtLeast(const char* option, int64_t value, int64_t least) {
  if (value >= least) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("option ", option, " is ", value, "; the least is ", least));
}

absl::Status CheckPositive(const char* option, Duration value) {
  if (value > Duration()) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("option ", option, " is ", value.seconds(), " s; it must be positive"));
}

absl::Status CheckOptions(const OrchestratorOptions& options) {
  const SchedulerOptions& scheduler = options.scheduler;
  RETURN_IF_ERROR(CheckAtLeast("account_concurrency", scheduler.account_concurrency, 1));
  RETURN_IF_ERROR(
      CheckAtLeast("unreserved_concurrency_min", scheduler.unreserved_concurrency_min, 0));
  RETURN_IF_ERROR(CheckAtLeast("requests_per_concurrency", scheduler.requests_per_concurrency, 0));
  RETURN_IF_ERROR(CheckPositive("keep_alive", scheduler.keep_alive));
  RETURN_IF_ERROR(CheckPositive("lifetime_max", scheduler.lifetime_max));
  RETURN_IF_ERROR(CheckPositive("init_limit", scheduler.init_limit));
  RETURN_IF_ERROR(CheckPositive("start_limit", scheduler.start_limit));
  RETURN_IF_ERROR(CheckAtLeast("functions_max", options.functions_max, 1));
  RETURN_IF_ERROR(CheckAtLeast("invocations_in_flight_max", options.invocations_in_flight_max, 1));
  RETURN_IF_ERROR(CheckAtLeast("nodes_max", options.nodes_max, 1));
  RETURN_IF_ERROR(CheckAtLeast("watchers_max", options.watchers_max, 0));
  if (options.region.empty() || options.account_id.empty()) {
    return absl::InvalidArgumentError("option region or account_id is empty");
  }
  return absl::OkStatus();
}

absl::Status CheckNode(const std::string& name, int64_t memory_mib) {
  const bool characters_ok = std::all_of(name.begin(), name.end(), [](char c) {
    return absl::ascii_islower(static_cast<unsigned char>(c)) ||
           absl::ascii_isdigit(static_cast<unsigned char>(c)) || c == '-';
  });
  if (name.empty() || name.size() > 63 || !characters_ok) {
    return absl::InvalidArgumentError(absl::StrCat("node name is \"",
                                                   absl::CHexEscape(name.substr(0, 80)),
                                                   "\"; it must be 1 to 63 of "
                                                   "[a-z0-9-]"));
  }
  if (memory_mib < 1 || memory_mib > kNodeMemoryMibMax) {
    return absl::InvalidArgumentError(absl::StrCat("memory_mib of node ", name, " is ", memory_mib,
                                                   "; the range is 1 to ", kNodeMemoryMibMax));
  }
  return absl::OkStatus();
}

// A crashed run's journal is what one wants to look at after the restart.
absl::Status KeepPreviousJournal(const std::string& path) {
  if (std::rename(path.c_str(), absl::StrCat(path, ".previous").c_str()) == 0 || errno == ENOENT) {
    return absl::OkStatus();
  }
  return absl::ErrnoToStatus(errno, absl::StrCat("rename ", path, " to ", path, ".previous"));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Orchestrator>> Orchestrator::Create(
    const OrchestratorOptions& options) {
  RETURN_IF_ERROR(CheckOptions(options));
  std::unique_ptr<JournalWriter> journal;
  if (!options.journal_path.empty()) {
    RETURN_IF_ERROR(KeepPreviousJournal(options.journal_path));
    ASSIGN_OR_RETURN(std::unique_ptr<ByteSink> file, OpenFileSink(options.journal_path));
    journal = std::make_unique<JournalWriter>(std::move(file), options.scheduler);
    RETURN_IF_ERROR(journal->Flush());
  }
  return std::make_unique<LiveOrchestrator>(options, std::move(journal));
}

LiveOrchestrator::LiveOrchestrator(const OrchestratorOptions& options,
                                   std::unique_ptr<JournalWriter> journal)
    : options_(options),
      journal_(std::move(journal)),
      inbox_({.arrivals_max = static_cast<size_t>(options.invocations_in_flight_max)}),
      functions_({.scheduler = options.scheduler,
                  .functions_max = options.functions_max,
                  .region = options.region,
                  .account_id = options.account_id},
                 &inbox_),
      in_flight_(options.invocations_in_flight_max),
      watchers_(options.watchers_max),
      scheduler_(options.scheduler),
      ports_({.inbox = &inbox_,
              .in_flight = &in_flight_,
              .environments = &environments_,
              .watchers = &watchers_,
              .counters = &counters_,
              .scheduler = &scheduler_,
              .journal = journal_.get(),
              .region = options.region}) {
  engine_ = std::thread([this] {
    while (inbox_.AwaitTurn()) RunEngine(scheduler_, ports_, ports_, &ports_);
  });
}

LiveOrchestrator::~LiveOrchestrator() {
  // First no more commands, then the answers: nobody is answered for what a node might still do.
  inbox_.Close();
  engine_.join();
  for (const InFlightTable::Entry& entry : in_flight_.TakeAll()) {
    entry->done(AnswerServiceError(*entry, kShuttingDown));
  }
}

void LiveOrchestrator::VisitEngine() {
  if (inbox_.BeginVisit()) RunEngine(scheduler_, ports_, ports_, &ports_);
}

// ---- Functions.

absl::StatusOr<FunctionRecord> LiveOrchestrator::CreateFunction(const FunctionSpec& spec) {
  return functions_.Create(spec);
}

absl::StatusOr<FunctionRecord> LiveOrchestrator::UpdateFunction(const FunctionSpec& spec) {
  return functions_.Update(spec);
}

absl::Status LiveOrchestrator::DeleteFunction(const std::string& name) {
  return functions_.Remove(name);
}

absl::StatusOr<FunctionRecord> LiveOrchestrator::GetFunction(const std::string& name) const {
  const DeployedFunctionPtr function = functions_.Find(name);
  if (function != nullptr) return function->record;
  return absl::NotFoundError(
      absl::StrCat("function ", absl::CHexEscape(name.substr(0, 80)), " does not exist"));
}

std::vector<FunctionRecord> LiveOrchestrator::ListFunctions() const {
  return functions_.List();
}

absl::Status LiveOrchestrator::SetReservedConcurrency(const std::string& name,
                                                      std::optional<int32_t> concurrency) {
  return functions_.SetReservedConcurrency(name, concurrency);
}

// ---- Invocations.

void LiveOrchestrator::Invoke(InvokeRequest request, std::function<void(InvokeResult)> done) {
  auto entry = std::make_unique<PendingInvocation>();
  entry->request_id = request.request_id.empty() ? MakeUuid() : std::move(request.request_id);
  entry->request = std::move(request);
  entry->done = std::move(done);
  if (entry->request.trace_id.empty()) {
    entry->request.trace_id = MakeTraceId(absl::ToUnixSeconds(absl::Now()));
  }
  const auto payload_bytes = static_cast<int64_t>(entry->request.payload.size());
  if (payload_bytes > kPayloadBytesMax) {
    return entry->done(AnswerServiceError(
        *entry,
        absl::StrCat("payload has ", payload_bytes, " bytes; the limit is ", kPayloadBytesMax)));
  }
  const std::string name = entry->request.function_name;
  bool accepted = false;
  const bool found = functions_.With(name, [&](const DeployedFunctionPtr& function) {
    entry->function = function;
    if (entry->request.invoked_arn.empty()) entry->request.invoked_arn = function->arn;
    const InvocationId id{last_invocation_.fetch_add(1, std::memory_order_relaxed) + 1};
    entry->id = id;
    if (!in_flight_.Add(entry)) return;
    accepted = inbox_.PutArrival({.invocation = id, .function = function->record.id});
    if (!accepted) entry = in_flight_.Take(id);
  });
  if (accepted) return VisitEngine();
  if (entry == nullptr) return;
  InvokeResult result = AnswerServiceError(
      *entry, inbox_.closed()
                  ? kShuttingDown
                  : absl::StrCat("run invocation: there are ", options_.invocations_in_flight_max,
                                 " invocations in flight, which is the limit"));
  if (!found) {
    result.outcome = InvokeOutcome::kFunctionNotFound;
    result.message = absl::StrCat("Function not found: ", functions_.Arn(name), ":$LATEST");
  }
  entry->done(std::move(result));
}

void LiveOrchestrator::OnReport(NodeId node, v1::SessionRequest report) {
  if (report.has_invocation_responded()) {
    return OnResponded(node, *report.mutable_invocation_responded());
  }
  std::optional<Event> event = ToEvent(report);
  if (!event.has_value()) return;
  InboxItem item{.event = *std::move(event), .attachment = {}, .node = node};
  if (auto details = TakeFailureDetails(report)) item.attachment = std::move(details);
  inbox_.PutReport(std::move(item));
  VisitEngine();
}

void LiveOrchestrator::OnResponded(NodeId node, v1::InvocationRespondedReport& report) {
  const InFlightTable::Entry entry = in_flight_.TakeIfAssigned(
      InvocationId{report.invocation()}, EnvironmentId::FromPacked(report.environment()), node);
  if (entry == nullptr) return;  // Answered already, by its time-out for example.
  InvokeResult result = AnswerResponded(*entry, report);
  if (result.outcome == InvokeOutcome::kFunctionError) {
    counters_.function_errors.fetch_add(1, std::memory_order_relaxed);
  }
  entry->done(std::move(result));
}

// ---- What exists and happens.

int64_t LiveOrchestrator::unreserved_concurrency() const {
  return options_.scheduler.account_concurrency - functions_.reserved();
}

Metrics LiveOrchestrator::GetMetrics() const {
  Metrics metrics;
  uint64_t throttled = 0;
  // Throttles before arrivals: a number read in between makes `invocations` too large, never
  // negative.
  for (size_t i = 0; i < metrics.throttles.size(); ++i) {
    metrics.throttles[i] = counters_.throttles[i].load();
    throttled += metrics.throttles[i];
  }
  metrics.invocations = counters_.arrivals.load() - throttled;
  metrics.cold_starts = counters_.cold_starts.load();
  metrics.function_errors = counters_.function_errors.load();
  metrics.environments = environments_.counts();
  metrics.claimed_concurrency = counters_.claimed_concurrency.load();
  metrics.stale_events = counters_.stale_events.load();
  const std::lock_guard<std::mutex> lock(nodes_mutex_);
  metrics.nodes = static_cast<int>(std::count_if(nodes_.begin(), nodes_.end(),
                                                 [](const auto& node) { return node != nullptr; }));
  return metrics;
}

EnvironmentCounts LiveOrchestrator::FunctionCounts(const std::string& name) const {
  const DeployedFunctionPtr function = functions_.Find(name);
  return function == nullptr ? EnvironmentCounts{} : environments_.CountsOf(*function->life);
}

std::vector<EnvironmentView> LiveOrchestrator::ListEnvironments() const {
  return environments_.List(SteadyNow());
}

absl::StatusOr<uint64_t> LiveOrchestrator::Watch(std::function<void(const WatchEvent&)> on_event) {
  return watchers_.Add(std::move(on_event));
}

void LiveOrchestrator::Unwatch(uint64_t watch) {
  watchers_.Remove(watch);
}

std::string LiveOrchestrator::FunctionArn(const std::string& name) const {
  return functions_.Arn(name);
}

// ---- Nodes.

absl::StatusOr<NodeId> LiveOrchestrator::AddNode(const std::string& name, int64_t memory_mib,
                                                 NodeLink* link) {
  RETURN_IF_ERROR(CheckNode(name, memory_mib));
  const std::lock_guard<std::mutex> lock(nodes_mutex_);
  size_t free = nodes_.size();
  for (size_t i = nodes_.size(); i-- > 0;) {
    if (nodes_[i] == nullptr) {
      free = i;
    } else if (nodes_[i]->name() == name) {
      return absl::AlreadyExistsError(absl::StrCat("node ", name, " exists"));
    }
  }
  if (static_cast<int64_t>(free) >= options_.nodes_max) {
    return absl::ResourceExhaustedError(absl::StrCat(
        "add node ", name, ": there are ", options_.nodes_max, " nodes, which is the limit"));
  }
  const NodeId id{static_cast<uint32_t>(free)};
  auto node = std::make_shared<Node>(id, name, memory_mib, link);
  if (free == nodes_.size()) nodes_.emplace_back();
  nodes_[free] = node;
  // Under the lock, so that a number is never told to join before its last user is told lost.
  inbox_.PutOrder(
      {.event = NodeJoined{.node = id, .memory_mib = memory_mib}, .attachment = std::move(node)});
  return id;
}

void LiveOrchestrator::RemoveNode(NodeId id) {
  std::shared_ptr<Node> node;
  {
    const std::lock_guard<std::mutex> lock(nodes_mutex_);
    if (id.value >= nodes_.size() || nodes_[id.value] == nullptr) return;
    node = std::exchange(nodes_[id.value], nullptr);
    inbox_.PutOrder({.event = NodeLost{id}, .attachment = node});
  }
  node->CutOff();
}

std::vector<uint64_t> LiveOrchestrator::UnknownEnvironments(
    NodeId node, const std::vector<uint64_t>& environments) const {
  return environments_.UnknownOn(node, environments);
}

}  // namespace floe::live
