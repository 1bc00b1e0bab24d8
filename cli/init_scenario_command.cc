#include "cli/init_scenario_command.h"

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <memory>
#include <ostream>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "base/status_macros.h"
#include "cli/flags.h"
#include "cli/scenario_templates.h"
#include "simulator/scenario_file/scenario_edit.h"

namespace floe::cli {
namespace {

int Refuse(std::ostream& err, const absl::Status& status, int exit_code) {
  err << "floe: " << absl::string_view(status.message()) << "\n";
  return exit_code;
}

// kAlreadyExists if there is a file of that name.
absl::Status WriteNewFile(const std::string& path, absl::string_view content) {
  errno = 0;
  std::FILE* file = std::fopen(path.c_str(), "wxe");
  if (file == nullptr && errno == EEXIST) {
    return absl::AlreadyExistsError(
        absl::StrCat("write ", path, ": there is such a file already; name another one"));
  }
  if (file == nullptr) return absl::ErrnoToStatus(errno, absl::StrCat("write ", path));
  const size_t written = std::fwrite(content.data(), 1, content.size(), file);
  const bool closed = std::fclose(file) == 0;
  if (written == content.size() && closed) return absl::OkStatus();
  return absl::ErrnoToStatus(errno == 0 ? EIO : errno, absl::StrCat("write ", path));
}

// "day.csv" for "folder/day.textproto".
std::filesystem::path DataFileOf(const std::string& path) {
  return std::filesystem::path(path).replace_extension(".csv");
}

std::string TextOf(const ScenarioTemplate& scenario, const std::string& path) {
  return absl::StrReplaceAll(scenario.text, {{"@DATA@", DataFileOf(path).filename().string()}});
}

absl::Status WriteFiles(const ScenarioTemplate& scenario, const std::string& path) {
  if (scenario.data.empty()) return WriteNewFile(path, TextOf(scenario, path));
  const std::string data_path = DataFileOf(path).string();
  if (data_path == path) {
    return absl::InvalidArgumentError(
        absl::StrCat("write ", path,
                     ": its data would be in a file of the same name; let the name "
                     "end in .textproto"));
  }
  RETURN_IF_ERROR(WriteNewFile(data_path, scenario.data));
  absl::Status written = WriteNewFile(path, TextOf(scenario, path));
  if (!written.ok()) std::remove(data_path.c_str());
  return written;
}

void ListFields(std::ostream& out) {
  const std::vector<ScenarioField> fields = ScenarioEdit::AllFields();
  size_t width = 0;
  for (const ScenarioField& field : fields) width = std::max(width, field.path.size());
  for (const ScenarioField& field : fields) {
    out << field.path << std::string(width + 2 - field.path.size(), ' ') << field.text << "\n";
  }
}

std::string KindsHelp() {
  std::string help = "\nKinds:\n";
  for (const ScenarioTemplate& scenario : ScenarioTemplates()) {
    absl::StrAppend(&help, "  ", scenario.kind, std::string(14 - scenario.kind.size(), ' '),
                    scenario.question, "\n");
  }
  absl::StrAppend(&help,
                  "Then:\n  floe simulate scenario.textproto\n"
                  "Every field is described in proto/floe/v1/scenario.proto.");
  return help;
}

}  // namespace

int RunInitScenarioCommand(const InitScenarioArguments& arguments, std::ostream& out,
                           std::ostream& err) {
  if (arguments.list_fields) {
    ListFields(out);
    return kExitOk;
  }
  const ScenarioTemplate* scenario = FindScenarioTemplate(arguments.kind);
  if (scenario == nullptr) {
    return Refuse(err,
                  absl::InvalidArgumentError(absl::StrCat("there is no kind \"", arguments.kind,
                                                          "\"; see floe init-scenario --help")),
                  kExitUsage);
  }
  if (arguments.path == "-") {
    out << TextOf(*scenario, "scenario.textproto");
    return kExitOk;
  }
  const absl::Status written = WriteFiles(*scenario, arguments.path);
  if (!written.ok()) return Refuse(err, written, kExitFailed);
  err << "wrote " << arguments.path << ": " << scenario->question << "\n"
      << "next: floe simulate " << arguments.path << "\n";
  return kExitOk;
}

void AddInitScenarioCommand(CLI::App& app, int* exit_code) {
  CLI::App* command =
      app.add_subcommand("init-scenario", "Write a commented scenario to start from");
  const auto arguments = std::make_shared<InitScenarioArguments>();
  std::vector<std::string> kinds;
  for (const ScenarioTemplate& scenario : ScenarioTemplates()) kinds.emplace_back(scenario.kind);
  command->add_option("FILE", arguments->path, "The file to write; - prints it");
  command->add_option("--kind", arguments->kind, "What the scenario is about, see below")
      ->check(CLI::IsMember(kinds));
  command->add_flag("--list-fields", arguments->list_fields,
                    "Instead: print every field a scenario can have, as --set takes it");
  command->footer(KindsHelp());
  command->callback([arguments, exit_code] {
    *exit_code = RunInitScenarioCommand(*arguments, std::cout, std::cerr);
  });
}

}  // namespace floe::cli
