// What a search for the least that is enough has found: for people, spreadsheets and programs.

#ifndef FLOE_REPORT_PLAN_REPORT_H_
#define FLOE_REPORT_PLAN_REPORT_H_

#include <string>
#include <vector>

#include "experiment/plan.h"
#include "report/chart.h"

namespace floe {

struct PlanQuestion {
  std::string field;
  std::vector<Goal> goals;
  double confidence = 0.95;
};

// The answer in words, then a line for each value that was tried.
std::string PlanTable(const PlanResult& plan, const PlanQuestion& question,
                      CharacterSet characters);

// Each value that was tried: "value,verdict,replications", for each goal its mean, low and high,
// then "cost_month".
std::string PlanCsv(const PlanResult& plan, const PlanQuestion& question);

std::string PlanJson(const PlanResult& plan, const PlanQuestion& question);

}  // namespace floe

#endif  // FLOE_REPORT_PLAN_REPORT_H_
