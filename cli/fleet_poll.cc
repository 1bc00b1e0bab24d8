#include "cli/fleet_poll.h"

#include <chrono>
#include <utility>

#include "cli/control_client.h"
#include "grpcpp/client_context.h"

namespace floe::cli {
namespace {

// A chart should move; a log should stay short.
constexpr std::chrono::milliseconds kChartInterval(50);
constexpr std::chrono::milliseconds kLinesInterval(250);

EnvironmentCounts FromProto(const v1::EnvironmentCountsByState& counts) {
  return {.starting = counts.starting(),
          .initializing = counts.initializing(),
          .busy = counts.busy(),
          .idle = counts.idle(),
          .reset = counts.reset(),
          .stopping = counts.stopping()};
}

absl::StatusOr<EnvironmentCounts> Poll(v1::ControlService::Stub& stub, const std::string& address) {
  grpc::ClientContext context;
  v1::GetMetricsResponse metrics;
  const grpc::Status status = stub.GetMetrics(&context, v1::GetMetricsRequest(), &metrics);
  if (!status.ok()) return ToStatus(status, address);
  return FromProto(metrics.environments());
}

}  // namespace

absl::StatusOr<EnvironmentCounts> PollFleet(const std::string& control_address) {
  return Poll(*ConnectToDaemon(control_address), control_address);
}

FleetWatcher::FleetWatcher(std::string control_address, ViewStyle style, std::ostream& out)
    : control_address_(std::move(control_address)), style_(style), view_(style, out) {
  if (style_ != ViewStyle::kNone) thread_ = std::thread([this] { Run(); });
}

FleetWatcher::~FleetWatcher() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
}

void FleetWatcher::Run() {
  const auto stub = ConnectToDaemon(control_address_);
  const auto begin = std::chrono::steady_clock::now();
  bool last = false;
  while (!last) {
    last = stopping_;
    const absl::StatusOr<EnvironmentCounts> counts = Poll(*stub, control_address_);
    if (!counts.ok()) return;  // The command that this view accompanies tells what is wrong.
    const auto elapsed = std::chrono::steady_clock::now() - begin;
    view_.Add({.at = Duration::Nanoseconds(
                   std::chrono::duration_cast<std::chrono::nanoseconds>(elapsed).count()),
               .counts = *counts});
    if (!last) Pause();
  }
}

void FleetWatcher::Pause() const {
  const auto end = std::chrono::steady_clock::now() +
                   (style_ == ViewStyle::kChart ? kChartInterval : kLinesInterval);
  while (!stopping_ && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
}

}  // namespace floe::cli
