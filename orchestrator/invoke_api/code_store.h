// Zip packages of functions, unpacked into directories that containers will see as /var/task.
//
// Guarantees:
//  - nothing is written outside the package's own directory, whatever the archive says: names with
//    "..", absolute names and names that pass through a symbolic link are refused;
//  - only directories, regular files and symbolic links are made; no device, no set-user-id bit;
//  - a package that breaks a limit, or is refused half way, leaves nothing behind.

#ifndef FLOE_ORCHESTRATOR_INVOKE_API_CODE_STORE_H_
#define FLOE_ORCHESTRATOR_INVOKE_API_CODE_STORE_H_

#include <chrono>
#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace floe::invoke_api {

struct CodeLimits {
  int64_t zip_bytes_max = 52'428'800;        // 50 MB.
  int64_t unpacked_bytes_max = 262'144'000;  // 250 MB.
  int64_t entries_max = 100'000;
};

struct UnpackedCode {
  std::string directory;  // Absolute.
  std::string sha256;     // Of the zip file, in base64.
  int64_t zip_bytes = 0;
  bool has_bootstrap = false;
};

// The SHA-256 of `bytes` in base64, as CodeSha256 shows it.
std::string Sha256Base64(absl::string_view bytes);

// Owned by one thread at a time. Removes what it unpacked when it is destroyed.
class CodeStore {
 public:
  // Unpacks below `directory`, which is created when needed. "" makes a store that refuses
  // packages.
  static absl::StatusOr<std::unique_ptr<CodeStore>> Create(const std::string& directory,
                                                           const CodeLimits& limits = {});
  CodeStore(const CodeStore&) = delete;
  CodeStore& operator=(const CodeStore&) = delete;
  ~CodeStore();

  // Unpacks into a new directory of the function. InvalidParameterValueException when `zip` is not
  // a zip file, breaks a limit or a guarantee, or holds a bootstrap that is not executable.
  // REQUIRES: `function` is safe as a file name.
  absl::StatusOr<UnpackedCode> Unpack(const std::string& function, absl::string_view zip);

  // The function no longer uses the directory. It is removed once every environment that may still
  // run from it is gone: after the longest time-out a function can have.
  void Retire(const std::string& directory);
  // Removes it at once: nothing has used it yet.
  void Remove(const std::string& directory);

 private:
  using Clock = std::chrono::steady_clock;

  CodeStore(std::string directory, const CodeLimits& limits);
  void RemoveRetired(Clock::time_point now);

  const std::string directory_;
  const CodeLimits limits_;
  std::set<std::string> unpacked_;
  std::vector<std::pair<Clock::time_point, std::string>> retired_;  // Oldest first.
};

}  // namespace floe::invoke_api

#endif  // FLOE_ORCHESTRATOR_INVOKE_API_CODE_STORE_H_
