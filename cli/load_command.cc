#include "cli/load_command.h"

#include <unistd.h>

#include <fstream>
#include <iostream>
#include <memory>
#include <numeric>
#include <string>
#include <utility>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "cli/flags.h"
#include "cli/fleet_poll.h"
#include "cli/http_load.h"

namespace floe::cli {
namespace {

constexpr int kRequestsMax = 10'000'000;
constexpr int kClientsMax = 20'000;

struct LoadArguments {
  std::string control = DefaultControlAddress();
  std::string endpoint = "127.0.0.1:9000";
  std::string name;
  std::string payload = "{}";
  int requests = 100;
  int clients = 0;
  bool quiet = false;
  std::string json_path;
};

int64_t Sum(const std::map<std::string, int64_t>& counts) {
  return std::accumulate(counts.begin(), counts.end(), int64_t{0},
                         [](int64_t sum, const auto& entry) { return sum + entry.second; });
}

double Mean(const std::vector<double>& values) {
  if (values.empty()) return 0;
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

void PrintRow(const char* name, const std::vector<double>& sorted) {
  if (sorted.empty()) return;
  std::cout << absl::StreamFormat("  %-14s %8d %9.2f %9.2f %9.2f %9.2f %9.2f\n", name,
                                  sorted.size(), Mean(sorted), Percentile(sorted, 0.5),
                                  Percentile(sorted, 0.9), Percentile(sorted, 0.99), sorted.back());
}

void PrintResult(const LoadArguments& arguments, const LoadResult& result) {
  std::cout << absl::StreamFormat("%d requests to %s in %.3f s\n", arguments.requests,
                                  arguments.name, result.elapsed.seconds());
  std::cout << absl::StreamFormat(
      "  answered %d, cold starts %d, function errors %d, throttled %d\n", result.answered,
      result.cold, result.function_errors, Sum(result.throttled));
  for (const auto& [reason, count] : result.throttled) {
    std::cout << absl::StreamFormat("  HTTP 429 %s: %d\n", reason, count);
  }
  for (const auto& [reason, count] : result.failed) {
    std::cout << absl::StreamFormat("  failed, %s: %d\n", reason, count);
  }
  if (result.latency_ms.empty()) return;
  std::cout << absl::StreamFormat("  %-14s %8s %9s %9s %9s %9s %9s\n", "milliseconds", "count",
                                  "mean", "p50", "p90", "p99", "max");
  PrintRow("latency", result.latency_ms);
  PrintRow("  cold", result.cold_latency_ms);
  PrintRow("  warm", result.warm_latency_ms);
  PrintRow("init duration", result.init_ms);
  PrintRow("run duration", result.run_ms);
}

std::string JsonOf(const std::vector<double>& sorted) {
  return absl::StrFormat(R"({"count":%d,"mean":%.6g,"p50":%.6g,"p90":%.6g,"p99":%.6g,"max":%.6g})",
                         sorted.size(), Mean(sorted), Percentile(sorted, 0.5),
                         Percentile(sorted, 0.9), Percentile(sorted, 0.99),
                         sorted.empty() ? 0 : sorted.back());
}

// Keys are Lambda's reasons and our own status texts: no character of them needs escaping.
std::string JsonOf(const std::map<std::string, int64_t>& counts) {
  std::string json = "{";
  for (const auto& [name, count] : counts) {
    absl::StrAppend(&json, json.size() > 1 ? "," : "", "\"", name, "\":", count);
  }
  return absl::StrCat(json, "}");
}

absl::Status WriteJson(const LoadArguments& arguments, const LoadResult& result) {
  std::ofstream file(arguments.json_path);
  file << absl::StreamFormat(
      R"({"requests":%d,"elapsed_ms":%.3f,"answered":%d,"cold":%d,"function_errors":%d,)",
      arguments.requests, result.elapsed.milliseconds(), result.answered, result.cold,
      result.function_errors);
  file << absl::StreamFormat(
      R"("throttled":%s,"failed":%s,"latency_ms":%s,"cold_latency_ms":%s,"warm_latency_ms":%s,)",
      JsonOf(result.throttled), JsonOf(result.failed), JsonOf(result.latency_ms),
      JsonOf(result.cold_latency_ms), JsonOf(result.warm_latency_ms));
  file << absl::StreamFormat(R"("init_ms":%s,"run_ms":%s})", JsonOf(result.init_ms),
                             JsonOf(result.run_ms))
       << "\n";
  file.flush();
  if (!file) return absl::UnavailableError(absl::StrCat("write ", arguments.json_path));
  return absl::OkStatus();
}

int Load(const LoadArguments& arguments) {
  const absl::StatusOr<HostPort> endpoint = ParseHostPort(arguments.endpoint);
  if (!endpoint.ok()) {
    Fail(endpoint.status());
    return kExitUsage;
  }
  absl::StatusOr<LoadResult> result;
  {
    const ViewStyle style = arguments.quiet ? ViewStyle::kNone : ViewStyleFor(STDOUT_FILENO);
    const FleetWatcher watcher(arguments.control, style, std::cout);
    result = RunLoad({.endpoint = *endpoint,
                      .function_name = arguments.name,
                      .payload = arguments.payload,
                      .requests = arguments.requests,
                      .clients = arguments.clients > 0 ? arguments.clients : arguments.requests});
  }
  if (!result.ok()) return Fail(result.status());
  PrintResult(arguments, *result);
  if (!arguments.json_path.empty()) {
    if (absl::Status status = WriteJson(arguments, *result); !status.ok()) return Fail(status);
  }
  return result->failed.empty() && result->function_errors == 0 ? kExitOk : kExitFailed;
}

}  // namespace

void AddLoadCommand(CLI::App& app, int* exit_code) {
  const auto arguments = std::make_shared<LoadArguments>();
  CLI::App* command = app.add_subcommand(
      "load", "Send many invocations at once through the front door and show what came of them");
  command->add_option("name", arguments->name, "Name of the function")->required();
  command->add_option("--requests", arguments->requests, "How many in all")
      ->check(CLI::Range(1, kRequestsMax));
  command->add_option("--clients", arguments->clients, "How many at the same time; 0: all")
      ->check(CLI::Range(0, kClientsMax));
  command->add_option("--payload", arguments->payload, "JSON for each");
  command->add_option("--endpoint", arguments->endpoint, "Address of the front door");
  command->add_option("--control", arguments->control, "Control address, for the view");
  command->add_flag("--quiet", arguments->quiet, "No view while it runs");
  command->add_option("--json", arguments->json_path, "Also write the result to this file");
  command->callback([arguments, exit_code] { *exit_code = Load(*arguments); });
}

}  // namespace floe::cli
