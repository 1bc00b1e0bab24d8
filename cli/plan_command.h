// floe plan: finds the least of something that is enough.

#ifndef FLOE_CLI_PLAN_COMMAND_H_
#define FLOE_CLI_PLAN_COMMAND_H_

#include <string>
#include <vector>

#include "cli/command_session.h"
#include "cli/experiment_flags.h"

namespace CLI {
class App;
}  // namespace CLI

namespace floe::cli {

struct PlanArguments {
  std::string scenario_path;
  ExperimentFlags experiment;
  int replications_max = 160;
  std::string field;
  std::string range;               // Values as ParseAxis takes them.
  std::vector<std::string> goals;  // As ParseGoal takes them.
  OutputFormat format = OutputFormat::kTable;
  bool ascii = false;
};

// Returns an exit code: kExitFailed where no value of the range meets the goals.
int RunPlanCommand(const PlanArguments& arguments, const CommandSession& session);

// Adds the command. Running it sets `*exit_code`, which outlives `app`.
void AddPlanCommand(CLI::App& app, int* exit_code);

}  // namespace floe::cli

#endif  // FLOE_CLI_PLAN_COMMAND_H_
