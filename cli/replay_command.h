// floe replay: feeds a journal to a new scheduler and compares every decision.

#ifndef FLOE_CLI_REPLAY_COMMAND_H_
#define FLOE_CLI_REPLAY_COMMAND_H_

#include <iosfwd>
#include <string>

namespace CLI {
class App;
}  // namespace CLI

namespace floe::cli {

struct ReplayArguments {
  std::string journal_path;
  // Print every event and action.
  bool verbose = false;
};

// Exit codes: 0 every action is the same, 1 one differs, 2 the journal cannot be read. An
// incomplete last record is a warning.
int RunReplayCommand(const ReplayArguments& arguments, std::ostream& out, std::ostream& err);

// Adds the command. Running it sets `*exit_code`, which outlives `app`.
void AddReplayCommand(CLI::App& app, int* exit_code);

}  // namespace floe::cli

#endif  // FLOE_CLI_REPLAY_COMMAND_H_
