#include "cli/compare_command.h"

#include <memory>
#include <ostream>
#include <utility>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "cli/flags.h"
#include "cli/progress_line.h"
#include "experiment/comparison.h"
#include "experiment/experiment.h"
#include "experiment/result_file.h"
#include "report/comparison_report.h"
#include "simulator/scenario_file/scenario_edit.h"

namespace floe::cli {
namespace {

constexpr char kExamples[] = R"(Examples:
  floe simulate api.textproto --output before.result
  floe simulate api.textproto --set keep_alive=1m --output after.result
  floe compare before.result after.result
  floe compare old.textproto new.textproto --changed
--set changes both scenarios. Scenarios of the same seed meet the same requests in the same
replication, so small differences show.)";

absl::StatusOr<ExperimentResult> ReadResult(const std::string& path) {
  const absl::StatusOr<ResultFile> file = ReadResultFile(path);
  if (!file.ok()) return file.status();
  absl::StatusOr<ExperimentResult> result = ExperimentOfFile(*file);
  if (result.ok()) return result;
  return absl::InvalidArgumentError(
      absl::StrCat("compare ", path, ": ", result.status().message()));
}

absl::StatusOr<ExperimentResult> Obtain(const std::string& path, const CompareArguments& arguments,
                                        const CommandSession& session) {
  if (IsResultFile(path)) return ReadResult(path);
  const absl::StatusOr<ScenarioEdit> edit = ReadScenario(path, arguments.experiment);
  if (!edit.ok()) return edit.status();
  const absl::StatusOr<Scenario> scenario = edit->Build();
  if (!scenario.ok()) return scenario.status();
  ProgressLine progress(session.err, session.progress, "run");
  absl::StatusOr<ExperimentResult> result = RunExperiment(
      *scenario,
      {.replications = arguments.experiment.replications,
       .threads = arguments.experiment.threads,
       .confidence = arguments.experiment.confidence,
       .on_progress = [&progress](const ExperimentProgress& now) { progress.Update(now); },
       .cancelled = session.cancelled});
  progress.Clear();
  return result;
}

std::string NameOf(const std::string& path, const ExperimentResult& result) {
  return absl::StrCat(result.scenario_name.empty() ? "" : result.scenario_name + ", ", path, ", ",
                      result.replications_done,
                      result.replications_done == 1 ? " replication" : " replications");
}

}  // namespace

int RunCompareCommand(const CompareArguments& arguments, const CommandSession& session) {
  absl::StatusOr<ExperimentResult> results[2] = {absl::UnknownError(""), absl::UnknownError("")};
  const std::string* paths[2] = {&arguments.path_a, &arguments.path_b};
  for (int i = 0; i < 2; ++i) {
    results[i] = Obtain(*paths[i], arguments, session);
    if (!results[i].ok()) {
      return session.Refuse(results[i].status(),
                            session.is_cancelled() ? kExitInterrupted : kExitUsage);
    }
  }
  const ExperimentResult& a = *results[0];
  const ExperimentResult& b = *results[1];
  const Comparison comparison = Compare(a, b, arguments.experiment.confidence);
  const std::string name_a = NameOf(arguments.path_a, a);
  const std::string name_b = NameOf(arguments.path_b, b);
  switch (arguments.format) {
    case OutputFormat::kTable:
      session.out << ComparisonTable(
          comparison, name_a, name_b,
          arguments.changed_only ? ComparedFigures::kChanged : ComparedFigures::kAll,
          arguments.ascii ? CharacterSet::kAscii : CharacterSet::kUnicode);
      break;
    case OutputFormat::kJson:
      session.out << ComparisonJson(comparison, name_a, name_b);
      break;
    case OutputFormat::kCsv:
      session.out << ComparisonCsv(comparison);
      break;
  }
  if (a.duration != b.duration || a.warm_up != b.warm_up) {
    session.err << "floe: warning: the runs count different lengths of time, so counts and "
                   "GB-seconds are not comparable as they are\n";
  }
  return session.Finish(session.is_cancelled() ? kExitInterrupted : kExitOk);
}

void AddCompareCommand(CLI::App& app, int* exit_code) {
  CLI::App* command = app.add_subcommand(
      "compare", "Show what differs between two scenarios or results, and how sure that is");
  const auto arguments = std::make_shared<CompareArguments>();
  command->add_option("A", arguments->path_a, "A scenario, or a file of 'floe simulate --output'")
      ->required()
      ->capture_default_str();
  command->add_option("B", arguments->path_b, "What is compared with it")
      ->required()
      ->capture_default_str();
  AddExperimentFlags(*command, &arguments->experiment);
  AddFormatFlag(*command, &arguments->format);
  command->add_flag("--changed", arguments->changed_only,
                    "Show only figures that differ, by their intervals");
  command->add_flag("--ascii", arguments->ascii, "Write ASCII characters only");
  command->footer(kExamples);
  command->callback([arguments, exit_code] {
    arguments->ascii = arguments->ascii || !LocaleIsUtf8();
    const InterruptFlag interrupt;
    *exit_code = RunCompareCommand(*arguments, StandardSession(interrupt));
  });
}

}  // namespace floe::cli
