// The flags that all commands share that simulate a scenario several times.

#ifndef FLOE_CLI_EXPERIMENT_FLAGS_H_
#define FLOE_CLI_EXPERIMENT_FLAGS_H_

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "simulator/scenario_file/scenario_edit.h"

namespace CLI {
class App;
}  // namespace CLI

namespace floe::cli {

enum class OutputFormat { kTable, kJson, kCsv };

struct ExperimentFlags {
  // Instead of the scenario's.
  std::optional<uint64_t> seed;
  // "PATH=VALUE", as ScenarioEdit::Set takes them.
  std::vector<std::string> sets;
  int replications = 10;
  int threads = 0;
  double confidence = 0.95;
};

// `flags` outlives `command`.
void AddExperimentFlags(CLI::App& command, ExperimentFlags* flags);
// --format, as "table", "json" or "csv".
void AddFormatFlag(CLI::App& command, OutputFormat* format);

// The scenario of the file with what the flags set in it.
absl::StatusOr<ScenarioEdit> ReadScenario(const std::string& path, const ExperimentFlags& flags);

// For help texts: what a scenario file looks like, in a few lines.
extern const char kScenarioExample[];

}  // namespace floe::cli

#endif  // FLOE_CLI_EXPERIMENT_FLAGS_H_
