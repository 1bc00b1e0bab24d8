// floe validate: holds the simulator against measurements of the real thing.

#ifndef FLOE_CLI_VALIDATE_COMMAND_H_
#define FLOE_CLI_VALIDATE_COMMAND_H_

#include <iosfwd>
#include <string>

#include "simulator/validation/aws_2020.h"

namespace CLI {
class App;
}  // namespace CLI

namespace floe::cli {

struct ValidateArguments {
  std::string measurements;
  Aws2020Options options;
};

// Exit codes: 0 within the limits, 1 beyond them, 2 there are no such measurements.
int RunValidateCommand(const ValidateArguments& arguments, std::ostream& out, std::ostream& err);

// Adds the command. Running it sets `*exit_code`, which outlives `app`.
void AddValidateCommand(CLI::App& app, int* exit_code);

}  // namespace floe::cli

#endif  // FLOE_CLI_VALIDATE_COMMAND_H_
