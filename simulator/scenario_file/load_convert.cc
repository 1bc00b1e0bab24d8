#include "simulator/scenario_file/load_convert.h"

#include <memory>
#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "simulator/cold_start_presets.h"

namespace floe {
namespace {

using ScenarioProto = ::floe::v1::Scenario;
using LengthProto = ScenarioProto::Length;
using ArrivalsProto = ScenarioProto::Arrivals;

constexpr char kLengthKinds[] =
    "needs one of constant, exponential, lognormal, gamma, weibull, pareto, empirical, mixture and "
    "preset";
constexpr char kArrivalKinds[] =
    "needs one of poisson, constant, burst, times, renewal, markov_modulated, rate and sine";

constexpr std::pair<ScenarioProto::Package, Package> kPackages[] = {
    {ScenarioProto::PACKAGE_ZIP, Package::kZip},
    {ScenarioProto::PACKAGE_IMAGE, Package::kImage},
};
constexpr std::pair<ArrivalsProto::Rate::Between, RateArrivals::Between> kBetween[] = {
    {ArrivalsProto::Rate::BETWEEN_STEP, RateArrivals::Between::kStep},
    {ArrivalsProto::Rate::BETWEEN_LINE, RateArrivals::Between::kLine},
};

struct Window {
  Instant from;
  Instant until;
};

// Of any message with the fields `from` and `until`.
template <typename Proto>
Window ReadWindow(FieldReader& reader, const std::string& path, const Proto& proto) {
  return {.from = reader.ReadInstant(path + ".from", proto.from(), Instant()),
          .until = reader.ReadInstant(path + ".until", proto.until(), Instant::InfiniteFuture())};
}

EmpiricalLength ReadEmpirical(FieldReader& reader, const std::string& path,
                              const LengthProto::Empirical& proto) {
  EmpiricalLength length;
  length.quantiles.reserve(static_cast<size_t>(proto.quantiles_size()));
  for (int i = 0; i < proto.quantiles_size(); ++i) {
    const auto& quantile = proto.quantiles(i);
    length.quantiles.push_back(
        {.probability = quantile.probability(),
         .value = reader.ReadDuration(absl::StrCat(path, ".quantiles[", i, "].value"),
                                      quantile.value(), Duration())});
  }
  return length;
}

LengthModel ReadMixture(FieldReader& reader, const std::string& path,
                        const LengthProto::Mixture& proto, const CodeKind& code) {
  auto mixture = std::make_shared<MixtureLength>();
  mixture->parts.reserve(static_cast<size_t>(proto.parts_size()));
  for (int i = 0; i < proto.parts_size(); ++i) {
    const auto& part = proto.parts(i);
    const std::string part_path = absl::StrCat(path, ".parts[", i, "]");
    mixture->parts.push_back(
        {.weight = part.has_weight() ? part.weight() : 1,
         .length = ReadLength(reader, part_path + ".length", part.length(), code)});
  }
  return mixture;
}

LengthModel ReadPreset(FieldReader& reader, const std::string& path,
                       const LengthProto::Preset& proto, const CodeKind& code) {
  const Package package = ReadPackage(reader, path + ".package", proto.package(), code.package);
  absl::StatusOr<LengthModel> preset = ColdStartPreset(proto.runtime(), package, code.architecture);
  if (preset.ok()) return *std::move(preset);
  reader.Refuse(path + ".runtime", std::string(preset.status().message()));
  return ConstantLength{};
}

Arrivals ReadMarkovModulated(FieldReader& reader, const std::string& path,
                             const ArrivalsProto::MarkovModulated& proto) {
  const Window window = ReadWindow(reader, path, proto);
  MarkovModulatedArrivals arrivals{.states = {}, .from = window.from, .until = window.until};
  arrivals.states.reserve(static_cast<size_t>(proto.states_size()));
  for (int i = 0; i < proto.states_size(); ++i) {
    const auto& state = proto.states(i);
    arrivals.states.push_back(
        {.rate_per_second = state.rate_per_second(),
         .mean_stay = reader.ReadDuration(absl::StrCat(path, ".states[", i, "].mean_stay"),
                                          state.mean_stay(), std::nullopt)});
  }
  return arrivals;
}

Arrivals ReadRate(FieldReader& reader, const std::string& path, const ArrivalsProto::Rate& proto) {
  const Window window = ReadWindow(reader, path, proto);
  RateArrivals arrivals{
      .points = {},
      .between = reader.ReadEnum(path + ".between", proto.between(), RateArrivals::Between::kStep,
                                 kBetween),
      .period = reader.ReadDuration(path + ".period", proto.period(), Duration::Infinite()),
      .from = window.from,
      .until = window.until};
  arrivals.points.reserve(static_cast<size_t>(proto.points_size()));
  for (int i = 0; i < proto.points_size(); ++i) {
    const auto& point = proto.points(i);
    arrivals.points.push_back({.at = reader.ReadDuration(absl::StrCat(path, ".points[", i, "].at"),
                                                         point.at(), Duration()),
                               .rate_per_second = point.rate_per_second()});
  }
  return arrivals;
}

Arrivals ReadSine(FieldReader& reader, const std::string& path, const ArrivalsProto::Sine& proto) {
  const Window window = ReadWindow(reader, path, proto);
  const SineArrivals defaults;
  return SineArrivals{
      .mean_rate_per_second = proto.mean_rate_per_second(),
      .amplitude = proto.amplitude(),
      .period = reader.ReadDuration(path + ".period", proto.period(), defaults.period),
      .peak_at = reader.ReadDuration(path + ".peak_at", proto.peak_at(), defaults.peak_at),
      .from = window.from,
      .until = window.until};
}

Arrivals ReadListed(FieldReader& reader, const std::string& path,
                    const ArrivalsProto::Times& proto) {
  ListedArrivals listed;
  listed.times.reserve(static_cast<size_t>(proto.at_size()));
  for (int i = 0; i < proto.at_size(); ++i) {
    listed.times.push_back(
        Instant() + reader.ReadDuration(absl::StrCat(path, ".at[", i, "]"), proto.at(i), {}));
  }
  return listed;
}

}  // namespace

Package ReadPackage(FieldReader& reader, const std::string& path, ScenarioProto::Package proto,
                    Package fallback) {
  return reader.ReadEnum(path, proto, fallback, kPackages);
}

LengthModel ReadLength(FieldReader& reader, const std::string& path, const LengthProto& proto,
                       const CodeKind& code) {
  const auto required = [&](const char* field, const std::string& text) {
    return reader.ReadDuration(path + field, text, std::nullopt);
  };
  switch (proto.model_case()) {
    case LengthProto::kConstant:
      return ConstantLength{required(".constant", proto.constant())};
    case LengthProto::kExponential:
      return ExponentialLength{required(".exponential.mean", proto.exponential().mean())};
    case LengthProto::kLognormal:
      return LogNormalLength{.median = required(".lognormal.median", proto.lognormal().median()),
                             .sigma = proto.lognormal().sigma()};
    case LengthProto::kGamma:
      return GammaLength{.mean = required(".gamma.mean", proto.gamma().mean()),
                         .shape = proto.gamma().has_shape() ? proto.gamma().shape() : 1};
    case LengthProto::kWeibull:
      return WeibullLength{.scale = required(".weibull.scale", proto.weibull().scale()),
                           .shape = proto.weibull().has_shape() ? proto.weibull().shape() : 1};
    case LengthProto::kPareto:
      return ParetoLength{.scale = required(".pareto.scale", proto.pareto().scale()),
                          .shape = proto.pareto().has_shape() ? proto.pareto().shape() : 1};
    case LengthProto::kEmpirical:
      return ReadEmpirical(reader, path + ".empirical", proto.empirical());
    case LengthProto::kMixture:
      return ReadMixture(reader, path + ".mixture", proto.mixture(), code);
    case LengthProto::kPreset:
      return ReadPreset(reader, path + ".preset", proto.preset(), code);
    case LengthProto::MODEL_NOT_SET:
      break;
  }
  reader.Refuse(path, kLengthKinds);
  return ConstantLength{};
}

Arrivals ReadArrivals(FieldReader& reader, const std::string& path, const ArrivalsProto& proto,
                      const CodeKind& code) {
  switch (proto.kind_case()) {
    case ArrivalsProto::kPoisson: {
      const Window window = ReadWindow(reader, path + ".poisson", proto.poisson());
      return PoissonArrivals{.rate_per_second = proto.poisson().rate_per_second(),
                             .from = window.from,
                             .until = window.until};
    }
    case ArrivalsProto::kConstant: {
      const auto& constant = proto.constant();
      const Window window = ReadWindow(reader, path + ".constant", constant);
      return IntervalArrivals{.interval = reader.ReadDuration(path + ".constant.interval",
                                                              constant.interval(), std::nullopt),
                              .from = window.from,
                              .until = window.until,
                              .random_phase = constant.random_phase()};
    }
    case ArrivalsProto::kBurst:
      return BurstArrivals{
          .count = proto.burst().count(),
          .at = reader.ReadInstant(path + ".burst.at", proto.burst().at(), Instant())};
    case ArrivalsProto::kTimes:
      return ReadListed(reader, path + ".times", proto.times());
    case ArrivalsProto::kRenewal: {
      const Window window = ReadWindow(reader, path + ".renewal", proto.renewal());
      return RenewalArrivals{
          .gap = ReadLength(reader, path + ".renewal.gap", proto.renewal().gap(), code),
          .from = window.from,
          .until = window.until};
    }
    case ArrivalsProto::kMarkovModulated:
      return ReadMarkovModulated(reader, path + ".markov_modulated", proto.markov_modulated());
    case ArrivalsProto::kRate:
      return ReadRate(reader, path + ".rate", proto.rate());
    case ArrivalsProto::kSine:
      return ReadSine(reader, path + ".sine", proto.sine());
    case ArrivalsProto::KIND_NOT_SET:
      break;
  }
  reader.Refuse(path, kArrivalKinds);
  return BurstArrivals{};
}

ScenarioClients ReadClients(FieldReader& reader, const std::string& path,
                            const ScenarioProto::Clients& proto, const CodeKind& code) {
  ScenarioClients clients;
  const Window window = ReadWindow(reader, path, proto);
  clients.count = proto.count();
  if (proto.has_think()) {
    clients.think = ReadLength(reader, path + ".think", proto.think(), code);
  }
  clients.retries_max = proto.retries_max();
  clients.backoff_first =
      reader.ReadDuration(path + ".backoff_first", proto.backoff_first(), clients.backoff_first);
  clients.backoff_max =
      reader.ReadDuration(path + ".backoff_max", proto.backoff_max(), clients.backoff_max);
  if (proto.has_jitter()) clients.jitter = proto.jitter();
  clients.from = window.from;
  clients.until = window.until;
  return clients;
}

}  // namespace floe
