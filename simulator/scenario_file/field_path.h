// Paths to the fields of a message, as people write them: "functions[0].memory_mib",
// "functions[name=api].run.exponential.mean", "functions[*].timeout".

#ifndef FLOE_SIMULATOR_SCENARIO_FILE_FIELD_PATH_H_
#define FLOE_SIMULATOR_SCENARIO_FILE_FIELD_PATH_H_

#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace floe {

inline constexpr size_t kFieldPathBytesMax = 1'000;

// One field of one message; of a repeated one, one element.
struct FieldPlace {
  google::protobuf::Message* message = nullptr;
  const google::protobuf::FieldDescriptor* field = nullptr;
  int index = -1;    // Not of repeated fields: -1.
  std::string path;  // With numbers in place of names and asterisks.
};

// What becomes of messages on the way to a field that are not there.
enum class MissingMessages {
  kMake,  // Where only one of several may be there, the others go.
  kSkip,  // There is no such place.
};

// Every place that `path` names, in the order of the message. kInvalidArgument says which part of
// the path is wrong and what there is.
absl::StatusOr<std::vector<FieldPlace>> ResolveFieldPath(google::protobuf::Message& root,
                                                         absl::string_view path,
                                                         MissingMessages missing);

// The places of all values that are set, in the order of the fields' numbers.
std::vector<FieldPlace> SetFieldPlaces(google::protobuf::Message& root);

}  // namespace floe

#endif  // FLOE_SIMULATOR_SCENARIO_FILE_FIELD_PATH_H_
