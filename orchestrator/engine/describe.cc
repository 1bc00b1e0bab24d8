#include "orchestrator/engine/describe.h"

#include <cstdint>
#include <optional>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/string_view.h"

namespace floe {
namespace {

template <typename... Functions>
struct Overloaded : Functions... {
  using Functions::operator()...;
};
template <typename... Functions>
Overloaded(Functions...) -> Overloaded<Functions...>;

absl::string_view View(std::string_view text) {
  return {text.data(), text.size()};
}

std::string DescribeReservation(const std::optional<int32_t>& reserved) {
  return reserved.has_value() ? absl::StrCat("reserved concurrency ", *reserved)
                              : "no reserved concurrency";
}

std::string DescribeConfig(const FunctionConfig& config) {
  std::string text =
      absl::StrCat(config.memory_mib, " MiB, time-out ", DescribeDuration(config.timeout), ", ",
                   DescribeReservation(config.concurrency_reserved));
  if (config.concurrency_provisioned != 0) {
    absl::StrAppend(&text, ", provisioned concurrency ", config.concurrency_provisioned);
  }
  return text;
}

std::string TenantSuffix(TenantId tenant) {
  return tenant == TenantId{} ? "" : absl::StrCat(" for tenant ", tenant.value);
}

std::string PurposeSuffix(StartPurpose purpose) {
  return purpose == StartPurpose::kInvocation ? ""
                                              : absl::StrCat(": ", View(StartPurposeName(purpose)));
}

}  // namespace

std::string DescribeEnvironment(EnvironmentId environment) {
  return absl::StrCat(environment.row, ".", environment.generation);
}

std::string DescribeDuration(Duration duration) {
  if (duration.is_infinite()) return "never";
  const int64_t nanoseconds = duration.nanoseconds();
  const bool negative = nanoseconds < 0;
  const uint64_t magnitude =
      negative ? -static_cast<uint64_t>(nanoseconds) : static_cast<uint64_t>(nanoseconds);
  std::string text = absl::StrCat(negative ? "-" : "", magnitude / 1'000'000'000);
  if (const uint64_t fraction = magnitude % 1'000'000'000; fraction != 0) {
    absl::StrAppendFormat(&text, ".%09d", fraction);
    text.erase(text.find_last_not_of('0') + 1);
  }
  return text + " s";
}

std::string DescribeInstant(Instant instant) {
  return DescribeDuration(Duration::Nanoseconds(instant.nanoseconds()));
}

std::string_view ThrottleReasonName(ThrottleReason reason) {
  switch (reason) {
    case ThrottleReason::kAccountConcurrency:
      return "account concurrency";
    case ThrottleReason::kReservedConcurrency:
      return "reserved concurrency";
    case ThrottleReason::kScalingRate:
      return "scaling rate";
    case ThrottleReason::kAccountRequestRate:
      return "account request rate";
    case ThrottleReason::kReservedRequestRate:
      return "reserved request rate";
    case ThrottleReason::kNoCapacity:
      return "no capacity";
    case ThrottleReason::kTenantEnvironments:
      return "tenant environments";
  }
  return "unknown";
}

std::string_view FailureCauseName(FailureCause cause) {
  switch (cause) {
    case FailureCause::kRuntimeExited:
      return "runtime exited";
    case FailureCause::kOutOfMemory:
      return "out of memory";
    case FailureCause::kInitError:
      return "init error";
    case FailureCause::kTimedOut:
      return "timed out";
    case FailureCause::kStartFailed:
      return "start failed";
    case FailureCause::kNodeLost:
      return "node lost";
  }
  return "unknown";
}

std::string_view StopReasonName(StopReason reason) {
  switch (reason) {
    case StopReason::kIdleTooLong:
      return "idle too long";
    case StopReason::kLifetimeOver:
      return "lifetime over";
    case StopReason::kFunctionChanged:
      return "function changed";
    case StopReason::kStartTimedOut:
      return "start timed out";
    case StopReason::kEvicted:
      return "evicted";
    case StopReason::kProvisionedLess:
      return "provisioned less";
    case StopReason::kInitFailed:
      return "init failed";
  }
  return "unknown";
}

std::string_view StartPurposeName(StartPurpose purpose) {
  switch (purpose) {
    case StartPurpose::kInvocation:
      return "invocation";
    case StartPurpose::kProvisioned:
      return "provisioned";
    case StartPurpose::kPrewarm:
      return "prewarm";
  }
  return "unknown";
}

std::string DescribeEvent(const Event& event) {
  return std::visit(
      Overloaded{
          [](const DeadlineReached&) -> std::string { return "deadline reached"; },
          [](const InvocationArrived& e) {
            return absl::StrCat("invocation ", e.invocation.value, " of function ",
                                e.function.value, TenantSuffix(e.tenant), " arrived");
          },
          [](const InvocationFinished& e) {
            return absl::StrCat("invocation ", e.invocation.value, " finished in environment ",
                                DescribeEnvironment(e.environment));
          },
          [](const EnvironmentStarted& e) {
            return absl::StrCat("environment ", DescribeEnvironment(e.environment), " started");
          },
          [](const EnvironmentStartFailed& e) {
            return absl::StrCat("environment ", DescribeEnvironment(e.environment),
                                " could not be started");
          },
          [](const EnvironmentReady& e) {
            return absl::StrCat("environment ", DescribeEnvironment(e.environment),
                                " ready, incarnation ", e.incarnation);
          },
          [](const EnvironmentFailed& e) {
            return absl::StrCat("environment ", DescribeEnvironment(e.environment),
                                " failed, incarnation ", e.incarnation, ": ",
                                View(FailureCauseName(e.cause)));
          },
          [](const EnvironmentStopped& e) {
            return absl::StrCat("environment ", DescribeEnvironment(e.environment), " stopped");
          },
          [](const FunctionDeployed& e) {
            return absl::StrCat("function ", e.function.value,
                                " deployed: ", DescribeConfig(e.config));
          },
          [](const ReservedConcurrencySet& e) {
            return absl::StrCat("function ", e.function.value, " now has ",
                                DescribeReservation(e.concurrency_reserved));
          },
          [](const ProvisionedConcurrencySet& e) {
            return absl::StrCat("function ", e.function.value, " now has provisioned concurrency ",
                                e.concurrency_provisioned);
          },
          [](const FunctionRemoved& e) {
            return absl::StrCat("function ", e.function.value, " removed");
          },
          [](const NodeJoined& e) {
            return absl::StrCat("node ", e.node.value, " joined with ", e.memory_mib, " MiB");
          },
          [](const NodeLost& e) { return absl::StrCat("node ", e.node.value, " lost"); },
      },
      event);
}

std::string DescribeAction(const Action& action) {
  return std::visit(
      Overloaded{
          [](const AssignInvocation& a) {
            return absl::StrCat("assign invocation ", a.invocation.value, " to environment ",
                                DescribeEnvironment(a.environment), ", incarnation ", a.incarnation,
                                ", deadline ", DescribeInstant(a.deadline));
          },
          [](const FreezeEnvironment& a) {
            return absl::StrCat("freeze environment ", DescribeEnvironment(a.environment));
          },
          [](const StartEnvironment& a) {
            return absl::StrCat("start environment ", DescribeEnvironment(a.environment),
                                " of function ", a.function.value, " on node ", a.node.value,
                                PurposeSuffix(a.purpose));
          },
          [](const ResetEnvironment& a) {
            return absl::StrCat("reset environment ", DescribeEnvironment(a.environment),
                                " to incarnation ", a.incarnation);
          },
          [](const StopEnvironment& a) {
            return absl::StrCat("stop environment ", DescribeEnvironment(a.environment), ": ",
                                View(StopReasonName(a.reason)));
          },
          [](const ThrottleInvocation& a) {
            return absl::StrCat("throttle invocation ", a.invocation.value, ": ",
                                View(ThrottleReasonName(a.reason)));
          },
          [](const FailInvocation& a) {
            return absl::StrCat("fail invocation ", a.invocation.value, ": ",
                                View(FailureCauseName(a.cause)));
          },
      },
      action);
}

}  // namespace floe
