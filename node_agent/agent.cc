#include "node_agent/agent.h"

#include <sys/sysinfo.h>

#include <condition_variable>
#include <mutex>
#include <random>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "net/http_server.h"
#include "node_agent/agent_session.h"
#include "node_agent/environment.h"
#include "node_agent/worker_pool.h"
#include "proto/session/completions.h"
#include "proto/session/reliable_stream.h"

namespace floe::node_agent {
namespace {

constexpr int kThreadsMax = 256;
constexpr size_t kNodeNameLengthMax = 63;

absl::Status OutOfRange(absl::string_view option, int64_t value, absl::string_view range) {
  return absl::InvalidArgumentError(
      absl::StrCat("option ", option, " of the agent: ", value, " is not ", range));
}

absl::Status Validate(const AgentOptions& options) {
  const std::string& name = options.node_name;
  if (name.empty() || name.size() > kNodeNameLengthMax ||
      name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") != std::string::npos) {
    return absl::InvalidArgumentError(
        absl::StrCat("option node_name of the agent: \"", name, "\" is not 1 to 63 of [a-z0-9-]"));
  }
  if (options.memory_mib < 0) return OutOfRange("memory_mib", options.memory_mib, "0 or more");
  if (options.environments_max < 1) {
    return OutOfRange("environments_max", options.environments_max, "1 or more");
  }
  if (options.start_threads < 1 || options.start_threads > kThreadsMax) {
    return OutOfRange("start_threads", options.start_threads, "1 to 256");
  }
  if (options.http_threads < 1 || options.http_threads > kThreadsMax) {
    return OutOfRange("http_threads", options.http_threads, "1 to 256");
  }
  if (options.redial_delay_min <= Duration() ||
      options.redial_delay_max < options.redial_delay_min || options.welcome_limit <= Duration()) {
    return absl::InvalidArgumentError(
        "redial_delay_min, redial_delay_max or welcome_limit of the "
        "agent is not positive, or the first exceeds the second");
  }
  return absl::OkStatus();
}

int64_t MachineMemoryMib() {
  struct sysinfo info = {};
  sysinfo(&info);
  return static_cast<int64_t>(info.totalram) * info.mem_unit / (1 << 20);
}

uint64_t RandomNumber() {
  std::random_device device;
  return (uint64_t{device()} << 32) | device();
}

class AgentImpl final : public Agent {
 public:
  AgentImpl(const AgentOptions& options, ContainerRuntime* runtime, ImageStore* images,
            std::unique_ptr<net::HttpServer> http);
  ~AgentImpl() override;

  void Dial(std::shared_ptr<grpc::Channel> channel);

  bool IsConnected() const override { return session_->IsConnected(); }
  int64_t EnvironmentCount() const override;

 private:
  void OnCommand(v1::SessionResponse command);
  void StartEnvironment(v1::StartEnvironmentCommand command);
  void ReportStopped(uint64_t environment);
  // Null when there is none; the orchestrator is then told so.
  std::shared_ptr<Environment> FindOrReport(uint64_t environment);
  std::vector<uint64_t> HeldEnvironments() const;
  void Discard(const std::vector<uint64_t>& environments);
  void DiscardAll();
  void OnGone(Environment* environment);

  const AgentOptions options_;
  const uint64_t process_incarnation_ = RandomNumber();
  const std::unique_ptr<net::HttpServer> http_;
  EnvironmentPorts ports_;

  mutable std::mutex mutex_;  // Guards what follows.
  std::condition_variable emptied_;
  absl::flat_hash_map<uint64_t, std::shared_ptr<Environment>> environments_;
  // Being stopped without the orchestrator, which may use their ids again.
  absl::flat_hash_set<std::shared_ptr<Environment>> discarded_;
  uint64_t containers_named_ = 0;

  std::unique_ptr<AgentSession> session_;
  // Last, so that their tasks, which use everything above, are over first. What start tasks leave
  // to do goes to the command pool, never the other way round.
  std::unique_ptr<WorkerPool> command_pool_;
  std::unique_ptr<WorkerPool> start_pool_;
};

AgentImpl::AgentImpl(const AgentOptions& options, ContainerRuntime* runtime, ImageStore* images,
                     std::unique_ptr<net::HttpServer> http)
    : options_(options),
      http_(std::move(http)),
      command_pool_(std::make_unique<WorkerPool>(options.start_threads)),
      start_pool_(std::make_unique<WorkerPool>(options.start_threads)) {
  ports_.runtime = runtime;
  ports_.images = images;
  ports_.http = http_.get();
  ports_.start_pool = start_pool_.get();
  ports_.command_pool = command_pool_.get();
  ports_.report = [this](v1::SessionRequest report) { session_->Send(std::move(report)); };
  ports_.gone = [this](Environment* environment) { OnGone(environment); };
  ports_.on_output_line = options_.on_output_line;
  ports_.log = [this](absl::string_view line) {
    if (options_.log != nullptr) options_.log(line);
  };
}

void AgentImpl::Dial(std::shared_ptr<grpc::Channel> channel) {
  AgentSessionOptions options;
  options.node_name = options_.node_name;
  options.runtime_name = std::string(ports_.runtime->name());
  options.memory_mib = options_.memory_mib > 0 ? options_.memory_mib : MachineMemoryMib();
  options.process_incarnation = process_incarnation_;
  options.redial_delay_min = options_.redial_delay_min;
  options.redial_delay_max = options_.redial_delay_max;
  options.welcome_limit = options_.welcome_limit;
  options.completions = options_.completions;
  AgentSessionObserver observer;
  observer.held_environments = [this] { return HeldEnvironments(); };
  observer.on_command = [this](v1::SessionResponse command) { OnCommand(std::move(command)); };
  observer.on_unknown_environments = [this](const std::vector<uint64_t>& environments) {
    Discard(environments);
  };
  observer.on_session_lost = [this] { DiscardAll(); };
  observer.log = ports_.log;
  session_ = std::make_unique<AgentSession>(options, std::move(observer), std::move(channel));
  session_->Dial();
}

AgentImpl::~AgentImpl() {
  session_->Shutdown();
  DiscardAll();
  {
    std::unique_lock lock(mutex_);
    emptied_.wait(lock, [this] { return environments_.empty() && discarded_.empty(); });
  }
  start_pool_.reset();
  command_pool_.reset();
}

int64_t AgentImpl::EnvironmentCount() const {
  std::lock_guard lock(mutex_);
  return static_cast<int64_t>(environments_.size() + discarded_.size());
}

// ---- Commands.

void AgentImpl::OnCommand(v1::SessionResponse command) {
  switch (command.message_case()) {
    case v1::SessionResponse::kStartEnvironment:
      StartEnvironment(std::move(*command.mutable_start_environment()));
      return;
    case v1::SessionResponse::kAssignInvocation: {
      v1::AssignInvocationCommand& assign = *command.mutable_assign_invocation();
      const auto environment = FindOrReport(assign.environment());
      if (environment != nullptr) environment->Assign(std::move(assign));
      return;
    }
    case v1::SessionResponse::kFreezeEnvironment: {
      const v1::FreezeEnvironmentCommand& freeze = command.freeze_environment();
      const auto environment = FindOrReport(freeze.environment());
      if (environment != nullptr) environment->Freeze(freeze);
      return;
    }
    case v1::SessionResponse::kResetEnvironment: {
      const v1::ResetEnvironmentCommand& reset = command.reset_environment();
      const auto environment = FindOrReport(reset.environment());
      if (environment != nullptr) environment->Reset(reset);
      return;
    }
    case v1::SessionResponse::kStopEnvironment: {
      const auto environment = FindOrReport(command.stop_environment().environment());
      if (environment != nullptr) environment->Stop();
      return;
    }
    case v1::SessionResponse::kWelcome:
    case v1::SessionResponse::kHeartbeat:
    case v1::SessionResponse::MESSAGE_NOT_SET:
      return;
  }
}

void AgentImpl::StartEnvironment(v1::StartEnvironmentCommand command) {
  const uint64_t id = command.environment();
  std::shared_ptr<Environment> environment;
  {
    std::lock_guard lock(mutex_);
    const auto count = static_cast<int64_t>(environments_.size() + discarded_.size());
    if (environments_.contains(id)) return;
    if (count < options_.environments_max) {
      environment = std::make_shared<Environment>(
          id, absl::StrCat("e", absl::Hex(id), "-", ++containers_named_), &ports_);
      environments_.emplace(id, environment);
    }
  }
  if (environment != nullptr) {
    environment->Start(std::move(command));
    return;
  }
  v1::SessionRequest report;
  v1::EnvironmentStartFailedReport& failed = *report.mutable_environment_start_failed();
  failed.set_environment(id);
  failed.set_error_type("Sandbox.Failure");
  failed.set_error_message(absl::StrCat("start environment on node ", options_.node_name,
                                        ": it holds ", options_.environments_max,
                                        " environments, which is its limit"));
  ports_.report(std::move(report));
}

std::shared_ptr<Environment> AgentImpl::FindOrReport(uint64_t environment) {
  {
    std::lock_guard lock(mutex_);
    const auto found = environments_.find(environment);
    if (found != environments_.end()) return found->second;
  }
  v1::SessionRequest report;
  report.mutable_environment_stopped()->set_environment(environment);
  ports_.report(std::move(report));
  return nullptr;
}

// ---- Environments that nobody knows any more.

std::vector<uint64_t> AgentImpl::HeldEnvironments() const {
  std::lock_guard lock(mutex_);
  std::vector<uint64_t> ids;
  ids.reserve(environments_.size());
  for (const auto& [id, environment] : environments_) ids.push_back(id);
  return ids;
}

void AgentImpl::Discard(const std::vector<uint64_t>& environments) {
  std::vector<std::shared_ptr<Environment>> discarded;
  {
    std::lock_guard lock(mutex_);
    for (const uint64_t id : environments) {
      const auto found = environments_.find(id);
      if (found == environments_.end()) continue;
      discarded_.insert(found->second);
      discarded.push_back(std::move(found->second));
      environments_.erase(found);
    }
  }
  for (const std::shared_ptr<Environment>& environment : discarded) environment->Discard();
}

void AgentImpl::DiscardAll() {
  Discard(HeldEnvironments());
}

void AgentImpl::OnGone(Environment* environment) {
  std::shared_ptr<Environment> last;  // Let go of without the lock.
  std::lock_guard lock(mutex_);
  const auto found = environments_.find(environment->id());
  if (found != environments_.end() && found->second.get() == environment) {
    last = std::move(found->second);
    environments_.erase(found);
  } else {
    last = environment->shared_from_this();
    discarded_.erase(last);
  }
  // Under the lock: whoever waits may destroy this object as soon as it is free.
  if (environments_.empty() && discarded_.empty()) emptied_.notify_all();
}

}  // namespace

absl::StatusOr<std::unique_ptr<Agent>> Agent::Create(const AgentOptions& options,
                                                     std::shared_ptr<grpc::Channel> channel,
                                                     ContainerRuntime* runtime,
                                                     ImageStore* images) {
  RETURN_IF_ERROR(Validate(options));
  ASSIGN_OR_RETURN(
      std::unique_ptr<net::HttpServer> http,
      net::HttpServer::Create({.threads = options.http_threads,
                               .run_handler = [](const std::function<void()>& handler) {
                                 const session::Completions::Shift shift;
                                 handler();
                               }}));
  auto agent = std::make_unique<AgentImpl>(options, runtime, images, std::move(http));
  agent->Dial(std::move(channel));
  return std::unique_ptr<Agent>(std::move(agent));
}

grpc::ChannelArguments AgentChannelArguments() {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(session::kMessageBytesMax);
  arguments.SetMaxSendMessageSize(session::kMessageBytesMax);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, 20'000);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, 10'000);
  // Connections of several agents of one process are not to share one.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  return arguments;
}

}  // namespace floe::node_agent
