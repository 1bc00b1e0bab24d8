// floe init-scenario: writes a scenario to start from.

#ifndef FLOE_CLI_INIT_SCENARIO_COMMAND_H_
#define FLOE_CLI_INIT_SCENARIO_COMMAND_H_

#include <iosfwd>
#include <string>

namespace CLI {
class App;
}  // namespace CLI

namespace floe::cli {

struct InitScenarioArguments {
  // "-": to the standard output.
  std::string path = "scenario.textproto";
  std::string kind = "api";
  // Instead: every field that a scenario can have.
  bool list_fields = false;
};

// Returns an exit code. Refuses to overwrite a file. `out` gets what is printed, `err` errors and
// what to do next.
int RunInitScenarioCommand(const InitScenarioArguments& arguments, std::ostream& out,
                           std::ostream& err);

// Adds the command. Running it sets `*exit_code`, which outlives `app`.
void AddInitScenarioCommand(CLI::App& app, int* exit_code);

}  // namespace floe::cli

#endif  // FLOE_CLI_INIT_SCENARIO_COMMAND_H_
