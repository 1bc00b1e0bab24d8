// floe simulate: runs a scenario in virtual time and prints what came of it.

#ifndef FLOE_CLI_SIMULATE_COMMAND_H_
#define FLOE_CLI_SIMULATE_COMMAND_H_

#include <cstdint>
#include <iosfwd>
#include <optional>
#include <string>

namespace CLI {
class App;
}  // namespace CLI

namespace floe::cli {

struct SimulateArguments {
  std::string scenario_path;
  // Instead of the scenario's.
  std::optional<uint64_t> seed;
  bool json = false;
  // Where to write the journal. Empty: nowhere.
  std::string journal_path;
  // Characters per line of the chart.
  int width = 80;
  bool ascii = false;
};

// Returns an exit code. `out` gets the report, which depends on the arguments and the file alone;
// `err` gets errors and how fast the simulation was.
int RunSimulateCommand(const SimulateArguments& arguments, std::ostream& out, std::ostream& err);

// Adds the command. Running it sets `*exit_code`, which outlives `app`.
void AddSimulateCommand(CLI::App& app, int* exit_code);

}  // namespace floe::cli

#endif  // FLOE_CLI_SIMULATE_COMMAND_H_
