#include "cli/function_commands.h"

#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <memory>
#include <optional>
#include <string>
#include <system_error>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/time.h"
#include "cli/control_client.h"
#include "cli/flags.h"
#include "google/protobuf/util/time_util.h"
#include "grpcpp/client_context.h"

namespace floe::cli {
namespace {

constexpr int kReservedMax = 1'000'000;  // As account concurrency.

struct DeployArguments {
  std::string name;
  std::string image;
  std::string root;
  std::string task;
  std::string base;
  std::vector<std::string> entry_point;
  std::vector<std::string> command;
  std::string working_directory;
  std::vector<std::string> variables;
  int64_t memory_mib = 128;
  int64_t tmp_mib = 512;
  std::string timeout = "3s";
  bool host_network = false;
  std::string description;
  std::string handler;
  int reserved = -1;
};

struct InvokeArguments {
  std::string name;
  std::string payload = "{}";
  bool show_log = false;
};

// What all commands share while CLI11 holds references to it.
struct Session {
  std::string control = DefaultControlAddress();
  DeployArguments deploy;
  InvokeArguments invoke;
  std::string function_name;
  int reserved = 0;
  bool remove_reservation = false;
};

absl::StatusOr<std::string> AbsolutePath(const std::string& path) {
  std::error_code error;
  const std::filesystem::path absolute = std::filesystem::canonical(path, error);
  if (error) return absl::NotFoundError(absl::StrCat("open ", path, ": ", error.message()));
  return absolute.string();
}

// Calls `method` of the control service; prints the error when it fails.
template <typename Request, typename Response>
std::optional<Response> Call(const Session& session,
                             grpc::Status (v1::ControlService::Stub::*method)(grpc::ClientContext*,
                                                                              const Request&,
                                                                              Response*),
                             const Request& request) {
  const std::unique_ptr<v1::ControlService::Stub> stub = ConnectToDaemon(session.control);
  grpc::ClientContext context;
  Response response;
  const grpc::Status status = ((*stub).*method)(&context, request, &response);
  if (!status.ok()) {
    Fail(ToStatus(status, session.control));
    return std::nullopt;
  }
  return response;
}

absl::Status FillCode(const DeployArguments& arguments, v1::FunctionCode& code) {
  const int sources = !arguments.image.empty() + !arguments.root.empty() + !arguments.task.empty();
  if (sources != 1) {
    return absl::InvalidArgumentError("give exactly one of --image, --root and --task");
  }
  if (arguments.task.empty() != arguments.base.empty()) {
    return absl::InvalidArgumentError("--task and --base go together");
  }
  const std::string& given = !arguments.image.empty()  ? arguments.image
                             : !arguments.root.empty() ? arguments.root
                                                       : arguments.task;
  const absl::StatusOr<std::string> path = AbsolutePath(given);
  if (!path.ok()) return path.status();
  if (!arguments.image.empty()) code.set_oci_image(*path);
  if (!arguments.root.empty()) code.set_root_directory(*path);
  if (!arguments.task.empty()) {
    const absl::StatusOr<std::string> base = AbsolutePath(arguments.base);
    if (!base.ok()) return base.status();
    code.set_task_directory(*path);
    code.set_base_root(*base);
  }
  return absl::OkStatus();
}

absl::Status FillSpec(const DeployArguments& arguments, v1::FunctionSpec& spec) {
  spec.set_name(arguments.name);
  if (absl::Status status = FillCode(arguments, *spec.mutable_code()); !status.ok()) return status;
  const absl::StatusOr<Duration> timeout = ParseDuration(arguments.timeout);
  if (!timeout.ok()) return timeout.status();
  *spec.mutable_timeout() =
      google::protobuf::util::TimeUtil::NanosecondsToDuration(timeout->nanoseconds());
  for (const std::string& variable : arguments.variables) {
    const size_t equals = variable.find('=');
    if (equals == std::string::npos || equals == 0) {
      return absl::InvalidArgumentError(absl::StrCat("--env ", variable, ": write NAME=VALUE"));
    }
    (*spec.mutable_variables())[variable.substr(0, equals)] = variable.substr(equals + 1);
  }
  for (const std::string& word : arguments.entry_point) spec.add_entry_point(word);
  for (const std::string& word : arguments.command) spec.add_command(word);
  spec.set_working_directory(arguments.working_directory);
  spec.set_memory_mib(arguments.memory_mib);
  spec.set_tmp_mib(arguments.tmp_mib);
  spec.set_network(arguments.host_network ? v1::FUNCTION_NETWORK_HOST
                                          : v1::FUNCTION_NETWORK_ISOLATED);
  spec.set_description(arguments.description);
  spec.set_handler(arguments.handler);
  return absl::OkStatus();
}

int Reserve(const Session& session, const std::string& name, std::optional<int> reserved) {
  v1::SetReservedConcurrencyRequest request;
  request.set_name(name);
  if (reserved.has_value()) request.set_concurrency_reserved(*reserved);
  const auto response = Call(session, &v1::ControlService::Stub::SetReservedConcurrency, request);
  return response.has_value() ? kExitOk : kExitFailed;
}

int Deploy(const Session& session) {
  v1::DeployFunctionRequest request;
  if (absl::Status status = FillSpec(session.deploy, *request.mutable_spec()); !status.ok()) {
    Fail(status);
    return kExitUsage;
  }
  const auto response = Call(session, &v1::ControlService::Stub::DeployFunction, request);
  if (!response.has_value()) return kExitFailed;
  if (session.deploy.reserved >= 0) {
    const int exit_code = Reserve(session, session.deploy.name, session.deploy.reserved);
    if (exit_code != kExitOk) return exit_code;
  }
  const v1::FunctionSpec& spec = response->function().spec();
  std::cout << absl::StreamFormat("deployed %s: %d MiB, time-out %d s\n", spec.name(),
                                  spec.memory_mib(), spec.timeout().seconds());
  return kExitOk;
}

absl::StatusOr<std::string> ReadPayload(const std::string& argument) {
  if (argument.empty() || argument[0] != '@') return argument;
  const std::string path = argument.substr(1);
  if (path == "-") return std::string(std::istreambuf_iterator<char>(std::cin), {});
  std::ifstream file(path, std::ios::binary);
  if (!file) return absl::NotFoundError(absl::StrCat("open ", path, ": cannot be read"));
  return std::string(std::istreambuf_iterator<char>(file), {});
}

int Invoke(const Session& session) {
  v1::InvokeRequest request;
  request.set_function_name(session.invoke.name);
  absl::StatusOr<std::string> payload = ReadPayload(session.invoke.payload);
  if (!payload.ok()) return Fail(payload.status());
  request.set_payload(*std::move(payload));
  const auto response = Call(session, &v1::ControlService::Stub::Invoke, request);
  if (!response.has_value()) return kExitFailed;
  std::cout << response->payload() << "\n";
  if (session.invoke.show_log) std::cerr << response->log();
  if (response->function_error().empty()) return kExitOk;
  return Fail(absl::UnknownError(
      absl::StrCat(session.invoke.name, " failed (", response->function_error(), ")")));
}

int Delete(const Session& session) {
  v1::DeleteFunctionRequest request;
  request.set_name(session.function_name);
  const auto response = Call(session, &v1::ControlService::Stub::DeleteFunction, request);
  return response.has_value() ? kExitOk : kExitFailed;
}

std::string CodeText(const v1::FunctionCode& code) {
  switch (code.source_case()) {
    case v1::FunctionCode::kOciImage:
      return code.oci_image();
    case v1::FunctionCode::kRootDirectory:
      return code.root_directory();
    case v1::FunctionCode::kTaskDirectory:
      return code.task_directory();
    case v1::FunctionCode::SOURCE_NOT_SET:
      return "";
  }
  return "";
}

int List(const Session& session) {
  const auto response =
      Call(session, &v1::ControlService::Stub::ListFunctions, v1::ListFunctionsRequest());
  if (!response.has_value()) return kExitFailed;
  std::cout << absl::StreamFormat("%-24s %7s %8s %8s %5s %5s  %s\n", "FUNCTION", "MEMORY",
                                  "TIMEOUT", "RESERVED", "BUSY", "IDLE", "CODE");
  for (const v1::Function& function : response->functions()) {
    const v1::FunctionSpec& spec = function.spec();
    std::cout << absl::StreamFormat(
        "%-24s %3d MiB %6d s %8s %5d %5d  %s\n", spec.name(), spec.memory_mib(),
        spec.timeout().seconds(),
        function.has_concurrency_reserved() ? absl::StrCat(function.concurrency_reserved()) : "-",
        function.environments().busy(), function.environments().idle(), CodeText(spec.code()));
  }
  return kExitOk;
}

absl::string_view StateName(v1::EnvironmentState state) {
  switch (state) {
    case v1::ENVIRONMENT_STATE_STARTING:
      return "starting";
    case v1::ENVIRONMENT_STATE_INITIALIZING:
      return "initializing";
    case v1::ENVIRONMENT_STATE_BUSY:
      return "busy";
    case v1::ENVIRONMENT_STATE_IDLE:
      return "idle";
    case v1::ENVIRONMENT_STATE_RESET:
      return "reset";
    case v1::ENVIRONMENT_STATE_STOPPING:
      return "stopping";
    default:
      return "unknown";
  }
}

int Environments(const Session& session) {
  const auto response =
      Call(session, &v1::ControlService::Stub::ListEnvironments, v1::ListEnvironmentsRequest());
  if (!response.has_value()) return kExitFailed;
  std::cout << absl::StreamFormat("%-18s %-24s %-12s %-13s %s\n", "ENVIRONMENT", "FUNCTION", "NODE",
                                  "STATE", "SINCE");
  for (const v1::Environment& environment : response->environments()) {
    const int64_t milliseconds =
        google::protobuf::util::TimeUtil::DurationToMilliseconds(environment.in_state());
    std::cout << absl::StreamFormat(
        "%-18s %-24s %-12s %-13s %.1f s\n",
        absl::StrCat(environment.id() & 0xFFFFFFFF, ".", environment.id() >> 32),
        environment.function_name(), environment.node_name(), StateName(environment.state()),
        static_cast<double>(milliseconds) / 1e3);
  }
  return kExitOk;
}

int Limits(const Session& session) {
  const auto limits = Call(session, &v1::ControlService::Stub::GetLimits, v1::GetLimitsRequest());
  if (!limits.has_value()) return kExitFailed;
  const Duration keep_alive = Duration::Nanoseconds(
      google::protobuf::util::TimeUtil::DurationToNanoseconds(limits->keep_alive()));
  std::cout << absl::StreamFormat(
      "account concurrency       %d\n"
      "unreserved now            %d (at least %d)\n"
      "scaling rate              %s\n"
      "keep-alive                %s\n",
      limits->account_concurrency(), limits->unreserved_concurrency(),
      limits->unreserved_concurrency_min(), limits->scaling_rule(), FormatDuration(keep_alive));
  return kExitOk;
}

int Metrics(const Session& session) {
  const auto metrics =
      Call(session, &v1::ControlService::Stub::GetMetrics, v1::GetMetricsRequest());
  if (!metrics.has_value()) return kExitFailed;
  const v1::EnvironmentCountsByState& counts = metrics->environments();
  std::cout << absl::StreamFormat(
      "invocations               %d\n"
      "cold starts               %d\n"
      "function errors           %d\n"
      "claimed concurrency       %d\n"
      "environments              %d starting, %d initializing, %d busy, %d idle, %d reset, %d "
      "stopping\n"
      "nodes                     %d\n"
      "reports out of order      %d\n",
      metrics->invocations(), metrics->cold_starts(), metrics->function_errors(),
      metrics->claimed_concurrency(), counts.starting(), counts.initializing(), counts.busy(),
      counts.idle(), counts.reset(), counts.stopping(), metrics->nodes(), metrics->stale_events());
  for (const auto& [reason, count] : metrics->throttles()) {
    if (count == 0) continue;
    std::cout << absl::StreamFormat("throttled                 %d, %s\n", count, reason);
  }
  return kExitOk;
}

void AddDeploy(CLI::App& app, const std::shared_ptr<Session>& session, int* exit_code) {
  CLI::App* command = app.add_subcommand("deploy", "Create a function, or replace it");
  DeployArguments& deploy = session->deploy;
  command->add_option("name", deploy.name, "Name of the function")->required();
  command->add_option("--image", deploy.image,
                      "OCI image: a layout directory or an archive of one");
  command->add_option("--root", deploy.root, "Directory that is a complete root file system");
  command->add_option("--task", deploy.task, "Directory with a 'bootstrap', shown at /var/task");
  command->add_option("--base", deploy.base, "With --task: the root file system below it");
  command->add_option("--entry-point", deploy.entry_point, "Replaces the image's entrypoint");
  command->add_option("--command", deploy.command, "Replaces the image's command");
  command->add_option("--working-directory", deploy.working_directory, "Replaces the image's");
  command->add_option("--env", deploy.variables, "NAME=VALUE, may be repeated");
  command->add_option("--memory", deploy.memory_mib, "Memory in MiB, 128 to 10240");
  command->add_option("--tmp", deploy.tmp_mib, "Size of /tmp in MiB, 512 to 10240");
  command->add_option("--timeout", deploy.timeout, "Time-out, 1s to 900s");
  command->add_flag("--host-network", deploy.host_network, "Use the host's network");
  command->add_option("--description", deploy.description, "At most 256 characters");
  command->add_option("--handler", deploy.handler, "Becomes _HANDLER");
  command->add_option("--reserved", deploy.reserved, "Reserved concurrency; 0 switches it off")
      ->check(CLI::Range(0, kReservedMax));
  command->callback([session, exit_code] { *exit_code = Deploy(*session); });
}

void AddInvoke(CLI::App& app, const std::shared_ptr<Session>& session, int* exit_code) {
  CLI::App* command = app.add_subcommand("invoke", "Run a function once and print its answer");
  command->add_option("name", session->invoke.name, "Name of the function")->required();
  command->add_option("--payload", session->invoke.payload, "JSON, @FILE, or @- for stdin");
  command->add_flag("--log", session->invoke.show_log, "Print the log lines to stderr");
  command->callback([session, exit_code] { *exit_code = Invoke(*session); });
}

void AddReserve(CLI::App& app, const std::shared_ptr<Session>& session, int* exit_code) {
  CLI::App* command = app.add_subcommand("reserve", "Set or remove reserved concurrency");
  command->add_option("name", session->function_name, "Name of the function")->required();
  CLI::Option* count = command->add_option("concurrency", session->reserved, "0 switches it off");
  count->check(CLI::Range(0, kReservedMax));
  CLI::Option* remove =
      command->add_flag("--remove", session->remove_reservation, "No reservation");
  remove->excludes(count);
  command->callback([session, exit_code, count] {
    if (!session->remove_reservation && count->empty()) {
      Fail(absl::InvalidArgumentError("reserve: give a number, or --remove"));
      *exit_code = kExitUsage;
      return;
    }
    std::optional<int> reserved;
    if (!session->remove_reservation) reserved = session->reserved;
    *exit_code = Reserve(*session, session->function_name, reserved);
  });
}

}  // namespace

void AddFunctionCommands(CLI::App& app, int* exit_code) {
  const auto session = std::make_shared<Session>();
  const auto add_control = [&](CLI::App* command) {
    command->add_option("--control", session->control, "Address of the daemon's control service");
  };
  AddDeploy(app, session, exit_code);
  AddInvoke(app, session, exit_code);
  AddReserve(app, session, exit_code);
  CLI::App* remove = app.add_subcommand("delete", "Delete a function");
  remove->add_option("name", session->function_name, "Name of the function")->required();
  remove->callback([session, exit_code] { *exit_code = Delete(*session); });
  app.add_subcommand("list", "List functions")->callback([session, exit_code] {
    *exit_code = List(*session);
  });
  app.add_subcommand("environments", "List environments")->callback([session, exit_code] {
    *exit_code = Environments(*session);
  });
  app.add_subcommand("limits", "Show the limits in force")->callback([session, exit_code] {
    *exit_code = Limits(*session);
  });
  app.add_subcommand("metrics", "Show counts since the start")->callback([session, exit_code] {
    *exit_code = Metrics(*session);
  });
  for (const char* name :
       {"deploy", "invoke", "reserve", "delete", "list", "environments", "limits", "metrics"}) {
    add_control(app.get_subcommand(name));
  }
}

}  // namespace floe::cli
