// floe sweep: tries many settings of a scenario. floe merge: puts the parts of a sweep together.

#ifndef FLOE_CLI_SWEEP_COMMAND_H_
#define FLOE_CLI_SWEEP_COMMAND_H_

#include <string>
#include <vector>

#include "cli/command_session.h"
#include "cli/experiment_flags.h"

namespace CLI {
class App;
}  // namespace CLI

namespace floe::cli {

// How the settings are shown.
struct SettingsView {
  OutputFormat format = OutputFormat::kTable;
  // Names of metrics, or "all". Empty: the main ones in a table, else all.
  std::vector<std::string> metrics;
  bool ascii = false;
};

struct SweepArguments {
  std::string scenario_path;
  ExperimentFlags experiment;
  std::vector<std::string> vary;  // As ParseAxis takes them.
  std::string shard = "1/1";
  // A file, or a folder, in which the file has a name by its shard.
  std::string output_path;
  SettingsView view;
};

struct MergeArguments {
  std::vector<std::string> paths;
  std::string output_path;
  SettingsView view;
};

// Return an exit code. What is missing at the end is kExitFailed.
int RunSweepCommand(const SweepArguments& arguments, const CommandSession& session);
int RunMergeCommand(const MergeArguments& arguments, const CommandSession& session);

// Adds both commands. Running one sets `*exit_code`, which outlives `app`.
void AddSweepCommands(CLI::App& app, int* exit_code);

}  // namespace floe::cli

#endif  // FLOE_CLI_SWEEP_COMMAND_H_
