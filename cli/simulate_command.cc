#include "cli/simulate_command.h"

#include <algorithm>
#include <chrono>
#include <memory>
#include <ostream>
#include <utility>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "cli/flags.h"
#include "cli/progress_line.h"
#include "cli/report_files.h"
#include "experiment/experiment.h"
#include "experiment/result_file.h"
#include "orchestrator/engine/byte_stream.h"
#include "orchestrator/engine/journal.h"
#include "report/chart.h"
#include "report/experiment_report.h"
#include "report/format.h"
#include "report/result_json.h"
#include "simulator/scenario_file/scenario_edit.h"
#include "simulator/simulation.h"

namespace floe::cli {
namespace {

constexpr char kExamples[] = R"(
Then:
  floe simulate api.textproto                          ten runs, with intervals
  floe simulate api.textproto --set keep_alive=1m      the same with another setting
  floe simulate api.textproto --report api.html        a page with charts, for a browser
  floe simulate api.textproto --output today.result    for 'floe compare' later
  floe simulate api.textproto --replications 1 --journal run.journal
Every field of a scenario is described in proto/floe/v1/scenario.proto.
Next: 'floe sweep' tries many settings, 'floe plan' finds the least that is enough.)";

std::string Speed(const ExperimentResult& result, std::chrono::duration<double> elapsed) {
  const double seconds = std::max(elapsed.count(), 1e-9);
  const uint64_t invocations = result.merged.invocations.arrived;
  return absl::StrCat(FormatCount(invocations), " invocations, ", FormatCount(result.merged.events),
                      " events in ", FormatLength(Duration::FromSeconds(seconds)), ": ",
                      FormatNumber(static_cast<double>(invocations) / seconds / 1e6),
                      " million invocations per second\n");
}

void Warn(const ExperimentResult& result, std::ostream& err) {
  if (result.replications_done < result.replications_asked) {
    err << "floe: interrupted: " << result.replications_done << " of " << result.replications_asked
        << " replications were finished, and only these are shown\n";
  }
  if (!result.warm_up_settled) {
    err << "floe: warning: the run does not settle in its first half, which is left out; a longer "
           "duration would show whether it ever does\n";
  }
}

std::string Format(const SimulateArguments& arguments, const ExperimentResult& result,
                   const Scenario& scenario) {
  switch (arguments.format) {
    case OutputFormat::kJson:
      return ExperimentJson(result, &scenario);
    case OutputFormat::kCsv:
      return ExperimentCsv(result);
    case OutputFormat::kTable:
      break;
  }
  return ExperimentTable(
      result, {.width = arguments.width,
               .characters = arguments.ascii ? CharacterSet::kAscii : CharacterSet::kUnicode});
}

}  // namespace

int RunSimulateCommand(const SimulateArguments& arguments, const CommandSession& session) {
  const absl::StatusOr<ScenarioEdit> edit =
      ReadScenario(arguments.scenario_path, arguments.experiment);
  if (!edit.ok()) return session.Refuse(edit.status(), kExitUsage);
  const absl::StatusOr<Scenario> scenario = edit->Build();
  if (!scenario.ok()) return session.Refuse(scenario.status(), kExitUsage);

  if (!arguments.output_path.empty()) {
    const absl::Status writable = CheckWritable(arguments.output_path);
    if (!writable.ok()) return session.Refuse(writable, kExitFailed);
  }
  std::unique_ptr<JournalWriter> journal;
  if (!arguments.journal_path.empty()) {
    absl::StatusOr<std::unique_ptr<ByteSink>> sink = OpenFileSink(arguments.journal_path);
    if (!sink.ok()) return session.Refuse(sink.status(), kExitFailed);
    journal = std::make_unique<JournalWriter>(*std::move(sink), SchedulerOptionsOf(*scenario));
  }
  const absl::StatusOr<std::unique_ptr<ReportFiles>> reports =
      ReportFiles::Open(arguments.reports, *scenario, journal.get());
  if (!reports.ok()) return session.Refuse(reports.status(), kExitFailed);
  ProgressLine progress(session.err, session.progress, "run");
  const auto begin = std::chrono::steady_clock::now();
  absl::StatusOr<ExperimentResult> result = RunExperiment(
      *scenario,
      {.replications = arguments.experiment.replications,
       .threads = arguments.experiment.threads,
       .confidence = arguments.experiment.confidence,
       .on_progress = [&progress](const ExperimentProgress& now) { progress.Update(now); },
       .cancelled = session.cancelled,
       .recorder = (*reports)->recorder()});
  const auto end = std::chrono::steady_clock::now();
  progress.Clear();
  if (journal != nullptr) {
    if (const absl::Status status = journal->Flush(); !status.ok()) {
      return session.Refuse(status, kExitFailed);
    }
  }
  if (!result.ok()) {
    return session.Refuse(result.status(), session.is_cancelled() ? kExitInterrupted : kExitUsage);
  }
  result->scenario_text = edit->Text();
  if (!arguments.output_path.empty()) {
    const absl::Status status = WriteResultFile(arguments.output_path, FileOfExperiment(*result));
    if (!status.ok()) return session.Refuse(status, kExitFailed);
  }
  if (const absl::Status status = (*reports)->Write(*result, session.err); !status.ok()) {
    return session.Refuse(status, kExitFailed);
  }
  session.out << Format(arguments, *result, *scenario);
  session.err << Speed(*result, end - begin);
  Warn(*result, session.err);
  const bool whole = result->replications_done == result->replications_asked;
  return session.Finish(whole ? kExitOk : kExitInterrupted);
}

void AddSimulateCommand(CLI::App& app, int* exit_code) {
  CLI::App* command = app.add_subcommand(
      "simulate",
      "Run a scenario in virtual time and show cold starts, throttles and environments");
  const auto arguments = std::make_shared<SimulateArguments>();
  command
      ->add_option("FILE", arguments->scenario_path,
                   "The scenario: proto text format or JSON, see below")
      ->required()
      ->capture_default_str();
  AddExperimentFlags(*command, &arguments->experiment);
  AddFormatFlag(*command, &arguments->format);
  command->add_option("--output", arguments->output_path,
                      "Write the result to this file, for 'floe compare'");
  command->add_option("--journal", arguments->journal_path,
                      "Write every event and action of the first run to this file, for "
                      "'floe replay'");
  AddReportFlags(*command, &arguments->reports);
  command->add_option("--width", arguments->width, "Characters per line of the chart")
      ->check(CLI::Range(kChartWidthMin, 1'000));
  command->add_flag("--ascii", arguments->ascii,
                    "Draw with ASCII characters, as is done where the locale is not UTF-8");
  command->footer(std::string(kScenarioExample) + kExamples);
  command->callback([arguments, exit_code] {
    arguments->ascii = arguments->ascii || !LocaleIsUtf8();
    const InterruptFlag interrupt;
    *exit_code = RunSimulateCommand(*arguments, StandardSession(interrupt));
  });
}

}  // namespace floe::cli
