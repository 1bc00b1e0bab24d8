#include "orchestrator/invoke_api/code_store.h"

#include <openssl/evp.h>
#include <sys/stat.h>

#include <cerrno>
#include <filesystem>
#include <system_error>
#include <utility>

#include "absl/memory/memory.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/status_macros.h"
#include "orchestrator/invoke_api/api_error.h"
#include "orchestrator/invoke_api/zip_extract.h"
#include "orchestrator/live/uuid.h"

namespace floe::invoke_api {
namespace {

// The longest time-out of a function, and time for its environment to be stopped.
constexpr std::chrono::seconds kRetiredKept{900 + 60};

absl::Status MakeDirectories(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) return absl::ErrnoToStatus(error.value(), absl::StrCat("make the directory ", path));
  // Functions run as another user and must be able to pass, whatever the umask.
  if (chmod(path.c_str(), 0755) != 0) {
    const int chmod_error = errno;
    return absl::ErrnoToStatus(chmod_error, absl::StrCat("chmod ", path));
  }
  return absl::OkStatus();
}

void RemoveTree(const std::string& directory) {
  std::error_code ignored;  // What cannot be removed stays; there is nobody to tell.
  std::filesystem::remove_all(directory, ignored);
}

// Whether there is a bootstrap, which then must be executable.
absl::StatusOr<bool> CheckBootstrap(const std::string& directory) {
  struct stat status {};
  if (stat(absl::StrCat(directory, "/bootstrap").c_str(), &status) != 0) return false;
  if (!S_ISREG(status.st_mode) || (status.st_mode & 0111) == 0) {
    return ApiError(ErrorCode::kInvalidParameterValue,
                    "The file bootstrap of the zip package is not executable; run chmod +x on it "
                    "before zipping");
  }
  return true;
}

}  // namespace

std::string Sha256Base64(absl::string_view bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  CHECK(EVP_Digest(bytes.data(), bytes.size(), digest, &size, EVP_sha256(), nullptr) == 1);
  return absl::Base64Escape(absl::string_view(reinterpret_cast<const char*>(digest), size));
}

absl::StatusOr<std::unique_ptr<CodeStore>> CodeStore::Create(const std::string& directory,
                                                             const CodeLimits& limits) {
  if (directory.empty()) return absl::WrapUnique(new CodeStore("", limits));
  std::error_code error;
  const std::string absolute = std::filesystem::absolute(directory, error).string();
  if (error) return absl::ErrnoToStatus(error.value(), absl::StrCat("find ", directory));
  std::filesystem::create_directories(absolute, error);
  if (error) return absl::ErrnoToStatus(error.value(), absl::StrCat("make ", absolute));
  return absl::WrapUnique(new CodeStore(absolute, limits));
}

CodeStore::CodeStore(std::string directory, const CodeLimits& limits)
    : directory_(std::move(directory)), limits_(limits) {}

CodeStore::~CodeStore() {
  for (const std::string& directory : unpacked_) RemoveTree(directory);
}

absl::StatusOr<UnpackedCode> CodeStore::Unpack(const std::string& function, absl::string_view zip) {
  RemoveRetired(Clock::now());
  if (directory_.empty()) {
    return ApiError(
        ErrorCode::kInvalidParameterValue,
        "Zip packages need a directory to unpack them in, and this front door has none");
  }
  if (static_cast<int64_t>(zip.size()) > limits_.zip_bytes_max) {
    return ApiError(ErrorCode::kInvalidParameterValue,
                    absl::StrCat("Code.ZipFile holds ", zip.size(),
                                 " bytes; zipped size must be at most ", limits_.zip_bytes_max));
  }
  UnpackedCode code{.directory = absl::StrCat(directory_, "/", function, "/", live::MakeUuid()),
                    .sha256 = Sha256Base64(zip),
                    .zip_bytes = static_cast<int64_t>(zip.size())};
  RETURN_IF_ERROR(MakeDirectories(absl::StrCat(directory_, "/", function)));
  RETURN_IF_ERROR(MakeDirectories(code.directory));
  unpacked_.insert(code.directory);
  const absl::Status extracted =
      ExtractZip(zip, code.directory, limits_.unpacked_bytes_max, limits_.entries_max);
  if (!extracted.ok()) {
    Remove(code.directory);
    if (extracted.code() == absl::StatusCode::kInvalidArgument ||
        extracted.code() == absl::StatusCode::kResourceExhausted) {
      return ApiError(ErrorCode::kInvalidParameterValue,
                      absl::StrCat("Could not unzip Code.ZipFile: ", extracted.message()));
    }
    return extracted;
  }
  const absl::StatusOr<bool> bootstrap = CheckBootstrap(code.directory);
  if (!bootstrap.ok()) {
    Remove(code.directory);
    return bootstrap.status();
  }
  code.has_bootstrap = *bootstrap;
  return code;
}

void CodeStore::Retire(const std::string& directory) {
  if (unpacked_.contains(directory)) retired_.emplace_back(Clock::now(), directory);
}

void CodeStore::Remove(const std::string& directory) {
  if (unpacked_.erase(directory) > 0) RemoveTree(directory);
}

void CodeStore::RemoveRetired(Clock::time_point now) {
  size_t gone = 0;
  while (gone < retired_.size() && now - retired_[gone].first > kRetiredKept) {
    Remove(retired_[gone++].second);
  }
  retired_.erase(retired_.begin(), retired_.begin() + static_cast<std::ptrdiff_t>(gone));
}

}  // namespace floe::invoke_api
