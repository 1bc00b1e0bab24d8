// Scenario files as the messages that stand in them, and where in the file each field stands.

#ifndef FLOE_SIMULATOR_SCENARIO_FILE_SCENARIO_PARSE_H_
#define FLOE_SIMULATOR_SCENARIO_FILE_SCENARIO_PARSE_H_

#include <google/protobuf/text_format.h>

#include <memory>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "proto/floe/v1/scenario.pb.h"

namespace floe {

// Messages in messages; a mixture's part, the deepest that has a meaning, needs 12.
inline constexpr int kScenarioNestingMax = 24;

enum class ScenarioFormat { kText, kJson };

// By the ending of the name: .json, .textproto, .txtpb; else JSON if the content starts with a
// brace.
ScenarioFormat DetectScenarioFormat(const std::string& file_name, const std::string& content);

// The places of a file's fields. Immutable; copies share what they hold.
class ScenarioPlaces {
 public:
  using Tree = google::protobuf::TextFormat::ParseInfoTree;

  // Nothing but the name of the file is known.
  explicit ScenarioPlaces(std::string file_name) : file_name_(std::move(file_name)) {}
  ScenarioPlaces(std::string file_name, std::shared_ptr<const Tree> tree)
      : file_name_(std::move(file_name)), tree_(std::move(tree)) {}
  ScenarioPlaces(std::string file_name, std::shared_ptr<const std::string> json)
      : file_name_(std::move(file_name)), json_(std::move(json)) {}

  // Puts the place of the field whose path the message of `refusal` begins with before it:
  // "file:line:column: path: reason".
  absl::Status Locate(const absl::Status& refusal) const;

 private:
  std::string file_name_;
  // At most one of the two.
  std::shared_ptr<const Tree> tree_;
  std::shared_ptr<const std::string> json_;
};

struct ParsedScenario {
  std::shared_ptr<const floe::v1::Scenario> proto;
  ScenarioPlaces places;
};

// kInvalidArgument with `file_name`, the line and the column where the format gives them, and what
// is accepted. Only what a parser sees is checked: fields, types and names.
absl::StatusOr<ParsedScenario> ParseScenarioProto(const std::string& file_name,
                                                  const std::string& content,
                                                  ScenarioFormat format);

}  // namespace floe

#endif  // FLOE_SIMULATOR_SCENARIO_FILE_SCENARIO_PARSE_H_
