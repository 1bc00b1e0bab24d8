// floe watch: what happens in a running daemon, as a chart or as lines.

#ifndef FLOE_CLI_WATCH_COMMAND_H_
#define FLOE_CLI_WATCH_COMMAND_H_

namespace CLI {
class App;
}  // namespace CLI

namespace floe::cli {

// Adds the command. Running it sets `*exit_code`, which outlives `app`.
void AddWatchCommand(CLI::App& app, int* exit_code);

}  // namespace floe::cli

#endif  // FLOE_CLI_WATCH_COMMAND_H_
