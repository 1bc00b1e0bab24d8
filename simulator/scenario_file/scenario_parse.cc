#include "simulator/scenario_file/scenario_parse.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "simulator/scenario_file/field_names.h"
#include "simulator/scenario_file/json_places.h"

namespace floe {
namespace {

using ScenarioProto = ::floe::v1::Scenario;
using ::google::protobuf::Descriptor;
using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::TextFormat;

// Counted from 1, as people do. Line 0: unknown.
struct Place {
  int line = 0;
  int column = 0;
};

// "file:line:column: ", or "file: ".
std::string Prefix(const std::string& file_name, Place place) {
  if (place.line == 0) return absl::StrCat(file_name, ": ");
  return absl::StrCat(file_name, ":", place.line, ":", place.column, ": ");
}

Place PlaceOfOffset(const std::string& text, size_t offset) {
  const auto end = text.begin() + static_cast<std::ptrdiff_t>(std::min(offset, text.size()));
  const auto line_begin = std::find(std::make_reverse_iterator(end), text.rend(), '\n').base();
  return {.line = 1 + static_cast<int>(std::count(text.begin(), end, '\n')),
          .column = 1 + static_cast<int>(end - line_begin)};
}

size_t OffsetOfPlace(const std::string& text, Place place) {
  size_t offset = 0;
  for (int line = 1; line < place.line; ++line) {
    const size_t end = text.find('\n', offset);
    if (end == std::string::npos) return text.size();
    offset = end + 1;
  }
  return std::min(text.size(), offset + static_cast<size_t>(place.column - 1));
}

// The name that an error is about, where protobuf has read on before it complains; else empty.
std::string NameBeforeError(const std::string& message) {
  const std::vector<std::string> parts = absl::StrSplit(message, '"');
  if (parts.size() != 5) return "";
  if (parts[0] == "Unknown enumeration value of ") return parts[1];
  return parts[2] == " has no field named " ? parts[3] : "";
}

// Keeps the first error that protobuf reports, with its place.
class FirstError final : public google::protobuf::io::ErrorCollector {
 public:
  FirstError(const std::string& file_name, const std::string& content)
      : file_name_(file_name), content_(content) {}
  // Protobuf counts from 0.
  void AddError(int line, google::protobuf::io::ColumnNumber column,
                const std::string& message) override {
    if (!text_.empty()) return;
    Place place{.line = line + 1, .column = column + 1};
    const std::string name = NameBeforeError(message);
    if (!name.empty()) {
      const size_t offset = content_.rfind(name, OffsetOfPlace(content_, place));
      if (offset != std::string::npos) place = PlaceOfOffset(content_, offset);
    }
    text_ = Prefix(file_name_, place) + ExplainParserMessage(message);
  }
  const std::string& text() const { return text_; }

 private:
  const std::string& file_name_;
  const std::string& content_;
  std::string text_;
};

struct Step {
  const FieldDescriptor* field = nullptr;
  std::optional<int> index;  // Of repeated fields.
};

// The steps of a path such as "functions[2].arrivals[0].burst.count", up to the first that is no
// field. A repeated field without an index stands for its first element.
std::vector<Step> StepsOf(const std::string& path) {
  std::vector<Step> steps;
  const Descriptor* descriptor = ScenarioProto::descriptor();
  for (const absl::string_view part : absl::StrSplit(path, '.')) {
    const std::vector<std::string> pieces = absl::StrSplit(part, absl::ByAnyChar("[]"));
    const FieldDescriptor* field =
        descriptor == nullptr ? nullptr : descriptor->FindFieldByName(pieces[0]);
    if (field == nullptr) break;
    int index = 0;
    if (pieces.size() > 1 && !absl::SimpleAtoi(pieces[1], &index)) break;
    steps.push_back(
        {.field = field, .index = field->is_repeated() ? std::optional(index) : std::nullopt});
    descriptor = field->message_type();
  }
  return steps;
}

// The innermost part of the path that stands in the file counts.
Place PlaceInText(const TextFormat::ParseInfoTree& root, const std::vector<Step>& steps) {
  const TextFormat::ParseInfoTree* tree = &root;
  Place place;
  for (const Step& step : steps) {
    const TextFormat::ParseLocation location =
        tree->GetLocation(step.field, step.index.value_or(-1));
    if (location.line < 0) break;
    place = {.line = location.line + 1, .column = location.column + 1};
    if (step.field->message_type() == nullptr) break;
    tree = tree->GetTreeForNested(step.field, step.index.value_or(-1));
    if (tree == nullptr) break;
  }
  return place;
}

Place PlaceInJson(const std::string& text, const std::vector<Step>& steps) {
  std::vector<JsonStep> json_steps;
  for (const Step& step : steps) {
    JsonStep json_step{
        .name = step.field->name(), .other_name = step.field->json_name(), .index = {}};
    if (step.index.has_value()) json_step.index = static_cast<size_t>(*step.index);
    json_steps.push_back(std::move(json_step));
  }
  return steps.empty() ? Place() : PlaceOfOffset(text, LocateInJson(text, json_steps));
}

}  // namespace

ScenarioFormat DetectScenarioFormat(const std::string& file_name, const std::string& content) {
  if (absl::EndsWith(file_name, ".json")) return ScenarioFormat::kJson;
  if (absl::EndsWith(file_name, ".textproto") || absl::EndsWith(file_name, ".txtpb")) {
    return ScenarioFormat::kText;
  }
  const size_t first = content.find_first_not_of(" \t\r\n");
  return first != std::string::npos && content[first] == '{' ? ScenarioFormat::kJson
                                                             : ScenarioFormat::kText;
}

absl::Status ScenarioPlaces::Locate(const absl::Status& refusal) const {
  const std::string message(refusal.message());
  const std::vector<Step> steps = StepsOf(message.substr(0, message.find(": ")));
  const Place place = tree_ != nullptr   ? PlaceInText(*tree_, steps)
                      : json_ != nullptr ? PlaceInJson(*json_, steps)
                                         : Place();
  return absl::Status(refusal.code(), Prefix(file_name_, place) + message);
}

absl::StatusOr<ParsedScenario> ParseScenarioProto(const std::string& file_name,
                                                  const std::string& content,
                                                  ScenarioFormat format) {
  auto proto = std::make_shared<ScenarioProto>();
  if (format == ScenarioFormat::kText) {
    FirstError error(file_name, content);
    auto tree = std::make_shared<TextFormat::ParseInfoTree>();
    TextFormat::Parser parser;
    parser.RecordErrorsTo(&error);
    parser.WriteLocationsTo(tree.get());
    parser.SetRecursionLimit(kScenarioNestingMax);
    if (!parser.ParseFromString(content, proto.get())) {
      return absl::InvalidArgumentError(error.text());
    }
    return ParsedScenario{.proto = std::move(proto),
                          .places = ScenarioPlaces(file_name, std::move(tree))};
  }
  const auto status = google::protobuf::util::JsonStringToMessage(content, proto.get());
  if (!status.ok()) {
    const auto message = status.message();
    return absl::InvalidArgumentError(
        Prefix(file_name, {}) + ExplainParserMessage(std::string(message.data(), message.size())));
  }
  if (const auto duplicate = FindDuplicateMember(content); duplicate.has_value()) {
    return absl::InvalidArgumentError(
        absl::StrCat(Prefix(file_name, PlaceOfOffset(content, duplicate->offset)), "\"",
                     duplicate->name, "\" stands in its object for the second time"));
  }
  return ParsedScenario{
      .proto = std::move(proto),
      .places = ScenarioPlaces(file_name, std::make_shared<const std::string>(content))};
}

}  // namespace floe
