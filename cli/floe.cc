// The floe command: every subcommand lives in a file of its own.

#include <string>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "cli/compare_command.h"
#include "cli/flags.h"
#include "cli/function_commands.h"
#include "cli/init_scenario_command.h"
#include "cli/load_command.h"
#include "cli/plan_command.h"
#include "cli/replay_command.h"
#include "cli/report_command.h"
#include "cli/serve_command.h"
#include "cli/simulate_command.h"
#include "cli/sweep_command.h"
#include "cli/validate_command.h"
#include "cli/watch_command.h"

namespace {

int RefuseCommand(const std::string& name) {
  floe::cli::Fail(
      absl::InvalidArgumentError("there is no command '" + name + "'; see floe --help"));
  return floe::cli::kExitUsage;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app(
      "Floe runs and simulates functions with the execution model of AWS Lambda's containers.\n"
      "Start with 'floe simulate FILE', or 'floe serve' and 'floe deploy'.",
      "floe");
  app.set_version_flag("--version", "floe 0.1.0");
  app.require_subcommand(1);
  app.option_defaults()->always_capture_default();
  int exit_code = floe::cli::kExitOk;
  floe::cli::AddServeCommand(app, &exit_code);
  floe::cli::AddAgentCommand(app, &exit_code);
  floe::cli::AddFunctionCommands(app, &exit_code);
  floe::cli::AddLoadCommand(app, &exit_code);
  floe::cli::AddWatchCommand(app, &exit_code);
  floe::cli::AddInitScenarioCommand(app, &exit_code);
  floe::cli::AddSimulateCommand(app, &exit_code);
  floe::cli::AddReportCommand(app, &exit_code);
  floe::cli::AddSweepCommands(app, &exit_code);
  floe::cli::AddCompareCommand(app, &exit_code);
  floe::cli::AddPlanCommand(app, &exit_code);
  floe::cli::AddReplayCommand(app, &exit_code);
  floe::cli::AddValidateCommand(app, &exit_code);
  try {
    app.parse(argc, argv);
  } catch (const CLI::RequiredError& error) {
    // CLI11 asks for a subcommand before it looks at words it does not know.
    if (app.get_subcommands().empty() && !app.remaining().empty()) {
      return RefuseCommand(app.remaining().front());
    }
    app.exit(error);
    return floe::cli::kExitUsage;
  } catch (const CLI::ParseError& error) {
    // CLI11 prints help and errors itself; its many codes become the one for wrong usage.
    return app.exit(error) == 0 ? floe::cli::kExitOk : floe::cli::kExitUsage;
  }
  return exit_code;
}
