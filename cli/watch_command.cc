#include "cli/watch_command.h"

#include <unistd.h>

#include <chrono>
#include <iostream>
#include <memory>
#include <string>
#include <thread>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "cli/control_client.h"
#include "cli/flags.h"
#include "cli/fleet_poll.h"
#include "google/protobuf/util/time_util.h"
#include "grpcpp/client_context.h"

namespace floe::cli {
namespace {

struct WatchArguments {
  std::string control = DefaultControlAddress();
  bool events = false;
  bool until_empty = false;
  std::string limit = "inf";
};

int WatchEvents(const WatchArguments& arguments) {
  const auto stub = ConnectToDaemon(arguments.control);
  grpc::ClientContext context;
  const auto reader = stub->WatchEvents(&context, v1::WatchEventsRequest());
  v1::WatchEventsResponse event;
  while (reader->Read(&event)) {
    const int64_t nanoseconds =
        google::protobuf::util::TimeUtil::TimestampToNanoseconds(event.at());
    std::cout << absl::FormatTime("%H:%M:%E3S", absl::FromUnixNanos(nanoseconds),
                                  absl::UTCTimeZone())
              << "  " << event.text() << std::endl;
  }
  const absl::Status status = ToStatus(reader->Finish(), arguments.control);
  return status.ok() ? kExitOk : Fail(status);
}

// Shows the fleet until it is empty, if asked for, or the limit has passed, or for ever.
int WatchFleet(const WatchArguments& arguments) {
  const absl::StatusOr<Duration> limit = ParseDuration(arguments.limit);
  if (!limit.ok()) {
    Fail(limit.status());
    return kExitUsage;
  }
  const auto begin = std::chrono::steady_clock::now();
  const FleetWatcher watcher(arguments.control, ViewStyleFor(STDOUT_FILENO), std::cout);
  while (true) {
    const absl::StatusOr<EnvironmentCounts> counts = PollFleet(arguments.control);
    if (!counts.ok()) return Fail(counts.status());
    if (arguments.until_empty && counts->live() + counts->stopping == 0) return kExitOk;
    const auto elapsed = std::chrono::steady_clock::now() - begin;
    if (elapsed >= std::chrono::nanoseconds(limit->nanoseconds())) {
      if (!arguments.until_empty) return kExitOk;
      return Fail(absl::DeadlineExceededError(absl::StrCat("watch: ", counts->live(),
                                                           " environments are still there after ",
                                                           FormatDuration(*limit))));
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
}

}  // namespace

void AddWatchCommand(CLI::App& app, int* exit_code) {
  const auto arguments = std::make_shared<WatchArguments>();
  CLI::App* command =
      app.add_subcommand("watch", "Show the environments of a running daemon by state over time");
  command->add_option("--control", arguments->control, "Address of the daemon's control service");
  CLI::Option* events =
      command->add_flag("--events", arguments->events, "Print a line for each event instead");
  command->add_flag("--until-empty", arguments->until_empty, "End when no environment is left")
      ->excludes(events);
  command->add_option("--limit", arguments->limit, "End after this time at the latest")
      ->excludes(events);
  command->callback([arguments, exit_code] {
    *exit_code = arguments->events ? WatchEvents(*arguments) : WatchFleet(*arguments);
  });
}

}  // namespace floe::cli
