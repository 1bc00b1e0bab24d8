#include <fstream>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "base/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "simulator/arrival_trace.h"
#include "simulator/scenario.h"
#include "simulator/scenario_file/scenario_file.h"

namespace floe {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// A folder with a scenario file and what it names.
class TraceConvertTest : public testing::Test {
 protected:
  void Write(const std::string& name, const std::string& content) {
    std::ofstream(testing::TempDir() + "/" + name, std::ios::binary) << content;
  }
  absl::StatusOr<Scenario> Read(const std::string& scenario) {
    Write("s.textproto", scenario);
    return ReadScenarioFile(testing::TempDir() + "/s.textproto");
  }
  std::string ErrorOf(const std::string& scenario) {
    const absl::StatusOr<Scenario> read = Read(scenario);
    EXPECT_FALSE(read.ok());
    return std::string(read.status().message());
  }
};

std::vector<TraceArrival> ArrivalsOf(const ScenarioTrace& trace) {
  const std::unique_ptr<TraceCursor> cursor = trace.trace->Open(1);
  std::vector<TraceArrival> arrivals;
  TraceArrival arrival;
  while (cursor->Fill(absl::MakeSpan(&arrival, 1)) == 1) arrivals.push_back(arrival);
  EXPECT_TRUE(cursor->status().ok()) << cursor->status();
  return arrivals;
}

TEST_F(TraceConvertTest, TimestampsAreReadFromTheFolderOfTheScenario) {
  Write("requests.csv", "timestamp,function,duration\n0.5,a,0.25\n2,b,1\n");
  const absl::StatusOr<Scenario> scenario = Read(R"(
      traces { like { name: "day" memory_mib: 512 } timestamps { file: "requests.csv" } })");
  ASSERT_TRUE(scenario.ok()) << scenario.status();
  ASSERT_EQ(scenario->traces.size(), 1u);
  EXPECT_EQ(scenario->traces[0].like.memory_mib, 512);
  EXPECT_EQ(scenario->traces[0].trace->functions().size(), 2u);
  const std::vector<TraceArrival> arrivals = ArrivalsOf(scenario->traces[0]);
  ASSERT_EQ(arrivals.size(), 2u);
  EXPECT_EQ(arrivals[0].at_ns, 500'000'000);
  EXPECT_EQ(arrivals[1].run_ns, 1'000'000'000);
}

TEST_F(TraceConvertTest, TheRunIsAsLongAsTheLongestTraceUnlessTheScenarioSays) {
  Write("short.csv", "timestamp\n0\n1.5\n");
  Write("long.csv", "timestamp\n0\n3\n");
  const std::string traces =
      "traces { timestamps { file: 'long.csv' } } traces { timestamps { file: 'short.csv' } }";
  EXPECT_EQ(Read(traces)->duration, Duration::Seconds(4));
  EXPECT_EQ(Read("duration: '2s' " + traces)->duration, Duration::Seconds(2));
}

TEST_F(TraceConvertTest, ColumnsOrderAndOriginCanBeGiven) {
  Write("requests.csv", "when,what\n7,a\n5,b\n");
  const absl::StatusOr<Scenario> scenario = Read(R"(
      traces {
        timestamps {
          file: "requests.csv" time_column: "when" function_column: "what"
          order: ORDER_ANY origin: ORIGIN_FIRST_ARRIVAL
        }
      })");
  ASSERT_TRUE(scenario.ok()) << scenario.status();
  EXPECT_EQ(ArrivalsOf(scenario->traces[0])[0].at_ns, 0);
  EXPECT_EQ(scenario->duration, Duration::Seconds(3));
}

TEST_F(TraceConvertTest, AMissingFileIsRefusedAtTheFieldThatNamesIt) {
  const absl::StatusOr<Scenario> scenario =
      Read("traces {\n  timestamps {\n    file: 'none.csv'\n  }\n}");
  EXPECT_EQ(scenario.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(scenario.status().message()),
              HasSubstr("s.textproto:3:5: traces[0].timestamps.file: open "));
}

TEST_F(TraceConvertTest, WhatIsWrongInTheFileIsToldWithItsLine) {
  Write("requests.csv", "timestamp\n1\nx\n");
  EXPECT_THAT(ErrorOf("traces { timestamps { file: 'requests.csv' } }"),
              HasSubstr("requests.csv: line 3: column 1"));
}

TEST_F(TraceConvertTest, TheSourceAndItsFilesAreRequired) {
  EXPECT_THAT(ErrorOf("traces {}"), HasSubstr("traces[0]: needs one of timestamps, azure_2019"));
  EXPECT_THAT(ErrorOf("traces { azure_2019 {} }"),
              HasSubstr("traces[0].azure_2019.invocations: is required"));
  EXPECT_THAT(ErrorOf("traces { azure_2021 {} }"),
              HasSubstr("traces[0].azure_2021.file: is required"));
  EXPECT_THAT(ErrorOf("traces { journal {} }"), HasSubstr("traces[0].journal.file: is required"));
}

TEST_F(TraceConvertTest, WhatComesFromTheTraceCannotBeGiven) {
  Write("requests.csv", "timestamp\n1\n");
  const auto error_of_like = [this](const std::string& like) {
    return ErrorOf("traces { like { " + like + " } timestamps { file: 'requests.csv' } }");
  };
  EXPECT_THAT(error_of_like("arrivals { burst { count: 1 } }"),
              HasSubstr("traces[0].like.arrivals: come from the trace"));
  EXPECT_THAT(error_of_like("count: 2"), HasSubstr("traces[0].like.count: comes from the trace"));
  EXPECT_THAT(error_of_like("clients { count: 1 }"), HasSubstr("traces[0].like.clients: "));
  EXPECT_THAT(error_of_like("rate_spread: 2"), HasSubstr("traces[0].like.rate_spread: "));
  EXPECT_THAT(error_of_like("memory_mib: 1"), HasSubstr("traces[0].like.memory_mib: is 1"));
}

TEST_F(TraceConvertTest, AnAzureDayIsADayLong) {
  Write("day.csv", "HashOwner,HashApp,HashFunction,Trigger,1,2\no,a,f,http,2,1\n");
  const absl::StatusOr<Scenario> scenario =
      Read("traces { azure_2019 { invocations: 'day.csv' } }");
  ASSERT_TRUE(scenario.ok()) << scenario.status();
  EXPECT_EQ(scenario->duration, Duration::Hours(24));
  EXPECT_EQ(ArrivalsOf(scenario->traces[0]).size(), 3u);
}

}  // namespace
}  // namespace floe
