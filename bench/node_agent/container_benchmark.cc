// What containers cost, with the pools filled. Beside Floe's own launcher: `runc run` of the same
// root.
//
//   bazel run --config=opt //bench/node_agent:container_benchmark

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "benchmark/benchmark.h"
#include "node_agent/container/linux_container_runtime.h"
#include "tests/node_agent/testing/busybox_root.h"

extern char** environ;

namespace floe::node_agent {
namespace {

constexpr char kProbe[] = "tests/node_agent/testing/container_probe_program";
constexpr int kParallel = 100;
constexpr int kStartThreads = 8;

class SilentObserver final : public ContainerObserver {
 public:
  void OnExit(uint64_t, ProcessExit) override {}
  void OnOutput(absl::string_view) override {}
};

// One root and one runtime for all benchmarks.
struct Bench {
  Bench() {
    CopyProgramIntoRoot(kProbe, root, "/bin/probe");
    auto made = LinuxContainerRuntime::Create({.name = "bench", .prepared_max = kParallel + 28});
    if (!made.ok()) {
      fprintf(stderr, "no containers here: %s\n", made.status().ToString().c_str());
      exit(1);
    }
    runtime = *std::move(made);
    runtime->WaitUntilPrepared();
  }

  std::unique_ptr<Container> Start(benchmark::State& state) {
    auto container = runtime->Create({.name = "bench",
                                      .root_directory = root,
                                      .arguments = {"/bin/probe", "pause"},
                                      .memory_mib = 1'769},
                                     &observer);
    if (!container.ok() || !(*container)->Run().ok()) {
      state.SkipWithError("no container");
      return nullptr;
    }
    return *std::move(container);
  }

  TemporaryDirectory directory;
  const std::string root = MakeBusyboxRoot(directory.path());
  SilentObserver observer;
  std::unique_ptr<LinuxContainerRuntime> runtime;
};

Bench& Shared() {
  static std::unique_ptr<Bench> bench = std::make_unique<Bench>();
  return *bench;
}

void CreateAndRun(benchmark::State& state) {
  Bench& bench = Shared();
  for (auto _ : state) {
    std::unique_ptr<Container> container = bench.Start(state);
    state.PauseTiming();
    container.reset();
    bench.runtime->WaitUntilPrepared();
    state.ResumeTiming();
  }
}
BENCHMARK(CreateAndRun)
    ->Iterations(200)
    ->Repetitions(5)
    ->UseRealTime()
    ->Unit(benchmark::kMicrosecond);

void FreezeAndThaw(benchmark::State& state) {
  const std::unique_ptr<Container> container = Shared().Start(state);
  for (auto _ : state) {
    if (!container->Freeze().ok() || !container->Thaw().ok()) state.SkipWithError("freeze");
  }
}
BENCHMARK(FreezeAndThaw)
    ->Iterations(500)
    ->Repetitions(5)
    ->UseRealTime()
    ->Unit(benchmark::kMicrosecond);

void KillAndRunAgain(benchmark::State& state) {
  const std::unique_ptr<Container> container = Shared().Start(state);
  for (auto _ : state) {
    if (!container->KillProcesses().ok() || !container->Run().ok()) state.SkipWithError("rerun");
  }
}
BENCHMARK(KillAndRunAgain)
    ->Iterations(200)
    ->Repetitions(5)
    ->UseRealTime()
    ->Unit(benchmark::kMicrosecond);

void HundredInParallel(benchmark::State& state) {
  Bench& bench = Shared();
  for (auto _ : state) {
    std::vector<std::unique_ptr<Container>> containers(kParallel);
    std::vector<std::thread> threads;
    for (size_t part = 0; part < kStartThreads; ++part) {
      threads.emplace_back([&, part] {
        for (size_t i = part; i < kParallel; i += kStartThreads) containers[i] = bench.Start(state);
      });
    }
    for (std::thread& thread : threads) thread.join();
    state.PauseTiming();
    containers.clear();
    bench.runtime->WaitUntilPrepared();
    state.ResumeTiming();
  }
}
BENCHMARK(HundredInParallel)
    ->Iterations(5)
    ->Repetitions(3)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

// Writes a bundle for the same root whose process ends at once.
void WriteRuncBundle(const std::string& bundle, const std::string& root) {
  std::ofstream(bundle + "/config.json")
      << R"({"ociVersion":"1.0.2","process":{"user":{"uid":200000,"gid":200000},)"
      << R"("args":["/bin/true"],"env":["PATH=/bin"],"cwd":"/","noNewPrivileges":true},)"
      << R"("root":{"path":")" << root << R"(","readonly":true},"hostname":"bench",)"
      << R"("mounts":[{"destination":"/proc","type":"proc","source":"proc"},)"
      << R"({"destination":"/tmp","type":"tmpfs","source":"tmpfs"},)"
      << R"({"destination":"/dev","type":"tmpfs","source":"tmpfs"}],)"
      << R"("linux":{"namespaces":[{"type":"pid"},{"type":"network"},{"type":"ipc"},)"
      << R"({"type":"uts"},{"type":"mount"}]}})";
}

// Start, end and removal: runc knows no "started" moment to wait for from outside.
void RuncRun(benchmark::State& state) {
  if (access("/usr/sbin/runc", X_OK) != 0) {
    state.SkipWithError("runc is not installed");
    return;
  }
  WriteRuncBundle(Shared().directory.path(), Shared().root);
  int number = 0;
  for (auto _ : state) {
    std::string id = "floe-bench-" + std::to_string(getpid()) + "-" + std::to_string(++number);
    std::string bundle = Shared().directory.path();
    std::string words[] = {"runc", "run", "--bundle", bundle, id};
    char* arguments[] = {words[0].data(), words[1].data(), words[2].data(),
                         words[3].data(), words[4].data(), nullptr};
    pid_t pid = 0;
    int status = -1;
    if (posix_spawn(&pid, "/usr/sbin/runc", nullptr, nullptr, arguments, environ) != 0 ||
        waitpid(pid, &status, 0) != pid || status != 0) {
      state.SkipWithError("runc run");
    }
  }
}
BENCHMARK(RuncRun)->Iterations(20)->UseRealTime()->Unit(benchmark::kMicrosecond);

// The same span as RuncRun for Floe: start, end and removal.
void CreateRunToEndAndDestroy(benchmark::State& state) {
  class EndObserver final : public ContainerObserver {
   public:
    void OnExit(uint64_t, ProcessExit) override { ended.store(true), ended.notify_all(); }
    void OnOutput(absl::string_view) override {}
    std::atomic<bool> ended = false;
  };
  Bench& bench = Shared();
  for (auto _ : state) {
    EndObserver observer;
    auto container = bench.runtime->Create({.name = "bench",
                                            .root_directory = bench.root,
                                            .arguments = {"/bin/true"},
                                            .memory_mib = 1'769},
                                           &observer);
    if (!container.ok() || !(*container)->Run().ok()) {
      state.SkipWithError("no container");
      return;
    }
    observer.ended.wait(false);
  }
}
BENCHMARK(CreateRunToEndAndDestroy)->Iterations(100)->UseRealTime()->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace floe::node_agent

BENCHMARK_MAIN();
