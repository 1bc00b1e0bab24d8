#include "cli/plan_command.h"

#include <algorithm>
#include <memory>
#include <ostream>
#include <utility>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "cli/flags.h"
#include "cli/progress_line.h"
#include "experiment/experiment.h"
#include "experiment/grid.h"
#include "experiment/plan.h"
#include "report/plan_report.h"
#include "simulator/scenario_file/scenario_edit.h"

namespace floe::cli {
namespace {

constexpr char kExamples[] = R"(
Then, for 99.9 % of the requests not throttled and a 99th percentile below 800 ms:
  floe plan api.textproto --for 'functions[0].concurrency_reserved' --range 1..100 \
      --goal 'throttle_share <= 0.1%' --goal 'latency_p99 <= 800ms'
  floe plan api.textproto --for keep_alive --range 10s..2h*1.2 --goal 'cold_share <= 1%'
A greater value must never be worse for the goals. The names of figures are those of
'floe simulate --format csv'.)";

void Show(const PlanResult& plan, const PlanQuestion& question, const PlanArguments& arguments,
          std::ostream& out) {
  switch (arguments.format) {
    case OutputFormat::kTable:
      out << PlanTable(plan, question,
                       arguments.ascii ? CharacterSet::kAscii : CharacterSet::kUnicode);
      break;
    case OutputFormat::kJson:
      out << PlanJson(plan, question);
      break;
    case OutputFormat::kCsv:
      out << PlanCsv(plan, question);
      break;
  }
}

}  // namespace

int RunPlanCommand(const PlanArguments& arguments, const CommandSession& session) {
  PlanQuestion question{.field = arguments.field, .confidence = arguments.experiment.confidence};
  for (const std::string& text : arguments.goals) {
    absl::StatusOr<Goal> goal = ParseGoal(text);
    if (!goal.ok()) return session.Refuse(goal.status(), kExitUsage);
    question.goals.push_back(*std::move(goal));
  }
  const absl::StatusOr<Axis> axis = ParseAxis(absl::StrCat(arguments.field, "=", arguments.range));
  if (!axis.ok()) return session.Refuse(axis.status(), kExitUsage);
  const absl::StatusOr<ScenarioEdit> edit =
      ReadScenario(arguments.scenario_path, arguments.experiment);
  if (!edit.ok()) return session.Refuse(edit.status(), kExitUsage);

  ProgressLine progress(session.err, session.progress, "run");
  const absl::StatusOr<PlanResult> plan = RunPlan(
      *edit, *axis, question.goals,
      {.replications = arguments.experiment.replications,
       .replications_max = std::max(arguments.replications_max, arguments.experiment.replications),
       .threads = arguments.experiment.threads,
       .confidence = arguments.experiment.confidence,
       .on_progress = [&progress](const ExperimentProgress& now) { progress.Update(now); },
       .cancelled = session.cancelled});
  progress.Clear();
  if (!plan.ok()) {
    const bool cancelled = plan.status().code() == absl::StatusCode::kCancelled;
    return session.Refuse(plan.status(), cancelled ? kExitInterrupted : kExitUsage);
  }
  Show(*plan, question, arguments, session.out);
  return session.Finish(plan->answer.has_value() ? kExitOk : kExitFailed);
}

void AddPlanCommand(CLI::App& app, int* exit_code) {
  CLI::App* command =
      app.add_subcommand("plan", "Find the least value of a field that meets stated goals");
  const auto arguments = std::make_shared<PlanArguments>();
  command->add_option("FILE", arguments->scenario_path, "The scenario, see below")
      ->required()
      ->capture_default_str();
  command
      ->add_option("--for", arguments->field,
                   "The field to plan: functions[0].concurrency_reserved, keep_alive, ...")
      ->required()
      ->capture_default_str();
  command
      ->add_option("--range", arguments->range,
                   "Its values, from worst to best: 1..500, 10,20,50 or 1m..1h*1.5")
      ->required()
      ->capture_default_str();
  command
      ->add_option("--goal", arguments->goals,
                   "What is wanted, such as 'latency_p99 <= 800ms'; can be repeated")
      ->required()
      ->allow_extra_args(false)
      ->capture_default_str();
  AddExperimentFlags(*command, &arguments->experiment);
  command
      ->add_option("--replications-max", arguments->replications_max,
                   "Replications are added up to here where the goals are nearly missed or met")
      ->check(CLI::Range(2, kReplicationsMax));
  AddFormatFlag(*command, &arguments->format);
  command->add_flag("--ascii", arguments->ascii, "Write ASCII characters only");
  command->footer(std::string(kScenarioExample) + kExamples);
  command->callback([arguments, exit_code] {
    arguments->ascii = arguments->ascii || !LocaleIsUtf8();
    const InterruptFlag interrupt;
    *exit_code = RunPlanCommand(*arguments, StandardSession(interrupt));
  });
}

}  // namespace floe::cli
