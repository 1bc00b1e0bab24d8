#include "cli/simulate_command.h"

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <ostream>
#include <utility>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "cli/flags.h"
#include "orchestrator/engine/byte_stream.h"
#include "orchestrator/engine/journal.h"
#include "report/chart.h"
#include "report/format.h"
#include "report/result_json.h"
#include "report/simulation_report.h"
#include "simulator/scenario_file/scenario_file.h"
#include "simulator/simulation.h"

namespace floe::cli {
namespace {

int Refuse(std::ostream& err, const absl::Status& status, int exit_code) {
  err << "floe: " << absl::string_view(status.message()) << "\n";
  return exit_code;
}

// Whether the terminal shows UTF-8, by the variables that programs go by.
bool LocaleIsUtf8() {
  for (const char* name : {"LC_ALL", "LC_CTYPE", "LANG"}) {
    const char* value = std::getenv(name);
    if (value == nullptr || *value == '\0') continue;
    std::string locale = value;
    std::transform(locale.begin(), locale.end(), locale.begin(),
                   [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return locale.find("utf-8") != std::string::npos || locale.find("utf8") != std::string::npos;
  }
  return false;
}

std::string Speed(const SimulationResult& result, std::chrono::duration<double> elapsed) {
  const double seconds = std::max(elapsed.count(), 1e-9);
  return absl::StrCat(FormatCount(result.invocations.arrived), " invocations, ",
                      FormatCount(result.events), " events in ",
                      FormatLength(Duration::FromSeconds(seconds)), ": ",
                      FormatNumber(static_cast<double>(result.invocations.arrived) / seconds / 1e6),
                      " million invocations per second\n");
}

}  // namespace

int RunSimulateCommand(const SimulateArguments& arguments, std::ostream& out, std::ostream& err) {
  absl::StatusOr<Scenario> scenario = ReadScenarioFile(arguments.scenario_path);
  if (!scenario.ok()) return Refuse(err, scenario.status(), kExitUsage);
  if (arguments.seed.has_value()) scenario->seed = *arguments.seed;

  std::unique_ptr<JournalWriter> journal;
  if (!arguments.journal_path.empty()) {
    absl::StatusOr<std::unique_ptr<ByteSink>> sink = OpenFileSink(arguments.journal_path);
    if (!sink.ok()) return Refuse(err, sink.status(), kExitFailed);
    journal = std::make_unique<JournalWriter>(*std::move(sink), SchedulerOptionsOf(*scenario));
  }
  const auto begin = std::chrono::steady_clock::now();
  const SimulationResult result = RunSimulation(*scenario, journal.get());
  const auto end = std::chrono::steady_clock::now();
  if (journal != nullptr) {
    if (const absl::Status status = journal->Flush(); !status.ok()) {
      return Refuse(err, status, kExitFailed);
    }
  }
  if (arguments.json) {
    out << SimulationJson(result);
  } else {
    out << SimulationTable(
        result, {.width = arguments.width,
                 .characters = arguments.ascii ? CharacterSet::kAscii : CharacterSet::kUnicode});
  }
  out.flush();
  if (!out) return Refuse(err, absl::DataLossError("write the report: output error"), kExitFailed);
  err << Speed(result, end - begin);
  return kExitOk;
}

void AddSimulateCommand(CLI::App& app, int* exit_code) {
  CLI::App* command = app.add_subcommand(
      "simulate",
      "Run a scenario in virtual time and show cold starts, throttles and environments");
  struct Parsed {
    SimulateArguments arguments;
    uint64_t seed = 0;
    std::string format = "table";
  };
  const auto parsed = std::make_shared<Parsed>();
  command
      ->add_option("FILE", parsed->arguments.scenario_path,
                   "The scenario: proto text format or JSON, see proto/floe/v1/scenario.proto")
      ->required()
      ->capture_default_str();
  CLI::Option* seed =
      command->add_option("--seed", parsed->seed, "Other random numbers than the scenario's seed");
  command->add_option("--format", parsed->format, "How to print the result")
      ->check(CLI::IsMember({"table", "json"}));
  command->add_option("--journal", parsed->arguments.journal_path,
                      "Write every event and action to this file, for 'floe replay'");
  command->add_option("--width", parsed->arguments.width, "Characters per line of the chart")
      ->check(CLI::Range(kChartWidthMin, 1'000));
  command->add_flag("--ascii", parsed->arguments.ascii,
                    "Draw with ASCII characters, as is done where the locale is not UTF-8");
  command->callback([parsed, seed, exit_code] {
    if (seed->count() > 0) parsed->arguments.seed = parsed->seed;
    parsed->arguments.json = parsed->format == "json";
    parsed->arguments.ascii = parsed->arguments.ascii || !LocaleIsUtf8();
    *exit_code = RunSimulateCommand(parsed->arguments, std::cout, std::cerr);
  });
}

}  // namespace floe::cli
