#include "cli/command_session.h"

#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <iostream>

#include "absl/strings/string_view.h"
#include "cli/flags.h"

namespace floe::cli {
namespace {

std::atomic<bool> interrupted = false;
static_assert(std::atomic<bool>::is_always_lock_free, "signal handlers may touch nothing else");

void OnSignal(int) {
  interrupted.store(true);
}

}  // namespace

int CommandSession::Refuse(const absl::Status& status, int exit_code) const {
  err << "floe: " << absl::string_view(status.message()) << "\n";
  return exit_code;
}

int CommandSession::Finish(int exit_code) const {
  out.flush();
  if (out) return exit_code;
  return Refuse(absl::DataLossError("write the result: output error"), kExitFailed);
}

InterruptFlag::InterruptFlag() {
  interrupted = false;
  struct sigaction action = {};
  action.sa_handler = OnSignal;
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_RESTART);
  sigemptyset(&action.sa_mask);
  sigaction(SIGINT, &action, nullptr);
  sigaction(SIGTERM, &action, nullptr);
}

InterruptFlag::~InterruptFlag() {
  signal(SIGINT, SIG_DFL);
  signal(SIGTERM, SIG_DFL);
}

const std::atomic<bool>* InterruptFlag::flag() const {
  return &interrupted;
}

CommandSession StandardSession(const InterruptFlag& interrupt) {
  return {.out = std::cout,
          .err = std::cerr,
          .progress = isatty(STDERR_FILENO) == 1 ? ProgressLine::Style::kTerminal
                                                 : ProgressLine::Style::kPlain,
          .cancelled = interrupt.flag()};
}

bool LocaleIsUtf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    std::string locale = value;
    std::transform(locale.begin(), locale.end(), locale.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return locale.find("utf-8") != std::string::npos || locale.find("utf8") != std::string::npos;
  }
  return false;
}

}  // namespace floe::cli
