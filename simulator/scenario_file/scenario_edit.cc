#include "simulator/scenario_file/scenario_edit.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/text_format.h>

#include <algorithm>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "proto/floe/v1/scenario.pb.h"
#include "simulator/scenario_file/field_path.h"
#include "simulator/scenario_file/field_value.h"
#include "simulator/scenario_file/file_content.h"
#include "simulator/scenario_file/scenario_convert.h"

namespace floe {
namespace {

using ScenarioProto = ::floe::v1::Scenario;
using ::google::protobuf::Descriptor;
using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::Reflection;

// `above` are the types that the message stands in: fields of their own type are not followed.
void CollectFields(const Descriptor& message, const std::string& prefix,
                   std::vector<const Descriptor*>& above, std::vector<ScenarioField>& fields) {
  above.push_back(&message);
  for (int i = 0; i < message.field_count(); ++i) {
    const FieldDescriptor& field = *message.field(i);
    const std::string path = absl::StrCat(prefix, prefix.empty() ? "" : ".", field.name(),
                                          field.is_repeated() ? "[]" : "");
    const Descriptor* type = field.message_type();
    if (type == nullptr || type->field_count() == 0 || absl::c_linear_search(above, type)) {
      fields.push_back({.path = path, .text = DescribeFieldValue(field)});
    } else {
      CollectFields(*type, path, above, fields);
    }
  }
  above.pop_back();
}

// Whether the field of one path is the field of the other, or in it.
bool IsInside(absl::string_view path, absl::string_view of) {
  if (!absl::StartsWith(path, of)) return false;
  return path.size() == of.size() || path[of.size()] == '.' || path[of.size()] == '[';
}

void ClearPlace(const FieldPlace& place) {
  const Reflection& reflection = *place.message->GetReflection();
  if (place.index < 0) {
    reflection.ClearField(place.message, place.field);
    return;
  }
  const int last = reflection.FieldSize(*place.message, place.field) - 1;
  for (int i = place.index; i < last; ++i) {
    reflection.SwapElements(place.message, place.field, i, i + 1);
  }
  reflection.RemoveLast(place.message, place.field);
}

}  // namespace

ScenarioEdit::ScenarioEdit(std::string file_name, ParsedScenario parsed)
    : file_name_(std::move(file_name)),
      proto_(std::move(parsed.proto)),
      places_(std::move(parsed.places)) {}

absl::StatusOr<ScenarioEdit> ScenarioEdit::Read(const std::string& path) {
  ASSIGN_OR_RETURN(const std::string content, ReadFileContent(path));
  return Parse(path, content, DetectScenarioFormat(path, content));
}

absl::StatusOr<ScenarioEdit> ScenarioEdit::Parse(const std::string& file_name,
                                                 const std::string& content,
                                                 ScenarioFormat format) {
  ASSIGN_OR_RETURN(ParsedScenario parsed, ParseScenarioProto(file_name, content, format));
  return ScenarioEdit(file_name, std::move(parsed));
}

absl::Status ScenarioEdit::Set(absl::string_view path, absl::string_view value) {
  auto changed = std::make_shared<ScenarioProto>(*proto_);
  ASSIGN_OR_RETURN(const std::vector<FieldPlace> places,
                   ResolveFieldPath(*changed, path, MissingMessages::kMake));
  for (const FieldPlace& place : places) RETURN_IF_ERROR(SetFieldValue(place, value));
  for (const FieldPlace& place : places) {
    if (!absl::c_linear_search(set_, place.path)) set_.push_back(place.path);
  }
  proto_ = std::move(changed);
  return absl::OkStatus();
}

absl::Status ScenarioEdit::Clear(absl::string_view path) {
  auto changed = std::make_shared<ScenarioProto>(*proto_);
  ASSIGN_OR_RETURN(const std::vector<FieldPlace> places,
                   ResolveFieldPath(*changed, path, MissingMessages::kSkip));
  // From the last, so that the indices before it still hold.
  for (auto place = places.rbegin(); place != places.rend(); ++place) {
    ClearPlace(*place);
    removed_ = removed_ || place->index >= 0;
    set_.push_back(place->path);
  }
  proto_ = std::move(changed);
  return absl::OkStatus();
}

absl::StatusOr<std::string> ScenarioEdit::Get(absl::string_view path) const {
  ScenarioProto copy = *proto_;
  ASSIGN_OR_RETURN(const std::vector<FieldPlace> places,
                   ResolveFieldPath(copy, path, MissingMessages::kSkip));
  return places.empty() ? std::string() : GetFieldValue(places.front());
}

std::vector<ScenarioField> ScenarioEdit::Values() const {
  ScenarioProto copy = *proto_;
  std::vector<ScenarioField> values;
  for (const FieldPlace& place : SetFieldPlaces(copy)) {
    values.push_back({.path = place.path, .text = GetFieldValue(place)});
  }
  return values;
}

std::vector<ScenarioField> ScenarioEdit::AllFields() {
  std::vector<ScenarioField> fields;
  std::vector<const Descriptor*> above;
  CollectFields(*ScenarioProto::descriptor(), "", above, fields);
  return fields;
}

bool ScenarioEdit::WasSet(absl::string_view path) const {
  return removed_ || absl::c_any_of(set_, [path](const std::string& set) {
           return IsInside(path, set) || IsInside(set, path);
         });
}

absl::StatusOr<Scenario> ScenarioEdit::Build() const {
  absl::StatusOr<Scenario> scenario = ConvertScenario(*proto_, FolderOf(file_name_));
  if (scenario.ok()) return scenario;
  const absl::string_view message = scenario.status().message();
  if (WasSet(message.substr(0, message.find(": ")))) return scenario;
  return places_.Locate(scenario.status());
}

std::string ScenarioEdit::Text() const {
  std::string text;
  google::protobuf::TextFormat::PrintToString(*proto_, &text);
  return text;
}

}  // namespace floe
