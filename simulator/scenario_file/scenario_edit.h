// A scenario as its file says it, whose fields can be set one by one, by path and from text: for
// sweeps, for --set on the command line, and for results that keep the scenario they came from.
//
//   absl::StatusOr<ScenarioEdit> edit = ScenarioEdit::Read("api.textproto");
//   absl::Status status = edit->Set("functions[name=api].memory_mib", "512");
//   absl::StatusOr<Scenario> scenario = edit->Build();

#ifndef FLOE_SIMULATOR_SCENARIO_FILE_SCENARIO_EDIT_H_
#define FLOE_SIMULATOR_SCENARIO_FILE_SCENARIO_EDIT_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "simulator/scenario.h"
#include "simulator/scenario_file/scenario_parse.h"

namespace floe {

// A value that is set, or a field that can be.
struct ScenarioField {
  std::string path;
  // Of a value: what Set takes. Of a field that can be set: what kind of value it takes, such as
  // "text", "a whole number" or "one of A and B".
  std::string text;
};

// Copies are cheap and independent. Thread-compatible.
class ScenarioEdit {
 public:
  // Errors are those of ReadScenarioFile respectively ParseScenario, as far as a parser sees them:
  // values that make no sense are refused by Build.
  static absl::StatusOr<ScenarioEdit> Read(const std::string& path);
  static absl::StatusOr<ScenarioEdit> Parse(const std::string& file_name,
                                            const std::string& content, ScenarioFormat format);

  // Sets every field that `path` names:
  //  - "keep_alive", "account.concurrency": what stands between dots is looked up inside;
  //  - "functions[0].memory_mib", "functions[name=api].memory_mib", "functions[*].memory_mib": an
  //    element, those whose text field has this value, all elements;
  //  - "functions[0].run.exponential.mean": whatever else `run` was, it is exponential now.
  // `value` is written as in a file, without quotation marks around text; names may go without
  // their prefix and in small letters ("newest_first"). For a message it is the fields inside, in
  // text format: Set("functions[0].run", "constant: '2s'"); empty takes it away. Nothing is set on
  // errors: kInvalidArgument with the path, what is wrong and what is accepted.
  absl::Status Set(absl::string_view path, absl::string_view value);

  // Back to the default. An element of a list is removed.
  absl::Status Clear(absl::string_view path);

  // What Set would take to set it again; empty where the default holds. With several fields that
  // `path` names, that of the first.
  absl::StatusOr<std::string> Get(absl::string_view path) const;

  // The values that are set.
  std::vector<ScenarioField> Values() const;

  // Every field that a scenario can have, "[]" after lists.
  static std::vector<ScenarioField> AllFields();

  // A valid scenario, or kInvalidArgument with the place of the field in the file, or without it if
  // the field was set here. Reads the files that the scenario names.
  absl::StatusOr<Scenario> Build() const;

  // Proto text format. Parses to the same scenario; comments are lost.
  std::string Text() const;

  const std::string& file_name() const { return file_name_; }

 private:
  ScenarioEdit(std::string file_name, ParsedScenario parsed);
  bool WasSet(absl::string_view path) const;

  std::string file_name_;
  std::shared_ptr<const floe::v1::Scenario> proto_;
  ScenarioPlaces places_;
  // Paths, with numbers for every element.
  std::vector<std::string> set_;
  // An element was removed: places of the file no longer hold.
  bool removed_ = false;
};

}  // namespace floe

#endif  // FLOE_SIMULATOR_SCENARIO_FILE_SCENARIO_EDIT_H_
