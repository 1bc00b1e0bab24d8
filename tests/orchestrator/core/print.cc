#include "tests/orchestrator/core/print.h"

#include <variant>

namespace floe {
namespace {

std::ostream& Print(std::ostream& out, const AssignInvocation& a) {
  return out << "Assign(" << a.environment << " invocation " << a.invocation.value << " until "
             << a.deadline.nanoseconds() << " incarnation " << a.incarnation << ")";
}
std::ostream& Print(std::ostream& out, const FreezeEnvironment& a) {
  return out << "Freeze(" << a.environment << ")";
}
std::ostream& Print(std::ostream& out, const StartEnvironment& a) {
  return out << "Start(" << a.environment << " function " << a.function.value << " node "
             << a.node.value << " purpose " << int{static_cast<uint8_t>(a.purpose)} << ")";
}
std::ostream& Print(std::ostream& out, const ResetEnvironment& a) {
  return out << "Reset(" << a.environment << " incarnation " << a.incarnation << ")";
}
std::ostream& Print(std::ostream& out, const StopEnvironment& a) {
  return out << "Stop(" << a.environment << " reason " << int{static_cast<uint8_t>(a.reason)}
             << ")";
}
std::ostream& Print(std::ostream& out, const ThrottleInvocation& a) {
  return out << "Throttle(" << a.invocation.value << " reason "
             << int{static_cast<uint8_t>(a.reason)} << ")";
}
std::ostream& Print(std::ostream& out, const FailInvocation& a) {
  return out << "Fail(" << a.invocation.value << " cause " << int{static_cast<uint8_t>(a.cause)}
             << ")";
}

std::ostream& Print(std::ostream& out, const DeadlineReached&) {
  return out << "DeadlineReached";
}
std::ostream& Print(std::ostream& out, const InvocationArrived& e) {
  return out << "Arrived(" << e.invocation.value << " function " << e.function.value << " tenant "
             << e.tenant.value << ")";
}
std::ostream& Print(std::ostream& out, const InvocationFinished& e) {
  return out << "Finished(" << e.environment << " invocation " << e.invocation.value << ")";
}
std::ostream& Print(std::ostream& out, const EnvironmentStarted& e) {
  return out << "Started(" << e.environment << ")";
}
std::ostream& Print(std::ostream& out, const EnvironmentStartFailed& e) {
  return out << "StartFailed(" << e.environment << ")";
}
std::ostream& Print(std::ostream& out, const EnvironmentReady& e) {
  return out << "Ready(" << e.environment << " incarnation " << e.incarnation << ")";
}
std::ostream& Print(std::ostream& out, const EnvironmentFailed& e) {
  return out << "Failed(" << e.environment << " incarnation " << e.incarnation << " cause "
             << int{static_cast<uint8_t>(e.cause)} << ")";
}
std::ostream& Print(std::ostream& out, const EnvironmentStopped& e) {
  return out << "Stopped(" << e.environment << ")";
}
std::ostream& Print(std::ostream& out, const FunctionDeployed& e) {
  return out << "Deployed(" << e.function.value << " memory " << e.config.memory_mib << " timeout "
             << e.config.timeout.nanoseconds() << " reserved "
             << e.config.concurrency_reserved.value_or(-1) << " provisioned "
             << e.config.concurrency_provisioned << ")";
}
std::ostream& Print(std::ostream& out, const ReservedConcurrencySet& e) {
  return out << "ReservedSet(" << e.function.value << " " << e.concurrency_reserved.value_or(-1)
             << ")";
}
std::ostream& Print(std::ostream& out, const ProvisionedConcurrencySet& e) {
  return out << "ProvisionedSet(" << e.function.value << " " << e.concurrency_provisioned << ")";
}
std::ostream& Print(std::ostream& out, const FunctionRemoved& e) {
  return out << "Removed(" << e.function.value << ")";
}
std::ostream& Print(std::ostream& out, const NodeJoined& e) {
  return out << "NodeJoined(" << e.node.value << " memory " << e.memory_mib << ")";
}
std::ostream& Print(std::ostream& out, const NodeLost& e) {
  return out << "NodeLost(" << e.node.value << ")";
}

}  // namespace

std::ostream& operator<<(std::ostream& out, const EnvironmentId& id) {
  return out << id.row << "." << id.generation;
}
std::ostream& operator<<(std::ostream& out, const Action& action) {
  std::visit([&](const auto& alternative) { Print(out, alternative); }, action);
  return out;
}
std::ostream& operator<<(std::ostream& out, const Event& event) {
  std::visit([&](const auto& alternative) { Print(out, alternative); }, event);
  return out;
}

}  // namespace floe
