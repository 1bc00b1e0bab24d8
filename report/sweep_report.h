// The settings of a sweep side by side: for people, for spreadsheets and for programs.

#ifndef FLOE_REPORT_SWEEP_REPORT_H_
#define FLOE_REPORT_SWEEP_REPORT_H_

#include <string>
#include <vector>

#include "experiment/metric.h"
#include "experiment/result_file.h"
#include "report/chart.h"

namespace floe {

// One line per setting: the values of the axes, then each of the figures with half of its
// interval's width. Settings without a run are left out.
std::string SweepTable(const ResultFile& file, const std::vector<Figure>& figures,
                       CharacterSet characters);

// As RFC 4180 wants it, with a line of names: the fields that are varied, "replications", and of
// each figure "NAME", "NAME_low" and "NAME_high". A number that does not exist is empty.
std::string SweepCsv(const ResultFile& file, const std::vector<Figure>& figures);

// The same, with standard errors and what was asked.
std::string SweepJson(const ResultFile& file, const std::vector<Figure>& figures);

}  // namespace floe

#endif  // FLOE_REPORT_SWEEP_REPORT_H_
