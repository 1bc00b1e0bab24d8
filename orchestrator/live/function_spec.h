// A function as its owner describes it. The live side's own type: the core sees only
// FunctionConfig.

#ifndef FLOE_ORCHESTRATOR_LIVE_FUNCTION_SPEC_H_
#define FLOE_ORCHESTRATOR_LIVE_FUNCTION_SPEC_H_

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "base/time.h"
#include "orchestrator/core/ids.h"

namespace floe::live {

enum class CodeSource { kOciImage, kRootDirectory, kTaskDirectory };

struct FunctionSpec {
  std::string name;  // 1 to 64 of [A-Za-z0-9_-].
  CodeSource source = CodeSource::kOciImage;
  std::string code_path;                 // Absolute, on the node: image, root or task directory.
  std::string base_root;                 // For kTaskDirectory: the root file system below it.
  std::vector<std::string> entry_point;  // Replace the image's when not empty.
  std::vector<std::string> command;
  std::string working_directory;
  std::map<std::string, std::string> variables;  // At most 4 KiB together; no reserved names.
  int32_t memory_mib = 128;                      // 128 to 10,240.
  Duration timeout = Duration::Seconds(3);       // 1 to 900 s, whole seconds.
  int32_t tmp_mib = 512;                         // 512 to 10,240.
  bool host_network = false;
  std::string description;  // At most 256 characters.
  std::string handler;      // Becomes _HANDLER.
  std::string role;         // Kept and shown; Floe checks no permissions.
};

// INVALID_ARGUMENT with the field, the value and the range when `spec` breaks a rule above.
absl::Status ValidateFunctionSpec(const FunctionSpec& spec);

// A deployed function.
struct FunctionRecord {
  FunctionId id;
  FunctionSpec spec;
  std::optional<int32_t> concurrency_reserved;
  absl::Time modified_at;
  std::string revision_id;  // A UUID, new with every change of spec or code.
};

}  // namespace floe::live

#endif  // FLOE_ORCHESTRATOR_LIVE_FUNCTION_SPEC_H_
