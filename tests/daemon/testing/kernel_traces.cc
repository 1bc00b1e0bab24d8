#include "tests/daemon/testing/kernel_traces.h"

#include <cctype>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <system_error>
#include <vector>

namespace floe::test {
namespace {

namespace fs = std::filesystem;

std::string ReadText(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

// Entries of `directory`, which may vanish while it is read.
std::vector<fs::path> Entries(const fs::path& directory) {
  std::vector<fs::path> entries;
  std::error_code error;
  fs::directory_iterator entry(directory, error);
  for (; !error && entry != fs::directory_iterator(); entry.increment(error)) {
    entries.push_back(entry->path());
  }
  return entries;
}

std::vector<pid_t> Processes() {
  std::vector<pid_t> processes;
  for (const fs::path& entry : Entries("/proc")) {
    const std::string name = entry.filename();
    if (std::isdigit(static_cast<unsigned char>(name[0])) != 0) {
      processes.push_back(static_cast<pid_t>(std::strtol(name.c_str(), nullptr, 10)));
    }
  }
  return processes;
}

fs::path ProcessFile(pid_t process, const std::string& name) {
  return fs::path("/proc") / std::to_string(process) / name;
}

bool IsRunning(pid_t process) {
  const std::string status = ReadText(ProcessFile(process, "stat"));
  const size_t name_end = status.rfind(") ");  // The name may contain anything.
  return name_end != std::string::npos && status[name_end + 2] != 'Z' &&
         status[name_end + 2] != 'X';
}

// The floe/ directory of every cgroup hierarchy, those that are not there included.
std::set<fs::path> FloeDirectories() {
  std::set<fs::path> directories;
  std::ifstream mounts("/proc/self/mounts");
  std::string line;
  while (std::getline(mounts, line)) {
    std::istringstream words(line);
    std::string device;
    std::string target;
    std::string type;
    words >> device >> target >> type;
    if (type == "cgroup" || type == "cgroup2") directories.insert(fs::path(target) / "floe");
  }
  return directories;
}

}  // namespace

std::set<pid_t> ContainerProcesses(const std::string& name) {
  std::set<pid_t> found;
  for (const pid_t process : Processes()) {
    const std::string cgroups = ReadText(ProcessFile(process, "cgroup"));
    if (cgroups.find("/floe/" + name + "-") != std::string::npos && IsRunning(process)) {
      found.insert(process);
    }
  }
  return found;
}

std::set<pid_t> StillRunning(const std::set<pid_t>& processes) {
  std::set<pid_t> running;
  for (const pid_t process : processes) {
    if (IsRunning(process)) running.insert(process);
  }
  return running;
}

std::set<std::string> AgentCgroups(const std::string& name) {
  std::set<std::string> found;
  for (const fs::path& floe : FloeDirectories()) {
    for (const fs::path& entry : Entries(floe)) {
      if (entry.filename().string().rfind(name + "-", 0) == 0) found.insert(entry);
    }
  }
  return found;
}

std::set<std::string> EmptyFloeCgroups() {
  std::set<std::string> found;
  std::error_code error;
  for (const fs::path& floe : FloeDirectories()) {
    if (!fs::exists(floe, error)) continue;
    bool has_agent = false;
    for (const fs::path& entry : Entries(floe)) has_agent |= fs::is_directory(entry, error);
    if (!has_agent) found.insert(floe);
  }
  return found;
}

std::multiset<std::string> HostMounts() {
  std::multiset<std::string> mounts;
  std::ifstream file("/proc/self/mountinfo");
  std::string line;
  while (std::getline(file, line)) {
    std::istringstream words(line);
    std::string word;
    for (int i = 0; i < 5; ++i) words >> word;
    mounts.insert(word);
  }
  return mounts;
}

std::set<std::string> NamedNetworkNamespaces() {
  std::set<std::string> names;
  for (const fs::path& entry : Entries("/run/netns")) names.insert(entry.filename());
  return names;
}

std::set<std::string> NetworkNamespacesOf(const std::set<pid_t>& processes) {
  std::set<std::string> found;
  for (const pid_t process : processes) {
    std::error_code error;
    const fs::path name = fs::read_symlink(ProcessFile(process, "ns/net"), error);
    if (!error) found.insert(name);
  }
  return found;
}

std::set<std::string> NetworkNamespacesInUse() {
  const std::vector<pid_t> processes = Processes();
  return NetworkNamespacesOf({processes.begin(), processes.end()});
}

}  // namespace floe::test
