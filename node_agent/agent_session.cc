#include "node_agent/agent_session.h"

#include <algorithm>
#include <atomic>
#include <memory>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/status_macros.h"
#include "grpcpp/client_context.h"
#include "grpcpp/completion_queue.h"
#include "grpcpp/support/async_stream.h"
#include "node_agent/duration_convert.h"
#include "node_agent/steady_clock.h"

namespace floe::node_agent {
namespace {

// What a welcome may ask for. Outside of it the peer is no orchestrator of ours.
constexpr Duration kHeartbeatIntervalMin = Duration::Milliseconds(1);
constexpr Duration kLeaseMax = Duration::Hours(24);
// How long an agent that leaves waits for the orchestrator to take note.
constexpr Duration kLeaveLimit = Duration::Seconds(1);

Duration Half(Duration duration) {
  return Duration::Nanoseconds(duration.nanoseconds() / 2);
}

absl::Status BrokenProtocol(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("the orchestrator breaks the protocol: ", what));
}

}  // namespace

// One call of NodeService.Session. Reads one message after the other; the session sees to it that
// one write at most is under way. What gRPC has done comes on any thread.
//
// The call is used by its reads and by whoever writes; when nobody uses it any more it is finished.
// The connection keeps itself until gRPC is done with it, which is when the session hears OnClosed.
class AgentSession::Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(AgentSession* session, std::shared_ptr<session::Completions> completions)
      : session_(session), completions_(std::move(completions)) {}

  void Begin(v1::NodeService::Stub* stub, std::shared_ptr<const v1::SessionRequest> hello) {
    self_ = shared_from_this();
    hello_ = std::move(hello);
    stream_ = stub->PrepareAsyncSession(&context_, completions_->queue());
    stream_->StartCall(&start_);
    completions_->Poke();
  }

  // While reads have not ended: Hold, then Write, then Release. None of them waits for the peer.
  // What is asked of gRPC may be over, and the connection gone, before the asking returns.
  void Hold() { ++users_; }
  void Write(const v1::SessionRequest& message) {
    ++operations_;
    stream_->Write(message, &write_);  // Serializes it before it returns.
    completions_->Poke();
  }
  void Release() {
    if (--users_ > 0) return;
    const std::shared_ptr<session::Completions> completions = completions_;
    stream_->Finish(&status_, &finish_);
    completions->Poke();
  }
  void Cancel() {
    context_.TryCancel();
    completions_->Poke();
  }

 private:
  void OnStarted(bool ok) {
    if (!ok) return EndReads();
    Write(*hello_);
    Read();
  }
  void Read() {
    const std::shared_ptr<session::Completions> completions = completions_;
    stream_->Read(&incoming_, &read_);
    completions->Poke();
  }
  void OnRead(bool ok) {
    if (!ok) return EndReads();
    if (!session_->OnMessage(std::move(incoming_))) {
      Cancel();
      return EndReads();
    }
    incoming_.Clear();
    Read();
  }
  void EndReads() {
    session_->OnReadsEnded();
    Release();
  }
  void OnWritten(bool ok) {
    // After a failed write the read fails too.
    if (ok) session_->OnWritten();
    EndOperation();
  }
  void OnFinished(bool) { EndOperation(); }
  void EndOperation() {
    if (--operations_ > 0) return;
    const std::shared_ptr<Connection> last = std::move(self_);
    session_->OnClosed(status_);
  }

  AgentSession* const session_;
  const std::shared_ptr<session::Completions> completions_;
  std::shared_ptr<const v1::SessionRequest> hello_;
  session::Operation start_ = session::OperationOf<&Connection::OnStarted>(this);
  session::Operation read_ = session::OperationOf<&Connection::OnRead>(this);
  session::Operation write_ = session::OperationOf<&Connection::OnWritten>(this);
  session::Operation finish_ = session::OperationOf<&Connection::OnFinished>(this);
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientAsyncReaderWriter<v1::SessionRequest, v1::SessionResponse>> stream_;
  v1::SessionResponse incoming_;     // Of the read under way and its handler.
  grpc::Status status_;              // Of the finish.
  std::atomic<int> users_ = 1;       // The reads, and whoever holds.
  std::atomic<int> operations_ = 1;  // Writes under way, and the finish.
  std::shared_ptr<Connection> self_;
};

AgentSession::AgentSession(const AgentSessionOptions& options, AgentSessionObserver observer,
                           std::shared_ptr<grpc::Channel> channel)
    : options_(options),
      observer_(std::move(observer)),
      channel_(std::move(channel)),
      stub_(v1::NodeService::NewStub(channel_)),
      own_completions_(
          options.completions != nullptr
              ? nullptr
              : std::make_shared<session::Completions>(std::make_unique<grpc::CompletionQueue>(),
                                                       session::Completions::Origin::kNetwork)),
      completions_(own_completions_ != nullptr ? own_completions_ : options.completions),
      jitter_(static_cast<uint32_t>(options.process_incarnation)) {}

AgentSession::~AgentSession() {
  Shutdown();
  if (own_completions_ != nullptr) own_completions_->ShutDown();
}

void AgentSession::Dial() {
  thread_ = std::thread([this] { Run(); });
}

void AgentSession::Shutdown() {
  {
    std::lock_guard lock(mutex_);
    if (!is_shut_down_) leave_until_ = SteadyNow() + kLeaveLimit;
    is_shut_down_ = true;
    session_ = 0;
    stream_.reset();
  }
  changed_.notify_all();
  if (thread_.joinable()) thread_.join();
}

bool AgentSession::IsConnected() const {
  std::lock_guard lock(mutex_);
  return link_ == Link::kUp;
}

// ---- The session's thread.

void AgentSession::Run() {
  Duration delay = options_.redial_delay_min;
  while (true) {
    {
      std::lock_guard lock(mutex_);
      if (is_shut_down_) return;
    }
    Connect();
    delay = Serve() ? options_.redial_delay_min : std::min(delay * 2, options_.redial_delay_max);
    Pause(Jittered(delay));
  }
}

Duration AgentSession::Jittered(Duration delay) {
  // Between three and five quarters.
  std::uniform_int_distribution<int64_t> thousandths(750, 1'250);
  return Duration::Nanoseconds(delay.nanoseconds() / 1'000 * thousandths(jitter_));
}

void AgentSession::Connect() {
  const std::vector<uint64_t> environments = observer_.held_environments();
  auto message = std::make_shared<v1::SessionRequest>();
  v1::AgentHello& hello = *message->mutable_hello();
  hello.set_protocol_version(kProtocolVersion);
  hello.set_node_name(options_.node_name);
  hello.set_incarnation(options_.process_incarnation);
  hello.set_memory_mib(options_.memory_mib);
  hello.mutable_environments()->Add(environments.begin(), environments.end());
  hello.set_runtime(options_.runtime_name);
  Connection* connection = nullptr;
  {
    std::lock_guard lock(mutex_);
    hello.set_session(session_);
    if (stream_.has_value()) stream_->Stamp(*message);
    connection_ = std::make_shared<Connection>(this, completions_);
    connection = connection_.get();
    link_ = Link::kGreeting;
    was_welcomed_ = false;
    is_writing_ = true;
    is_heartbeat_due_ = false;
    dialled_at_ = SteadyNow();
  }
  // The pauses between attempts are the session's own; gRPC's would come on top and are much
  // longer.
  grpc::experimental::ChannelResetConnectionBackoff(channel_.get());
  connection->Begin(stub_.get(), std::move(message));
}

bool AgentSession::Serve() {
  std::unique_lock lock(mutex_);
  while (link_ != Link::kClosed) {
    GiveUpIfLost(lock);
    const Instant now = SteadyNow();
    const bool is_unwelcome =
        link_ == Link::kGreeting && now >= dialled_at_ + options_.welcome_limit;
    const bool is_silent = link_ == Link::kUp && now >= heard_at_ + Half(lease_);
    const bool has_left = is_shut_down_ && (link_ == Link::kGreeting || now >= leave_until_);
    if (has_left || is_unwelcome || is_silent) EndConnection(lock);
    const bool must_say_leaving = is_shut_down_ && !has_said_leaving_;
    const bool is_heartbeat_time = !is_shut_down_ && now >= written_at_ + heartbeat_interval_;
    if (link_ == Link::kUp && !is_writing_ && (must_say_leaving || is_heartbeat_time)) {
      is_heartbeat_due_ = true;
      WriteIfDue(std::move(lock));
      lock = std::unique_lock(mutex_);
    }
    if (link_ == Link::kClosed) break;
    awaits_write_end_ = is_writing_;
    const Instant wake = NextWake();
    if (wake == Instant::InfiniteFuture()) {
      changed_.wait(lock);
    } else if (wake > SteadyNow()) {
      changed_.wait_until(lock, ToTimePoint(wake));
    }
  }
  connection_.reset();
  link_ = Link::kDown;
  return was_welcomed_;
}

void AgentSession::Pause(Duration delay) {
  const Instant until = SteadyNow() + delay;
  std::unique_lock lock(mutex_);
  while (!is_shut_down_ && SteadyNow() < until) {
    GiveUpIfLost(lock);
    if (is_shut_down_) return;
    changed_.wait_until(lock, ToTimePoint(std::min(until, NextWake())));
  }
}

Instant AgentSession::NextWake() const {
  Instant wake = Instant::InfiniteFuture();
  if (session_ != 0) wake = std::min(wake, heard_at_ + lease_);
  if (link_ == Link::kGreeting) wake = std::min(wake, dialled_at_ + options_.welcome_limit);
  if (link_ == Link::kUp && is_shut_down_) {
    wake = std::min(wake, leave_until_);
  } else if (link_ == Link::kUp) {
    wake = std::min(wake, heard_at_ + Half(lease_));
    // While a write hangs, its end is what to wait for: a heartbeat could not be written either.
    if (!is_writing_) wake = std::min(wake, written_at_ + heartbeat_interval_);
  }
  return wake;
}

void AgentSession::GiveUpIfLost(std::unique_lock<std::mutex>& lock) {
  if (session_ == 0) return;
  const bool is_lease_over = SteadyNow() >= heard_at_ + lease_;
  if (!is_lease_over && !is_session_broken_) return;
  session_ = 0;
  stream_.reset();
  is_session_broken_ = false;
  EndConnection(lock);
  lock.unlock();
  observer_.log(is_lease_over ? "the orchestrator was out of reach for the whole lease: every "
                                "environment is stopped"
                              : "the session is broken: every environment is stopped");
  observer_.on_session_lost();
  lock.lock();
}

void AgentSession::EndConnection(std::unique_lock<std::mutex>& lock) {
  if (link_ != Link::kGreeting && link_ != Link::kUp) return;
  link_ = Link::kEnding;
  lock.unlock();
  connection_->Cancel();  // Only this thread destroys it.
  lock.lock();
}

// ---- Calls of the connection.

bool AgentSession::OnMessage(v1::SessionResponse message) {
  std::unique_lock lock(mutex_);
  if (link_ == Link::kGreeting) return TakeGreeting(std::move(lock), message);
  if (link_ == Link::kUp && is_shut_down_) return true;  // Nobody is left to carry it out.
  if (link_ != Link::kUp || !stream_.has_value()) return false;
  heard_at_ = SteadyNow();
  const absl::StatusOr<session::Receipt> receipt = Receive(message);
  if (!receipt.ok()) {
    is_session_broken_ = true;
    link_ = Link::kEnding;
    changed_.notify_all();
    lock.unlock();
    observer_.log(std::string(receipt.status().message()));
    return false;
  }
  if (stream_->acknowledgements_owed() >= options_.acknowledgements_owed_max) {
    is_heartbeat_due_ = true;
    WriteIfDue(std::move(lock));
  } else {
    lock.unlock();
  }
  if (*receipt == session::Receipt::kNew) observer_.on_command(std::move(message));
  return true;
}

bool AgentSession::TakeGreeting(std::unique_lock<std::mutex> lock,
                                const v1::SessionResponse& message) {
  absl::Status taken = CheckWelcome(message);
  if (taken.ok()) taken = BeginOrResume(message);
  if (!taken.ok()) {
    link_ = Link::kEnding;
    lock.unlock();
    observer_.log(std::string(taken.message()));
    return false;
  }
  link_ = Link::kUp;
  was_welcomed_ = true;
  last_close_.clear();
  heard_at_ = SteadyNow();
  written_at_ = heard_at_;
  changed_.notify_all();
  WriteIfDue(std::move(lock));
  const auto& unknown = message.welcome().unknown_environments();
  if (!unknown.empty()) observer_.on_unknown_environments({unknown.begin(), unknown.end()});
  return true;
}

absl::Status AgentSession::CheckWelcome(const v1::SessionResponse& message) const {
  if (!message.has_welcome()) return BrokenProtocol("its first message is no welcome");
  const v1::OrchestratorWelcome& welcome = message.welcome();
  if (welcome.protocol_version() != kProtocolVersion) {
    return absl::FailedPreconditionError(absl::StrCat("the orchestrator speaks protocol version ",
                                                      welcome.protocol_version(), ", this agent ",
                                                      kProtocolVersion));
  }
  if (welcome.session() == 0) return BrokenProtocol("welcome names no session");
  if (welcome.resumed() && welcome.session() != session_) {
    return BrokenProtocol("welcome resumes a session that was not asked for");
  }
  const Duration interval = FromProto(welcome.heartbeat_interval());
  const Duration lease = FromProto(welcome.lease());
  if (interval < kHeartbeatIntervalMin || lease <= interval || lease > kLeaseMax) {
    return BrokenProtocol(absl::StrCat("welcome asks for a heartbeat each ", interval.seconds(),
                                       " s and a lease of ", lease.seconds(), " s"));
  }
  return absl::OkStatus();
}

absl::Status AgentSession::BeginOrResume(const v1::SessionResponse& message) {
  const v1::OrchestratorWelcome& welcome = message.welcome();
  if (is_shut_down_) return absl::CancelledError("the agent is shut down");
  if (welcome.resumed()) {
    RETURN_IF_ERROR(stream_->Acknowledge(message.acknowledged()));
    stream_->Rewind();
  } else {
    // Reports of an earlier session are about environments that the orchestrator has forgotten.
    stream_.emplace(options_.reports);
    session_ = welcome.session();
  }
  heartbeat_interval_ = FromProto(welcome.heartbeat_interval());
  lease_ = FromProto(welcome.lease());
  return absl::OkStatus();
}

absl::StatusOr<session::Receipt> AgentSession::Receive(const v1::SessionResponse& message) {
  RETURN_IF_ERROR(stream_->Acknowledge(message.acknowledged()));
  const session::Receipt receipt = stream_->Receive(message.sequence());
  if (receipt == session::Receipt::kGap) {
    return BrokenProtocol(
        absl::StrCat("command ", message.sequence(), " follows command ", stream_->received()));
  }
  return receipt;
}

void AgentSession::OnReadsEnded() {
  std::lock_guard lock(mutex_);
  link_ = Link::kEnding;
}

void AgentSession::OnWritten() {
  std::unique_lock lock(mutex_);
  is_writing_ = false;
  if (awaits_write_end_) changed_.notify_all();
  WriteIfDue(std::move(lock));
}

void AgentSession::OnClosed(const grpc::Status& status) {
  std::string line;
  {
    std::lock_guard lock(mutex_);
    if (!is_shut_down_) {
      line = absl::StrCat("connection to the orchestrator ended: ",
                          status.ok() ? "closed by it" : status.error_message());
    }
    if (line == last_close_) line.clear();
    if (!line.empty()) last_close_ = line;
  }
  if (!line.empty()) observer_.log(line);
  std::lock_guard lock(mutex_);
  link_ = Link::kClosed;
  // Under the lock: the session's thread may destroy everything as soon as it is free.
  changed_.notify_all();
}

// ---- Writing.

void AgentSession::Send(v1::SessionRequest report) {
  std::unique_lock lock(mutex_);
  if (!stream_.has_value() || is_session_broken_) return;
  const absl::Status appended = stream_->Append(std::move(report));
  if (appended.ok()) {
    WriteIfDue(std::move(lock));
    return;
  }
  is_session_broken_ = true;
  changed_.notify_all();
  lock.unlock();
  observer_.log(std::string(appended.message()));
}

void AgentSession::WriteIfDue(std::unique_lock<std::mutex> lock) {
  std::shared_ptr<const v1::SessionRequest> next = TakeNextWrite();
  if (next == nullptr) return;
  const std::shared_ptr<Connection> connection = connection_;
  connection->Hold();
  lock.unlock();
  connection->Write(*next);
  connection->Release();
}

std::shared_ptr<const v1::SessionRequest> AgentSession::TakeNextWrite() {
  if (link_ != Link::kUp || is_writing_) return nullptr;
  if (is_shut_down_) {
    if (std::exchange(has_said_leaving_, true)) return nullptr;
    auto leaving = std::make_shared<v1::SessionRequest>();
    leaving->mutable_leaving();
    is_writing_ = true;
    return leaving;
  }
  if (!stream_.has_value()) return nullptr;
  std::shared_ptr<const v1::SessionRequest> next = stream_->NextToSend();
  if (next == nullptr) {
    if (!is_heartbeat_due_) return nullptr;
    auto heartbeat = std::make_shared<v1::SessionRequest>();
    heartbeat->mutable_heartbeat();
    stream_->Stamp(*heartbeat);
    next = std::move(heartbeat);
  }
  is_heartbeat_due_ = false;
  is_writing_ = true;
  written_at_ = SteadyNow();
  return next;
}

}  // namespace floe::node_agent
