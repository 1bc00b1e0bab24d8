// floe load: many invocations at once through the front door, with what came of them.

#ifndef FLOE_CLI_LOAD_COMMAND_H_
#define FLOE_CLI_LOAD_COMMAND_H_

namespace CLI {
class App;
}  // namespace CLI

namespace floe::cli {

// Adds the command. Running it sets `*exit_code`, which outlives `app`.
void AddLoadCommand(CLI::App& app, int* exit_code);

}  // namespace floe::cli

#endif  // FLOE_CLI_LOAD_COMMAND_H_
