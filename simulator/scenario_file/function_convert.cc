#include "simulator/scenario_file/function_convert.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "simulator/scenario_file/load_convert.h"

namespace floe {
namespace {

using ScenarioProto = ::floe::v1::Scenario;
using FunctionProto = ScenarioProto::Function;

constexpr std::pair<ScenarioProto::Architecture, Architecture> kArchitectures[] = {
    {ScenarioProto::ARCHITECTURE_X86_64, Architecture::kX86},
    {ScenarioProto::ARCHITECTURE_ARM64, Architecture::kArm},
};
constexpr std::pair<ScenarioProto::QueueScaling, QueueDelivery::Scaling> kQueueScalings[] = {
    {ScenarioProto::QUEUE_SCALING_CURRENT, QueueDelivery::Scaling::kCurrent},
    {ScenarioProto::QUEUE_SCALING_LEGACY, QueueDelivery::Scaling::kLegacy},
};

ProvisionedConcurrency ReadProvisioned(FieldReader& reader, const std::string& path,
                                       const ScenarioProto::Provisioned& proto) {
  ProvisionedConcurrency provisioned;
  if (proto.has_concurrency()) {
    provisioned.schedule.push_back({.at = Instant(), .concurrency = proto.concurrency()});
  }
  if (proto.has_concurrency() && proto.schedule_size() > 0) {
    reader.Refuse(path, "has both concurrency and schedule; let the schedule begin at \"0s\"");
  }
  for (int i = 0; i < proto.schedule_size(); ++i) {
    const auto& change = proto.schedule(i);
    provisioned.schedule.push_back(
        {.at = reader.ReadInstant(absl::StrCat(path, ".schedule[", i, "].at"), change.at(),
                                  Instant()),
         .concurrency = change.concurrency()});
  }
  if (proto.has_tracking()) {
    ProvisionedTracking tracking;
    if (proto.tracking().has_min()) tracking.min = proto.tracking().min();
    tracking.max = proto.tracking().max();
    if (proto.tracking().has_target_utilization()) {
      tracking.target_utilization = proto.tracking().target_utilization();
    }
    provisioned.tracking = tracking;
  }
  if (provisioned.schedule.empty() && !proto.has_tracking()) {
    reader.Refuse(path, "needs concurrency, schedule or tracking");
  }
  return provisioned;
}

AsynchronousDelivery ReadAsynchronous(FieldReader& reader, const std::string& path,
                                      const ScenarioProto::Asynchronous& proto) {
  AsynchronousDelivery delivery;
  if (proto.has_retries_max()) delivery.retries_max = proto.retries_max();
  delivery.event_age_max =
      reader.ReadDuration(path + ".event_age_max", proto.event_age_max(), delivery.event_age_max);
  return delivery;
}

QueueDelivery ReadQueue(FieldReader& reader, const std::string& path,
                        const ScenarioProto::Queue& proto, const CodeKind& code) {
  QueueDelivery queue;
  queue.scaling =
      reader.ReadEnum(path + ".scaling", proto.scaling(), queue.scaling, kQueueScalings);
  if (proto.has_batch_size()) queue.batch_size = proto.batch_size();
  queue.batch_window =
      reader.ReadDuration(path + ".batch_window", proto.batch_window(), queue.batch_window);
  if (proto.has_concurrency_max()) queue.concurrency_max = proto.concurrency_max();
  queue.visibility_timeout = reader.ReadDuration(
      path + ".visibility_timeout", proto.visibility_timeout(), queue.visibility_timeout);
  queue.receives_max = proto.receives_max();
  if (proto.has_run_per_message()) {
    queue.run_per_message =
        ReadLength(reader, path + ".run_per_message", proto.run_per_message(), code);
  }
  return queue;
}

Delivery ReadDelivery(FieldReader& reader, const std::string& path, const FunctionProto& proto,
                      const CodeKind& code) {
  switch (proto.delivery_case()) {
    case FunctionProto::kAsynchronous:
      return ReadAsynchronous(reader, path + ".asynchronous", proto.asynchronous());
    case FunctionProto::kQueue:
      return ReadQueue(reader, path + ".queue", proto.queue(), code);
    case FunctionProto::kSynchronous:
    case FunctionProto::DELIVERY_NOT_SET:
      break;
  }
  return SynchronousDelivery{};
}

}  // namespace

ScenarioFunction ReadFunction(FieldReader& reader, const std::string& path,
                              const FunctionProto& proto) {
  ScenarioFunction function;
  function.name = proto.name();
  if (proto.has_count()) function.count = proto.count();
  if (proto.has_memory_mib()) function.memory_mib = proto.memory_mib();
  if (proto.has_tmp_mib()) function.tmp_mib = proto.tmp_mib();
  function.timeout = reader.ReadDuration(path + ".timeout", proto.timeout(), function.timeout);
  if (proto.has_concurrency_reserved()) {
    function.concurrency_reserved = proto.concurrency_reserved();
  }
  if (proto.has_provisioned()) {
    function.provisioned = ReadProvisioned(reader, path + ".provisioned", proto.provisioned());
  }
  function.tenants = proto.tenants();
  function.package = ReadPackage(reader, path + ".package", proto.package(), function.package);
  function.custom_runtime = proto.custom_runtime();
  function.architecture = reader.ReadEnum(path + ".architecture", proto.architecture(),
                                          function.architecture, kArchitectures);
  const CodeKind code{.package = function.package, .architecture = function.architecture};
  for (int i = 0; i < proto.arrivals_size(); ++i) {
    function.arrivals.push_back(
        ReadArrivals(reader, absl::StrCat(path, ".arrivals[", i, "]"), proto.arrivals(i), code));
  }
  for (int i = 0; i < proto.clients_size(); ++i) {
    function.clients.push_back(
        ReadClients(reader, absl::StrCat(path, ".clients[", i, "]"), proto.clients(i), code));
  }
  function.delivery = ReadDelivery(reader, path, proto, code);
  if (proto.has_run()) function.run = ReadLength(reader, path + ".run", proto.run(), code);
  if (proto.has_init()) function.init = ReadLength(reader, path + ".init", proto.init(), code);
  if (proto.has_start()) function.start = ReadLength(reader, path + ".start", proto.start(), code);
  function.error_rate = proto.error_rate();
  function.crash_rate = proto.crash_rate();
  function.hang_rate = proto.hang_rate();
  return function;
}

}  // namespace floe
