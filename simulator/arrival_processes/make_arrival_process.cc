#include "simulator/arrival_processes/make_arrival_process.h"

#include <type_traits>
#include <variant>

#include "simulator/arrival_processes/modulated_processes.h"
#include "simulator/arrival_processes/plain_processes.h"
#include "simulator/arrival_processes/renewal_process.h"

namespace floe {

ProcessSharing SharingOf(const Arrivals& model) {
  return std::visit(
      [](const auto& arrivals) {
        using Model = std::decay_t<decltype(arrivals)>;
        if constexpr (std::is_same_v<Model, PoissonArrivals> ||
                      std::is_same_v<Model, RateArrivals> || std::is_same_v<Model, SineArrivals>) {
          return ProcessSharing::kChosen;
        } else if constexpr (std::is_same_v<Model, IntervalArrivals>) {
          return arrivals.random_phase ? ProcessSharing::kApart : ProcessSharing::kTogether;
        } else if constexpr (std::is_same_v<Model, BurstArrivals> ||
                             std::is_same_v<Model, ListedArrivals>) {
          return ProcessSharing::kTogether;
        } else {
          static_assert(std::is_same_v<Model, RenewalArrivals> ||
                        std::is_same_v<Model, MarkovModulatedArrivals>);
          return ProcessSharing::kApart;
        }
      },
      model);
}

std::unique_ptr<ArrivalProcess> MakeArrivalProcess(const Arrivals& model,
                                                   const ArrivalProcessKey& key) {
  return std::visit(
      [&key](const auto& arrivals) -> std::unique_ptr<ArrivalProcess> {
        using Model = std::decay_t<decltype(arrivals)>;
        if constexpr (std::is_same_v<Model, PoissonArrivals>) {
          return std::make_unique<PoissonProcess>(arrivals, key);
        } else if constexpr (std::is_same_v<Model, IntervalArrivals>) {
          return std::make_unique<IntervalProcess>(arrivals, key);
        } else if constexpr (std::is_same_v<Model, BurstArrivals>) {
          return std::make_unique<BurstProcess>(arrivals);
        } else if constexpr (std::is_same_v<Model, ListedArrivals>) {
          return std::make_unique<ListedProcess>(arrivals);
        } else if constexpr (std::is_same_v<Model, RenewalArrivals>) {
          return std::make_unique<RenewalProcess>(arrivals, key);
        } else if constexpr (std::is_same_v<Model, MarkovModulatedArrivals>) {
          return std::make_unique<MarkovModulatedProcess>(arrivals, key);
        } else if constexpr (std::is_same_v<Model, RateArrivals>) {
          return std::make_unique<RateProcess>(arrivals, key);
        } else {
          static_assert(std::is_same_v<Model, SineArrivals>);
          return std::make_unique<SineProcess>(arrivals, key);
        }
      },
      model);
}

}  // namespace floe
