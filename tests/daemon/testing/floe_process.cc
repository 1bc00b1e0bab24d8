#include "tests/daemon/testing/floe_process.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <thread>

namespace floe::test {
namespace {

constexpr char kFloe[] = "cli/floe";
constexpr std::chrono::milliseconds kLookInterval(5);

}  // namespace

bool WaitUntil(const std::function<bool()>& condition) {
  const auto end = std::chrono::steady_clock::now() + kPatience;
  while (!condition()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(kLookInterval);
  }
  return true;
}

FloeProcess::FloeProcess(const std::vector<std::string>& arguments)
    : output_(memfd_create("floe-output", MFD_CLOEXEC)) {
  std::vector<std::string> words = {kFloe};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);
  const pid_t parent = getpid();
  pid_ = fork();
  if (pid_ == 0) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(126);
    dup2(open("/dev/null", O_RDONLY | O_CLOEXEC), 0);
    dup2(output_, 1);
    dup2(output_, 2);
    execv(kFloe, pointers.data());
    perror(kFloe);
    _exit(127);
  }
  if (pid_ < 0 || output_ < 0) {
    perror("start floe");
    abort();
  }
}

FloeProcess::~FloeProcess() {
  Kill(SIGKILL);
  WaitForEnd();
  close(output_);
}

std::string FloeProcess::Output() const {
  std::string text;
  char buffer[4096];
  ssize_t got = 0;
  while ((got = pread(output_, buffer, sizeof(buffer), static_cast<off_t>(text.size()))) > 0) {
    text.append(buffer, static_cast<size_t>(got));
  }
  return text;
}

bool FloeProcess::WaitForOutput(const std::string& text) {
  const auto is_written = [&] { return Output().find(text) != std::string::npos; };
  WaitUntil([&] { return is_written() || HasEnded(); });
  return is_written();
}

std::string FloeProcess::OutputAfter(const std::string& label) const {
  const std::string text = Output();
  const size_t found = text.find(label);
  if (found == std::string::npos) return "";
  const size_t begin = found + label.size();
  return text.substr(begin, text.find('\n', begin) - begin);
}

void FloeProcess::Kill(int signal) {
  if (!HasEnded()) kill(pid_, signal);
}

int FloeProcess::WaitForEnd() {
  if (!WaitUntil([&] { return HasEnded(); })) {
    kill(pid_, SIGKILL);
    WaitUntil([&] { return HasEnded(); });
  }
  return exit_code_;
}

bool FloeProcess::HasEnded() {
  int status = 0;
  if (has_ended_ || waitpid(pid_, &status, WNOHANG) != pid_) return has_ended_;
  has_ended_ = true;
  exit_code_ = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  return true;
}

FloeResult RunFloe(const std::vector<std::string>& arguments) {
  FloeProcess process(arguments);
  const int exit_code = process.WaitForEnd();
  return {.exit_code = exit_code, .output = process.Output()};
}

}  // namespace floe::test
