// What a command that computes for a while has around it: where it writes, whether somebody
// watches, and whether it is to come to an end.

#ifndef FLOE_CLI_COMMAND_SESSION_H_
#define FLOE_CLI_COMMAND_SESSION_H_

#include <atomic>
#include <iosfwd>
#include <string>

#include "absl/status/status.h"
#include "cli/progress_line.h"

namespace floe::cli {

struct CommandSession {
  std::ostream& out;  // The result, which depends on arguments and files alone.
  std::ostream& err;  // Errors, warnings, progress and speed.
  ProgressLine::Style progress = ProgressLine::Style::kPlain;
  // Set by Ctrl-C. May be null.
  const std::atomic<bool>* cancelled = nullptr;

  // Prints the error and returns `exit_code`.
  int Refuse(const absl::Status& status, int exit_code) const;
  // Flushes `out`; kExitFailed with a message if it does not take what was written, else
  // `exit_code`.
  int Finish(int exit_code) const;
  bool is_cancelled() const { return cancelled != nullptr && cancelled->load(); }
};

// From its construction on SIGINT and SIGTERM set a flag; the second one of them ends the process
// as it does without this. One at a time.
class InterruptFlag {
 public:
  InterruptFlag();
  ~InterruptFlag();
  InterruptFlag(const InterruptFlag&) = delete;
  InterruptFlag& operator=(const InterruptFlag&) = delete;
  const std::atomic<bool>* flag() const;
};

// A session on standard output and standard error.
CommandSession StandardSession(const InterruptFlag& interrupt);

// Whether the terminal shows UTF-8, by the variables that programs go by.
bool LocaleIsUtf8();

}  // namespace floe::cli

#endif  // FLOE_CLI_COMMAND_SESSION_H_
