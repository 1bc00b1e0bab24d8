// Reads single fields of a scenario file and keeps the first refusal.

#ifndef FLOE_SIMULATOR_SCENARIO_FILE_FIELD_READER_H_
#define FLOE_SIMULATOR_SCENARIO_FILE_FIELD_READER_H_

#include <google/protobuf/descriptor.h>
#include <google/protobuf/generated_enum_reflection.h>

#include <cstddef>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "base/time.h"

namespace floe {

// Every value read after a refusal is some value of its type, and of no use. Thread-compatible.
class FieldReader {
 public:
  // OK, or kInvalidArgument with the path of the first refused field and the reason.
  const absl::Status& status() const { return status_; }

  void Refuse(const std::string& path, const std::string& reason);

  // `fallback` when the text is empty; without one the field is required.
  Duration ReadDuration(const std::string& path, const std::string& text,
                        std::optional<Duration> fallback);
  Instant ReadInstant(const std::string& path, const std::string& text, Instant fallback);

  // The value that `names` gives; `fallback` for the one that proto calls unspecified. Proto3 keeps
  // numbers that have no name: they are refused.
  template <typename Proto, typename Value, size_t kSize>
  Value ReadEnum(const std::string& path, Proto proto, Value fallback,
                 const std::pair<Proto, Value> (&names)[kSize]) {
    if (static_cast<int>(proto) == 0) return fallback;
    for (const auto& [name, value] : names) {
      if (name == proto) return value;
    }
    RefuseEnum(path, google::protobuf::GetEnumDescriptor<Proto>(), static_cast<int>(proto));
    return fallback;
  }

 private:
  void RefuseEnum(const std::string& path, const google::protobuf::EnumDescriptor* type,
                  int number);

  absl::Status status_;
};

}  // namespace floe

#endif  // FLOE_SIMULATOR_SCENARIO_FILE_FIELD_READER_H_
