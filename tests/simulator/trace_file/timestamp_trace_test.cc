#include "simulator/trace_file/timestamp_trace.h"

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "simulator/arrival_trace.h"
#include "tests/simulator/trace_file/read_trace.h"

namespace floe {
namespace {

using Options = TimestampTraceOptions;
using testing::ElementsAre;
using testing::HasSubstr;

absl::StatusOr<std::shared_ptr<const ArrivalTrace>> Read(const std::string& text,
                                                         Options options = {}) {
  options.path = "t.csv";
  return ReadTimestampTrace(Bytes(text), options);
}

std::vector<int64_t> TimesOf(const std::string& text, const Options& options = {}) {
  const auto trace = Read(text, options);
  EXPECT_TRUE(trace.ok()) << trace.status();
  std::vector<int64_t> times;
  if (!trace.ok()) return times;
  for (const TraceArrival& arrival : ReadAll(**trace)) times.push_back(arrival.at_ns);
  return times;
}

std::string ErrorOf(const std::string& text, const Options& options = {}) {
  const auto trace = Read(text, options);
  EXPECT_EQ(trace.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(trace.status().message());
}

TEST(TimestampTraceTest, OneColumnOfSecondsNeedsNoHeader) {
  EXPECT_THAT(TimesOf("0.5\n1\n1\n2.000000001\n"),
              ElementsAre(500'000'000, 1'000'000'000, 1'000'000'000, 2'000'000'001));
  const auto trace = Read("7\n");
  ASSERT_TRUE(trace.ok());
  ASSERT_EQ((*trace)->functions().size(), 1u);
  EXPECT_EQ((*trace)->functions()[0].name, "function");
}

TEST(TimestampTraceTest, OneColumnMayHaveAnyName) {
  EXPECT_THAT(TimesOf("when\n1\n2\n"), ElementsAre(1'000'000'000, 2'000'000'000));
}

TEST(TimestampTraceTest, FunctionsAndDurationsAreFoundByTheirNames) {
  const auto trace = Read("duration,function,timestamp\n0.25,b,1\n,a,2\n3,b,2\n");
  ASSERT_TRUE(trace.ok()) << trace.status();
  ASSERT_EQ((*trace)->functions().size(), 2u);
  EXPECT_EQ((*trace)->functions()[0].name, "b");
  EXPECT_EQ((*trace)->functions()[0].memory_mib, std::nullopt);
  const std::vector<TraceArrival> arrivals = ReadAll(**trace);
  ASSERT_EQ(arrivals.size(), 3u);
  EXPECT_EQ(arrivals[0].function, 0u);
  EXPECT_EQ(arrivals[0].run_ns, 250'000'000);
  EXPECT_EQ(arrivals[1].function, 1u);
  EXPECT_EQ(arrivals[1].run_ns, -1);
  EXPECT_EQ(arrivals[2].run_ns, 3'000'000'000);
}

TEST(TimestampTraceTest, TheUserMayNameTheColumns) {
  const auto trace = Read("t,fn,d,timestamp\n5,x,1,9\n",
                          {.time_column = "t", .function_column = "fn", .duration_column = "d"});
  ASSERT_TRUE(trace.ok()) << trace.status();
  EXPECT_EQ((*trace)->functions()[0].name, "x");
  EXPECT_EQ(ReadAll(**trace)[0].at_ns, 5'000'000'000);
  EXPECT_EQ(ReadAll(**trace)[0].run_ns, 1'000'000'000);
}

TEST(TimestampTraceTest, DatesCountFromTheFirstArrival) {
  EXPECT_THAT(TimesOf("2026-08-09T12:00:00Z\n2026-08-09T12:00:01.5Z\n2026-08-09T14:00:02+02:00\n"),
              ElementsAre(0, 1'500'000'000, 2'000'000'000));
  EXPECT_THAT(TimesOf("timestamp\n1754746496.5\n1754746497\n"), ElementsAre(0, 500'000'000));
}

TEST(TimestampTraceTest, TheOriginMayBeAskedFor) {
  EXPECT_THAT(TimesOf("5\n7\n", {.origin = Options::Origin::kFirstArrival}),
              ElementsAre(0, 2'000'000'000));
  EXPECT_THAT(TimesOf("5\n7\n", {.origin = Options::Origin::kZero}),
              ElementsAre(5'000'000'000, 7'000'000'000));
  EXPECT_THAT(ErrorOf("2026-08-09T12:00:00Z\n", {.origin = Options::Origin::kZero}),
              HasSubstr("the last arrival comes 1786276800 s after the run begins"));
}

TEST(TimestampTraceTest, RowsInAnyOrderAreSortedWhenAsked) {
  EXPECT_THAT(TimesOf("3\n1\n2\n", {.order = Options::Order::kAny}),
              ElementsAre(1'000'000'000, 2'000'000'000, 3'000'000'000));
  EXPECT_EQ(
      ErrorOf("timestamp\n3\n1\n"),
      "read t.csv: line 3: column 1 (`timestamp`): is `1`, is earlier than the row before it; "
      "sort the file, or ask for its rows to be sorted");
}

TEST(TimestampTraceTest, BadTimesAreRefusedWithTheirPlace) {
  EXPECT_THAT(ErrorOf("timestamp\n1\n-2\n"), HasSubstr("line 3: column 1 (`timestamp`): is `-2`"));
  EXPECT_THAT(ErrorOf("timestamp\nnow\n"), HasSubstr("or a date and time"));
  EXPECT_THAT(ErrorOf("timestamp\n1\n2026-08-09T12:00:00Z\n"),
              HasSubstr("must be a number of seconds from 0, as in the rows before it"));
  EXPECT_THAT(ErrorOf("timestamp\n2026-08-09T12:00:00Z\n1\n"),
              HasSubstr("must be a date and time, as in the rows before it"));
  EXPECT_THAT(ErrorOf("timestamp,function\n1,a\n2"),
              HasSubstr("line 3: has 1 cells where the header names 2; the file ends inside it"));
  EXPECT_THAT(ErrorOf("timestamp,duration\n1,-1\n"), HasSubstr("(`duration`): is `-1`"));
  EXPECT_THAT(ErrorOf("timestamp,duration\n1,99999999\n"), HasSubstr("from 0 to 31622400"));
}

TEST(TimestampTraceTest, FunctionNamesHaveOneTo64Bytes) {
  EXPECT_TRUE(Read(absl::StrCat("timestamp,function\n1,", std::string(64, 'x'), "\n")).ok());
  EXPECT_THAT(ErrorOf(absl::StrCat("timestamp,function\n1,", std::string(65, 'x'), "\n")),
              HasSubstr("must have 1 to 64 bytes"));
  EXPECT_THAT(ErrorOf("timestamp,function\n1,\n"), HasSubstr("must have 1 to 64 bytes"));
}

TEST(TimestampTraceTest, FilesWithoutArrivalsAndColumnsAreRefused) {
  EXPECT_THAT(ErrorOf(""), HasSubstr("t.csv: the file is empty"));
  EXPECT_THAT(ErrorOf("timestamp\n"), HasSubstr("there is no row below the header"));
  EXPECT_THAT(ErrorOf("a,b\n1,2\n"), HasSubstr("there is no column `timestamp`, only `a`, `b`"));
  EXPECT_THAT(ErrorOf("timestamp\n1\n", {.function_column = "fn"}),
              HasSubstr("there is no column `fn`"));
}

TEST(TimestampTraceTest, ARunMayLastTenYears) {
  // 10 * 366 days.
  EXPECT_EQ(TimesOf("0\n316224000\n").size(), 2u);
  EXPECT_THAT(ErrorOf("0\n316224000.1\n"), HasSubstr("at most 316224000 s can be simulated"));
}

}  // namespace
}  // namespace floe
