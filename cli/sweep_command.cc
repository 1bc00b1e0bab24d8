#include "cli/sweep_command.h"

#include <sys/stat.h>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <ostream>
#include <utility>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/time.h"
#include "cli/flags.h"
#include "cli/progress_line.h"
#include "experiment/grid.h"
#include "experiment/metric.h"
#include "experiment/result_file.h"
#include "experiment/sweep.h"
#include "report/format.h"
#include "report/sweep_report.h"
#include "simulator/scenario_file/scenario_edit.h"

namespace floe::cli {
namespace {

constexpr const char* kMainMetrics[] = {"cold_share",  "throttle_share",    "latency_p50",
                                        "latency_p99", "environments_mean", "cost_month"};

constexpr char kSweepExamples[] = R"(
Then:
  floe sweep api.textproto --vary keep_alive=1m..32m*2 --output keep_alive.result
  floe sweep api.textproto --vary account.concurrency=10..50+10 --output c.result \
      --metrics throttle_share,api.latency_p99,cost_month
  floe sweep api.textproto --output grid.result \
      --vary 'functions[0].concurrency_reserved=10,20,50' --vary 'functions[0].memory_mib=128..1024*2'
Killed or interrupted, the same command goes on where it was. On several machines:
  floe sweep api.textproto --vary ... --shard 3/8 --output results/     (each its own shard)
  floe merge results/*.result --output all.result
Every field of a scenario is described in proto/floe/v1/scenario.proto; examples/slurm splits a
sweep with a job array.)";

absl::StatusOr<std::vector<Figure>> ChosenFigures(const SettingsView& view) {
  std::vector<Figure> chosen;
  const bool main_only = view.metrics.empty() && view.format == OutputFormat::kTable;
  if (main_only) {
    for (const char* name : kMainMetrics) chosen.push_back({.metric = FindMetric(name).value()});
    return chosen;
  }
  if (view.metrics.empty() || view.metrics == std::vector<std::string>{"all"}) {
    for (size_t i = 0; i < Metrics().size(); ++i) chosen.push_back({.metric = i});
    return chosen;
  }
  for (const std::string& name : view.metrics) {
    absl::StatusOr<Figure> figure = ParseFigure(name);
    if (!figure.ok()) return figure.status();
    chosen.push_back(*std::move(figure));
  }
  return chosen;
}

// Whether there are the functions whose figures are asked for. `functions` have names.
template <typename Functions>
absl::Status CheckFunctions(const std::vector<Figure>& figures, const Functions& functions) {
  for (const Figure& figure : figures) {
    const bool known =
        figure.function.empty() ||
        std::any_of(functions.begin(), functions.end(),
                    [&figure](const auto& function) { return function.name == figure.function; });
    if (known) continue;
    return absl::InvalidArgumentError(absl::StrCat("--metrics ", FigureName(figure),
                                                   ": the scenario has no function '",
                                                   figure.function, "'"));
  }
  return absl::OkStatus();
}

// The same before the scenario has run. Reads it only where a function is named: traces are long.
absl::Status CheckFunctions(const std::vector<Figure>& figures, const ScenarioEdit& edit,
                            const Grid& grid) {
  const bool names_function = std::any_of(figures.begin(), figures.end(), [](const Figure& figure) {
    return !figure.function.empty();
  });
  if (!names_function) return absl::OkStatus();
  const absl::StatusOr<Scenario> scenario = ScenarioAt(edit, grid, 0);
  if (!scenario.ok()) return scenario.status();
  return CheckFunctions(figures, scenario->functions);
}

void Show(const ResultFile& file, const SettingsView& view, const std::vector<Figure>& figures,
          std::ostream& out) {
  switch (view.format) {
    case OutputFormat::kTable:
      out << SweepTable(file, figures, view.ascii ? CharacterSet::kAscii : CharacterSet::kUnicode);
      break;
    case OutputFormat::kJson:
      out << SweepJson(file, figures);
      break;
    case OutputFormat::kCsv:
      out << SweepCsv(file, figures);
      break;
  }
}

bool IsFolder(const std::string& path) {
  struct stat info = {};
  return stat(path.c_str(), &info) == 0 && S_ISDIR(info.st_mode);
}

std::string OutputFile(const std::string& path, const Shard& shard) {
  if (!IsFolder(path)) return path;
  if (shard.count == 1) return absl::StrCat(path, "/sweep.result");
  return absl::StrCat(path, "/shard-", shard.number, "-of-", shard.count, ".result");
}

absl::StatusOr<Grid> ReadGrid(const std::vector<std::string>& vary) {
  std::vector<Axis> axes;
  for (const std::string& text : vary) {
    absl::StatusOr<Axis> axis = ParseAxis(text);
    if (!axis.ok()) return axis.status();
    axes.push_back(*std::move(axis));
  }
  return MakeGrid(std::move(axes));
}

std::string Count(int64_t count, const char* word) {
  return absl::StrCat(FormatCount(static_cast<uint64_t>(count)), " ", word, count == 1 ? "" : "s");
}

void AddViewFlags(CLI::App& command, SettingsView* view) {
  AddFormatFlag(command, &view->format);
  command
      .add_option(
          "--metrics", view->metrics,
          "Names of figures, NAME.figure for that of the function NAME, or all; default: the "
          "main ones in a table, all elsewhere")
      ->delimiter(',')
      ->allow_extra_args(false);
  command.add_flag("--ascii", view->ascii, "Write ASCII characters only");
}

}  // namespace

int RunSweepCommand(const SweepArguments& arguments, const CommandSession& session) {
  const absl::StatusOr<std::vector<Figure>> figures = ChosenFigures(arguments.view);
  if (!figures.ok()) return session.Refuse(figures.status(), kExitUsage);
  const absl::StatusOr<Grid> grid = ReadGrid(arguments.vary);
  if (!grid.ok()) return session.Refuse(grid.status(), kExitUsage);
  const absl::StatusOr<Shard> shard = ParseShard(arguments.shard);
  if (!shard.ok()) return session.Refuse(shard.status(), kExitUsage);
  const absl::StatusOr<ScenarioEdit> edit =
      ReadScenario(arguments.scenario_path, arguments.experiment);
  if (!edit.ok()) return session.Refuse(edit.status(), kExitUsage);

  if (const absl::Status known = CheckFunctions(*figures, *edit, *grid); !known.ok()) {
    return session.Refuse(known, kExitUsage);
  }

  const std::string path = OutputFile(arguments.output_path, *shard);
  ProgressLine progress(session.err, session.progress, "run");
  const auto begin = std::chrono::steady_clock::now();
  const absl::StatusOr<SweepOutcome> outcome =
      RunSweep(*edit, *grid, path,
               {.replications = arguments.experiment.replications,
                .threads = arguments.experiment.threads,
                .confidence = arguments.experiment.confidence,
                .shard = *shard,
                .on_progress = [&progress](const ExperimentProgress& now) { progress.Update(now); },
                .cancelled = session.cancelled});
  const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - begin;
  progress.Clear();
  if (!outcome.ok()) {
    const bool usage = outcome.status().code() == absl::StatusCode::kInvalidArgument;
    return session.Refuse(outcome.status(), usage ? kExitUsage : kExitFailed);
  }
  // A part of a sweep is no result; where it is interrupted, what there is is shown.
  if (shard->count == 1) Show(outcome->file, arguments.view, *figures, session.out);
  session.err << Count(outcome->units_run, "run") << " of " << Count(grid->points(), "setting")
              << " in " << FormatLength(Duration::FromSeconds(elapsed.count())) << ", "
              << outcome->units_before << " were there before: " << path << "\n";
  if (outcome->units_missing > 0) {
    session.err << "floe: interrupted: " << Count(outcome->units_missing, "run")
                << " missing; the same command goes on with them\n";
    return session.Finish(kExitInterrupted);
  }
  return session.Finish(kExitOk);
}

int RunMergeCommand(const MergeArguments& arguments, const CommandSession& session) {
  const absl::StatusOr<std::vector<Figure>> figures = ChosenFigures(arguments.view);
  if (!figures.ok()) return session.Refuse(figures.status(), kExitUsage);
  const absl::StatusOr<ResultFile> merged = MergeResultFiles(arguments.paths);
  if (!merged.ok()) return session.Refuse(merged.status(), kExitUsage);
  const absl::Status known = CheckFunctions(*figures, merged->header.functions);
  if (!known.ok()) return session.Refuse(known, kExitUsage);
  if (!arguments.output_path.empty()) {
    const absl::Status status = WriteResultFile(arguments.output_path, *merged);
    if (!status.ok()) return session.Refuse(status, kExitFailed);
  }
  Show(*merged, arguments.view, *figures, session.out);
  const int64_t missing = merged->header.units() - static_cast<int64_t>(merged->units.size());
  if (missing == 0) return session.Finish(kExitOk);
  session.err << "floe: warning: " << Count(missing, "run") << " of " << merged->header.units()
              << " missing; is a shard not finished, or was its file not given?\n";
  return session.Finish(kExitFailed);
}

void AddSweepCommands(CLI::App& app, int* exit_code) {
  CLI::App* sweep = app.add_subcommand("sweep", "Try every combination of values of some fields");
  const auto arguments = std::make_shared<SweepArguments>();
  sweep->add_option("FILE", arguments->scenario_path, "The scenario, see below")
      ->required()
      ->capture_default_str();
  sweep
      ->add_option("--vary", arguments->vary,
                   "FIELD=VALUES with values such as 10,20,50 or 1..100+10 or 1m..1h*2; "
                   "can be repeated")
      ->required()
      ->allow_extra_args(false)
      ->capture_default_str();
  sweep
      ->add_option("--output", arguments->output_path,
                   "The file that keeps what is finished, or a folder for it")
      ->required()
      ->capture_default_str();
  sweep->add_option("--shard", arguments->shard, "I/N: only the I-th of N parts of the runs");
  AddExperimentFlags(*sweep, &arguments->experiment);
  AddViewFlags(*sweep, &arguments->view);
  sweep->footer(std::string(kScenarioExample) + kSweepExamples);
  sweep->callback([arguments, exit_code] {
    arguments->view.ascii = arguments->view.ascii || !LocaleIsUtf8();
    const InterruptFlag interrupt;
    *exit_code = RunSweepCommand(*arguments, StandardSession(interrupt));
  });

  CLI::App* merge = app.add_subcommand("merge", "Put the shards of a sweep together");
  const auto merged = std::make_shared<MergeArguments>();
  merge->add_option("FILES", merged->paths, "Result files of one sweep")
      ->required()
      ->capture_default_str();
  merge->add_option("--output", merged->output_path, "Write all of it to this file");
  AddViewFlags(*merge, &merged->view);
  merge->callback([merged, exit_code] {
    merged->view.ascii = merged->view.ascii || !LocaleIsUtf8();
    const InterruptFlag interrupt;
    *exit_code = RunMergeCommand(*merged, StandardSession(interrupt));
  });
}

}  // namespace floe::cli
