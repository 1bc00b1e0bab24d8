#include "simulator/workload_checks.h"

#include <cmath>
#include <cstddef>
#include <memory>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "base/time.h"
#include "simulator/field_checks.h"

namespace floe {
namespace {

constexpr Duration kLeast = Duration::Nanoseconds(1);

absl::Status CheckShape(const std::string& path, double shape) {
  return CheckRange(path, shape, kLengthShapeMin, kLengthShapeMax);
}

absl::Status CheckScaleAndShape(const std::string& path, const char* scale_name, Duration scale,
                                double shape) {
  RETURN_IF_ERROR(CheckLength(absl::StrCat(path, ".", scale_name), scale, kLeast, kLengthMax));
  return CheckShape(path + ".shape", shape);
}

absl::Status Check(const std::string& path, const ConstantLength& length) {
  return CheckLength(path + ".constant", length.value, Duration(), kLengthMax);
}

absl::Status Check(const std::string& path, const ExponentialLength& length) {
  return CheckLength(path + ".exponential.mean", length.mean, kLeast, kLengthMax);
}

absl::Status Check(const std::string& path, const LogNormalLength& length) {
  RETURN_IF_ERROR(CheckLength(path + ".lognormal.median", length.median, kLeast, kLengthMax));
  return CheckRange(path + ".lognormal.sigma", length.sigma, 0.0, kLogNormalSigmaMax);
}

absl::Status Check(const std::string& path, const GammaLength& length) {
  return CheckScaleAndShape(path + ".gamma", "mean", length.mean, length.shape);
}

absl::Status Check(const std::string& path, const WeibullLength& length) {
  return CheckScaleAndShape(path + ".weibull", "scale", length.scale, length.shape);
}

absl::Status Check(const std::string& path, const ParetoLength& length) {
  return CheckScaleAndShape(path + ".pareto", "scale", length.scale, length.shape);
}

absl::Status Check(const std::string& path, const EmpiricalLength& length) {
  const std::string list = path + ".empirical.quantiles";
  const std::vector<EmpiricalLength::Quantile>& quantiles = length.quantiles;
  RETURN_IF_ERROR(
      CheckRange<size_t>(list + ": their number", quantiles.size(), 2, kEmpiricalQuantilesMax));
  for (size_t i = 0; i < quantiles.size(); ++i) {
    const std::string at = absl::StrCat(list, "[", i, "]");
    RETURN_IF_ERROR(CheckRange(at + ".probability", quantiles[i].probability, 0.0, 1.0));
    RETURN_IF_ERROR(CheckLength(at + ".value", quantiles[i].value, Duration(), kLengthMax));
    if (i == 0) continue;
    if (quantiles[i].probability < quantiles[i - 1].probability) {
      return RefuseField(at + ".probability", "is below the one before it");
    }
    if (quantiles[i].value < quantiles[i - 1].value) {
      return RefuseField(at + ".value", "is below the one before it");
    }
  }
  if (quantiles.front().probability != 0) {
    return RefuseField(list, "the first must have probability 0");
  }
  if (quantiles.back().probability != 1) {
    return RefuseField(list, "the last must have probability 1");
  }
  return absl::OkStatus();
}

absl::Status Check(const std::string& path, const std::shared_ptr<const MixtureLength>& length) {
  const std::string list = path + ".mixture.parts";
  if (length == nullptr) return RefuseField(path + ".mixture", "is not given");
  RETURN_IF_ERROR(
      CheckRange<size_t>(list + ": their number", length->parts.size(), 1, kMixturePartsMax));
  double total = 0;
  for (size_t i = 0; i < length->parts.size(); ++i) {
    const MixtureLength::Part& part = length->parts[i];
    const std::string at = absl::StrCat(list, "[", i, "]");
    RETURN_IF_ERROR(CheckRange(at + ".weight", part.weight, 0.0, kMixtureWeightMax));
    if (std::holds_alternative<std::shared_ptr<const MixtureLength>>(part.length)) {
      return RefuseField(at + ".length", "is a mixture itself, which is not supported");
    }
    RETURN_IF_ERROR(CheckLengthModel(at + ".length", part.length));
    total += part.weight;
  }
  if (total > 0) return absl::OkStatus();
  return RefuseField(list, "have no weight");
}

// ---- Arrivals

absl::Status CheckWindow(const std::string& path, Instant from, Instant until) {
  if (from < Instant()) return RefuseField(path + ".from", "is before the start of the run");
  if (until <= from) return RefuseField(path + ".until", "is not after `from`");
  return absl::OkStatus();
}

absl::Status CheckPositiveRate(const std::string& path, double rate) {
  if (rate > 0 && rate <= kArrivalRateMax) return absl::OkStatus();
  return RefuseField(path,
                     absl::StrCat("is ", rate, ", must be above 0 and at most ", kArrivalRateMax));
}

absl::Status Check(const std::string& path, const PoissonArrivals& model) {
  RETURN_IF_ERROR(CheckPositiveRate(path + ".poisson.rate_per_second", model.rate_per_second));
  return CheckWindow(path + ".poisson", model.from, model.until);
}

absl::Status Check(const std::string& path, const IntervalArrivals& model) {
  RETURN_IF_ERROR(
      CheckLength(path + ".constant.interval", model.interval, kLeast, kScenarioDurationMax));
  return CheckWindow(path + ".constant", model.from, model.until);
}

absl::Status Check(const std::string& path, const BurstArrivals& model) {
  RETURN_IF_ERROR(CheckRange<int64_t>(path + ".burst.count", model.count, 1, kBurstCountMax));
  if (model.at >= Instant()) return absl::OkStatus();
  return RefuseField(path + ".burst.at", "is before the start of the run");
}

absl::Status Check(const std::string& path, const ListedArrivals& model) {
  const std::string list = path + ".times.at";
  RETURN_IF_ERROR(
      CheckRange<int64_t>(list, static_cast<int64_t>(model.times.size()), 1, kListedArrivalsMax));
  Instant last;
  for (size_t i = 0; i < model.times.size(); ++i) {
    if (model.times[i] < last) {
      return RefuseField(absl::StrCat(list, "[", i, "]"), "is before the time listed before it");
    }
    last = model.times[i];
  }
  return absl::OkStatus();
}

// Less than this on average, and a run would never end. Infinite where the mean does not matter.
Duration LeastMeanOf(const LengthModel& gap) {
  return std::visit(
      [](const auto& length) {
        using Length = std::decay_t<decltype(length)>;
        if constexpr (std::is_same_v<Length, ConstantLength>) {
          return length.value;
        } else if constexpr (std::is_same_v<Length, ExponentialLength> ||
                             std::is_same_v<Length, GammaLength>) {
          return length.mean;
        } else if constexpr (std::is_same_v<Length, LogNormalLength>) {
          return length.median;
        } else if constexpr (std::is_same_v<Length, WeibullLength> ||
                             std::is_same_v<Length, ParetoLength>) {
          return length.scale;
        } else if constexpr (std::is_same_v<Length, EmpiricalLength>) {
          double mean_seconds = 0;
          for (size_t i = 1; i < length.quantiles.size(); ++i) {
            const auto& low = length.quantiles[i - 1];
            const auto& high = length.quantiles[i];
            mean_seconds += (high.probability - low.probability) *
                            (low.value.seconds() + high.value.seconds()) / 2;
          }
          return Duration::FromSeconds(mean_seconds);
        } else {
          double total = 0;
          double mean_seconds = 0;
          for (const MixtureLength::Part& part : length->parts) {
            total += part.weight;
            mean_seconds += part.weight * LeastMeanOf(part.length).seconds();
          }
          return Duration::FromSeconds(mean_seconds / total);
        }
      },
      gap);
}

absl::Status Check(const std::string& path, const RenewalArrivals& model) {
  RETURN_IF_ERROR(CheckLengthModel(path + ".renewal.gap", model.gap));
  if (LeastMeanOf(model.gap) < kArrivalGapMin) {
    return RefuseField(path + ".renewal.gap",
                       absl::StrCat("is below ", kArrivalGapMin.nanoseconds(), " ns on average"));
  }
  return CheckWindow(path + ".renewal", model.from, model.until);
}

absl::Status Check(const std::string& path, const MarkovModulatedArrivals& model) {
  const std::string list = path + ".markov_modulated.states";
  RETURN_IF_ERROR(
      CheckRange<size_t>(list + ": their number", model.states.size(), 1, kArrivalStatesMax));
  bool arrives = false;
  for (size_t i = 0; i < model.states.size(); ++i) {
    const MarkovModulatedArrivals::State& state = model.states[i];
    const std::string at = absl::StrCat(list, "[", i, "]");
    RETURN_IF_ERROR(
        CheckRange(at + ".rate_per_second", state.rate_per_second, 0.0, kArrivalRateMax));
    RETURN_IF_ERROR(CheckLength(at + ".mean_stay", state.mean_stay, kArrivalStayMin, kLengthMax));
    arrives = arrives || state.rate_per_second > 0;
  }
  if (!arrives) return RefuseField(list, "none has a rate above 0");
  return CheckWindow(path + ".markov_modulated", model.from, model.until);
}

absl::Status Check(const std::string& path, const RateArrivals& model) {
  const std::string list = path + ".rate.points";
  RETURN_IF_ERROR(
      CheckRange<size_t>(list + ": their number", model.points.size(), 1, kRatePointsMax));
  bool arrives = false;
  for (size_t i = 0; i < model.points.size(); ++i) {
    const RateArrivals::Point& point = model.points[i];
    const std::string at = absl::StrCat(list, "[", i, "]");
    RETURN_IF_ERROR(CheckLength(at + ".at", point.at, Duration(), kScenarioDurationMax));
    RETURN_IF_ERROR(
        CheckRange(at + ".rate_per_second", point.rate_per_second, 0.0, kArrivalRateMax));
    if (i > 0 && point.at <= model.points[i - 1].at) {
      return RefuseField(at + ".at", "is not after the one before it");
    }
    arrives = arrives || point.rate_per_second > 0;
  }
  if (!arrives) return RefuseField(list, "none has a rate above 0");
  if (!model.period.is_infinite()) {
    RETURN_IF_ERROR(
        CheckLength(path + ".rate.period", model.period, kArrivalStayMin, kScenarioDurationMax));
    if (model.points.back().at >= model.period) {
      return RefuseField(list, "the last is not before the end of the period");
    }
  }
  return CheckWindow(path + ".rate", model.from, model.until);
}

absl::Status Check(const std::string& path, const SineArrivals& model) {
  RETURN_IF_ERROR(
      CheckPositiveRate(path + ".sine.mean_rate_per_second", model.mean_rate_per_second));
  RETURN_IF_ERROR(CheckRange(path + ".sine.amplitude", model.amplitude, 0.0, 1.0));
  RETURN_IF_ERROR(
      CheckLength(path + ".sine.period", model.period, kArrivalStayMin, kScenarioDurationMax));
  RETURN_IF_ERROR(
      CheckLength(path + ".sine.peak_at", model.peak_at, Duration(), kScenarioDurationMax));
  return CheckWindow(path + ".sine", model.from, model.until);
}

}  // namespace

absl::Status CheckLengthModel(const std::string& path, const LengthModel& model) {
  return std::visit([&path](const auto& length) { return Check(path, length); }, model);
}

absl::Status CheckArrivals(const std::string& path, const Arrivals& arrivals) {
  return std::visit([&path](const auto& model) { return Check(path, model); }, arrivals);
}

}  // namespace floe
