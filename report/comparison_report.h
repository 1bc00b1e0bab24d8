// Two results side by side: for people, for spreadsheets and for programs.

#ifndef FLOE_REPORT_COMPARISON_REPORT_H_
#define FLOE_REPORT_COMPARISON_REPORT_H_

#include <string>

#include "experiment/comparison.h"
#include "report/chart.h"

namespace floe {

enum class ComparedFigures {
  kChanged,  // Those whose interval does not hold 0.
  kAll,
};

// One line per figure: both means, the difference with half of its interval's width, the part of
// the first that it is, and a star where it is significant. `name_a` and `name_b` stand above.
std::string ComparisonTable(const Comparison& comparison, const std::string& name_a,
                            const std::string& name_b, ComparedFigures figures,
                            CharacterSet characters);

// "function,metric,unit,a,b,difference,low,high,significant", all figures, as RFC 4180 wants it.
std::string ComparisonCsv(const Comparison& comparison);

std::string ComparisonJson(const Comparison& comparison, const std::string& name_a,
                           const std::string& name_b);

}  // namespace floe

#endif  // FLOE_REPORT_COMPARISON_REPORT_H_
