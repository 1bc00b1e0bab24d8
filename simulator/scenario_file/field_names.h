// What to tell those who misspell a field or a name of it.

#ifndef FLOE_SIMULATOR_SCENARIO_FILE_FIELD_NAMES_H_
#define FLOE_SIMULATOR_SCENARIO_FILE_FIELD_NAMES_H_

#include <google/protobuf/descriptor.h>

#include <string>

#include "absl/strings/string_view.h"

namespace floe {

// "; did you mean "b"? It has a, b and c": the fields of `message`, with the one most like `name`
// first where one is similar.
std::string FieldsHint(const google::protobuf::Descriptor& message, absl::string_view name);

// The names of `type` that may stand in a file, as "A, B and C".
std::string AcceptedNames(const google::protobuf::EnumDescriptor& type);

// Protobuf's complaint about an unknown field or name, with what is accepted added where that can
// be told. Others unchanged but for a full stop.
std::string ExplainParserMessage(const std::string& message);

}  // namespace floe

#endif  // FLOE_SIMULATOR_SCENARIO_FILE_FIELD_NAMES_H_
