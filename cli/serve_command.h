// floe serve and floe agent: the processes that stay.

#ifndef FLOE_CLI_SERVE_COMMAND_H_
#define FLOE_CLI_SERVE_COMMAND_H_

namespace CLI {
class App;
}  // namespace CLI

namespace floe::cli {

// Adds the command. Running it sets `*exit_code`, which outlives `app`.
void AddServeCommand(CLI::App& app, int* exit_code);
void AddAgentCommand(CLI::App& app, int* exit_code);

}  // namespace floe::cli

#endif  // FLOE_CLI_SERVE_COMMAND_H_
