#include "simulator/trace_file/function_table.h"

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"

namespace floe {

void FunctionTable::MakeKey(absl::string_view app, absl::string_view function) const {
  // No cell holds the end of a line.
  key_.assign(app.data(), app.size());
  key_.push_back('\n');
  key_.append(function.data(), function.size());
}

absl::StatusOr<uint32_t> FunctionTable::NumberOf(absl::string_view app, absl::string_view function,
                                                 absl::string_view name) {
  MakeKey(app, function);
  const auto found = numbers_.find(key_);
  if (found != numbers_.end()) return found->second;
  if (static_cast<int64_t>(functions_.size()) == kTraceFunctionsMax) {
    return absl::ResourceExhaustedError(
        absl::StrCat("there are more than ", kTraceFunctionsMax, " functions"));
  }
  const auto number = static_cast<uint32_t>(functions_.size());
  numbers_.emplace(key_, number);
  keys_.push_back(key_);
  std::string unique(name);
  for (int copy = 2; !names_.insert(unique).second; ++copy) {
    unique = absl::StrCat(name, "-", copy);
  }
  functions_.push_back({.name = std::move(unique), .memory_mib = std::nullopt});
  return number;
}

int64_t FunctionTable::Find(absl::string_view app, absl::string_view function) const {
  MakeKey(app, function);
  const auto found = numbers_.find(key_);
  return found == numbers_.end() ? -1 : int64_t{found->second};
}

}  // namespace floe
