// floe simulate: runs a scenario in virtual time and prints what came of it.

#ifndef FLOE_CLI_SIMULATE_COMMAND_H_
#define FLOE_CLI_SIMULATE_COMMAND_H_

#include <string>

#include "cli/command_session.h"
#include "cli/experiment_flags.h"
#include "cli/report_files.h"

namespace CLI {
class App;
}  // namespace CLI

namespace floe::cli {

struct SimulateArguments {
  std::string scenario_path;
  ExperimentFlags experiment;
  OutputFormat format = OutputFormat::kTable;
  // Where to write the result for later commands, and the journal of the first replication. Empty:
  // nowhere.
  std::string output_path;
  std::string journal_path;
  ReportPaths reports;
  // Characters per line of the chart.
  int width = 80;
  bool ascii = false;
};

// Returns an exit code.
int RunSimulateCommand(const SimulateArguments& arguments, const CommandSession& session);

// Adds the command. Running it sets `*exit_code`, which outlives `app`.
void AddSimulateCommand(CLI::App& app, int* exit_code);

}  // namespace floe::cli

#endif  // FLOE_CLI_SIMULATE_COMMAND_H_
