// Floe itself with real containers, for clients to talk to. Needs root.
//
// Usage: floe_server STATE_DIRECTORY. Prints "port N code URI" and serves until its standard input
// ends.
//
// The code at URI is a shell script that echoes its payload; a payload with a member "fail" ends in
// a function error.

#include <sys/stat.h>

#include <cstdio>
#include <fstream>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "daemon/daemon.h"
#include "tests/node_agent/testing/busybox_root.h"

namespace floe {
namespace {

constexpr char kEchoScript[] = R"sh(#!/bin/sh
api=http://$AWS_LAMBDA_RUNTIME_API/2018-06-01/runtime/invocation
while true; do
  rm -f /tmp/payload
  wget -S -O /tmp/payload $api/next 2>/tmp/headers || exit 1
  id=$(awk 'tolower($1) == "lambda-runtime-aws-request-id:" { print $2 }' /tmp/headers | tr -d '\r')
  if grep -q '"fail"' /tmp/payload; then
    wget -q -O /dev/null --post-data '{"errorType":"Failed","errorMessage":"asked to"}' "$api/$id/error"
  else
    wget -q -O /dev/null --post-data "$(cat /tmp/payload)" "$api/$id/response"
  fi
done
)sh";

absl::Status Serve(const std::string& state_directory) {
  const node_agent::TemporaryDirectory directory;
  const std::string root = node_agent::MakeBusyboxRoot(directory.path());
  const std::string bootstrap = absl::StrCat(root, "/opt/bootstrap");
  std::ofstream(bootstrap) << kEchoScript;
  chmod(bootstrap.c_str(), 0755);
  DaemonOptions options;
  options.front_door = "127.0.0.1:0";
  options.http_trigger = "";
  options.node.state_directory = state_directory;
  options.base_root = root;
  ASSIGN_OR_RETURN(const std::unique_ptr<Daemon> daemon, Daemon::Start(options));
  RETURN_IF_ERROR(daemon->WaitForNode(Duration::Seconds(30)));
  std::printf("port %d code root:%s\n", daemon->front_door_port(), root.c_str());
  std::fflush(stdout);
  while (std::getchar() != EOF) {
  }
  return absl::OkStatus();
}

}  // namespace
}  // namespace floe

int main(int argc, char** argv) {
  if (argc != 2) {
    std::fprintf(stderr, "usage: floe_server STATE_DIRECTORY\n");
    return 2;
  }
  const absl::Status status = floe::Serve(argv[1]);
  if (status.ok()) return 0;
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  return 1;
}
