#include "simulator/scenario_file/scenario_file.h"

#include "base/status_macros.h"
#include "simulator/scenario_file/scenario_edit.h"

namespace floe {

absl::StatusOr<Scenario> ParseScenario(const std::string& file_name, const std::string& content,
                                       ScenarioFormat format) {
  ASSIGN_OR_RETURN(const ScenarioEdit edit, ScenarioEdit::Parse(file_name, content, format));
  return edit.Build();
}

absl::StatusOr<Scenario> ReadScenarioFile(const std::string& path) {
  ASSIGN_OR_RETURN(const ScenarioEdit edit, ScenarioEdit::Read(path));
  return edit.Build();
}

}  // namespace floe
