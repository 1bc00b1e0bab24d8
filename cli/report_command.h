// floe report: makes a page with charts of a result file.

#ifndef FLOE_CLI_REPORT_COMMAND_H_
#define FLOE_CLI_REPORT_COMMAND_H_

#include <iosfwd>
#include <string>

namespace CLI {
class App;
}  // namespace CLI

namespace floe::cli {

struct ReportArguments {
  std::string result_path;
  std::string html_path;
};

// Returns an exit code. The page has everything that the result file has, which is all but the
// lanes.
int RunReportCommand(const ReportArguments& arguments, std::ostream& err);

// Adds the command. Running it sets `*exit_code`, which outlives `app`.
void AddReportCommand(CLI::App& app, int* exit_code);

}  // namespace floe::cli

#endif  // FLOE_CLI_REPORT_COMMAND_H_
