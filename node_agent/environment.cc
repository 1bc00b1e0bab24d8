#include "node_agent/environment.h"

#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "node_agent/duration_convert.h"
#include "node_agent/start_command.h"
#include "node_agent/steady_clock.h"

namespace floe::node_agent {
namespace {

using runtime_api::PostedError;
using runtime_api::PostedResponse;

int64_t EpochMilliseconds() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

OutputCapture::LineSink LineSinkFor(uint64_t id, const EnvironmentPorts& ports) {
  if (ports.on_output_line == nullptr) return nullptr;
  return [id, &ports](absl::string_view line) { ports.on_output_line(id, line); };
}

}  // namespace

Environment::Environment(uint64_t id, std::string container_name, const EnvironmentPorts* ports)
    : id_(id),
      container_name_(std::move(container_name)),
      ports_(ports),
      output_(LineSinkFor(id, *ports)) {}

// ---- Commands: queued, or carried out at once.

void Environment::Enqueue(WorkerPool* pool, std::function<void(Environment&)> command) {
  const bool is_queued = commands_.Post(
      pool, [self = shared_from_this(), command = std::move(command)] { command(*self); });
  if (is_queued || is_stop_ordered_) return;
  ports_->log(absl::StrCat("stop environment ", id_, ": more than ", SerialQueue::kTasksMax,
                           " commands wait for it"));
  Stop();
}

bool Environment::IsRuntimeRunning() {
  std::lock_guard lock(mutex_);
  return phase_ == Phase::kInitializing || phase_ == Phase::kReady;
}

void Environment::Start(v1::StartEnvironmentCommand command) {
  Enqueue(ports_->start_pool, [command = std::move(command)](Environment& environment) {
    environment.DoStart(command);
  });
}

void Environment::Assign(v1::AssignInvocationCommand command) {
  newest_invocation_ = command.invocation();
  const int64_t deadline_epoch_ms =
      EpochMilliseconds() + FromProto(command.time_left()).nanoseconds() / 1'000'000;
  if (IsRuntimeRunning() && commands_.TryEnter()) {
    DoAssign(std::move(command), deadline_epoch_ms);
    commands_.Leave();
    return;
  }
  // A std::function wants to be copyable, and a payload is better not copied.
  auto shared = std::make_shared<v1::AssignInvocationCommand>(std::move(command));
  Enqueue(ports_->command_pool, [shared, deadline_epoch_ms](Environment& environment) {
    environment.DoAssign(std::move(*shared), deadline_epoch_ms);
  });
}

void Environment::Freeze(const v1::FreezeEnvironmentCommand& command) {
  if (IsRuntimeRunning() && commands_.TryEnter()) {
    DoFreeze(command.invocation());
    commands_.Leave();
    return;
  }
  Enqueue(ports_->command_pool, [invocation = command.invocation()](Environment& environment) {
    environment.DoFreeze(invocation);
  });
}

void Environment::Reset(const v1::ResetEnvironmentCommand& command) {
  Enqueue(ports_->command_pool, [incarnation = command.incarnation()](Environment& environment) {
    environment.DoReset(incarnation);
  });
}

void Environment::Stop() {
  is_stop_ordered_ = true;
  commands_.PostAlways(ports_->command_pool, [self = shared_from_this()] { self->DoStop(); });
}

void Environment::Discard() {
  {
    std::lock_guard lock(mutex_);
    is_discarded_ = true;
  }
  Stop();
}

// ---- Start.

void Environment::DoStart(const v1::StartEnvironmentCommand& command) {
  if (is_stop_ordered_) return;  // DoStop follows, and reports.
  const Instant begun_at = SteadyNow();
  std::optional<RuntimeFailure> failure = MakeContainer(command);
  if (!failure.has_value()) {
    const absl::Status launched = Launch();
    if (!launched.ok()) failure = DescribeRunFailure(launched, spec_);
  }
  if (!failure.has_value()) {
    v1::SessionRequest report;
    v1::EnvironmentStartedReport& started = *report.mutable_environment_started();
    started.set_environment(id_);
    std::lock_guard lock(mutex_);
    ToProto(launched_at_ - begun_at, started.mutable_create_duration());
    held_reports_->insert(held_reports_->begin(), std::move(report));
    FlushReports();
    return;
  }
  RemoveContainer();
  v1::SessionRequest report;
  v1::EnvironmentStartFailedReport& failed = *report.mutable_environment_start_failed();
  failed.set_environment(id_);
  failed.set_error_type(std::move(failure->error_type));
  failed.set_error_message(std::move(failure->message));
  std::lock_guard lock(mutex_);
  Report(std::move(report));
}

std::optional<RuntimeFailure> Environment::MakeContainer(
    const v1::StartEnvironmentCommand& command) {
  const absl::StatusOr<CodeLocation> location = ToCodeLocation(command.code());
  if (!location.ok()) return DescribeSandboxFailure(location.status());
  const absl::StatusOr<PreparedCode> code =
      ports_->images->Prepare(location->source, location->path, location->base_root);
  if (!code.ok()) return DescribeSandboxFailure(code.status());
  spec_ = ToContainerSpec(container_name_, command, *code);
  if (spec_.arguments.empty()) return DescribeMissingEntrypoint();
  absl::StatusOr<std::unique_ptr<Container>> container = ports_->runtime->Create(spec_, this);
  if (!container.ok()) return DescribeSandboxFailure(container.status());
  container_ = *std::move(container);
  absl::StatusOr<std::unique_ptr<runtime_api::RuntimeApiEndpoint>> endpoint =
      runtime_api::RuntimeApiEndpoint::Create(ports_->http, container_->TakeRuntimeApiListener(),
                                              this);
  if (!endpoint.ok()) return DescribeSandboxFailure(endpoint.status());
  endpoint_ = *std::move(endpoint);
  return std::nullopt;
}

absl::Status Environment::Launch() {
  {
    std::lock_guard lock(mutex_);
    phase_ = Phase::kInitializing;
    run_ = 0;
    launched_at_ = SteadyNow();
    init_duration_.reset();
    held_reports_.emplace();
  }
  const absl::StatusOr<uint64_t> run = container_->Run();
  std::lock_guard lock(mutex_);
  if (run.ok()) {
    run_ = *run;
    return absl::OkStatus();
  }
  held_reports_.reset();
  return run.status();
}

// ---- Invocations.

bool Environment::RunsEarlierIncarnation(uint32_t incarnation) {
  std::lock_guard lock(mutex_);
  const bool has_runtime =
      phase_ == Phase::kInitializing || phase_ == Phase::kReady || phase_ == Phase::kFailed;
  return has_runtime && incarnation_ < incarnation;
}

bool Environment::TakesInvocation(const v1::AssignInvocationCommand& command) const {
  switch (phase_) {
    case Phase::kStarting:
    case Phase::kGone:
    // The report that this incarnation has failed crosses the command, and fails the invocation.
    case Phase::kFailed:
      return false;
    case Phase::kInitializing:
    case Phase::kReady:
    case Phase::kReset:
      return command.incarnation() == incarnation_;
  }
  return false;
}

void Environment::DoAssign(v1::AssignInvocationCommand command, int64_t deadline_epoch_ms) {
  if (RunsEarlierIncarnation(command.incarnation())) DoReset(command.incarnation());
  bool needs_launch = false;
  {
    std::lock_guard lock(mutex_);
    if (!TakesInvocation(command)) return;
    needs_launch = phase_ == Phase::kReset;
    // From here on a failure is one of this incarnation.
    if (needs_launch) phase_ = Phase::kInitializing;
    invocation_ = Invocation{
        .id = command.invocation(), .request_id = command.request_id(), .started_at = SteadyNow()};
    std::swap(invocation_->init_duration, init_duration_);
  }
  output_.StartTail();
  const absl::Status handed_over = HandOver(command, deadline_epoch_ms, needs_launch);
  if (handed_over.ok()) return;
  FailRuntime(
      v1::ENVIRONMENT_FAILURE_EXITED,
      needs_launch ? DescribeRunFailure(handed_over, spec_) : DescribeSandboxFailure(handed_over),
      /*body=*/"");
}

absl::Status Environment::HandOver(v1::AssignInvocationCommand& command, int64_t deadline_epoch_ms,
                                   bool needs_launch) {
  if (needs_launch) {
    RETURN_IF_ERROR(Thaw());
    RETURN_IF_ERROR(Launch());
    std::lock_guard lock(mutex_);
    FlushReports();
  }
  const absl::Status offered =
      endpoint_->Offer({.request_id = std::move(*command.mutable_request_id()),
                        .deadline_epoch_ms = deadline_epoch_ms,
                        .invoked_function_arn = std::move(*command.mutable_invoked_function_arn()),
                        .trace_id = std::move(*command.mutable_trace_id()),
                        .client_context = std::move(*command.mutable_client_context()),
                        .content_type = std::move(*command.mutable_content_type()),
                        .payload = std::move(*command.mutable_payload())});
  // The runtime has posted an init error already; OnInitError is on its way, and says it better.
  if (needs_launch && absl::IsFailedPrecondition(offered)) return absl::OkStatus();
  RETURN_IF_ERROR(offered);
  // Last: the process then wakes once, and the event is there already.
  return Thaw();
}

absl::Status Environment::Thaw() {
  if (!is_frozen_) return absl::OkStatus();
  RETURN_IF_ERROR(container_->Thaw());
  is_frozen_ = false;
  return absl::OkStatus();
}

void Environment::DoFreeze(uint64_t invocation) {
  if (newest_invocation_ != invocation) return;
  {
    std::lock_guard lock(mutex_);
    if (phase_ != Phase::kReady || invocation_.has_value()) return;
  }
  // Also when it has taken too long: it may come true later, and would last.
  is_frozen_ = true;
  const absl::Status frozen = container_->Freeze();
  if (frozen.ok()) return;
  // An environment that runs on while idle costs processor time and breaks nothing.
  ports_->log(absl::StrCat("freeze environment ", id_, ": ", frozen.message()));
}

Environment::Invocation* Environment::Unanswered(const std::string& request_id) {
  if (phase_ != Phase::kReady || !invocation_.has_value()) return nullptr;
  if (invocation_->responded_at.has_value() || invocation_->request_id != request_id)
    return nullptr;
  return &*invocation_;
}

v1::InvocationMetrics Environment::Metrics(Instant now, int64_t memory_used_max_mib) const {
  v1::InvocationMetrics metrics;
  ToProto(invocation_->responded_at.value_or(now) - invocation_->started_at,
          metrics.mutable_run_duration());
  if (invocation_->init_duration.has_value()) {
    ToProto(*invocation_->init_duration, metrics.mutable_init_duration());
  }
  metrics.set_memory_used_max_mib(memory_used_max_mib);
  OutputCapture::Tail tail = output_.GetTail();
  metrics.set_log_tail(std::move(tail.bytes));
  metrics.set_log_truncated(tail.truncated);
  return metrics;
}

// ---- What the runtime does.

void Environment::OnReady() {
  const Instant now = SteadyNow();
  std::lock_guard lock(mutex_);
  if (phase_ != Phase::kInitializing) return;
  phase_ = Phase::kReady;
  const Duration init_duration = now - launched_at_;
  // Inside an invocation the init is part of that invocation's time.
  if (!invocation_.has_value()) init_duration_ = init_duration;
  v1::SessionRequest report;
  v1::EnvironmentReadyReport& ready = *report.mutable_environment_ready();
  ready.set_environment(id_);
  ready.set_incarnation(incarnation_);
  ToProto(init_duration, ready.mutable_init_duration());
  Report(std::move(report));
}

void Environment::OnInitError(PostedError error) {
  FailRuntime(v1::ENVIRONMENT_FAILURE_INIT_ERROR,
              {.error_type = std::move(error.error_type), .message = ""}, std::move(error.body));
}

void Environment::OnResponse(const std::string& request_id, PostedResponse response) {
  const Instant now = SteadyNow();
  const int64_t memory_used_max_mib = container_->MemoryUsedMaxMib();
  v1::SessionRequest report;
  v1::InvocationRespondedReport& responded = *report.mutable_invocation_responded();
  responded.set_environment(id_);
  v1::InvocationResult& result = *responded.mutable_result();
  result.set_payload(std::move(response.payload));
  result.set_content_type(std::move(response.content_type));
  result.set_streamed(response.streamed);
  result.set_stream_error_type(std::move(response.stream_error_type));
  result.set_stream_error_body(std::move(response.stream_error_body));
  std::lock_guard lock(mutex_);
  Invocation* invocation = Unanswered(request_id);
  if (invocation == nullptr) return;
  invocation->responded_at = now;
  responded.set_invocation(invocation->id);
  *responded.mutable_metrics() = Metrics(now, memory_used_max_mib);
  Report(std::move(report));
}

void Environment::OnError(const std::string& request_id, PostedError error) {
  const Instant now = SteadyNow();
  const int64_t memory_used_max_mib = container_->MemoryUsedMaxMib();
  v1::SessionRequest report;
  v1::InvocationRespondedReport& responded = *report.mutable_invocation_responded();
  responded.set_environment(id_);
  responded.mutable_error()->set_error_type(std::move(error.error_type));
  responded.mutable_error()->set_body(std::move(error.body));
  std::lock_guard lock(mutex_);
  Invocation* invocation = Unanswered(request_id);
  if (invocation == nullptr) return;
  invocation->responded_at = now;
  responded.set_invocation(invocation->id);
  *responded.mutable_metrics() = Metrics(now, memory_used_max_mib);
  Report(std::move(report));
}

void Environment::OnFinished(const std::string& request_id) {
  const Instant now = SteadyNow();
  std::lock_guard lock(mutex_);
  if (phase_ != Phase::kReady || !invocation_.has_value()) return;
  if (!invocation_->responded_at.has_value() || invocation_->request_id != request_id) return;
  v1::SessionRequest report;
  v1::InvocationFinishedReport& finished = *report.mutable_invocation_finished();
  finished.set_environment(id_);
  finished.set_invocation(invocation_->id);
  ToProto(now - *invocation_->responded_at, finished.mutable_post_response_duration());
  invocation_.reset();
  Report(std::move(report));
}

void Environment::OnOutput(absl::string_view bytes) {
  output_.Write(bytes);
}

void Environment::OnExit(uint64_t run, ProcessExit exit) {
  // In its turn: `run` may be the one that Launch has yet to learn the number of, and the container
  // must not be asked anything from inside its own call.
  commands_.PostAlways(ports_->command_pool,
                       [self = shared_from_this(), run, exit] { self->DoExit(run, exit); });
}

void Environment::DoExit(uint64_t run, const ProcessExit& exit) {
  {
    std::lock_guard lock(mutex_);
    if (run != run_) return;
  }
  FailRuntime(exit.kind == ProcessExit::Kind::kOutOfMemory ? v1::ENVIRONMENT_FAILURE_OUT_OF_MEMORY
                                                           : v1::ENVIRONMENT_FAILURE_EXITED,
              DescribeExit(exit), /*body=*/"");
}

void Environment::FailRuntime(v1::EnvironmentFailure failure, RuntimeFailure description,
                              std::string body) {
  const Instant now = SteadyNow();
  const int64_t memory_used_max_mib = container_ == nullptr ? 0 : container_->MemoryUsedMaxMib();
  v1::SessionRequest report;
  v1::EnvironmentFailedReport& failed = *report.mutable_environment_failed();
  failed.set_environment(id_);
  failed.set_failure(failure);
  failed.set_error_type(std::move(description.error_type));
  failed.set_error_message(std::move(description.message));
  failed.set_error_body(std::move(body));
  std::lock_guard lock(mutex_);
  // Once per incarnation: what cannot initialise usually exits too.
  if (phase_ != Phase::kInitializing && phase_ != Phase::kReady) return;
  phase_ = Phase::kFailed;
  failed.set_incarnation(incarnation_);
  if (invocation_.has_value()) {
    failed.set_invocation(invocation_->id);
    *failed.mutable_metrics() = Metrics(now, memory_used_max_mib);
    invocation_.reset();
  }
  Report(std::move(report));
}

// ---- Reset and stop.

absl::Status Environment::KillRuntime() {
  RETURN_IF_ERROR(container_->KillProcesses());
  endpoint_->Restart();
  return Thaw();
}

void Environment::DoReset(uint32_t incarnation) {
  {
    std::lock_guard lock(mutex_);
    if (phase_ == Phase::kGone || phase_ == Phase::kStarting) return;
    if (incarnation <= incarnation_) return;
    // First, so that the runtime's last words are not taken for the next incarnation's.
    phase_ = Phase::kReset;
    incarnation_ = incarnation;
    run_ = 0;
    init_duration_.reset();
    invocation_.reset();
  }
  const absl::Status killed = KillRuntime();
  if (killed.ok()) return;
  // Nobody can tell what still runs in there: it is of no use any more.
  ports_->log(absl::StrCat("reset environment ", id_, ": ", killed.message(), "; it is stopped"));
  DoStop();
}

void Environment::DoStop() {
  RemoveContainer();
  v1::SessionRequest report;
  report.mutable_environment_stopped()->set_environment(id_);
  std::lock_guard lock(mutex_);
  Report(std::move(report));
}

void Environment::RemoveContainer() {
  {
    std::lock_guard lock(mutex_);
    if (phase_ == Phase::kGone) return;
    phase_ = Phase::kGone;
    held_reports_.reset();
    invocation_.reset();
  }
  // The endpoint first: its calls use the container.
  endpoint_.reset();
  container_.reset();
  output_.Finish();
  ports_->gone(this);
}

void Environment::Report(v1::SessionRequest report) {
  if (is_discarded_) return;
  if (held_reports_.has_value()) {
    held_reports_->push_back(std::move(report));
  } else {
    ports_->report(std::move(report));
  }
}

void Environment::FlushReports() {
  std::vector<v1::SessionRequest> held = std::move(*held_reports_);
  held_reports_.reset();
  for (v1::SessionRequest& report : held) Report(std::move(report));
}

}  // namespace floe::node_agent
