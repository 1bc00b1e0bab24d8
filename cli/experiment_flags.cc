#include "cli/experiment_flags.h"

#include <map>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "experiment/estimate.h"
#include "experiment/experiment.h"
#include "experiment/grid.h"
#include "experiment/parallel.h"

namespace floe::cli {

const char kScenarioExample[] =
    R"(A scenario is a text file. This one is complete; write it to api.textproto:

  duration: "24h"
  warm_up: "10m"
  functions {
    name: "api"
    memory_mib: 512
    arrivals { poisson { rate_per_second: 5 } }
    run { lognormal { median: "120ms" sigma: 0.6 } }
    init { constant: "350ms" }
  }
)";

void AddExperimentFlags(CLI::App& command, ExperimentFlags* flags) {
  command.add_option_function<uint64_t>(
      "--seed", [flags](uint64_t seed) { flags->seed = seed; },
      "Other random numbers than the scenario's seed");
  command
      .add_option("--set", flags->sets,
                  "PATH=VALUE: change a field of the scenario, for example keep_alive=5m or "
                  "functions[0].memory_mib=1024; can be repeated")
      ->allow_extra_args(false)
      ->capture_default_str();
  command
      .add_option("--replications", flags->replications,
                  "Independent runs; the intervals come from how they differ")
      ->check(CLI::Range(1, kReplicationsMax));
  command
      .add_option("--threads", flags->threads,
                  "Runs at the same time; 0: one for each processor. Changes no figure")
      ->check(CLI::Range(0, kThreadsMax));
  command
      .add_option("--confidence", flags->confidence,
                  "Of the intervals: the part of them that hold the true mean")
      ->check(CLI::Range(kConfidenceMin, kConfidenceMax));
}

void AddFormatFlag(CLI::App& command, OutputFormat* format) {
  static const std::map<std::string, OutputFormat> kFormats = {
      {"table", OutputFormat::kTable}, {"json", OutputFormat::kJson}, {"csv", OutputFormat::kCsv}};
  command
      .add_option_function<std::string>(
          "--format", [format](const std::string& name) { *format = kFormats.at(name); },
          "How to print the result: table, json or csv")
      ->check(CLI::IsMember(kFormats, CLI::ignore_case))
      ->type_name("NAME")
      ->default_str("table");
}

absl::StatusOr<ScenarioEdit> ReadScenario(const std::string& path, const ExperimentFlags& flags) {
  absl::StatusOr<ScenarioEdit> edit = ScenarioEdit::Read(path);
  if (!edit.ok()) return edit.status();
  if (flags.seed.has_value()) {
    RETURN_IF_ERROR(edit->Set("seed", absl::StrCat(*flags.seed)));
  }
  for (const std::string& set : flags.sets) {
    const size_t equals = FindAssignment(set);
    if (equals == std::string::npos) {
      return absl::InvalidArgumentError(absl::StrCat(
          "--set '", set, "': write PATH=VALUE, for example functions[0].memory_mib=1024"));
    }
    RETURN_IF_ERROR(edit->Set(set.substr(0, equals), set.substr(equals + 1)));
  }
  return edit;
}

}  // namespace floe::cli
