#include "node_agent/container/process_tree.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "node_agent/linux/kernel_file.h"

namespace floe::node_agent {
namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr std::chrono::milliseconds kPause(1);

struct Process {
  pid_t pid = 0;
  pid_t parent = 0;
  pid_t session = 0;
  char state = 'R';
};

// "pid (name) state parent group session ..."; the name may hold anything, also parentheses.
bool ParseStat(const std::string& text, Process& process) {
  const size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return false;
  const std::vector<absl::string_view> fields =
      absl::StrSplit(absl::string_view(text).substr(name_end + 1), ' ', absl::SkipEmpty());
  if (fields.size() < 4 || fields[0].empty()) return false;
  process.state = fields[0][0];
  return absl::SimpleAtoi(fields[1], &process.parent) &&
         absl::SimpleAtoi(fields[3], &process.session);
}

std::vector<Process> AllProcesses() {
  std::vector<Process> processes;
  DIR* proc = opendir("/proc");
  if (proc == nullptr) return processes;
  while (const dirent* entry = readdir(proc)) {
    Process process;
    if (!absl::SimpleAtoi(entry->d_name, &process.pid)) continue;
    const absl::StatusOr<std::string> stat =
        ReadKernelFile(AT_FDCWD, absl::StrCat("/proc/", process.pid, "/stat"));
    if (stat.ok() && ParseStat(*stat, process)) processes.push_back(process);
  }
  closedir(proc);
  return processes;
}

bool HasMark(pid_t pid, const std::string& mark) {
  const absl::StatusOr<std::string> environment =
      ReadKernelFile(AT_FDCWD, absl::StrCat("/proc/", pid, "/environ"));
  if (!environment.ok()) return false;
  for (absl::string_view variable : absl::StrSplit(*environment, '\0')) {
    if (variable == mark) return true;
  }
  return false;
}

SteadyClock::time_point DeadlineAfter(Duration limit) {
  return SteadyClock::now() + std::chrono::nanoseconds(limit.nanoseconds());
}

}  // namespace

std::vector<ProcessTree::Member> ProcessTree::Members() const {
  const std::vector<Process> all = AllProcesses();
  std::set<pid_t> found;
  for (const Process& process : all) {
    const bool in_session = leader_ != 0 && process.session == leader_;
    // Between clone and exec a child still has this process's own environment, which has no mark.
    if (in_session || HasMark(process.pid, mark_)) found.insert(process.pid);
  }
  // Children of members, to any depth.
  for (size_t before = 0; before != found.size();) {
    before = found.size();
    for (const Process& process : all) {
      if (found.count(process.parent) != 0) found.insert(process.pid);
    }
  }
  std::vector<Member> members;
  for (const Process& process : all) {
    const bool dead = process.state == 'Z' || process.state == 'X';
    if (!dead && found.count(process.pid) != 0 && process.pid != getpid()) {
      members.push_back({.pid = process.pid, .state = process.state});
    }
  }
  return members;
}

absl::Status ProcessTree::Kill(Duration limit) const {
  const SteadyClock::time_point deadline = DeadlineAfter(limit);
  while (true) {
    const std::vector<Member> members = Members();
    if (members.empty()) return absl::OkStatus();
    // Stopped first, so that none of them forks while the others are being killed.
    for (const Member& member : members) kill(member.pid, SIGSTOP);
    for (const Member& member : members) kill(member.pid, SIGKILL);
    if (SteadyClock::now() > deadline) {
      return absl::DeadlineExceededError(
          absl::StrCat("kill processes: ", members.size(), " are left"));
    }
    std::this_thread::sleep_for(kPause);
  }
}

absl::Status ProcessTree::Stop(Duration limit) const {
  const SteadyClock::time_point deadline = DeadlineAfter(limit);
  while (true) {
    bool all_stopped = true;
    for (const Member& member : Members()) {
      if (member.state == 'T' || member.state == 't') continue;
      all_stopped = false;
      kill(member.pid, SIGSTOP);
    }
    if (all_stopped) return absl::OkStatus();
    if (SteadyClock::now() > deadline) {
      return absl::DeadlineExceededError("stop processes: some still run");
    }
    std::this_thread::sleep_for(kPause);
  }
}

void ProcessTree::Continue() const {
  for (const Member& member : Members()) kill(member.pid, SIGCONT);
}

}  // namespace floe::node_agent
