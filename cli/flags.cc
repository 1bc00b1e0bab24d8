#include "cli/flags.h"

#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cmath>
#include <cstdio>
#include <cstdlib>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"

namespace floe::cli {

absl::StatusOr<Duration> ParseDuration(absl::string_view text) {
  absl::Duration parsed;
  if (text.empty() || !absl::ParseDuration(std::string(text), &parsed)) {
    return absl::InvalidArgumentError(absl::StrCat(
        "'", text, "' is no length of time; write for example 250ms, 1.5s, 10m, 1h30m"));
  }
  if (parsed < absl::ZeroDuration()) {
    return absl::InvalidArgumentError(absl::StrCat("'", text, "' is negative"));
  }
  if (parsed >= absl::Hours(24 * 365 * 200)) return Duration::Infinite();
  return Duration::Nanoseconds(absl::ToInt64Nanoseconds(parsed));
}

std::string FormatDuration(Duration duration) {
  if (duration.is_infinite()) return "inf";
  return absl::FormatDuration(absl::Nanoseconds(duration.nanoseconds()));
}

absl::StatusOr<HostPort> ParseHostPort(absl::string_view text) {
  const size_t colon = text.rfind(':');
  HostPort result;
  if (colon == absl::string_view::npos || colon == 0 ||
      !absl::SimpleAtoi(text.substr(colon + 1), &result.port) || result.port < 0 ||
      result.port > 65'535) {
    return absl::InvalidArgumentError(
        absl::StrCat("'", text, "' is no address; write HOST:PORT, for example 127.0.0.1:9000"));
  }
  absl::string_view host = text.substr(0, colon);
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    host = host.substr(1, host.size() - 2);
  }
  result.host = std::string(host);
  return result;
}

std::string DefaultControlAddress() {
  if (const char* address = std::getenv("FLOE_CONTROL"); address != nullptr) return address;
  if (geteuid() == 0) return "unix:/run/floe/control.sock";
  const char* runtime_directory = std::getenv("XDG_RUNTIME_DIR");
  return absl::StrCat("unix:", runtime_directory != nullptr ? runtime_directory : "/tmp", "/floe-",
                      geteuid(), "/control.sock");
}

absl::Status CheckWritable(const std::string& path) {
  struct stat info = {};
  if (stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode)) {
    return absl::InvalidArgumentError(absl::StrCat("write ", path, ": it is a folder"));
  }
  const size_t slash = path.rfind('/');
  const std::string folder = slash == std::string::npos ? "." : path.substr(0, slash + 1);
  if (access(folder.c_str(), W_OK | X_OK) == 0) return absl::OkStatus();
  return absl::ErrnoToStatus(errno, absl::StrCat("write ", path));
}

int Fail(const absl::Status& status) {
  std::fprintf(stderr, "floe: %s\n", std::string(status.message()).c_str());
  return kExitFailed;
}

}  // namespace floe::cli
