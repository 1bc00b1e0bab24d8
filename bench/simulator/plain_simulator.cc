#include "bench/simulator/plain_simulator.h"

#include <cmath>
#include <functional>
#include <memory>
#include <queue>
#include <random>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <variant>
#include <vector>

namespace floe {
namespace {

class PlainSimulator {
 public:
  explicit PlainSimulator(const Scenario& scenario)
      : scenario_(scenario), random_(scenario.seed), end_(scenario.duration.seconds()) {}

  PlainResult Run() {
    uint32_t id = 0;
    for (const ScenarioFunction& function : scenario_.functions) {
      for (int64_t i = 0; i < function.count; ++i) {
        functions_[id].config = &function;
        ScheduleArrival(id++);
      }
    }
    while (!queue_.empty() && queue_.top().at < end_) {
      Timer timer = std::move(const_cast<Timer&>(queue_.top()));
      queue_.pop();
      now_ = timer.at;
      timer.action();
    }
    return result_;
  }

 private:
  struct Timer {
    double at;
    uint64_t sequence;
    std::function<void()> action;
    bool operator<(const Timer& other) const {
      return std::tie(other.at, other.sequence) < std::tie(at, sequence);
    }
  };
  struct Environment {
    uint32_t function;
    double idle_since = 0;
    bool busy = true;
  };
  struct Function {
    const ScenarioFunction* config = nullptr;
    std::vector<uint64_t> idle;
    int32_t busy = 0;
  };

  void After(double delay, std::function<void()> action) {
    queue_.push({now_ + delay, sequence_++, std::move(action)});
  }

  void ScheduleArrival(uint32_t id) {
    const auto& poisson = std::get<PoissonArrivals>(functions_[id].config->arrivals[0]);
    std::exponential_distribution<double> gap(poisson.rate_per_second);
    After(gap(random_), [this, id] { Arrive(id); });
  }

  void Arrive(uint32_t id) {
    ScheduleArrival(id);
    ++result_.invocations;
    Function& function = functions_[id];
    if (in_flight_ >= scenario_.scheduler.account_concurrency ||
        function.busy >= function.config->concurrency_reserved.value_or(INT32_MAX)) {
      ++result_.throttled;
      return;
    }
    ++in_flight_;
    ++function.busy;
    const auto& run = std::get<LogNormalLength>(function.config->run);
    std::lognormal_distribution<double> length(std::log(run.median.seconds()), run.sigma);
    double busy = length(random_);
    uint64_t environment = 0;
    if (function.idle.empty()) {
      ++result_.cold_starts;
      const auto& init = std::get<ExponentialLength>(function.config->init);
      busy += std::exponential_distribution<double>(1 / init.mean.seconds())(random_);
      environment = next_environment_++;
      environments_[environment] = {.function = id};
    } else {
      environment = function.idle.back();
      function.idle.pop_back();
      environments_[environment].busy = true;
    }
    result_.busy_seconds += busy;
    After(busy, [this, environment] { Finish(environment); });
  }

  void Finish(uint64_t id) {
    Environment& environment = environments_[id];
    environment.busy = false;
    environment.idle_since = now_;
    Function& function = functions_[environment.function];
    function.idle.push_back(id);
    --function.busy;
    --in_flight_;
    After(scenario_.scheduler.keep_alive.seconds(),
          [this, id, since = now_] { Expire(id, since); });
  }

  void Expire(uint64_t id, double since) {
    const auto found = environments_.find(id);
    if (found == environments_.end() || found->second.busy || found->second.idle_since != since) {
      return;
    }
    std::vector<uint64_t>& idle = functions_[found->second.function].idle;
    for (size_t i = 0; i < idle.size(); ++i) {
      if (idle[i] == id) idle.erase(idle.begin() + static_cast<std::ptrdiff_t>(i));
    }
    environments_.erase(found);
  }

  const Scenario& scenario_;
  std::mt19937_64 random_;
  const double end_;
  double now_ = 0;
  uint64_t sequence_ = 0;
  uint64_t next_environment_ = 0;
  int64_t in_flight_ = 0;
  std::priority_queue<Timer> queue_;
  std::unordered_map<uint32_t, Function> functions_;
  std::unordered_map<uint64_t, Environment> environments_;
  PlainResult result_;
};

}  // namespace

PlainResult RunPlainSimulation(const Scenario& scenario) {
  return PlainSimulator(scenario).Run();
}

}  // namespace floe
