#include "simulator/trace_file/azure2021_trace.h"

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "simulator/arrival_trace.h"
#include "tests/simulator/trace_file/read_trace.h"

namespace floe {
namespace {

using testing::HasSubstr;

constexpr char kHeader[] = "app,func,end_timestamp,duration\n";

std::string ErrorOf(const std::string& text) {
  const auto trace = ReadAzure2021Trace(Bytes(text), "t.csv");
  EXPECT_EQ(trace.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(trace.status().message());
}

TEST(Azure2021TraceTest, ArrivalsAreEndsLessDurationsInTheOrderOfTheirTimes) {
  const auto trace = ReadAzure2021Trace(
      Bytes(std::string(kHeader) + "a,f,10.5,10\na,g,2,0.25\nb,f,3,2.75\na,f,1,1\n"), "t.csv");
  ASSERT_TRUE(trace.ok()) << trace.status();
  ASSERT_EQ((*trace)->functions().size(), 3u);
  EXPECT_EQ((*trace)->functions()[0].name, "f");
  EXPECT_EQ((*trace)->functions()[2].name, "f-2");
  const std::vector<TraceArrival> arrivals = ReadAll(**trace);
  ASSERT_EQ(arrivals.size(), 4u);
  EXPECT_EQ(arrivals[0].at_ns, 0);
  EXPECT_EQ(arrivals[0].run_ns, 1'000'000'000);
  EXPECT_EQ(arrivals[1].at_ns, 250'000'000);
  EXPECT_EQ(arrivals[1].function, 2u);
  EXPECT_EQ(arrivals[2].at_ns, 500'000'000);
  EXPECT_EQ(arrivals[2].function, 0u);
  EXPECT_EQ(arrivals[3].at_ns, 1'750'000'000);
}

TEST(Azure2021TraceTest, WhatWasUnderWayWhenTheTraceBeganArrivesAtZero) {
  const auto trace = ReadAzure2021Trace(Bytes(std::string(kHeader) + "a,f,1,90.5\n"), "t.csv");
  ASSERT_TRUE(trace.ok());
  EXPECT_EQ(ReadAll(**trace)[0].at_ns, 0);
  EXPECT_EQ(ReadAll(**trace)[0].run_ns, 90'500'000'000);
}

TEST(Azure2021TraceTest, ColumnsAreFoundByTheirNames) {
  const auto trace =
      ReadAzure2021Trace(Bytes("duration,x,func,app,end_timestamp\n1,?,f,a,5\n"), "t.csv");
  ASSERT_TRUE(trace.ok());
  EXPECT_EQ(ReadAll(**trace)[0].at_ns, 4'000'000'000);
}

TEST(Azure2021TraceTest, BadRowsAreRefusedWithTheirPlace) {
  const std::string header = kHeader;
  EXPECT_THAT(ErrorOf(header + "a,f,1,-1\n"),
              HasSubstr("t.csv: line 2: column 4 (`duration`): is `-1`, must be a number of "
                        "seconds from 0 to 31622400"));
  EXPECT_THAT(ErrorOf(header + "a,f,x,1\n"), HasSubstr("column 3 (`end_timestamp`): is `x`"));
  EXPECT_THAT(ErrorOf(header + "a,,1,1\n"), HasSubstr("must name a function"));
  EXPECT_THAT(ErrorOf(header + "a,f,1,1\na,f"), HasSubstr("the file ends inside it"));
  EXPECT_THAT(ErrorOf(header), HasSubstr("there is no row below the header"));
  EXPECT_THAT(ErrorOf("app,func,end,duration\n"), HasSubstr("no column `end_timestamp`"));
  EXPECT_THAT(ErrorOf(""), HasSubstr("the file is empty"));
}

}  // namespace
}  // namespace floe
