// The guarantees of the linux runtime, each seen from inside a real container.

#include <signal.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <memory>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/node_agent/container/container_contract.h"
#include "tests/node_agent/container/linux_runtime_for_tests.h"
#include "tests/node_agent/testing/busybox_root.h"
#include "tests/node_agent/testing/recording_observer.h"

namespace floe::node_agent {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kProbe[] = "tests/node_agent/testing/container_probe_program";

std::string ReadText(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

class LinuxContainerRuntimeTest : public testing::Test {
 protected:
  // What a finished run was.
  struct Finished {
    ProcessExit exit;
    std::string output;
  };

  void SetUp() override {
    runtime_ = MakeLinuxRuntimeForTests();
    if (runtime_ == nullptr && !HasFailure()) GTEST_SKIP() << "no containers on this machine";
    CopyProgramIntoRoot(kProbe, root_, "/bin/probe");
  }

  ContainerSpec Spec(std::vector<std::string> arguments) const {
    return {.name = UniqueContainerName(),
            .root_directory = root_,
            .arguments = std::move(arguments),
            .variables = {"PATH=/bin"},
            .memory_mib = 256,
            .tmp_mib = 16};
  }

  Finished RunToEnd(const ContainerSpec& spec) {
    RecordingObserver observer;
    auto container = runtime_->Create(spec, &observer);
    EXPECT_TRUE(container.ok()) << container.status();
    if (!container.ok()) return {};
    const absl::StatusOr<uint64_t> run = (*container)->Run();
    EXPECT_TRUE(run.ok()) << run.status();
    if (!run.ok()) return {};
    const std::optional<ProcessExit> exit = observer.WaitForExit(*run);
    EXPECT_TRUE(exit.has_value()) << observer.output();
    return {.exit = exit.value_or(ProcessExit{}), .output = observer.output()};
  }
  std::string OutputOf(const std::string& script) {
    return RunToEnd(Spec({"sh", "-c", script})).output;
  }

  const TemporaryDirectory directory_;
  const std::string root_ = MakeBusyboxRoot(directory_.path());
  std::unique_ptr<LinuxContainerRuntime> runtime_;
};

TEST_F(LinuxContainerRuntimeTest, CodeRunsAsAUserOfItsOwnWithoutPrivileges) {
  const std::string output = OutputOf(
      "grep -E '^(Uid|Gid|Groups|Cap|NoNewPrivs|Seccomp:)' /proc/self/status | tr '\\t' ' '");
  EXPECT_THAT(output, HasSubstr("Uid: 200000 200000 200000 200000"));
  EXPECT_THAT(output, HasSubstr("Gid: 200000 200000 200000 200000"));
  EXPECT_THAT(output, HasSubstr("Groups:  \n"));
  for (const char* set : {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"}) {
    EXPECT_THAT(output, HasSubstr(absl::StrCat(set, ": 0000000000000000")));
  }
  EXPECT_THAT(output, HasSubstr("NoNewPrivs: 1"));
  EXPECT_THAT(output, HasSubstr("Seccomp: 2"));
}

TEST_F(LinuxContainerRuntimeTest, TwoContainersHaveDifferentUsers) {
  RecordingObserver observer;
  const auto first = runtime_->Create(Spec({"sh", "-c", "id -u"}), &observer);
  ASSERT_TRUE(first.ok()) << first.status();
  ASSERT_TRUE((*first)->Run().ok());
  ASSERT_TRUE(observer.WaitForExit(1).has_value());
  EXPECT_EQ(observer.output(), "200000\n");
  EXPECT_EQ(OutputOf("id -u"), "200001\n");
}

TEST_F(LinuxContainerRuntimeTest, RefusesTheSystemCallsOfTheFilter) {
  const std::string output = absl::StrCat("\n", RunToEnd(Spec({"probe", "calls"})).output);
  for (const char* call :
       {"mount", "umount", "chroot", "unshare-user", "unshare-net", "clone-user", "setns", "ptrace",
        "bpf", "keyctl", "perf_event_open", "userfaultfd", "io_uring_setup", "open_by_handle_at",
        "personality", "sethostname", "mknod-device"}) {
    EXPECT_THAT(output, HasSubstr(absl::StrCat("\n", call, " EPERM\n")));
  }
  EXPECT_THAT(output, HasSubstr("clone3 ENOSYS\n"));
  EXPECT_THAT(output, HasSubstr("mkfifo done\n"));
  EXPECT_THAT(output, HasSubstr("fork done\n"));
}

TEST_F(LinuxContainerRuntimeTest, OnlyTmpCanBeWrittenAndHasItsSize) {
  EXPECT_THAT(OutputOf("touch /x /bin/x /var/task/x /dev/x 2>&1; true"),
              Not(HasSubstr("Permission denied")));
  EXPECT_EQ(
      OutputOf("for d in / /bin /var/task /dev /opt; do touch $d/x 2>/dev/null && echo $d; done"),
      "");
  EXPECT_EQ(OutputOf("stat -c %a /tmp; df -k /tmp | tail -n 1 | awk '{print $2}'"),
            "1777\n16384\n");
}

TEST_F(LinuxContainerRuntimeTest, RootAndTmpAllowNoSetUserIdAndNoDevices) {
  const std::string mounts = OutputOf("cat /proc/mounts");
  EXPECT_THAT(mounts, HasSubstr(" / "));
  std::istringstream lines(mounts);
  int count = 0;
  for (std::string line; std::getline(lines, line); ++count) {
    EXPECT_THAT(line, HasSubstr("nosuid"));
    // /dev alone holds devices, and is read-only.
    EXPECT_THAT(line, testing::AnyOf(HasSubstr("nodev"), HasSubstr(" /dev tmpfs ro")));
  }
  // The root, /dev, /tmp and /proc; no mount of the host.
  EXPECT_EQ(count, 4) << mounts;
}

TEST_F(LinuxContainerRuntimeTest, FullTmpIsAnErrorOfTheWriterAndNoKill) {
  ContainerSpec spec = Spec({"sh", "-c",
                             "dd if=/dev/zero of=/tmp/a bs=1M count=600 2>&1; ls -l /tmp/a | awk "
                             "'{print $5}'; exit 4"});
  spec.memory_mib = 128;
  spec.tmp_mib = 512;
  const Finished finished = RunToEnd(spec);
  EXPECT_EQ(finished.exit.kind, ProcessExit::Kind::kExited);
  EXPECT_EQ(finished.exit.code, 4);
  EXPECT_THAT(finished.output, HasSubstr("No space left on device"));
  EXPECT_THAT(finished.output, HasSubstr("\n536870912\n"));
}

TEST_F(LinuxContainerRuntimeTest, MemoryOverTheLimitIsReportedAsSuch) {
  ContainerSpec spec = Spec({"probe", "memory", "128"});
  spec.memory_mib = 64;
  const Finished finished = RunToEnd(spec);
  EXPECT_EQ(finished.exit.kind, ProcessExit::Kind::kOutOfMemory) << finished.output;
  EXPECT_EQ(finished.exit.code, SIGKILL);
}

TEST_F(LinuxContainerRuntimeTest, MemoryUnderTheLimitIsFineAndMeasured) {
  RecordingObserver observer;
  ContainerSpec spec = Spec({"probe", "memory", "48"});
  spec.memory_mib = 64;
  const auto container = runtime_->Create(spec, &observer);
  ASSERT_TRUE(container.ok()) << container.status();
  ASSERT_TRUE((*container)->Run().ok());
  const std::optional<ProcessExit> exit = observer.WaitForExit(1);
  ASSERT_TRUE(exit.has_value());
  EXPECT_EQ(exit->kind, ProcessExit::Kind::kExited);
  EXPECT_EQ(exit->code, 0);
  EXPECT_GE((*container)->MemoryUsedMaxMib(), 48);
  EXPECT_LE((*container)->MemoryUsedMaxMib(), 64);
}

TEST_F(LinuxContainerRuntimeTest, KilledChildOfALivingEntrypointIsNoEndForWantOfMemory) {
  ContainerSpec spec = Spec({"probe", "memory-in-child", "128"});
  spec.memory_mib = 32;
  RecordingObserver observer;
  const auto container = runtime_->Create(spec, &observer);
  ASSERT_TRUE(container.ok()) << container.status();
  ASSERT_TRUE((*container)->Run().ok());
  // The child stays a zombie of the probe, which therefore goes on; nothing is reported of it.
  std::this_thread::sleep_for(std::chrono::milliseconds(300));
  EXPECT_TRUE(observer.exits().empty());
}

TEST_F(LinuxContainerRuntimeTest, NoMoreProcessesThanAllowed) {
  EXPECT_THAT(RunToEnd(Spec({"probe", "fork-max"})).output,
              HasSubstr("1024 processes, then EAGAIN"));
  ContainerSpec few = Spec({"probe", "fork-max"});
  few.processes_max = 7;
  EXPECT_THAT(RunToEnd(few).output, HasSubstr("7 processes, then EAGAIN"));
}

TEST_F(LinuxContainerRuntimeTest, ForkBombHarmsNobodyAndCanBeKilled) {
  RecordingObserver observer;
  const auto bomb = runtime_->Create(Spec({"probe", "fork-for-ever"}), &observer);
  ASSERT_TRUE(bomb.ok()) << bomb.status();
  ASSERT_TRUE((*bomb)->Run().ok());
  EXPECT_EQ(OutputOf("echo fine"), "fine\n");
  EXPECT_TRUE((*bomb)->KillProcesses().ok());
  EXPECT_TRUE(observer.exits().empty());
}

TEST_F(LinuxContainerRuntimeTest, EntrypointIsProcessOneInItsOwnSession) {
  EXPECT_EQ(OutputOf("echo $$; cut -d' ' -f4-6 /proc/1/stat"), "1\n0 1 1\n");
}

TEST_F(LinuxContainerRuntimeTest, HostNameIsTheContainersName) {
  ContainerSpec spec = Spec({"hostname"});
  spec.name = "my-function-7";
  EXPECT_EQ(RunToEnd(spec).output, "my-function-7\n");
}

TEST_F(LinuxContainerRuntimeTest, NamespacesAreNotTheHosts) {
  RecordingObserver observer;
  for (const char* kind : {"ipc", "mnt", "net", "pid", "uts"}) {
    std::string inside = OutputOf(absl::StrCat("stat -c %N /proc/self/ns/", kind));
    char host[128] = {};
    ASSERT_GT(readlink(absl::StrCat("/proc/self/ns/", kind).c_str(), host, sizeof(host) - 1), 0);
    EXPECT_THAT(inside, HasSubstr(absl::StrCat(kind, ":[")));
    EXPECT_THAT(inside, Not(HasSubstr(host)));
  }
}

TEST_F(LinuxContainerRuntimeTest, OnlyLoopbackAndItIsUp) {
  EXPECT_EQ(OutputOf("ip -o link | wc -l; ip -o link | cut -d' ' -f2; ip route | wc -l"),
            "1\nlo:\n0\n");
  EXPECT_THAT(OutputOf("ip -o link"), HasSubstr("LOOPBACK,UP"));
}

TEST_F(LinuxContainerRuntimeTest, RuntimeApiListenerIsReachableFromInside) {
  RecordingObserver observer;
  const auto container =
      runtime_->Create(Spec({"sh", "-c", "echo hello | nc 127.0.0.1 9001"}), &observer);
  ASSERT_TRUE(container.ok()) << container.status();
  const int listener = (*container)->TakeRuntimeApiListener();
  ASSERT_TRUE((*container)->Run().ok());
  const int connection = accept(listener, nullptr, nullptr);
  ASSERT_GE(connection, 0);
  char text[16] = {};
  EXPECT_EQ(read(connection, text, sizeof(text)), 6);
  EXPECT_STREQ(text, "hello\n");
  close(connection);
  close(listener);
}

TEST_F(LinuxContainerRuntimeTest, HostNetworkIsTheHostsWithAListenerOfItsOwn) {
  ContainerSpec spec = Spec({"stat", "-c", "%N", "/proc/self/ns/net"});
  spec.network = ContainerNetwork::kHost;
  char host[128] = {};
  ASSERT_GT(readlink("/proc/self/ns/net", host, sizeof(host) - 1), 0);
  EXPECT_THAT(RunToEnd(spec).output, HasSubstr(host));
}

TEST_F(LinuxContainerRuntimeTest, DevicesAreTheFewHarmlessOnes) {
  EXPECT_EQ(OutputOf("ls /dev | tr '\\n' ' '"),
            "fd full null random stderr stdin stdout tty urandom zero ");
  EXPECT_EQ(OutputOf("echo x > /dev/null && head -c 4 /dev/urandom | wc -c; echo y > /dev/stdout"),
            "4\ny\n");
}

TEST_F(LinuxContainerRuntimeTest, LimitsOfOneProcessAreLambdas) {
  EXPECT_EQ(OutputOf("ulimit -n; ulimit -c; ulimit -s; ulimit -u; umask"),
            "1024\n0\n8192\n1024\n0022\n");
  ContainerSpec spec = Spec({"sh", "-c", "ulimit -n"});
  spec.open_files_max = 64;
  EXPECT_EQ(RunToEnd(spec).output, "64\n");
}

TEST_F(LinuxContainerRuntimeTest, MountsAreReadOnlyAndShowTheHostDirectory) {
  const TemporaryDirectory code;
  std::ofstream(code.path() + "/handler") << "code";
  ASSERT_EQ(chmod(code.path().c_str(), 0755), 0);
  ContainerSpec spec = Spec({"sh", "-c", "cat handler; touch x 2>&1; pwd"});
  spec.mounts = {{.host_directory = code.path(), .target = "/var/task"}};
  spec.working_directory = "/var/task";
  EXPECT_EQ(RunToEnd(spec).output, "codetouch: x: Read-only file system\n/var/task\n");
}

TEST_F(LinuxContainerRuntimeTest, MountPointsAreCheckedAtOnce) {
  RecordingObserver observer;
  ContainerSpec spec = Spec({"true"});
  spec.mounts = {{.host_directory = "/", .target = "/missing"}};
  EXPECT_EQ(runtime_->Create(spec, &observer).status().code(),
            absl::StatusCode::kFailedPrecondition);
  spec.mounts = {{.host_directory = "/missing", .target = "/opt"}};
  EXPECT_EQ(runtime_->Create(spec, &observer).status().code(), absl::StatusCode::kNotFound);
  spec.mounts = {};
  spec.root_directory = "/missing";
  EXPECT_EQ(runtime_->Create(spec, &observer).status().code(), absl::StatusCode::kNotFound);
  spec.root_directory = root_ + "/bin";
  EXPECT_EQ(runtime_->Create(spec, &observer).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_F(LinuxContainerRuntimeTest, LinkInPlaceOfAMountPointIsRefused) {
  RecordingObserver observer;
  ASSERT_EQ(rmdir((root_ + "/tmp").c_str()), 0);
  ASSERT_EQ(symlink("/var", (root_ + "/tmp").c_str()), 0);
  EXPECT_EQ(runtime_->Create(Spec({"true"}), &observer).status().code(),
            absl::StatusCode::kFailedPrecondition);
}

TEST_F(LinuxContainerRuntimeTest, FaultIsASignal) {
  const Finished finished = RunToEnd(Spec({"probe", "fault"}));
  EXPECT_EQ(finished.exit.kind, ProcessExit::Kind::kSignaled);
  EXPECT_EQ(finished.exit.code, SIGSEGV);
}

TEST_F(LinuxContainerRuntimeTest, TmpIsFreshForAnotherContainer) {
  EXPECT_EQ(OutputOf("touch /tmp/secret; ls /tmp"), "secret\n");
  EXPECT_EQ(OutputOf("ls /tmp"), "");
}

TEST_F(LinuxContainerRuntimeTest, SecondRunFindsTheSameMountsAsTheFirst) {
  RecordingObserver observer;
  const auto container =
      runtime_->Create(Spec({"sh", "-c", "wc -l < /proc/mounts; echo $$"}), &observer);
  ASSERT_TRUE(container.ok()) << container.status();
  for (uint64_t run = 1; run <= 3; ++run) {
    ASSERT_TRUE((*container)->Run().ok());
    ASSERT_TRUE(observer.WaitForExit(run).has_value());
  }
  EXPECT_EQ(observer.output(), "4\n1\n4\n1\n4\n1\n");
}

TEST_F(LinuxContainerRuntimeTest, HundredContainersAtTheSameTime) {
  RecordingObserver observer;
  std::vector<std::unique_ptr<Container>> containers(100);
  std::vector<std::thread> threads;
  for (size_t part = 0; part < 8; ++part) {
    threads.emplace_back([&, part] {
      for (size_t i = part; i < containers.size(); i += 8) {
        auto container = runtime_->Create(Spec({"probe", "pause"}), &observer);
        ASSERT_TRUE(container.ok()) << container.status();
        ASSERT_TRUE((*container)->Run().ok());
        containers[i] = *std::move(container);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_TRUE(observer.exits().empty());
}

TEST_F(LinuxContainerRuntimeTest, AgentsOwnMountsAndLimitsStayAsTheyAre) {
  const std::string mounts = ReadText("/proc/self/mountinfo");
  const std::string status = ReadText("/proc/self/limits");
  EXPECT_EQ(OutputOf("echo ok"), "ok\n");
  EXPECT_EQ(ReadText("/proc/self/mountinfo"), mounts);
  EXPECT_EQ(ReadText("/proc/self/limits"), status);
  EXPECT_EQ(geteuid(), 0u);
}

TEST(LinuxContainerRuntimeOptionsTest, OptionOutOfRangeIsInvalid) {
  EXPECT_EQ(LinuxContainerRuntime::Create({.name = "Not/A/Name"}).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(LinuxContainerRuntime::Create({.launch_threads = 0}).status().code(),
            absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(LinuxContainerRuntime::Create({.first_user = 0}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace floe::node_agent
