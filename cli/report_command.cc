#include "cli/report_command.h"

#include <iostream>
#include <memory>
#include <optional>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/status_macros.h"
#include "cli/flags.h"
#include "cli/report_files.h"
#include "experiment/experiment.h"
#include "experiment/result_file.h"
#include "simulator/scenario.h"
#include "simulator/scenario_file/scenario_file.h"

namespace floe::cli {
namespace {

absl::StatusOr<ExperimentResult> ReadExperiment(const std::string& path) {
  ASSIGN_OR_RETURN(const ResultFile file, ReadResultFile(path));
  return ExperimentOfFile(file);
}

}  // namespace

int RunReportCommand(const ReportArguments& arguments, std::ostream& err) {
  const absl::StatusOr<ExperimentResult> result = ReadExperiment(arguments.result_path);
  if (!result.ok()) {
    err << "floe: " << absl::string_view(result.status().message()) << "\n";
    return kExitUsage;
  }
  // The files that the scenario names may be gone: then the page does without limits and cost.
  const absl::StatusOr<Scenario> scenario =
      ParseScenario(arguments.result_path, result->scenario_text, ScenarioFormat::kText);
  if (!scenario.ok()) {
    err << "floe: warning: without limits and cost: "
        << absl::string_view(scenario.status().message()) << "\n";
  }
  const absl::Status status =
      WriteHtmlReport(arguments.html_path, *result, scenario.ok() ? &*scenario : nullptr, nullptr);
  if (!status.ok()) {
    err << "floe: " << absl::string_view(status.message()) << "\n";
    return kExitFailed;
  }
  return kExitOk;
}

void AddReportCommand(CLI::App& app, int* exit_code) {
  CLI::App* command = app.add_subcommand("report", "Make a page with charts of a result file");
  const auto arguments = std::make_shared<ReportArguments>();
  command->add_option("RESULT", arguments->result_path, "What 'floe simulate --output' has written")
      ->required()
      ->capture_default_str();
  command
      ->add_option("-o,--output", arguments->html_path,
                   "The page to write, for a browser; it needs no network")
      ->required()
      ->capture_default_str();
  command->callback(
      [arguments, exit_code] { *exit_code = RunReportCommand(*arguments, std::cerr); });
}

}  // namespace floe::cli
