// The functions of a trace while it is read: keys become dense numbers, in the order of their first
// appearance.

#ifndef FLOE_SIMULATOR_TRACE_FILE_FUNCTION_TABLE_H_
#define FLOE_SIMULATOR_TRACE_FILE_FUNCTION_TABLE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "simulator/arrival_trace.h"
#include "simulator/scenario.h"

namespace floe {

// Each becomes an entry of the scenario.
inline constexpr int64_t kTraceFunctionsMax = kFunctionEntriesMax;
inline constexpr size_t kTraceNameBytesMax = 64;
// So much of a hash is its name.
inline constexpr size_t kHashNameBytes = 12;

class FunctionTable {
 public:
  // The number of the function that is known by both parts; a new one has the name.
  // kResourceExhausted when there are too many.
  absl::StatusOr<uint32_t> NumberOf(absl::string_view app, absl::string_view function,
                                    absl::string_view name);
  // -1 if it is not known.
  int64_t Find(absl::string_view app, absl::string_view function) const;

  // By number.
  std::vector<TraceFunction>& functions() { return functions_; }
  // By number: the two parts, with '\n' between them.
  const std::vector<std::string>& keys() const { return keys_; }
  // The first bytes of the hash.
  static absl::string_view HashName(absl::string_view hash) {
    return hash.substr(0, kHashNameBytes);
  }

 private:
  void MakeKey(absl::string_view app, absl::string_view function) const;

  absl::flat_hash_map<std::string, uint32_t> numbers_;
  absl::flat_hash_set<std::string> names_;
  std::vector<TraceFunction> functions_;
  std::vector<std::string> keys_;
  mutable std::string key_;
};

}  // namespace floe

#endif  // FLOE_SIMULATOR_TRACE_FILE_FUNCTION_TABLE_H_
