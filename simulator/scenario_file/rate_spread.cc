#include "simulator/scenario_file/rate_spread.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <type_traits>
#include <variant>

#include "absl/strings/str_cat.h"
#include "base/prng.h"
#include "base/time.h"

namespace floe {
namespace {

Duration Divided(Duration length, double factor) {
  if (length == Duration()) return length;
  const double nanoseconds = static_cast<double>(length.nanoseconds()) / factor;
  constexpr auto kMost = static_cast<double>(kScenarioDurationMax.nanoseconds());
  return Duration::Nanoseconds(static_cast<int64_t>(std::clamp(nanoseconds + 0.5, 1.0, kMost)));
}

LengthModel Divided(const LengthModel& model, double factor) {
  return std::visit(
      [factor](auto length) -> LengthModel {
        using Length = std::decay_t<decltype(length)>;
        if constexpr (std::is_same_v<Length, ConstantLength>) {
          length.value = Divided(length.value, factor);
        } else if constexpr (std::is_same_v<Length, ExponentialLength> ||
                             std::is_same_v<Length, GammaLength>) {
          length.mean = Divided(length.mean, factor);
        } else if constexpr (std::is_same_v<Length, LogNormalLength>) {
          length.median = Divided(length.median, factor);
        } else if constexpr (std::is_same_v<Length, WeibullLength> ||
                             std::is_same_v<Length, ParetoLength>) {
          length.scale = Divided(length.scale, factor);
        } else if constexpr (std::is_same_v<Length, EmpiricalLength>) {
          for (EmpiricalLength::Quantile& quantile : length.quantiles) {
            quantile.value = Divided(quantile.value, factor);
          }
        } else {
          static_assert(std::is_same_v<Length, std::shared_ptr<const MixtureLength>>);
          MixtureLength mixture = *length;
          for (MixtureLength::Part& part : mixture.parts)
            part.length = Divided(part.length, factor);
          return std::make_shared<const MixtureLength>(std::move(mixture));
        }
        return length;
      },
      model);
}

void Multiply(Arrivals& arrivals, double factor) {
  std::visit(
      [factor](auto& model) {
        using Model = std::decay_t<decltype(model)>;
        if constexpr (std::is_same_v<Model, PoissonArrivals>) {
          model.rate_per_second *= factor;
        } else if constexpr (std::is_same_v<Model, IntervalArrivals>) {
          model.interval = Divided(model.interval, factor);
        } else if constexpr (std::is_same_v<Model, RenewalArrivals>) {
          model.gap = Divided(model.gap, factor);
        } else if constexpr (std::is_same_v<Model, MarkovModulatedArrivals>) {
          for (MarkovModulatedArrivals::State& state : model.states) {
            state.rate_per_second *= factor;
          }
        } else if constexpr (std::is_same_v<Model, RateArrivals>) {
          for (RateArrivals::Point& point : model.points) point.rate_per_second *= factor;
        } else if constexpr (std::is_same_v<Model, SineArrivals>) {
          model.mean_rate_per_second *= factor;
        } else {
          static_assert(std::is_same_v<Model, BurstArrivals> ||
                        std::is_same_v<Model, ListedArrivals>);
        }
      },
      arrivals);
}

}  // namespace

std::vector<ScenarioFunction> SpreadRates(const ScenarioFunction& function, double spread) {
  std::vector<ScenarioFunction> functions;
  const double log_spread = PortableLog(spread);
  const auto count = static_cast<double>(function.count);
  for (int64_t i = 0; i < function.count; ++i) {
    const double factor = PortableExp(log_spread * (static_cast<double>(i) + 0.5) / count);
    ScenarioFunction one = function;
    one.name = absl::StrCat(function.name, "-", i + 1);
    one.count = 1;
    for (Arrivals& arrivals : one.arrivals) Multiply(arrivals, factor);
    functions.push_back(std::move(one));
  }
  return functions;
}

}  // namespace floe
