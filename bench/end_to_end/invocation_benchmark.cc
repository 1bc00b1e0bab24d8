// Whole invocations on real containers: from a client's HTTP request through front door, core,
// gRPC, node agent and Runtime API to a static C function and back. Needs root.
//
// Beside them, in the same run: a bare ping-pong of the same bytes over loopback TCP, and `runc
// run` of the same root file system.

#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <memory>
#include <sstream>
#include <string>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "bench/end_to_end/latencies.h"
#include "benchmark/benchmark.h"
#include "cli/http_load.h"
#include "daemon/daemon.h"
#include "tests/testing/http_client.h"

namespace floe::bench {
namespace {

namespace fs = std::filesystem;
using Clock = Latencies::Clock;

constexpr char kEchoProgram[] = "examples/static_echo/static_echo";
constexpr int32_t kOneCpuMib = 1'769;  // Memory that comes with one CPU.
constexpr int32_t kSmallestMib = 128;
constexpr char kPayload[] = R"({"message":"does not matter"})";

// Prints and ends the process: a benchmark without its surroundings measures nothing.
void Require(const absl::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  std::exit(1);
}

// A root with busybox, a task directory with the echo program, and a running daemon.
class Surroundings {
 public:
  static Surroundings& Get() {
    static Surroundings surroundings;
    return surroundings;
  }

  ~Surroundings() {
    daemon_.reset();
    fs::remove_all(directory_);
  }

  live::Orchestrator& orchestrator() { return daemon_->orchestrator(); }
  int port() const { return daemon_->front_door_port(); }
  std::string root() const { return directory_ / "root"; }
  std::string directory() const { return directory_; }

  void Deploy(const std::string& name, int32_t memory_mib) {
    Require(orchestrator()
                .CreateFunction({.name = name,
                                 .source = live::CodeSource::kTaskDirectory,
                                 .code_path = directory_ / "task",
                                 .base_root = root(),
                                 .memory_mib = memory_mib})
                .status());
  }

  // Deletes the function and waits until its environments are gone.
  void Remove(const std::string& name) {
    Require(orchestrator().DeleteFunction(name));
    WaitUntilEmpty();
  }

  void WaitUntilEmpty() {
    while (!orchestrator().ListEnvironments().empty()) {
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

 private:
  Surroundings() {
    std::string pattern = "/tmp/floe-bench.XXXXXX";
    directory_ = mkdtemp(pattern.data());
    chmod(directory_.c_str(), 0755);
    for (const char* folder :
         {"root/bin", "root/proc", "root/dev", "root/tmp", "root/var/task", "task", "state"}) {
      fs::create_directories(directory_ / folder);
    }
    fs::copy_file("/bin/busybox", directory_ / "root/bin/true");
    fs::copy_file(kEchoProgram, directory_ / "task/bootstrap");
    DaemonOptions options;
    options.front_door = "127.0.0.1:0";
    options.http_trigger = "";
    options.node.state_directory = directory_ / "state";
    options.node.containers_ahead = 128;
    // A thousand environments fit, whatever this machine has: they hardly use any of it.
    options.node.memory_mib = 1'000'000;
    options.orchestrator.scheduler.account_concurrency = 10'000;
    options.orchestrator.scheduler.scaling_rule = ScalingRule::kUnlimited;
    absl::StatusOr<std::unique_ptr<Daemon>> daemon = Daemon::Start(options);
    Require(daemon.status());
    daemon_ = *std::move(daemon);
    Require(daemon_->WaitForNode(Duration::Seconds(10)));
  }

  fs::path directory_;
  std::unique_ptr<Daemon> daemon_;
};

std::string InvokePath(const std::string& name) {
  return absl::StrCat("/2015-03-31/functions/", name, "/invocations");
}

bool Answered(benchmark::State& state, const test::HttpAnswer& answer) {
  if (answer.status == 200 && answer.body == kPayload) return true;
  state.SkipWithError(absl::StrCat("HTTP ", answer.status, " ", answer.body).c_str());
  return false;
}

void BM_WarmInvocation(benchmark::State& state) {
  Surroundings& surroundings = Surroundings::Get();
  surroundings.Deploy("warm", kOneCpuMib);
  test::HttpClient client(surroundings.port());
  Answered(state, client.Post(InvokePath("warm"), kPayload));
  Latencies latencies;
  for (auto _ : state) {
    const Clock::time_point begin = Clock::now();
    const test::HttpAnswer answer = client.Post(InvokePath("warm"), kPayload);
    latencies.AddSince(begin, state);
    if (!Answered(state, answer)) break;
  }
  latencies.Report(state);
  surroundings.Remove("warm");
}
BENCHMARK(BM_WarmInvocation)->UseManualTime()->Unit(benchmark::kMicrosecond)->Iterations(5'000);

// The same number of bytes to and fro between two threads that block on their sockets.
void BM_LoopbackPingPong(benchmark::State& state) {
  int port = 0;
  const int listener = test::ListenOnLoopback(&port);
  const std::string answer = absl::StrCat(
      "HTTP/1.1 200 OK\r\nContent-Length: ", sizeof(kPayload) - 1, "\r\n\r\n", kPayload);
  const size_t request_bytes = test::PostText(InvokePath("warm"), kPayload).size();
  std::thread server([&] {
    const int connection = accept(listener, nullptr, nullptr);
    std::string buffer(request_bytes, '\0');
    while (recv(connection, buffer.data(), buffer.size(), MSG_WAITALL) > 0) {
      if (send(connection, answer.data(), answer.size(), MSG_NOSIGNAL) < 0) break;
    }
    close(connection);
  });
  {
    test::HttpClient client(port);
    Latencies latencies;
    for (auto _ : state) {
      const Clock::time_point begin = Clock::now();
      client.Post(InvokePath("warm"), kPayload);
      latencies.AddSince(begin, state);
    }
    latencies.Report(state);
  }
  server.join();
  close(listener);
}
BENCHMARK(BM_LoopbackPingPong)->UseManualTime()->Unit(benchmark::kMicrosecond)->Iterations(5'000);

// From the request until its answer; the function's first event comes before that.
void BM_ColdStart(benchmark::State& state) {
  Surroundings& surroundings = Surroundings::Get();
  test::HttpClient client(surroundings.port());
  Latencies latencies;
  int number = 0;
  for (auto _ : state) {
    const std::string name = absl::StrCat("cold-", ++number);
    surroundings.Deploy(name, kOneCpuMib);
    const Clock::time_point begin = Clock::now();
    const test::HttpAnswer answer = client.Post(InvokePath(name), kPayload);
    latencies.AddSince(begin, state);
    if (!Answered(state, answer)) break;
    surroundings.Remove(name);
  }
  latencies.Report(state);
}
BENCHMARK(BM_ColdStart)->UseManualTime()->Unit(benchmark::kMicrosecond)->Iterations(200);

// One `runc run` of a program that does nothing, on the same root; its process included.
void BM_RuncRun(benchmark::State& state) {
  Surroundings& surroundings = Surroundings::Get();
  const std::string bundle = surroundings.directory() + "/bundle";
  fs::create_directories(bundle);
  if (std::system(absl::StrCat("runc spec --bundle ", bundle).c_str()) != 0) {
    state.SkipWithError("runc is not installed");
    return;
  }
  std::ifstream generated(bundle + "/config.json");
  std::stringstream text;
  text << generated.rdbuf();
  std::ofstream(bundle + "/config.json") << absl::StrReplaceAll(
      text.str(), {{"\"terminal\": true", "\"terminal\": false"},
                   {"\"sh\"", "\"/bin/true\""},
                   {"\"rootfs\"", absl::StrCat("\"", surroundings.root(), "\"")}});
  Latencies latencies;
  for (auto _ : state) {
    const Clock::time_point begin = Clock::now();
    const int status = std::system(
        absl::StrCat("runc run --bundle ", bundle, " floe-bench-runc </dev/null").c_str());
    latencies.AddSince(begin, state);
    if (status != 0) {
      state.SkipWithError("runc run failed");
      break;
    }
  }
  latencies.Report(state);
}
BENCHMARK(BM_RuncRun)->UseManualTime()->Unit(benchmark::kMicrosecond)->Iterations(30);

// The time until the last of 100 simultaneous requests, each needing a container, is answered.
void BM_HundredColdStarts(benchmark::State& state) {
  Surroundings& surroundings = Surroundings::Get();
  Latencies latencies;
  int number = 0;
  for (auto _ : state) {
    const std::string name = absl::StrCat("hundred-", ++number);
    surroundings.Deploy(name, kSmallestMib);
    std::this_thread::sleep_for(std::chrono::seconds(1));  // Containers are made ahead again.
    const Clock::time_point begin = Clock::now();
    const absl::StatusOr<cli::LoadResult> result =
        cli::RunLoad({.endpoint = {.host = "127.0.0.1", .port = surroundings.port()},
                      .function_name = name,
                      .payload = kPayload,
                      .requests = 100,
                      .clients = 100});
    latencies.AddSince(begin, state);
    if (!result.ok() || result->answered != 100) {
      state.SkipWithError("not all were answered");
      break;
    }
    surroundings.Remove(name);
  }
  latencies.Report(state);
}
BENCHMARK(BM_HundredColdStarts)->UseManualTime()->Unit(benchmark::kMillisecond)->Iterations(5);

int64_t ResidentBytes() {
  std::ifstream statm("/proc/self/statm");
  int64_t pages = 0;
  statm >> pages >> pages;
  return pages * sysconf(_SC_PAGESIZE);
}

// Memory that this process, orchestrator and agent together, needs per idle environment: as many
// functions, each with one.
void BM_IdleEnvironments(benchmark::State& state) {
  Surroundings& surroundings = Surroundings::Get();
  test::HttpClient client(surroundings.port());
  const auto count = static_cast<int>(state.range(0));
  const auto name = [](int i) { return absl::StrCat("idle-", i); };
  for (auto _ : state) {
    for (int i = 0; i < count; ++i) surroundings.Deploy(name(i), kSmallestMib);
    const int64_t before = ResidentBytes();
    const Clock::time_point begin = Clock::now();
    for (int i = 0; i < count; ++i) {
      if (!Answered(state, client.Post(InvokePath(name(i)), kPayload))) return;
    }
    const std::chrono::duration<double> elapsed = Clock::now() - begin;
    state.SetIterationTime(elapsed.count());
    const live::Metrics metrics = surroundings.orchestrator().GetMetrics();
    state.counters["environments"] = metrics.environments.live();
    state.counters["bytes_per_environment"] =
        static_cast<double>(ResidentBytes() - before) / metrics.environments.live();
    for (int i = 0; i < count; ++i) {
      static_cast<void>(surroundings.orchestrator().DeleteFunction(name(i)));
    }
    surroundings.WaitUntilEmpty();
  }
}
BENCHMARK(BM_IdleEnvironments)
    ->Arg(1'000)
    ->UseManualTime()
    ->Unit(benchmark::kMillisecond)
    ->Iterations(1);

}  // namespace
}  // namespace floe::bench

BENCHMARK_MAIN();
