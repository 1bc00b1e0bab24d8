#include "simulator/arrivals.h"

#include <cmath>
#include <type_traits>
#include <variant>

#include "base/check.h"

namespace floe {

ArrivalStream::ArrivalStream(const Scenario& scenario) {
  uint32_t function_first = 0;
  for (size_t entry = 0; entry < scenario.functions.size(); ++entry) {
    const ScenarioFunction& function = scenario.functions[entry];
    for (size_t block = 0; block < function.arrivals.size(); ++block) {
      // A block keeps its draws when other entries get more or fewer blocks.
      const uint64_t source = uint64_t{entry} << 16 | block;
      Process process(scenario.seed, source, function, function.arrivals[block]);
      process.entry = static_cast<uint32_t>(entry);
      process.function_first = function_first;
      process.function_count = static_cast<uint64_t>(function.count);
      if (const auto* poisson = std::get_if<PoissonArrivals>(process.model)) {
        process.chooses = true;
        process.mean_gap_ns =
            1e9 / (poisson->rate_per_second * static_cast<double>(function.count));
      }
      processes_.push_back(process);
    }
    function_first += static_cast<uint32_t>(function.count);
  }
  for (size_t i = 0; i < processes_.size(); ++i) {
    if (Advance(processes_[i])) queue_.Push(processes_[i].at, static_cast<uint32_t>(i));
  }
  while (drawn_ < kAhead) DrawAhead();
  next_time_ = ahead_[0].at;
}

const Arrival& ArrivalStream::Take() {
  const Arrival& arrival = ahead_[taken_++ % kRing];
  DrawAhead();
  next_time_ = ahead_[taken_ % kRing].at;
  return arrival;
}

void ArrivalStream::DrawAhead() {
  Arrival& drawn = ahead_[drawn_++ % kRing];
  if (queue_.top_time() == Instant::InfiniteFuture()) {
    drawn.at = Instant::InfiniteFuture();
    return;
  }
  const uint32_t index = queue_.top_value();
  Process& process = processes_[index];
  const uint64_t number = process.taken++;
  const size_t slot = number % kBatch;
  if (slot == 0)
    process.run_sampler.DrawMany(process.runs, number, absl::MakeSpan(process.run_batch));
  uint64_t offset = 0;
  if (process.function_count > 1) {
    offset = process.chooses ? process.choices.Below(number, process.function_count)
                             : process.in_moment % process.function_count;
  }
  // Field by field: see World::TakeArrival.
  drawn.at = process.at;
  drawn.function = FunctionId{process.function_first + static_cast<uint32_t>(offset)};
  drawn.entry = process.entry;
  drawn.process = index;
  drawn.number = number;
  drawn.run = Duration::Nanoseconds(process.run_batch[slot]);
  queue_.Pop();
  if (Advance(process)) queue_.Push(process.at, index);
  // The processes that come next, if there are many.
  if (processes_.size() > EventQueue::kNearTop) {
    queue_.VisitNearTop([this](uint32_t next) {
      const char* const process_bytes = reinterpret_cast<const char*>(&processes_[next]);
      for (size_t line = 0; line < sizeof(Process); line += 64) {
        __builtin_prefetch(process_bytes + line, 1);
      }
    });
  }
}

bool ArrivalStream::Advance(Process& process) {
  if (process.in_moment > 1) {
    --process.in_moment;
    return true;
  }
  return AdvanceMoment(process);
}

bool ArrivalStream::AdvanceMoment(Process& process) {
  const uint64_t moment = process.moment++;
  process.in_moment = process.function_count;
  return std::visit(
      [&process, moment](const auto& model) {
        using Model = std::decay_t<decltype(model)>;
        if constexpr (std::is_same_v<Model, PoissonArrivals>) {
          process.in_moment = 1;
          const size_t slot = moment % kBatch;
          if (slot == 0) DrawExponentials(process.gaps, moment, absl::MakeSpan(process.gap_batch));
          const double gap = process.gap_batch[slot] * process.mean_gap_ns + process.carry_ns;
          // A gap beyond every run ends the process.
          if (gap > static_cast<double>(kScenarioDurationMax.nanoseconds())) return false;
          const auto whole = static_cast<int64_t>(gap);
          process.carry_ns = gap - static_cast<double>(whole);
          process.at = (moment == 0 ? model.from : process.at) + Duration::Nanoseconds(whole);
          return process.at < model.until;
        } else if constexpr (std::is_same_v<Model, IntervalArrivals>) {
          process.at = moment == 0 ? model.from : process.at + model.interval;
          return process.at < model.until;
        } else if constexpr (std::is_same_v<Model, BurstArrivals>) {
          process.at = model.at;
          process.in_moment *= static_cast<uint64_t>(model.count);
          return moment == 0;
        } else if constexpr (std::is_same_v<Model, ListedArrivals>) {
          if (moment >= model.times.size()) return false;
          process.at = model.times[moment];
          return true;
        } else {
          CHECK(false && "ValidateScenario refuses it");
          return false;
        }
      },
      *process.model);
}

}  // namespace floe
