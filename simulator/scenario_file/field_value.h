// Values of fields as text: what people write after "memory_mib=" and read in reports.

#ifndef FLOE_SIMULATOR_SCENARIO_FILE_FIELD_VALUE_H_
#define FLOE_SIMULATOR_SCENARIO_FILE_FIELD_VALUE_H_

#include <google/protobuf/descriptor.h>

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "simulator/scenario_file/field_path.h"

namespace floe {

// kInvalidArgument with the path, the value and what the field takes.
absl::Status SetFieldValue(const FieldPlace& place, absl::string_view text);

// What SetFieldValue would take. Empty for a value that is not there.
std::string GetFieldValue(const FieldPlace& place);

// What a field takes: "a whole number", "one of A and B", ...
std::string DescribeFieldValue(const google::protobuf::FieldDescriptor& field);

}  // namespace floe

#endif  // FLOE_SIMULATOR_SCENARIO_FILE_FIELD_VALUE_H_
