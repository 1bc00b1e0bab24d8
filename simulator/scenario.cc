#include "simulator/scenario.h"

#include <cstddef>
#include <type_traits>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace floe {
namespace {

constexpr size_t kArrivalBlocksMax = 1'000;
constexpr size_t kNameBytesMax = 64;

absl::Status Refuse(const std::string& path, const std::string& reason) {
  return absl::InvalidArgumentError(absl::StrCat(path, ": ", reason));
}

template <typename Number>
absl::Status CheckRange(const std::string& path, Number value, Number min, Number max) {
  if (value >= min && value <= max) return absl::OkStatus();
  return Refuse(path, absl::StrCat("is ", value, ", must be ", min, " to ", max));
}

absl::Status CheckLength(const std::string& path, Duration value, Duration min, Duration max) {
  if (value >= min && value <= max) return absl::OkStatus();
  return Refuse(path, absl::StrCat("is ", value.seconds(), " s, must be ", min.seconds(), " to ",
                                   max.seconds(), " s"));
}

absl::Status CheckRate(const std::string& path, double value) {
  // Written so that NaN is refused.
  if (value >= 0 && value <= 1) return absl::OkStatus();
  return Refuse(path, absl::StrCat("is ", value, ", must be 0 to 1"));
}

absl::Status CheckModel(const std::string& path, const LengthModel& model) {
  return std::visit(
      [&path](const auto& length) -> absl::Status {
        using Length = std::decay_t<decltype(length)>;
        constexpr Duration kLeast = Duration::Nanoseconds(1);
        if constexpr (std::is_same_v<Length, ConstantLength>) {
          return CheckLength(path + ".constant", length.value, Duration(), kLengthMax);
        } else if constexpr (std::is_same_v<Length, ExponentialLength>) {
          return CheckLength(path + ".exponential.mean", length.mean, kLeast, kLengthMax);
        } else if constexpr (std::is_same_v<Length, LogNormalLength>) {
          RETURN_IF_ERROR(
              CheckLength(path + ".lognormal.median", length.median, kLeast, kLengthMax));
          if (length.sigma >= 0 && length.sigma <= kLogNormalSigmaMax) return absl::OkStatus();
          return Refuse(path + ".lognormal.sigma",
                        absl::StrCat("is ", length.sigma, ", must be 0 to ", kLogNormalSigmaMax));
        } else {
          return Refuse(path, "is a model that cannot be simulated");
        }
      },
      model);
}

absl::Status CheckWindow(const std::string& path, Instant from, Instant until) {
  if (from < Instant()) return Refuse(path + ".from", "is before the start of the run");
  if (until <= from) return Refuse(path + ".until", "is not after `from`");
  return absl::OkStatus();
}

absl::Status CheckTimes(const std::string& path, const std::vector<Instant>& times) {
  RETURN_IF_ERROR(
      CheckRange<int64_t>(path, static_cast<int64_t>(times.size()), 1, kListedArrivalsMax));
  Instant last;
  for (size_t i = 0; i < times.size(); ++i) {
    if (times[i] < last) {
      return Refuse(absl::StrCat(path, "[", i, "]"), "is before the time listed before it");
    }
    last = times[i];
  }
  return absl::OkStatus();
}

absl::Status CheckArrivals(const std::string& path, const Arrivals& arrivals) {
  return std::visit(
      [&path](const auto& model) -> absl::Status {
        using Model = std::decay_t<decltype(model)>;
        if constexpr (std::is_same_v<Model, PoissonArrivals>) {
          if (!(model.rate_per_second > 0 && model.rate_per_second <= kArrivalRateMax)) {
            return Refuse(path + ".poisson.rate_per_second",
                          absl::StrCat("is ", model.rate_per_second,
                                       ", must be above 0 and at most ", kArrivalRateMax));
          }
          return CheckWindow(path + ".poisson", model.from, model.until);
        } else if constexpr (std::is_same_v<Model, IntervalArrivals>) {
          RETURN_IF_ERROR(CheckLength(path + ".constant.interval", model.interval,
                                      Duration::Nanoseconds(1), kScenarioDurationMax));
          return CheckWindow(path + ".constant", model.from, model.until);
        } else if constexpr (std::is_same_v<Model, BurstArrivals>) {
          RETURN_IF_ERROR(
              CheckRange<int64_t>(path + ".burst.count", model.count, 1, kBurstCountMax));
          return model.at < Instant() ? Refuse(path + ".burst.at", "is before the start of the run")
                                      : absl::OkStatus();
        } else if constexpr (std::is_same_v<Model, ListedArrivals>) {
          return CheckTimes(path + ".times.at", model.times);
        } else {
          return Refuse(path, "is a model that cannot be simulated");
        }
      },
      arrivals);
}

absl::Status CheckFunction(const std::string& path, const ScenarioFunction& function) {
  if (function.name.empty() || function.name.size() > kNameBytesMax) {
    return Refuse(path + ".name", absl::StrCat("must have 1 to ", kNameBytesMax, " characters"));
  }
  RETURN_IF_ERROR(CheckRange<int64_t>(path + ".count", function.count, 1, kScenarioFunctionsMax));
  RETURN_IF_ERROR(CheckRange(path + ".memory_mib", function.memory_mib, kFunctionMemoryMibMin,
                             kFunctionMemoryMibMax));
  RETURN_IF_ERROR(
      CheckLength(path + ".timeout", function.timeout, kFunctionTimeoutMin, kFunctionTimeoutMax));
  if (function.concurrency_reserved.has_value()) {
    RETURN_IF_ERROR(CheckRange(path + ".concurrency_reserved", *function.concurrency_reserved, 0,
                               kAccountConcurrencyMax));
  }
  RETURN_IF_ERROR(CheckModel(path + ".run", function.run));
  RETURN_IF_ERROR(CheckModel(path + ".start", function.start));
  RETURN_IF_ERROR(CheckModel(path + ".init", function.init));
  RETURN_IF_ERROR(CheckRate(path + ".error_rate", function.error_rate));
  RETURN_IF_ERROR(CheckRate(path + ".crash_rate", function.crash_rate));
  RETURN_IF_ERROR(CheckRate(path + ".error_rate and crash_rate together",
                            function.error_rate + function.crash_rate));
  if (function.arrivals.size() > kArrivalBlocksMax) {
    return Refuse(path + ".arrivals", absl::StrCat("has ", function.arrivals.size(),
                                                   " blocks, at most ", kArrivalBlocksMax));
  }
  for (size_t i = 0; i < function.arrivals.size(); ++i) {
    RETURN_IF_ERROR(CheckArrivals(absl::StrCat(path, ".arrivals[", i, "]"), function.arrivals[i]));
  }
  return absl::OkStatus();
}

absl::Status CheckScheduler(const SchedulerOptions& options) {
  RETURN_IF_ERROR(
      CheckRange("account.concurrency", options.account_concurrency, 1, kAccountConcurrencyMax));
  RETURN_IF_ERROR(CheckRange("account.unreserved_concurrency_min",
                             options.unreserved_concurrency_min, 0, options.account_concurrency));
  RETURN_IF_ERROR(CheckRange("account.requests_per_concurrency", options.requests_per_concurrency,
                             0, 1'000'000));
  constexpr Duration kLeast = Duration::Nanoseconds(1);
  if (!options.keep_alive.is_infinite()) {
    RETURN_IF_ERROR(CheckLength("keep_alive", options.keep_alive, kLeast, kLengthMax));
  }
  if (!options.lifetime_max.is_infinite()) {
    RETURN_IF_ERROR(CheckLength("lifetime_max", options.lifetime_max, kLeast, kLengthMax));
  }
  RETURN_IF_ERROR(CheckLength("init_limit", options.init_limit, kLeast, kLengthMax));
  return CheckLength("start_limit", options.start_limit, kLeast, kLengthMax);
}

absl::Status CheckNodes(const std::vector<ScenarioNodes>& nodes) {
  int64_t count = 0;
  for (size_t i = 0; i < nodes.size(); ++i) {
    const std::string path = absl::StrCat("nodes[", i, "]");
    RETURN_IF_ERROR(CheckRange<int64_t>(path + ".count", nodes[i].count, 1, kScenarioNodesMax));
    RETURN_IF_ERROR(
        CheckRange<int64_t>(path + ".memory_mib", nodes[i].memory_mib, 1, kNodeMemoryMibMax));
    count += nodes[i].count;
    RETURN_IF_ERROR(CheckRange<int64_t>("nodes: their number", count, 1, kScenarioNodesMax));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ValidateScenario(const Scenario& scenario) {
  RETURN_IF_ERROR(
      CheckLength("duration", scenario.duration, Duration::Microseconds(1), kScenarioDurationMax));
  if (scenario.warm_up < Duration() || scenario.warm_up >= scenario.duration) {
    return Refuse("warm_up", "must be at least 0 and shorter than the duration");
  }
  RETURN_IF_ERROR(CheckScheduler(scenario.scheduler));
  RETURN_IF_ERROR(CheckNodes(scenario.nodes));
  RETURN_IF_ERROR(CheckRange<int64_t>("functions: the number of entries",
                                      static_cast<int64_t>(scenario.functions.size()), 1,
                                      kFunctionEntriesMax));
  int64_t functions = 0;
  int64_t reserved = 0;
  for (size_t i = 0; i < scenario.functions.size(); ++i) {
    const ScenarioFunction& function = scenario.functions[i];
    RETURN_IF_ERROR(CheckFunction(absl::StrCat("functions[", i, "]"), function));
    functions += function.count;
    RETURN_IF_ERROR(
        CheckRange<int64_t>("functions: their number", functions, 1, kScenarioFunctionsMax));
    reserved += function.count * function.concurrency_reserved.value_or(0);
  }
  const int64_t reservable = int64_t{scenario.scheduler.account_concurrency} -
                             scenario.scheduler.unreserved_concurrency_min;
  if (reserved > reservable) {
    return Refuse("functions",
                  absl::StrCat("they reserve a concurrency of ", reserved, ", at most ", reservable,
                               " leaves account.unreserved_concurrency_min to the others"));
  }
  return absl::OkStatus();
}

}  // namespace floe
