#include "node_agent/runtime_exit.h"

#include <array>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace floe::node_agent {
namespace {

// Lambda's supervisor is a Go program: signals bear the names that Go's syscall package prints.
std::string SignalName(int signal) {
  static constexpr std::array<const char*, 16> kNames = {"",
                                                         "hangup",
                                                         "interrupt",
                                                         "quit",
                                                         "illegal instruction",
                                                         "trace/breakpoint trap",
                                                         "aborted",
                                                         "bus error",
                                                         "floating point exception",
                                                         "killed",
                                                         "user defined signal 1",
                                                         "segmentation fault",
                                                         "user defined signal 2",
                                                         "broken pipe",
                                                         "alarm clock",
                                                         "terminated"};
  if (signal >= 1 && signal < static_cast<int>(kNames.size())) {
    return kNames[static_cast<size_t>(signal)];
  }
  return absl::StrCat("signal ", signal);
}

}  // namespace

RuntimeFailure DescribeExit(const ProcessExit& exit) {
  constexpr absl::string_view kWithError = "Runtime exited with error: ";
  switch (exit.kind) {
    case ProcessExit::Kind::kExited:
      if (exit.code == 0) {
        return {"Runtime.ExitError", "Runtime exited without providing a reason"};
      }
      return {"Runtime.ExitError", absl::StrCat(kWithError, "exit status ", exit.code)};
    case ProcessExit::Kind::kSignaled:
      return {"Runtime.ExitError", absl::StrCat(kWithError, "signal: ", SignalName(exit.code))};
    case ProcessExit::Kind::kOutOfMemory:
      return {"Runtime.OutOfMemory", absl::StrCat(kWithError, "signal: killed")};
  }
  return {"Runtime.Unknown", "Runtime exited"};
}

}  // namespace floe::node_agent
