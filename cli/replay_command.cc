#include "cli/replay_command.h"

#include <functional>
#include <iostream>
#include <memory>
#include <ostream>
#include <utility>

#include "CLI/CLI.hpp"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "cli/flags.h"
#include "orchestrator/engine/byte_stream.h"
#include "orchestrator/engine/describe.h"
#include "orchestrator/engine/journal.h"
#include "orchestrator/engine/replay.h"
#include "report/format.h"

namespace floe::cli {
namespace {

constexpr int kExitUnreadable = 2;

int Refuse(std::ostream& err, const std::string& path, const absl::Status& status) {
  err << "floe: " << path << ": " << absl::string_view(status.message()) << "\n";
  return kExitUnreadable;
}

void PrintRecord(const JournalRecord& record, std::ostream& out) {
  out << DescribeInstant(record.event.at) << "  " << DescribeEvent(record.event.event) << "\n";
  for (const Action& action : record.actions) out << "    " << DescribeAction(action) << "\n";
}

}  // namespace

int RunReplayCommand(const ReplayArguments& arguments, std::ostream& out, std::ostream& err) {
  absl::StatusOr<std::unique_ptr<ByteSource>> source = OpenFileSource(arguments.journal_path);
  if (!source.ok()) {
    err << "floe: " << absl::string_view(source.status().message()) << "\n";
    return kExitUnreadable;
  }
  absl::StatusOr<JournalReader> reader = JournalReader::Open(*std::move(source));
  if (!reader.ok()) return Refuse(err, arguments.journal_path, reader.status());
  std::function<void(const JournalRecord&)> observe;
  if (arguments.verbose)
    observe = [&out](const JournalRecord& record) { PrintRecord(record, out); };
  const absl::StatusOr<ReplayOutcome> outcome = Replay(*reader, observe);
  if (!outcome.ok()) return Refuse(err, arguments.journal_path, outcome.status());
  if (outcome->torn_bytes > 0) {
    err << "floe: warning: " << arguments.journal_path << ": the last record is incomplete; "
        << FormatCount(outcome->torn_bytes) << " bytes left out\n";
  }
  out << FormatCount(outcome->records) << " records over "
      << FormatLength(outcome->last - outcome->first);
  if (outcome->difference.has_value()) {
    out << ", then a difference\n" << *outcome->difference << "\n";
    return kExitFailed;
  }
  out << ", every action the same\n";
  return kExitOk;
}

void AddReplayCommand(CLI::App& app, int* exit_code) {
  CLI::App* command = app.add_subcommand(
      "replay",
      "Feed a journal to a new scheduler and compare every decision\n"
      "Exits with 0 if all are the same, 1 at a difference, 2 if FILE is not readable");
  const auto arguments = std::make_shared<ReplayArguments>();
  command
      ->add_option("FILE", arguments->journal_path,
                   "A journal, from 'floe simulate --journal' or 'floe serve --journal'")
      ->required();
  command->add_flag("--verbose,-v", arguments->verbose, "Print every event and action");
  command->callback(
      [arguments, exit_code] { *exit_code = RunReplayCommand(*arguments, std::cout, std::cerr); });
}

}  // namespace floe::cli
