// Work that several threads want at the same time is done once, and all get its outcome.

#ifndef FLOE_NODE_AGENT_IMAGE_SINGLE_FLIGHT_H_
#define FLOE_NODE_AGENT_IMAGE_SINGLE_FLIGHT_H_

#include <condition_variable>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"

namespace floe::node_agent::image {

// Thread-safe. Outcomes are not kept: a call that comes after the end works anew.
template <typename Value>
class SingleFlight {
 public:
  // Returns `work()`, or what a call with the same key under way returns. `work` must not throw,
  // nor call Run with a key that waits for this one.
  template <typename Work>
  absl::StatusOr<Value> Run(const std::string& key, const Work& work) {
    std::unique_lock<std::mutex> lock(mutex_);
    std::shared_ptr<Flight>& slot = flights_[key];
    if (slot != nullptr) {
      const std::shared_ptr<Flight> flight = slot;
      landed_.wait(lock, [&flight] { return flight->outcome.has_value(); });
      return *flight->outcome;
    }
    const std::shared_ptr<Flight> flight = std::make_shared<Flight>();
    slot = flight;
    lock.unlock();
    absl::StatusOr<Value> outcome = work();
    lock.lock();
    flight->outcome = outcome;
    flights_.erase(key);
    landed_.notify_all();
    return outcome;
  }

 private:
  struct Flight {
    std::optional<absl::StatusOr<Value>> outcome;
  };

  std::mutex mutex_;  // Guards everything below.
  std::condition_variable landed_;
  absl::flat_hash_map<std::string, std::shared_ptr<Flight>> flights_;
};

}  // namespace floe::node_agent::image

#endif  // FLOE_NODE_AGENT_IMAGE_SINGLE_FLIGHT_H_
