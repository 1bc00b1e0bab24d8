// How the command line writes lengths of time and addresses, and how commands report failure.

#ifndef FLOE_CLI_FLAGS_H_
#define FLOE_CLI_FLAGS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/time.h"

namespace floe::cli {

// Exit codes of every command.
inline constexpr int kExitOk = 0;
inline constexpr int kExitFailed = 1;  // Understood, but it went wrong.
inline constexpr int kExitUsage = 2;   // Not understood.
// Ended by Ctrl-C, after what there is was written; as shells report it.
inline constexpr int kExitInterrupted = 130;

// "10m", "1h30m", "1.5s", "250ms", or "inf". INVALID_ARGUMENT says what is accepted.
absl::StatusOr<Duration> ParseDuration(absl::string_view text);
std::string FormatDuration(Duration duration);

struct HostPort {
  std::string host;  // Numeric.
  int port = 0;      // 0 to 65,535.
};
// "127.0.0.1:9000" or "[::1]:9000".
absl::StatusOr<HostPort> ParseHostPort(absl::string_view text);

// The socket of the daemon's control service: $FLOE_CONTROL, else a Unix socket in /run/floe for
// root and in $XDG_RUNTIME_DIR (or /tmp) for others.
std::string DefaultControlAddress();

// Whether a file can be created at `path`, or replaced there; the status says why not. Lets a
// command refuse before its work is done.
absl::Status CheckWritable(const std::string& path);

// Prints "floe: <message>" to stderr and returns kExitFailed.
int Fail(const absl::Status& status);

}  // namespace floe::cli

#endif  // FLOE_CLI_FLAGS_H_
