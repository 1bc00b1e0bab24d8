// Scenarios to start from: small, commented, and ready to run.

#ifndef FLOE_CLI_SCENARIO_TEMPLATES_H_
#define FLOE_CLI_SCENARIO_TEMPLATES_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace floe::cli {

struct ScenarioTemplate {
  absl::string_view kind;
  absl::string_view question;  // What the scenario answers.
  // Proto text format. "@DATA@" stands for the name of the data file.
  absl::string_view text;
  // Content of a file that the scenario names; empty where it names none.
  absl::string_view data;
};

// The first is the one to begin with.
absl::Span<const ScenarioTemplate> ScenarioTemplates();

// Null if there is no such kind.
const ScenarioTemplate* FindScenarioTemplate(absl::string_view kind);

}  // namespace floe::cli

#endif  // FLOE_CLI_SCENARIO_TEMPLATES_H_
