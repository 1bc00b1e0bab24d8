#include <algorithm>
#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "simulator/arrival_trace.h"
#include "simulator/trace_file/azure2019_trace.h"
#include "tests/simulator/trace_file/read_trace.h"

namespace floe {
namespace {

TEST(SampleDayTest, HasItsKnownInvocationsFunctionsAndMemory) {
  const std::string folder = "examples/traces/azure2019_sample200/";
  const absl::StatusOr<std::shared_ptr<const ArrivalTrace>> trace =
      OpenAzure2019Trace({.invocations = {folder + "invocations.csv.gz"},
                          .durations = {folder + "durations.csv.gz"},
                          .memory = {folder + "memory.csv.gz"}});
  ASSERT_TRUE(trace.ok()) << trace.status();
  ASSERT_EQ((*trace)->functions().size(), 200u);
  EXPECT_EQ((*trace)->functions()[0].name, "1779fd3337dd");
  EXPECT_EQ((*trace)->functions()[0].memory_mib, 2'751);
  const std::vector<TraceArrival> arrivals = ReadAll(**trace, 1, 4'096);
  EXPECT_EQ(arrivals.size(), 1'770'353u);
  EXPECT_LT(arrivals.back().at_ns, int64_t{86'400} * 1'000'000'000);
  const auto untold = std::count_if(arrivals.begin(), arrivals.end(),
                                    [](const TraceArrival& a) { return a.run_ns < 0; });
  EXPECT_EQ(untold, 0);
}

}  // namespace
}  // namespace floe
