#include "simulator/trace_file/azure2019_trace.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
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

using testing::HasSubstr;

constexpr int64_t kMinuteNs = 60'000'000'000;
constexpr char kDurationsHeader[] =
    "HashOwner,HashApp,HashFunction,Average,Count,Minimum,Maximum,percentile_Average_0,"
    "percentile_Average_1,percentile_Average_25,percentile_Average_50,percentile_Average_75,"
    "percentile_Average_99,percentile_Average_100\n";

std::vector<Azure2019Sources::File> Files(std::vector<std::string> texts, const char* name) {
  std::vector<Azure2019Sources::File> files;
  for (std::string& text : texts) files.push_back({.source = Bytes(std::move(text)), .name = name});
  return files;
}

absl::StatusOr<std::shared_ptr<const ArrivalTrace>> Read(std::vector<std::string> invocations,
                                                         std::vector<std::string> durations = {},
                                                         std::vector<std::string> memory = {}) {
  return ReadAzure2019Trace({.invocations = Files(std::move(invocations), "inv.csv"),
                             .durations = Files(std::move(durations), "run.csv"),
                             .memory = Files(std::move(memory), "mem.csv")});
}

std::string ErrorOf(std::vector<std::string> invocations, std::vector<std::string> durations = {},
                    std::vector<std::string> memory = {}) {
  const auto trace = Read(std::move(invocations), std::move(durations), std::move(memory));
  EXPECT_EQ(trace.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(trace.status().message());
}

TEST(Azure2019TraceTest, CountsBecomeArrivalsWithinTheirMinutes) {
  const auto trace =
      Read({"HashOwner,HashApp,HashFunction,Trigger,1,2,3\n"
            "o,a,f,http,2,0,1\n"
            "o,a,g,queue,0,3,0\n"});
  ASSERT_TRUE(trace.ok()) << trace.status();
  ASSERT_EQ((*trace)->functions().size(), 2u);
  EXPECT_EQ((*trace)->functions()[0].name, "f");
  EXPECT_EQ((*trace)->functions()[1].name, "g");
  const std::vector<TraceArrival> arrivals = ReadAll(**trace);
  std::vector<std::pair<int64_t, uint32_t>> minutes;
  for (const TraceArrival& arrival : arrivals) {
    minutes.emplace_back(arrival.at_ns / kMinuteNs, arrival.function);
    EXPECT_EQ(arrival.run_ns, -1);
    EXPECT_EQ(arrival.tenant, 0u);
  }
  EXPECT_EQ(minutes, (std::vector<std::pair<int64_t, uint32_t>>{
                         {0, 0}, {0, 0}, {1, 1}, {1, 1}, {1, 1}, {2, 0}}));
}

TEST(Azure2019TraceTest, ColumnsAreFoundByTheirNamesInAnyOrder) {
  const auto published = Read({"HashOwner,HashApp,HashFunction,Trigger,1,2\no,a,f,http,1,2\n"});
  const auto sampled = Read({"minute_2,HashFunction,minute_1,HashApp\n2,f,1,a\n"});
  ASSERT_TRUE(published.ok() && sampled.ok());
  const std::vector<TraceArrival> first = ReadAll(**published);
  const std::vector<TraceArrival> second = ReadAll(**sampled);
  ASSERT_EQ(first.size(), 3u);
  ASSERT_EQ(second.size(), 3u);
  for (size_t i = 0; i < 3; ++i) EXPECT_EQ(first[i].at_ns, second[i].at_ns) << i;
}

TEST(Azure2019TraceTest, OtherFunctionsAndTheOrderOfRowsShiftNoDraw) {
  const std::string header = "HashApp,HashFunction,1,2\n";
  const auto alone = Read({header + "a,f,40,2\n"});
  const auto among = Read({header + "a,e,9,9\na,f,40,2\nb,f,7,0\n"});
  ASSERT_TRUE(alone.ok() && among.ok());
  std::vector<int64_t> expected;
  std::vector<int64_t> times;
  for (const TraceArrival& arrival : ReadAll(**alone)) expected.push_back(arrival.at_ns);
  for (const TraceArrival& arrival : ReadAll(**among)) {
    if (arrival.function == 1) times.push_back(arrival.at_ns);
  }
  EXPECT_EQ(times, expected);
}

TEST(Azure2019TraceTest, TheSeedDecidesTheMomentsAndNothingElse) {
  const auto trace = Read({"HashApp,HashFunction,1,2\na,f,40,2\n"});
  ASSERT_TRUE(trace.ok());
  const auto times = [&trace](uint64_t seed, size_t batch) {
    std::vector<int64_t> all;
    for (const TraceArrival& arrival : ReadAll(**trace, seed, batch)) all.push_back(arrival.at_ns);
    return all;
  };
  EXPECT_EQ(times(1, 1), times(1, 1'000));
  EXPECT_NE(times(1, 5), times(2, 5));
  EXPECT_EQ(times(2, 5).size(), 42u);
}

TEST(Azure2019TraceTest, MomentsAreSpreadEvenly) {
  const auto trace = Read({"HashApp,HashFunction,1\na,f,100000\na,g,1\n"});
  ASSERT_TRUE(trace.ok());
  std::vector<int> tenths(10);
  for (const TraceArrival& arrival : ReadAll(**trace, 1, 1'000)) {
    ++tenths[static_cast<size_t>(arrival.at_ns / (kMinuteNs / 10))];
  }
  // Five standard deviations of 10,000 +- 95.
  for (const int count : tenths) EXPECT_NEAR(count, 10'000, 475);
}

TEST(Azure2019TraceTest, RunTimesFollowThePercentiles) {
  const auto trace =
      Read({"HashApp,HashFunction,1,2\na,f,50000,50000\na,g,1,0\n"},
           {absl::StrCat(kDurationsHeader, "o,a,f,0,0,0,0,10,20,30,40.5,60,900,5000\n",
                         "o,a,unknown,0,0,0,0,1,1,1,1,1,1,1\n")});
  ASSERT_TRUE(trace.ok()) << trace.status();
  std::vector<double> runs;
  for (const TraceArrival& arrival : ReadAll(**trace, 1, 1'000)) {
    if (arrival.function == 1) {
      EXPECT_EQ(arrival.run_ns, -1);
      continue;
    }
    runs.push_back(static_cast<double>(arrival.run_ns) * 1e-6);
  }
  std::sort(runs.begin(), runs.end());
  ASSERT_EQ(runs.size(), 100'000u);
  EXPECT_GE(runs.front(), 10);
  EXPECT_LE(runs.back(), 5'000);
  const auto share_below = [&runs](double ms) {
    return static_cast<double>(std::lower_bound(runs.begin(), runs.end(), ms) - runs.begin()) /
           static_cast<double>(runs.size());
  };
  const double expected[][2] = {{15, 0.005}, {20, 0.01},  {25, 0.13},  {30, 0.25},    {40.5, 0.5},
                                {60, 0.75},  {480, 0.87}, {900, 0.99}, {2'950, 0.995}};
  for (const auto& [ms, p] : expected) {
    EXPECT_NEAR(share_below(ms), p, 5 * std::sqrt(p * (1 - p) / 1e5)) << ms;
  }
}

TEST(Azure2019TraceTest, MemoryIsTheMostThatWasUsedAsAFunctionMayHave) {
  const std::string invocations = "HashApp,HashFunction,1\na,f,1\na,g,1\nb,f,1\nc,f,1\nd,f,1\n";
  const auto by_app =
      Read({invocations}, {},
           {"HashApp,SampleCount,AverageAllocatedMb_pct50,AverageAllocatedMb_pct100\n"
            "a,1,100,200.2\nb,1,1,20\nc,1,1,99999\n"});
  ASSERT_TRUE(by_app.ok()) << by_app.status();
  std::vector<int32_t> memory;
  for (const TraceFunction& function : (*by_app)->functions()) {
    memory.push_back(function.memory_mib.value_or(-1));
  }
  EXPECT_EQ(memory, (std::vector<int32_t>{201, 201, 128, 10'240, -1}));

  const auto by_function = Read(
      {invocations}, {}, {"HashFunction,HashApp,AverageAllocatedMb_pct100\nf,a,300\ng,a,400\n"});
  ASSERT_TRUE(by_function.ok());
  EXPECT_EQ((*by_function)->functions()[0].memory_mib, 300);
  EXPECT_EQ((*by_function)->functions()[1].memory_mib, 400);
}

TEST(Azure2019TraceTest, DaysFollowEachOther) {
  const auto trace = Read({"HashApp,HashFunction,1,2\na,f,1,0\n",  //
                           "HashApp,HashFunction,1,2\nb,g,0,1\na,f,2,0\n"},
                          {absl::StrCat(kDurationsHeader, "o,a,f,0,0,0,0,5,5,5,5,5,5,5\n"),
                           absl::StrCat(kDurationsHeader, "o,a,f,0,0,0,0,7,7,7,7,7,7,7\n")});
  ASSERT_TRUE(trace.ok()) << trace.status();
  const std::vector<TraceArrival> arrivals = ReadAll(**trace);
  ASSERT_EQ(arrivals.size(), 4u);
  EXPECT_EQ(arrivals[0].run_ns, 5'000'000);
  EXPECT_EQ(arrivals[1].at_ns / kMinuteNs, 1'440);
  EXPECT_EQ(arrivals[1].function, 0u);
  EXPECT_EQ(arrivals[2].run_ns, 7'000'000);
  EXPECT_EQ(arrivals[3].at_ns / kMinuteNs, 1'441);
  EXPECT_EQ(arrivals[3].function, 1u);
}

TEST(Azure2019TraceTest, TriggersOfOneFunctionAreAddedUp) {
  const auto trace =
      Read({"HashApp,HashFunction,Trigger,1\na,f,http,2\nb,f,http,1\na,f,queue,3\n"});
  ASSERT_TRUE(trace.ok());
  size_t of_first = 0;
  for (const TraceArrival& arrival : ReadAll(**trace)) of_first += arrival.function == 0 ? 1 : 0;
  EXPECT_EQ(of_first, 5u);
}

TEST(Azure2019TraceTest, HashesAreCutToNamesThatStayUnique) {
  const auto trace = Read({"HashApp,HashFunction,1\na,0123456789abcdef,1\nb,0123456789abcXYZ,1\n"});
  ASSERT_TRUE(trace.ok());
  EXPECT_EQ((*trace)->functions()[0].name, "0123456789ab");
  EXPECT_EQ((*trace)->functions()[1].name, "0123456789ab-2");
}

TEST(Azure2019TraceTest, QuotesCarriageReturnsAndAByteOrderMarkAreRead) {
  const auto trace =
      Read({"\xef\xbb\xbf\"HashApp\",HashFunction,1,2\r\n\r\n\"a\",\"f,\"\"x\",\"3\",1.0\r\n"});
  ASSERT_TRUE(trace.ok()) << trace.status();
  EXPECT_EQ((*trace)->functions()[0].name, "f,\"x");
  EXPECT_EQ(ReadAll(**trace).size(), 4u);
}

TEST(Azure2019TraceTest, BadCountsAreRefusedWithTheirPlace) {
  const std::string header = "HashApp,HashFunction,1,2\n";
  EXPECT_EQ(ErrorOf({header + "a,f,1,2\na,g,1,-2\n"}),
            "read inv.csv: line 3: column 4 (`2`): is `-2`, must be a whole number from 0 to "
            "4000000");
  EXPECT_THAT(ErrorOf({header + "a,f,1,\n"}), HasSubstr("column 4 (`2`): is ``"));
  EXPECT_THAT(ErrorOf({header + "a,f,1,4000001\n"}), HasSubstr("is `4000001`"));
  EXPECT_THAT(ErrorOf({header + "a,f,1,99999999999999999999\n"}), HasSubstr("column 4"));
  EXPECT_THAT(ErrorOf({header + "a,f,1.5,0\n"}), HasSubstr("is `1.5`"));
  EXPECT_THAT(ErrorOf({header + "a,f,1,2,3\n"}), HasSubstr("line 2: has 5 cells"));
  EXPECT_THAT(ErrorOf({header + "a,f,1,1\na,g,1"}),
              HasSubstr("line 3: has 3 cells where the header names 4; the file ends inside it"));
  EXPECT_THAT(ErrorOf({header + "a,,1,2\n"}), HasSubstr("its HashFunction is empty"));
  EXPECT_THAT(ErrorOf({header + "a,\"f,1,2\n"}), HasSubstr("a quoted cell that does not end"));
}

TEST(Azure2019TraceTest, ManyZerosInARowAreCountedToo) {
  // The quick way over zeros ends at a column that is no minute, and at the end of the line.
  const std::string header = "1,2,3,4,5,HashApp,6,7,8,9,HashFunction,10,11,12,13\n";
  const auto trace =
      Read({header + "0,0,0,0,0,a,0,0,0,0,f,0,0,0,1\n0,0,0,0,7,a,0,0,0,2,g,0,0,0,0\n"});
  ASSERT_TRUE(trace.ok()) << trace.status();
  std::vector<std::pair<int64_t, uint32_t>> minutes;
  for (const TraceArrival& arrival : ReadAll(**trace)) {
    minutes.emplace_back(arrival.at_ns / kMinuteNs, arrival.function);
  }
  EXPECT_EQ(minutes.size(), 10u);
  EXPECT_EQ(minutes.front(), std::make_pair(int64_t{4}, 1u));
  EXPECT_EQ(minutes[7], std::make_pair(int64_t{8}, 1u));
  EXPECT_EQ(minutes.back(), std::make_pair(int64_t{12}, 0u));
  EXPECT_THAT(ErrorOf({header + "0,0,0,0,0,a,0,0,0,0,f,0,0,0,0,0\n"}), HasSubstr("has 16 cells"));
  EXPECT_THAT(ErrorOf({"HashApp,HashFunction,1,2,3,4\na,f,0,0,0,0,9,9,9\n"}),
              HasSubstr("has 9 cells"));
}

TEST(Azure2019TraceTest, BadHeadersAreRefused) {
  EXPECT_THAT(ErrorOf({""}), HasSubstr("inv.csv: the file is empty"));
  EXPECT_THAT(ErrorOf({"HashApp,1\na,1\n"}),
              HasSubstr("there is no column `HashFunction`, only `HashApp`, `1`"));
  EXPECT_THAT(ErrorOf({"HashApp,HashFunction\na,f\n"}), HasSubstr("there is no column `1`"));
  EXPECT_THAT(ErrorOf({"HashApp,HashFunction,1,3\na,f,1,1\n"}),
              HasSubstr("there is no column `2` or `minute_2`"));
  EXPECT_THAT(ErrorOf({"HashApp,HashFunction,1,minute_1\na,f,1,1\n"}), HasSubstr("is there twice"));
  EXPECT_THAT(ErrorOf({"HashApp,HashFunction,1,1\na,f,1,1\n"}), HasSubstr("twice"));
  EXPECT_THAT(ErrorOf({"HashApp,HashFunction,1441\na,f,1\n"}), HasSubstr("is no minute"));
}

TEST(Azure2019TraceTest, AFunctionThatIsThereTwiceIsRefused) {
  EXPECT_THAT(ErrorOf({"HashApp,HashFunction,Trigger,1\na,f,http,2\na,f,http,2\n"}),
              HasSubstr("line 3: is about the same function and trigger as line 2"));
  const std::string invocations = "HashApp,HashFunction,1\na,f,1\n";
  const std::string row = "o,a,f,0,0,0,0,5,5,5,5,5,5,5\n";
  EXPECT_THAT(ErrorOf({invocations}, {absl::StrCat(kDurationsHeader, row, row)}),
              HasSubstr("run.csv: line 3: is about a function that was there before"));
  EXPECT_THAT(ErrorOf({invocations}, {}, {"HashApp,AverageAllocatedMb_pct100\na,1\na,1\n"}),
              HasSubstr("mem.csv: line 3: is about an application that was there before"));
}

TEST(Azure2019TraceTest, BadDurationsAndMemoryAreRefused) {
  const std::string invocations = "HashApp,HashFunction,1\na,f,1\n";
  const auto with = [&](const char* values) {
    return ErrorOf({invocations}, {absl::StrCat(kDurationsHeader, "o,a,f,0,0,0,0,", values, "\n")});
  };
  EXPECT_THAT(with("1,2,3,-4,5,6,7"), HasSubstr("column 11 (`percentile_Average_50`): is `-4`"));
  EXPECT_THAT(with("1,2,3,nan,5,6,7"), HasSubstr("is `nan`"));
  EXPECT_THAT(with("1,2,3,2.5,5,6,7"), HasSubstr("is below the percentile before it"));
  EXPECT_THAT(with("1,2,3,4,5,6,8e15"), HasSubstr("is `8e15`"));
  EXPECT_THAT(ErrorOf({invocations}, {}, {"HashApp,AverageAllocatedMb_pct100\na,x\n"}),
              HasSubstr("mem.csv: line 2: column 2 (`AverageAllocatedMb_pct100`): is `x`"));
  EXPECT_THAT(ErrorOf({invocations}, {}, {"HashApp\na\n"}), HasSubstr("there is no column"));
}

TEST(Azure2019TraceTest, TheNumberOfFilesMustMatchTheDays) {
  const std::string day = "HashApp,HashFunction,1\na,f,1\n";
  EXPECT_THAT(ErrorOf({}), HasSubstr("0 files of invocations"));
  EXPECT_THAT(ErrorOf({day, day, day}, {kDurationsHeader, kDurationsHeader}),
              HasSubstr("2 files of durations for 3 days"));
  EXPECT_THAT(ErrorOf({"HashApp,HashFunction,1\na,f,0\n"}), HasSubstr("there is no invocation"));
}

TEST(Azure2019TraceTest, MissingFilesAreNotFound) {
  const auto trace = OpenAzure2019Trace({.invocations = {"/nowhere/inv.csv"}});
  EXPECT_EQ(trace.status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(std::string(trace.status().message()), HasSubstr("/nowhere/inv.csv"));
}

}  // namespace
}  // namespace floe
