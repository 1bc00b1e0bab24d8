// floe deploy, invoke, reserve, delete, list, environments, limits, metrics: the daemon's control
// service at the command line.

#ifndef FLOE_CLI_FUNCTION_COMMANDS_H_
#define FLOE_CLI_FUNCTION_COMMANDS_H_

namespace CLI {
class App;
}  // namespace CLI

namespace floe::cli {

// Adds the commands. Running one sets `*exit_code`, which outlives `app`.
void AddFunctionCommands(CLI::App& app, int* exit_code);

}  // namespace floe::cli

#endif  // FLOE_CLI_FUNCTION_COMMANDS_H_
