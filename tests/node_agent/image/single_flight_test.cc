#include "node_agent/image/single_flight.h"

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"

namespace floe::node_agent::image {
namespace {

TEST(SingleFlightTest, CallsAtTheSameTimeShareOneOutcome) {
  SingleFlight<int> flights;
  std::atomic<int> runs = 0;
  std::atomic<bool> is_running = false;
  std::atomic<bool> may_end = false;
  std::thread first([&] {
    const auto outcome = flights.Run("key", [&]() -> absl::StatusOr<int> {
      is_running = true;
      while (!may_end) std::this_thread::yield();
      return ++runs;
    });
    EXPECT_EQ(*outcome, 1);
  });
  while (!is_running) std::this_thread::yield();

  std::atomic<int> ended = 0;
  std::vector<std::thread> others;
  for (int i = 0; i < 8; ++i) {
    others.emplace_back([&] {
      const auto outcome =
          flights.Run("key", [&]() -> absl::StatusOr<int> { return 100 + ++runs; });
      // One that came too late to share works itself.
      EXPECT_TRUE(*outcome == 1 || *outcome > 100) << *outcome;
      ++ended;
    });
  }
  EXPECT_EQ(*flights.Run("other", [] { return absl::StatusOr<int>(7); }), 7);
  EXPECT_EQ(ended, 0) << "they wait for the first";
  may_end = true;
  first.join();
  for (std::thread& other : others) other.join();
}

TEST(SingleFlightTest, AFailureIsSharedButNotKept) {
  SingleFlight<std::string> flights;
  const auto failed = flights.Run(
      "key", []() -> absl::StatusOr<std::string> { return absl::InvalidArgumentError("damaged"); });
  EXPECT_TRUE(absl::IsInvalidArgument(failed.status()));
  const auto repaired =
      flights.Run("key", []() -> absl::StatusOr<std::string> { return std::string("fine"); });
  EXPECT_EQ(*repaired, "fine");
}

}  // namespace
}  // namespace floe::node_agent::image
