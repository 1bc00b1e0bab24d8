#include "cli/validate_command.h"

#include <cmath>
#include <iostream>
#include <memory>
#include <ostream>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/flags.h"
#include "report/format.h"
#include "report/table.h"

namespace floe::cli {
namespace {

constexpr char kAws2020[] = "aws-2020";

std::string WithError(double value, double standard_error) {
  return absl::StrFormat("%.4g ± %.1g", value, standard_error);
}

std::string Deviation(double simulated, double measured) {
  return absl::StrFormat("%+.1f %%", 100 * (simulated - measured) / measured);
}

std::string PointsTable(const std::vector<Aws2020Point>& points) {
  Table table;
  table.AddRow({"requests/s", "instances measured", "simulated", "", "cold share measured",
                "simulated", ""});
  for (const Aws2020Point& point : points) {
    const Aws2020Measurement& measured = point.measured;
    table.AddRow({absl::StrFormat("%.5f", measured.rate_per_second),
                  absl::StrFormat("%.4g", measured.instances),
                  WithError(point.instances, point.instances_error),
                  Deviation(point.instances, measured.instances),
                  WithError(measured.cold_probability, measured.cold_probability_error),
                  WithError(point.cold_probability, point.cold_probability_error),
                  Deviation(point.cold_probability, measured.cold_probability)});
  }
  return table.ToString();
}

std::string Verdict(const char* what, double error, double limit) {
  return absl::StrFormat("  %-18s %5.1f %%   at most %g %%: %s\n", what, error, limit,
                         error <= limit ? "met" : "MISSED");
}

}  // namespace

int RunValidateCommand(const ValidateArguments& arguments, std::ostream& out, std::ostream& err) {
  if (arguments.measurements != kAws2020) {
    err << "floe: there are no measurements named '" << arguments.measurements << "'; there is "
        << kAws2020 << "\n";
    return kExitUsage;
  }
  const std::vector<Aws2020Point> points = SimulateAws2020(arguments.options);
  const Aws2020Errors errors = ErrorsOf(points);
  out << "AWS Lambda as measured in 2020 (SimFaaS, 20 arrival rates), and simulated from the "
         "rate,\n"
         "service times and idle limit of each; "
      << FormatCount(static_cast<uint64_t>(arguments.options.invocations))
      << " invocations each, ± one standard error.\n\n"
      << PointsTable(points) << "\nMean absolute percentage error\n"
      << Verdict("instances", errors.instances, Aws2020Errors::kInstancesMax)
      << Verdict("cold probability", errors.cold_probability, Aws2020Errors::kColdProbabilityMax);
  return errors.within_limits() ? kExitOk : kExitFailed;
}

void AddValidateCommand(CLI::App& app, int* exit_code) {
  CLI::App* command = app.add_subcommand(
      "validate", "Hold the simulator against measurements of the real thing, and show its error");
  auto arguments = std::make_shared<ValidateArguments>();
  command
      ->add_option("MEASUREMENTS", arguments->measurements,
                   "aws-2020: 20 arrival rates measured on AWS Lambda in 2020")
      ->required();
  command->add_option("--invocations", arguments->options.invocations, "Of each point")
      ->check(CLI::Range(1'000.0, 2e6));
  command
      ->add_option("--replications", arguments->options.replications,
                   "Independent runs that share them")
      ->check(CLI::Range(2, 1'000));
  command->add_option("--seed", arguments->options.seed, "Of the first run");
  command->callback([arguments, exit_code] {
    *exit_code = RunValidateCommand(*arguments, std::cout, std::cerr);
  });
}

}  // namespace floe::cli
