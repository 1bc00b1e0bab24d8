#include "simulator/scenario_file/field_names.h"

#include <algorithm>
#include <cstddef>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "proto/floe/v1/scenario.pb.h"

namespace floe {
namespace {

using ::google::protobuf::Descriptor;
using ::google::protobuf::EnumDescriptor;

// Names with more differences than this are not taken for each other.
constexpr size_t kDifferencesMax = 3;
// From so many letters on, the beginning of a name is taken for it.
constexpr size_t kBeginningBytesMin = 3;
// Longer names are compared by this much of them.
constexpr size_t kNameBytesCompared = 64;

// How many letters must be added, removed or replaced to get from one to the other.
size_t Differences(absl::string_view a, absl::string_view b) {
  a = a.substr(0, kNameBytesCompared);
  b = b.substr(0, kNameBytesCompared);
  std::vector<size_t> row(b.size() + 1);
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

std::string Enumerate(const std::vector<std::string>& names) {
  std::string text;
  for (size_t i = 0; i < names.size(); ++i) {
    absl::StrAppend(&text, i == 0 ? "" : i + 1 == names.size() ? " and " : ", ", names[i]);
  }
  return text;
}

// An enum's type by a field that has it, in `message` or in those declared inside.
const EnumDescriptor* EnumOfField(const Descriptor& message, const std::string& field_name) {
  const auto* field = message.FindFieldByName(field_name);
  if (field != nullptr && field->enum_type() != nullptr) return field->enum_type();
  for (int i = 0; i < message.nested_type_count(); ++i) {
    const EnumDescriptor* type = EnumOfField(*message.nested_type(i), field_name);
    if (type != nullptr) return type;
  }
  return nullptr;
}

}  // namespace

std::string FieldsHint(const Descriptor& message, absl::string_view name) {
  std::vector<std::string> names;
  std::string similar;
  size_t least = kDifferencesMax + 1;
  for (int i = 0; i < message.field_count(); ++i) {
    names.push_back(message.field(i)->name());
    const bool begins = name.size() >= kBeginningBytesMin && absl::StartsWith(names.back(), name);
    const size_t differences = begins ? 1 : Differences(name, names.back());
    if (differences < least && differences < names.back().size()) {
      least = differences;
      similar = names.back();
    }
  }
  return absl::StrCat(similar.empty() ? "" : absl::StrCat("; did you mean \"", similar, "\"?"),
                      similar.empty() ? "; it has " : " It has ", Enumerate(names));
}

std::string AcceptedNames(const EnumDescriptor& type) {
  std::vector<std::string> names;
  // The first value is the unspecified one.
  for (int i = 1; i < type.value_count(); ++i) names.push_back(type.value(i)->name());
  return Enumerate(names);
}

std::string ExplainParserMessage(const std::string& message) {
  const absl::string_view text = absl::StripSuffix(message, ".");
  // The quoted words of `Message type "M" has no field named "f"` and of `Unknown enumeration value
  // of "V" for field "f"` stand in odd places.
  const std::vector<std::string> parts = absl::StrSplit(text, '"');
  if (parts.size() == 5 && parts[2] == " has no field named ") {
    const Descriptor* type =
        google::protobuf::DescriptorPool::generated_pool()->FindMessageTypeByName(parts[1]);
    if (type != nullptr) {
      return absl::StrCat(type->name(), " has no field \"", parts[3], "\"",
                          FieldsHint(*type, parts[3]));
    }
  }
  if (parts.size() == 5 && parts[0] == "Unknown enumeration value of ") {
    const EnumDescriptor* type = EnumOfField(*floe::v1::Scenario::descriptor(), parts[3]);
    if (type != nullptr) {
      return absl::StrCat(parts[3], ": ", parts[1], " is none of ", AcceptedNames(*type));
    }
  }
  // Protobuf names the word it meets; at the end of a text there is none.
  if (absl::StartsWith(text, "Expected identifier, got: ") && absl::EndsWith(text, ": ")) {
    return "the text ends too early: is a } missing?";
  }
  if (text == "Need space between number and identifier") {
    return "a number with a unit is written in quotation marks, such as \"10m\"";
  }
  return std::string(text);
}

}  // namespace floe
