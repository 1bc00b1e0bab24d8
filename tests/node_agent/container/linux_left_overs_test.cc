// What is left when the agent is gone: nothing.

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <fstream>
#include <functional>
#include <set>
#include <sstream>
#include <string>
#include <thread>

#include "gtest/gtest.h"
#include "node_agent/linux/agent_cgroups.h"
#include "node_agent/linux/cgroup_discovery.h"
#include "tests/node_agent/container/linux_runtime_for_tests.h"
#include "tests/node_agent/testing/busybox_root.h"
#include "tests/node_agent/testing/recording_observer.h"

extern char** environ;

namespace floe::node_agent {
namespace {

constexpr char kAgentProgram[] = "tests/node_agent/container/left_over_agent";

std::string ReadText(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

bool Exists(const std::string& path) {
  struct stat status;
  return stat(path.c_str(), &status) == 0;
}

bool WaitUntil(const std::function<bool()>& condition) {
  const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (!condition()) {
    if (std::chrono::steady_clock::now() > limit) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  }
  return true;
}

// The directories of `tag` in all hierarchies.
std::set<std::string> TagDirectories(const std::string& tag) {
  const absl::StatusOr<CgroupLayout> layout = DiscoverCgroups();
  std::set<std::string> paths;
  if (!layout.ok()) return paths;
  for (const CgroupHierarchy& hierarchy : layout->hierarchies) {
    const std::string path = hierarchy.mount_point + "/floe/" + tag;
    if (Exists(path)) paths.insert(path);
  }
  return paths;
}

// Processes in the cgroups below `tag`.
std::string ProcessesOf(const std::string& tag) {
  std::string all;
  for (const std::string& path : TagDirectories(tag)) {
    DIR* directory = opendir(path.c_str());
    if (directory == nullptr) continue;
    while (const dirent* entry = readdir(directory)) {
      if (entry->d_type != DT_DIR || entry->d_name[0] == '.') continue;
      all += ReadText(path + "/" + entry->d_name + "/cgroup.procs");
    }
    closedir(directory);
  }
  return all;
}

// An agent in a process of its own.
class AgentProcess {
 public:
  AgentProcess(const std::string& root, int containers) {
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    std::string count = std::to_string(containers);
    std::string root_copy = root;
    std::string program = kAgentProgram;
    char* arguments[] = {program.data(), root_copy.data(), count.data(), nullptr};
    EXPECT_EQ(posix_spawn(&pid_, kAgentProgram, &actions, nullptr, arguments, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    FILE* output = fdopen(ends[0], "r");
    char word[256] = "";
    char tag[256] = "";
    EXPECT_EQ(fscanf(output, "%255s %255s", word, tag), 2);
    EXPECT_STREQ(word, "ready") << tag;
    fclose(output);
    tag_ = tag;
  }
  ~AgentProcess() { KillNow(); }

  void KillNow() {
    if (pid_ <= 0) return;
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
    pid_ = 0;
  }
  const std::string& tag() const { return tag_; }

 private:
  pid_t pid_ = 0;
  std::string tag_;
};

class LinuxLeftOversTest : public testing::Test {
 protected:
  void SetUp() override {
    runtime_ = MakeLinuxRuntimeForTests();
    if (runtime_ == nullptr && !HasFailure()) GTEST_SKIP() << "no containers on this machine";
  }

  const TemporaryDirectory directory_;
  const std::string root_ = MakeBusyboxRoot(directory_.path());
  std::unique_ptr<LinuxContainerRuntime> runtime_;
};

TEST_F(LinuxLeftOversTest, KilledAgentLeavesNoProcessAndNoMount) {
  const std::string mounts_before = ReadText("/proc/self/mountinfo");
  AgentProcess agent(root_, 4);
  ASSERT_FALSE(ProcessesOf(agent.tag()).empty());
  EXPECT_EQ(ReadText("/proc/self/mountinfo"), mounts_before);

  agent.KillNow();

  EXPECT_TRUE(WaitUntil([&] { return ProcessesOf(agent.tag()).empty(); }))
      << ProcessesOf(agent.tag());
  EXPECT_EQ(ReadText("/proc/self/mountinfo"), mounts_before);
  const absl::StatusOr<CgroupLayout> layout = DiscoverCgroups();
  ASSERT_TRUE(layout.ok()) << layout.status();
  EXPECT_TRUE(RemoveLeftOverCgroups(*layout).ok());
}

TEST_F(LinuxLeftOversTest, NextAgentRemovesTheCgroupsOfADeadOneOnly) {
  AgentProcess dead(root_, 2);
  AgentProcess living(root_, 2);
  dead.KillNow();
  ASSERT_FALSE(TagDirectories(dead.tag()).empty());

  auto next = MakeLinuxRuntimeForTests();

  ASSERT_NE(next, nullptr);
  EXPECT_TRUE(TagDirectories(dead.tag()).empty());
  EXPECT_FALSE(TagDirectories(living.tag()).empty());
  EXPECT_FALSE(ProcessesOf(living.tag()).empty());
  EXPECT_FALSE(TagDirectories(runtime_->cgroup_tag()).empty());
  living.KillNow();
  const absl::StatusOr<CgroupLayout> layout = DiscoverCgroups();
  ASSERT_TRUE(layout.ok()) << layout.status();
  const absl::StatusOr<int> removed = RemoveLeftOverCgroups(*layout);
  ASSERT_TRUE(removed.ok()) << removed.status();
  EXPECT_EQ(*removed, 1);
  EXPECT_TRUE(TagDirectories(living.tag()).empty());
}

TEST_F(LinuxLeftOversTest, DestroyedRuntimeLeavesNoCgroupNoProcessAndNoMount) {
  const std::string mounts_before = ReadText("/proc/self/mountinfo");
  const std::string tag = runtime_->cgroup_tag();
  RecordingObserver observer;
  for (int i = 0; i < 3; ++i) {
    auto container = runtime_->Create({.name = "gone",
                                       .root_directory = root_,
                                       .arguments = {"sleep", "1000"},
                                       .variables = {"PATH=/bin"}},
                                      &observer);
    ASSERT_TRUE(container.ok()) << container.status();
    ASSERT_TRUE((*container)->Run().ok());
    if (i == 1) {
      ASSERT_TRUE((*container)->Freeze().ok());
    }
  }
  EXPECT_EQ(ProcessesOf(tag), "");
  EXPECT_EQ(ReadText("/proc/self/mountinfo"), mounts_before);

  runtime_.reset();

  EXPECT_TRUE(TagDirectories(tag).empty());
}

}  // namespace
}  // namespace floe::node_agent
