#include "tests/node_agent/scripted_runtime.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "absl/strings/str_cat.h"

namespace floe::node_agent {
namespace {

constexpr std::chrono::seconds kPatience(20);

sockaddr_in Loopback(int port) {
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  address.sin_port = htons(static_cast<uint16_t>(port));
  return address;
}

int Listen(int* port) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address = Loopback(0);
  socklen_t length = sizeof(address);
  EXPECT_EQ(bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  EXPECT_EQ(listen(fd, 16), 0);
  EXPECT_EQ(getsockname(fd, reinterpret_cast<sockaddr*>(&address), &length), 0);
  *port = ntohs(address.sin_port);
  return fd;
}

}  // namespace

class ScriptedRuntime::ContainerImpl : public Container {
 public:
  ContainerImpl(ScriptedRuntime* runtime, std::shared_ptr<ScriptedContainer> script, int listener)
      : runtime_(runtime), script_(std::move(script)), listener_(listener) {}
  ~ContainerImpl() override {
    if (listener_ >= 0) close(listener_);
    std::lock_guard observer_lock(script_->observer_mutex);
    std::lock_guard lock(runtime_->mutex_);
    Note("destroy");
    script_->is_destroyed = true;
    script_->is_running = false;
  }

  absl::StatusOr<uint64_t> Run() override {
    std::unique_lock lock(runtime_->mutex_);
    Note("run");
    if (!runtime_->run_.ok()) return runtime_->run_;
    EXPECT_FALSE(script_->is_running);
    script_->is_running = true;
    const uint64_t run = ++script_->runs;
    ++runtime_->held_runs_;
    runtime_->changed_.notify_all();
    runtime_->changed_.wait(lock, [this] { return !runtime_->holds_runs_; });
    --runtime_->held_runs_;
    return run;
  }
  absl::Status KillProcesses() override {
    std::lock_guard lock(runtime_->mutex_);
    Note("kill");
    script_->is_running = false;
    return runtime_->kill_;
  }
  absl::Status Freeze() override {
    std::lock_guard lock(runtime_->mutex_);
    Note("freeze");
    script_->is_frozen = runtime_->freeze_.ok();
    return runtime_->freeze_;
  }
  absl::Status Thaw() override {
    std::lock_guard lock(runtime_->mutex_);
    Note("thaw");
    script_->is_frozen = script_->is_frozen && !runtime_->thaw_.ok();
    return runtime_->thaw_;
  }
  int TakeRuntimeApiListener() override { return std::exchange(listener_, -1); }
  std::string runtime_api_address() const override {
    return absl::StrCat("127.0.0.1:", script_->port);
  }
  int64_t MemoryUsedMaxMib() const override { return 42; }

 private:
  void Note(const std::string& call) {
    EXPECT_FALSE(script_->is_destroyed) << call;
    script_->calls.push_back(call);
    runtime_->changed_.notify_all();
  }

  ScriptedRuntime* const runtime_;
  const std::shared_ptr<ScriptedContainer> script_;
  int listener_ = -1;
};

absl::StatusOr<std::unique_ptr<Container>> ScriptedRuntime::Create(const ContainerSpec& spec,
                                                                   ContainerObserver* observer) {
  std::lock_guard lock(mutex_);
  if (!create_.ok()) return create_;
  auto script = std::make_shared<ScriptedContainer>();
  script->spec = spec;
  script->observer = observer;
  const int listener = Listen(&script->port);
  for (const auto& other : containers_) {
    EXPECT_TRUE(other->is_destroyed || other->spec.name != spec.name) << spec.name;
  }
  containers_.push_back(script);
  changed_.notify_all();
  return std::make_unique<ContainerImpl>(this, std::move(script), listener);
}

void ScriptedRuntime::FailCreate(absl::Status status) {
  std::lock_guard lock(mutex_);
  create_ = std::move(status);
}
void ScriptedRuntime::FailRun(absl::Status status) {
  std::lock_guard lock(mutex_);
  run_ = std::move(status);
}
void ScriptedRuntime::FailThaw(absl::Status status) {
  std::lock_guard lock(mutex_);
  thaw_ = std::move(status);
}
void ScriptedRuntime::FailFreeze(absl::Status status) {
  std::lock_guard lock(mutex_);
  freeze_ = std::move(status);
}
void ScriptedRuntime::FailKill(absl::Status status) {
  std::lock_guard lock(mutex_);
  kill_ = std::move(status);
}

void ScriptedRuntime::HoldRuns() {
  std::lock_guard lock(mutex_);
  holds_runs_ = true;
}

void ScriptedRuntime::ReleaseRuns() {
  std::lock_guard lock(mutex_);
  holds_runs_ = false;
  changed_.notify_all();
}

void ScriptedRuntime::WaitForHeldRun() {
  std::unique_lock lock(mutex_);
  EXPECT_TRUE(changed_.wait_until(lock, std::chrono::steady_clock::now() + kPatience,
                                  [this] { return held_runs_ > 0; }));
}

std::shared_ptr<ScriptedContainer> ScriptedRuntime::WaitForContainer(size_t index) {
  std::unique_lock lock(mutex_);
  const bool is_there = changed_.wait_until(lock, std::chrono::steady_clock::now() + kPatience,
                                            [&] { return containers_.size() > index; });
  if (!is_there) {
    ADD_FAILURE() << "no container number " << index;
    return std::make_shared<ScriptedContainer>();
  }
  return containers_[index];
}

void ScriptedRuntime::Exit(ScriptedContainer& container, ProcessExit exit) {
  uint64_t run = 0;
  {
    std::lock_guard lock(mutex_);
    container.is_running = false;
    run = container.runs;
  }
  container.observer->OnExit(run, exit);
}

void ScriptedRuntime::Write(ScriptedContainer& container, const std::string& bytes) {
  container.observer->OnOutput(bytes);
}

void ScriptedRuntime::ExitIfLive(ScriptedContainer& container, ProcessExit exit) {
  std::lock_guard observer_lock(container.observer_mutex);
  {
    std::lock_guard lock(mutex_);
    if (container.is_destroyed || !container.is_running) return;
  }
  Exit(container, exit);
}

void ScriptedRuntime::WriteIfLive(ScriptedContainer& container, const std::string& bytes) {
  std::lock_guard observer_lock(container.observer_mutex);
  if (!IsDestroyed(container)) Write(container, bytes);
}

bool ScriptedRuntime::IsDestroyed(const ScriptedContainer& container) const {
  std::lock_guard lock(mutex_);
  return container.is_destroyed;
}

std::vector<std::string> ScriptedRuntime::Calls(const ScriptedContainer& container) {
  std::lock_guard lock(mutex_);
  return container.calls;
}

bool ScriptedRuntime::Holds(const ScriptedContainer& container, const std::string& call) const {
  return std::find(container.calls.begin(), container.calls.end(), call) != container.calls.end();
}

void ScriptedRuntime::WaitForRuns(const ScriptedContainer& container, uint64_t runs) {
  std::unique_lock lock(mutex_);
  EXPECT_TRUE(changed_.wait_until(lock, std::chrono::steady_clock::now() + kPatience, [&] {
    return container.runs >= runs;
  })) << container.runs;
}

void ScriptedRuntime::WaitForCall(const ScriptedContainer& container, const std::string& call) {
  std::unique_lock lock(mutex_);
  EXPECT_TRUE(changed_.wait_until(lock, std::chrono::steady_clock::now() + kPatience, [&] {
    return Holds(container, call);
  })) << call;
}

int64_t ScriptedRuntime::live() const {
  std::lock_guard lock(mutex_);
  return std::count_if(containers_.begin(), containers_.end(),
                       [](const auto& container) { return !container->is_destroyed; });
}

absl::StatusOr<PreparedCode> ScriptedImages::Prepare(CodeSource, const std::string& path,
                                                     const std::string&) {
  if (path == "/missing") return absl::NotFoundError("open image /missing: no such file");
  PreparedCode code;
  code.root_directory = "/";
  if (path != "/empty") code.entry_point = {"/entry"};
  return code;
}

std::string RuntimeApiClient::Response::Header(const std::string& name) const {
  const auto is_equal = [](char a, char b) { return std::tolower(a) == std::tolower(b); };
  const std::string start = "\r\n" + name + ": ";
  const auto found = std::search(head.begin(), head.end(), start.begin(), start.end(), is_equal);
  if (found == head.end()) return "";
  const size_t from = static_cast<size_t>(found - head.begin()) + start.size();
  return head.substr(from, head.find("\r\n", from) - from);
}

RuntimeApiClient::Response RuntimeApiClient::Request(const std::string& method,
                                                     const std::string& path,
                                                     const std::string& headers,
                                                     const std::string& body) const {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = Loopback(port_);
  std::string answer;
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) {
    const std::string request = absl::StrCat(
        method, " /2018-06-01/runtime", path, " HTTP/1.1\r\nHost: localhost\r\n",
        "Connection: close\r\nContent-Length: ", body.size(), "\r\n", headers, "\r\n", body);
    if (send(fd, request.data(), request.size(), MSG_NOSIGNAL) ==
        static_cast<ssize_t>(request.size())) {
      char buffer[4'096];
      ssize_t size = 0;
      while ((size = recv(fd, buffer, sizeof(buffer), 0)) > 0) answer.append(buffer, size);
    }
  }
  close(fd);
  const size_t end = answer.find("\r\n\r\n");
  if (end == std::string::npos) return {};
  Response response;
  response.head = answer.substr(0, end + 2);
  response.body = answer.substr(end + 4);
  response.status = std::stoi(answer.substr(answer.find(' ') + 1, 3));
  return response;
}

RuntimeApiClient::Response RuntimeApiClient::Next() const {
  return Request("GET", "/invocation/next", "", "");
}

int RuntimeApiClient::Respond(const std::string& request_id, const std::string& body) const {
  return Request("POST", "/invocation/" + request_id + "/response", "", body).status;
}

int RuntimeApiClient::Fail(const std::string& request_id, const std::string& type,
                           const std::string& body) const {
  return Request("POST", "/invocation/" + request_id + "/error",
                 "Lambda-Runtime-Function-Error-Type: " + type + "\r\n", body)
      .status;
}

int RuntimeApiClient::FailInit(const std::string& type, const std::string& body) const {
  return Request("POST", "/init/error", "Lambda-Runtime-Function-Error-Type: " + type + "\r\n",
                 body)
      .status;
}

}  // namespace floe::node_agent
