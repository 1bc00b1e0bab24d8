// floe compare: what is different between two scenarios, or two results.

#ifndef FLOE_CLI_COMPARE_COMMAND_H_
#define FLOE_CLI_COMPARE_COMMAND_H_

#include <string>

#include "cli/command_session.h"
#include "cli/experiment_flags.h"

namespace CLI {
class App;
}  // namespace CLI

namespace floe::cli {

struct CompareArguments {
  // Each a scenario, which is simulated, or the file of a result.
  std::string path_a;
  std::string path_b;
  // For scenarios; the confidence for both.
  ExperimentFlags experiment;
  OutputFormat format = OutputFormat::kTable;
  bool changed_only = false;
  bool ascii = false;
};

// Returns an exit code.
int RunCompareCommand(const CompareArguments& arguments, const CommandSession& session);

// Adds the command. Running it sets `*exit_code`, which outlives `app`.
void AddCompareCommand(CLI::App& app, int* exit_code);

}  // namespace floe::cli

#endif  // FLOE_CLI_COMPARE_COMMAND_H_
