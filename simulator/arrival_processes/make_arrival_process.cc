#include "simulator/arrival_processes/make_arrival_process.h"

#include <type_traits>
#include <variant>

#include "base/check.h"
#include "simulator/arrival_processes/plain_processes.h"

namespace floe {

ProcessSharing SharingOf(const Arrivals& model) {
  return std::visit(
      [](const auto& arrivals) {
        using Model = std::decay_t<decltype(arrivals)>;
        if constexpr (std::is_same_v<Model, PoissonArrivals>) {
          return ProcessSharing::kChosen;
        } else if constexpr (std::is_same_v<Model, IntervalArrivals>) {
          return arrivals.random_phase ? ProcessSharing::kApart : ProcessSharing::kTogether;
        } else if constexpr (std::is_same_v<Model, BurstArrivals> ||
                             std::is_same_v<Model, ListedArrivals>) {
          return ProcessSharing::kTogether;
        } else {
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
        } else {
          CHECK(false && "ValidateScenario refuses it");
          return nullptr;
        }
      },
      model);
}

}  // namespace floe
