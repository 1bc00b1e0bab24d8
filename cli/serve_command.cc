#include "cli/serve_command.h"

#include <signal.h>
#include <unistd.h>

#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <system_error>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "cli/flags.h"
#include "daemon/daemon.h"

namespace floe::cli {
namespace {

struct ServeArguments {
  DaemonOptions daemon;
  std::string keep_alive = "10m";
  std::string lifetime = "inf";
  std::string init_limit = "10s";
  std::string lease = "10s";
  bool no_agent = false;
  bool show_output = false;
  std::string orchestrator;  // For a lone agent.
};

const std::map<std::string, ScalingRule> kScalingRules = {
    {"unlimited", ScalingRule::kUnlimited},    {"current", ScalingRule::kCurrent},
    {"legacy-3000", ScalingRule::kLegacy3000}, {"legacy-1000", ScalingRule::kLegacy1000},
    {"legacy-500", ScalingRule::kLegacy500},
};
const std::map<std::string, ReuseOrder> kReuseOrders = {
    {"newest-first", ReuseOrder::kNewestFirst},
    {"oldest-first", ReuseOrder::kOldestFirst},
    {"random", ReuseOrder::kRandom},
};
const std::map<std::string, ContainerRuntimeKind> kRuntimes = {
    {"linux", ContainerRuntimeKind::kLinux},
    {"process", ContainerRuntimeKind::kProcess},
};

std::string DefaultStateDirectory() {
  if (geteuid() == 0) return "/var/lib/floe";
  const char* home = std::getenv("HOME");
  return absl::StrCat(home != nullptr ? home : "/tmp", "/.local/share/floe");
}

// SIGINT and SIGTERM as something to wait for. Made before any thread, so that all inherit the
// mask.
class StopSignals {
 public:
  StopSignals() {
    signal(SIGPIPE, SIG_IGN);
    sigemptyset(&set_);
    sigaddset(&set_, SIGINT);
    sigaddset(&set_, SIGTERM);
    pthread_sigmask(SIG_BLOCK, &set_, nullptr);
  }
  // Returns the name of the signal that came.
  const char* Wait() {
    int number = 0;
    sigwait(&set_, &number);
    // A second one ends the process at once, should stopping take too long.
    pthread_sigmask(SIG_UNBLOCK, &set_, nullptr);
    return number == SIGINT ? "SIGINT" : "SIGTERM";
  }

 private:
  sigset_t set_;
};

// The folder of a "unix:/path" socket must be there before anything can listen in it.
absl::Status MakeSocketFolder(const std::string& address) {
  if (address.rfind("unix:", 0) != 0) return absl::OkStatus();
  const std::filesystem::path folder = std::filesystem::path(address.substr(5)).parent_path();
  if (folder.empty()) return absl::OkStatus();
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  if (error)
    return absl::UnavailableError(absl::StrCat("create ", folder.string(), ": ", error.message()));
  return absl::OkStatus();
}

absl::Status FinishOptions(ServeArguments& arguments) {
  SchedulerOptions& scheduler = arguments.daemon.orchestrator.scheduler;
  const struct {
    const char* flag;
    const std::string& text;
    Duration& value;
  } durations[] = {{"--keep-alive", arguments.keep_alive, scheduler.keep_alive},
                   {"--lifetime", arguments.lifetime, scheduler.lifetime_max},
                   {"--init-limit", arguments.init_limit, scheduler.init_limit},
                   {"--lease", arguments.lease, arguments.daemon.lease}};
  for (const auto& duration : durations) {
    const absl::StatusOr<Duration> parsed = ParseDuration(duration.text);
    if (!parsed.ok()) {
      return absl::InvalidArgumentError(
          absl::StrCat(duration.flag, ": ", parsed.status().message()));
    }
    duration.value = *parsed;
  }
  arguments.daemon.embedded_agent = !arguments.no_agent;
  if (arguments.show_output) {
    arguments.daemon.node.output = [](EnvironmentId environment, absl::string_view line) {
      std::cout << absl::StrCat("[", environment.row, ".", environment.generation, "] ", line, "\n")
                << std::flush;
    };
  }
  return absl::OkStatus();
}

// Port 0 is shown as the port that was found free.
void PrintControl(const Daemon& daemon, const std::vector<std::string>& addresses) {
  bool is_first_tcp = true;
  for (const std::string& address : addresses) {
    const bool is_tcp = address.rfind("unix:", 0) != 0;
    const size_t colon = address.rfind(':');
    std::cout << "control       ";
    if (is_tcp && is_first_tcp && address.substr(colon) == ":0") {
      std::cout << address.substr(0, colon + 1) << daemon.control_port() << "\n";
    } else {
      std::cout << address << "\n";
    }
    is_first_tcp &= !is_tcp;
  }
}

int Serve(ServeArguments& arguments) {
  if (absl::Status status = FinishOptions(arguments); !status.ok()) {
    Fail(status);
    return kExitUsage;
  }
  for (const std::string& address : arguments.daemon.control) {
    if (absl::Status status = MakeSocketFolder(address); !status.ok()) return Fail(status);
  }
  StopSignals stop_signals;
  const absl::StatusOr<std::unique_ptr<Daemon>> daemon = Daemon::Start(arguments.daemon);
  if (!daemon.ok()) return Fail(daemon.status());
  if (arguments.daemon.embedded_agent) {
    if (absl::Status status = (*daemon)->WaitForNode(Duration::Seconds(30)); !status.ok()) {
      return Fail(status);
    }
  }
  if ((*daemon)->front_door_port() != 0) {
    std::cout << "front door    http://127.0.0.1:" << (*daemon)->front_door_port() << "\n";
  }
  if ((*daemon)->http_trigger_port() != 0) {
    std::cout << "http trigger  http://127.0.0.1:" << (*daemon)->http_trigger_port()
              << "/FUNCTION/\n";
  }
  PrintControl(**daemon, arguments.daemon.control);
  std::cout << "floe is ready" << std::endl;
  const char* signal_name = stop_signals.Wait();
  std::cout << "floe stops: " << signal_name << std::endl;
  return kExitOk;
}

int RunAgent(ServeArguments& arguments) {
  StopSignals stop_signals;
  const absl::StatusOr<std::unique_ptr<LoneAgent>> agent =
      LoneAgent::Start(arguments.daemon.node, arguments.orchestrator, arguments.daemon.tls);
  if (!agent.ok()) return Fail(agent.status());
  std::cout << "node " << arguments.daemon.node.name << " serves " << arguments.orchestrator
            << std::endl;
  stop_signals.Wait();
  return kExitOk;
}

void AddNodeOptions(CLI::App* command, NodeOptions& node) {
  command->add_option("--node-name", node.name, "Name of this node: 1 to 63 of [a-z0-9-]");
  command
      ->add_option("--runtime", node.runtime,
                   "linux: Floe's own containers, as root. process: plain processes, not isolated")
      ->transform(CLI::CheckedTransformer(kRuntimes));
  command->add_option("--state-directory", node.state_directory, "Unpacked images are kept here");
  command->add_option("--node-memory", node.memory_mib,
                      "MiB that environments may use together; 0: what the machine has");
  command
      ->add_option("--containers-ahead", node.containers_ahead,
                   "Network namespaces and cgroups made ahead of need")
      ->check(CLI::Range(0, 1'024));
}

void AddTlsOptions(CLI::App* command, TlsFiles& tls) {
  command->add_option("--tls-certificate", tls.certificate, "PEM file, for mutual TLS");
  command->add_option("--tls-key", tls.private_key, "PEM file, for mutual TLS");
  command->add_option("--tls-ca", tls.client_ca, "PEM file of who signs the other side");
}

}  // namespace

void AddServeCommand(CLI::App& app, int* exit_code) {
  const auto arguments = std::make_shared<ServeArguments>();
  DaemonOptions& daemon = arguments->daemon;
  SchedulerOptions& scheduler = daemon.orchestrator.scheduler;
  daemon.node.state_directory = DefaultStateDirectory();
  daemon.control = {DefaultControlAddress()};
  CLI::App* command =
      app.add_subcommand("serve", "Run functions in real containers on this machine");
  command->add_option("--listen", daemon.front_door, "Front door for Lambda clients; '' for none");
  command->add_option("--http-trigger", daemon.http_trigger, "HTTP trigger; '' for none");
  command->add_option("--control", daemon.control,
                      "gRPC: unix:/path or HOST:PORT; may be repeated");
  command->add_option("--journal", daemon.orchestrator.journal_path,
                      "Record every decision here; an earlier file is kept as FILE.previous");
  command->add_option("--account-concurrency", scheduler.account_concurrency, "Account limit")
      ->check(CLI::Range(1, 1'000'000));
  command->add_option("--scaling-rule", scheduler.scaling_rule, "How fast environments may appear")
      ->transform(CLI::CheckedTransformer(kScalingRules));
  command->add_option("--reuse-order", scheduler.reuse_order, "Which idle environment serves")
      ->transform(CLI::CheckedTransformer(kReuseOrders));
  command->add_option("--keep-alive", arguments->keep_alive,
                      "Idle environments are stopped after it");
  command->add_option("--lifetime", arguments->lifetime, "Environments of this age are replaced");
  command->add_option("--init-limit", arguments->init_limit, "For the init phase");
  command->add_option("--lease", arguments->lease, "A node silent for it is lost; 100ms to 24h");
  command->add_option("--base-root", daemon.base_root, "Root file system below zip functions");
  command->add_option("--region", daemon.orchestrator.region, "Region that functions see");
  command->add_option("--account-id", daemon.orchestrator.account_id, "Account that functions see");
  command->add_flag("--no-agent", arguments->no_agent, "Run nothing here; wait for agents");
  command->add_flag("--show-output", arguments->show_output, "Print what functions write");
  AddNodeOptions(command, daemon.node);
  AddTlsOptions(command, daemon.tls);
  command->callback([arguments, exit_code] { *exit_code = Serve(*arguments); });
}

void AddAgentCommand(CLI::App& app, int* exit_code) {
  const auto arguments = std::make_shared<ServeArguments>();
  arguments->daemon.node.state_directory = DefaultStateDirectory();
  CLI::App* command =
      app.add_subcommand("agent", "Offer this machine's room to an orchestrator elsewhere");
  command
      ->add_option("--orchestrator", arguments->orchestrator,
                   "gRPC address of a 'floe serve --control': unix:/path or HOST:PORT")
      ->required();
  AddNodeOptions(command, arguments->daemon.node);
  AddTlsOptions(command, arguments->daemon.tls);
  command->callback([arguments, exit_code] { *exit_code = RunAgent(*arguments); });
}

}  // namespace floe::cli
