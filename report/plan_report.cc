#include "report/plan_report.h"

#include <cmath>
#include <cstddef>
#include <string_view>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "experiment/estimate.h"
#include "experiment/metric.h"
#include "report/json_writer.h"
#include "report/metric_format.h"
#include "report/table.h"

namespace floe {
namespace {

std::string_view VerdictName(Verdict verdict) {
  switch (verdict) {
    case Verdict::kMeets:
      return "meets";
    case Verdict::kFails:
      return "fails";
    case Verdict::kUnclear:
      break;
  }
  return "unclear";
}

std::string GoalName(const Goal& goal) {
  return FigureName({.function = goal.function, .metric = goal.metric});
}

std::string MonthlyCost(const PlanCandidate& candidate) {
  if (candidate.cost_month.samples == 0) return "";
  return ", " + FormatMetric(candidate.cost_month.mean, MetricUnit::kDollars) + " a month";
}

std::string Answer(const PlanResult& plan, const PlanQuestion& question) {
  std::string goals;
  for (const Goal& goal : question.goals) {
    absl::StrAppend(&goals, goals.empty() ? "" : " and ", goal.text);
  }
  if (!plan.answer.has_value()) {
    return absl::StrCat("No value of ", question.field, " in the range is shown to meet ", goals,
                        ": the last, ", plan.tried.back().value, ", ",
                        plan.tried.back().verdict == Verdict::kFails ? "fails" : "is unclear",
                        MonthlyCost(plan.tried.back()), ".\n");
  }
  std::string text = absl::StrCat(question.field, " = ", plan.answer->value,
                                  MonthlyCost(*plan.answer), "\n  is the least that meets ", goals,
                                  ", with ", 100 * question.confidence, " % confidence.\n");
  if (plan.neighbour.has_value()) {
    absl::StrAppend(&text, "  The next lower, ", plan.neighbour->value,
                    MonthlyCost(*plan.neighbour),
                    plan.neighbour->verdict == Verdict::kFails
                        ? ", fails.\n"
                        : absl::StrCat(", is unclear even after ", plan.neighbour->replications,
                                       " replications.\n"));
  } else {
    text += "  It is the first of the range; a range that begins lower may have a lesser one.\n";
  }
  return text;
}

std::string CsvNumber(double number) {
  return std::isfinite(number) ? absl::StrFormat("%.9g", number) : "";
}

}  // namespace

std::string PlanTable(const PlanResult& plan, const PlanQuestion& question,
                      CharacterSet characters) {
  const std::string_view sign = characters == CharacterSet::kAscii ? "+- " : "± ";
  Table table;
  std::vector<std::string> names = {question.field, "verdict", "replications"};
  for (const Goal& goal : question.goals) {
    names.push_back(GoalName(goal));
    names.emplace_back("");
  }
  names.emplace_back("cost a month");
  table.AddRow(names);
  for (const PlanCandidate& candidate : plan.tried) {
    std::vector<std::string> row = {candidate.value, std::string(VerdictName(candidate.verdict)),
                                    absl::StrCat(candidate.replications)};
    for (size_t i = 0; i < question.goals.size(); ++i) {
      const Estimate& estimate = candidate.goals[i];
      const MetricUnit unit = Metrics()[question.goals[i].metric].unit;
      row.push_back(FormatMetric(estimate.mean, unit));
      row.push_back(estimate.has_interval()
                        ? std::string(sign) + FormatMetric((estimate.high - estimate.low) / 2, unit)
                        : "");
    }
    row.push_back(FormatMetric(candidate.cost_month.mean, MetricUnit::kDollars));
    table.AddRow(row);
  }
  return Answer(plan, question) + "\n" + table.ToString() +
         absl::StrFormat(
             "\nThe intervals are of %.4g %% confidence each, so that all decisions "
             "about a value hold together.\n",
             100 * plan.decision_confidence);
}

std::string PlanCsv(const PlanResult& plan, const PlanQuestion& question) {
  std::string csv = "value,verdict,replications";
  for (const Goal& goal : question.goals) {
    const std::string name = GoalName(goal);
    csv += "," + name + "," + name + "_low," + name + "_high";
  }
  csv += ",cost_month\r\n";
  for (const PlanCandidate& candidate : plan.tried) {
    absl::StrAppend(&csv, candidate.value, ",", std::string(VerdictName(candidate.verdict)), ",",
                    candidate.replications);
    for (const Estimate& estimate : candidate.goals) {
      for (const double number : {estimate.mean, estimate.low, estimate.high}) {
        csv += "," + CsvNumber(number);
      }
    }
    csv += "," + CsvNumber(candidate.cost_month.mean) + "\r\n";
  }
  return csv;
}

std::string PlanJson(const PlanResult& plan, const PlanQuestion& question) {
  JsonWriter json;
  json.BeginObject();
  json.Field("field", question.field);
  json.Field("confidence", question.confidence);
  json.Field("decision_confidence", plan.decision_confidence);
  if (plan.answer.has_value()) json.Field("answer", plan.answer->value);
  if (plan.neighbour.has_value()) json.Field("neighbour", plan.neighbour->value);
  json.BeginArray("tried");
  for (const PlanCandidate& candidate : plan.tried) {
    json.BeginObject();
    json.Field("value", candidate.value);
    json.Field("verdict", VerdictName(candidate.verdict));
    json.Field("replications", int64_t{candidate.replications});
    json.BeginArray("goals");
    for (size_t i = 0; i < question.goals.size(); ++i) {
      const Estimate& estimate = candidate.goals[i];
      json.BeginObject();
      json.Field("goal", question.goals[i].text);
      json.Field("mean", estimate.mean);
      json.Field("low", estimate.low);
      json.Field("high", estimate.high);
      json.EndObject();
    }
    json.EndArray();
    json.Field("cost_month", candidate.cost_month.mean);
    json.EndObject();
  }
  json.EndArray();
  json.EndObject();
  return json.text();
}

}  // namespace floe
