#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include "base/time.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "report/chart.h"
#include "report/format.h"
#include "report/json_writer.h"
#include "report/result_json.h"
#include "report/simulation_report.h"
#include "report/table.h"
#include "simulator/simulation.h"
#include "simulator/statistics.h"

namespace floe {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(FormatTest, CountsHaveSeparators) {
  EXPECT_EQ(FormatCount(0), "0");
  EXPECT_EQ(FormatCount(999), "999");
  EXPECT_EQ(FormatCount(1'000), "1,000");
  EXPECT_EQ(FormatCount(1'234'567), "1,234,567");
}

TEST(FormatTest, NumbersHaveThreeSignificantDigits) {
  EXPECT_EQ(FormatNumber(0), "0");
  EXPECT_EQ(FormatNumber(0.00012345), "1.2e-04");
  EXPECT_EQ(FormatNumber(0.012345), "0.0123");
  EXPECT_EQ(FormatNumber(1.2345), "1.23");
  EXPECT_EQ(FormatNumber(9.996), "10.0");
  EXPECT_EQ(FormatNumber(99.96), "100");
  EXPECT_EQ(FormatNumber(999.6), "1,000");
  EXPECT_EQ(FormatNumber(-12.34), "-12.3");
}

TEST(FormatTest, NumbersThatNoCounterReachesHaveAnExponent) {
  EXPECT_EQ(FormatNumber(999'999'999'999'999), "999,999,999,999,999");
  EXPECT_EQ(FormatNumber(1e15), "1.00e+15");
  EXPECT_EQ(FormatNumber(-1e300), "-1.00e+300");
}

TEST(FormatTest, LengthsHaveAFittingUnit) {
  EXPECT_EQ(FormatLength(Duration()), "0 s");
  EXPECT_EQ(FormatLength(Duration::Nanoseconds(12)), "12.0 ns");
  EXPECT_EQ(FormatLength(Duration::Microseconds(999)), "999 us");
  EXPECT_EQ(FormatLength(Duration::Microseconds(87'500)), "87.5 ms");
  EXPECT_EQ(FormatLength(Duration::Milliseconds(1'991)), "1.99 s");
  EXPECT_EQ(FormatLength(Duration::Seconds(750)), "12.5 min");
  EXPECT_EQ(FormatLength(Duration::Hours(3)), "3.00 h");
  EXPECT_EQ(FormatLength(Duration::Hours(72)), "3.00 d");
}

TEST(FormatTest, SpansAreExact) {
  EXPECT_EQ(FormatSpan(Duration::Hours(24)), "24 h");
  EXPECT_EQ(FormatSpan(Duration::Minutes(90)), "90 min");
  EXPECT_EQ(FormatSpan(Duration::Seconds(61)), "61 s");
  EXPECT_EQ(FormatSpan(Duration::Milliseconds(1'500)), "1.50 s");
}

TEST(FormatTest, AShareOfNothingIsNoNumber) {
  EXPECT_EQ(FormatShare(1, 8), "12.5 %");
  EXPECT_EQ(FormatShare(0, 0), "-");
}

TEST(TableTest, AlignsTheFirstColumnLeftAndTheOthersRight) {
  Table table;
  table.AddRow({"name", "n"});
  table.AddRow({"é", "1,000", ""});
  EXPECT_EQ(table.ToString(), "name      n\né     1,000\n");
}

TEST(ChartTest, DrawsAreasOnTopOfEachOther) {
  std::vector<LevelMeans> series(40, {.starting = 1, .busy = 2, .idle = 1});
  for (size_t i = 20; i < 40; ++i) series[i] = {.busy = 1};
  const std::string chart =
      DrawEnvironments(series, Duration::Minutes(10),
                       {.width = 44, .height = 4, .characters = CharacterSet::kAscii});
  EXPECT_EQ(chart,
            " 4.00 |...................\n"
            "      |ooooooooooooooooooo\n"
            "      |###################\n"
            "      |#####################################\n"
            "    0 +-------------------------------------\n"
            "       # busy  o starting  . idle     10 min\n");
}

TEST(ChartTest, IsEmptyWithoutASeries) {
  EXPECT_EQ(DrawEnvironments({}, Duration::Minutes(10), {}), "");
}

TEST(ChartTest, NoLineIsWiderThanAsked) {
  const std::vector<LevelMeans> series(240, {.starting = 1, .busy = 12'345, .idle = 1});
  for (const int width : {kChartWidthMin, 79, 80, 200}) {
    const std::string chart = DrawEnvironments(series, Duration::Hours(1), {.width = width});
    size_t begin = 0;
    for (size_t end = chart.find('\n'); end != std::string::npos; end = chart.find('\n', begin)) {
      EXPECT_LE(DisplayWidth(std::string_view(chart).substr(begin, end - begin)),
                static_cast<size_t>(width));
      begin = end + 1;
    }
  }
}

TEST(JsonWriterTest, NestsAndQuotes) {
  JsonWriter json;
  json.BeginObject();
  json.Field("text", "a \"b\"\n\\");
  json.BeginArray("list");
  json.BeginObject();
  json.Field("n", uint64_t{18446744073709551615u});
  json.EndObject();
  json.EndArray();
  json.BeginArray("none");
  json.EndArray();
  json.Field("no_number", std::numeric_limits<double>::quiet_NaN());
  json.EndObject();
  EXPECT_EQ(json.text(),
            "{\n"
            "  \"text\": \"a \\\"b\\\"\\u000a\\\\\",\n"
            "  \"list\": [\n"
            "    {\n"
            "      \"n\": 18446744073709551615\n"
            "    }\n"
            "  ],\n"
            "  \"none\": [],\n"
            "  \"no_number\": null\n"
            "}\n");
}

SimulationResult ResultWithFunctions(int functions) {
  SimulationResult result{.scenario_name = "shop", .seed = 4, .duration = Duration::Hours(1)};
  for (int i = 0; i < functions; ++i) {
    InvocationTally tally{.arrived = static_cast<uint64_t>(100 + i), .cold_starts = 1};
    tally.finished = tally.arrived;
    result.functions.push_back({.name = "f" + std::to_string(i), .invocations = tally});
    result.invocations.Merge(tally);
  }
  return result;
}

TEST(SimulationReportTest, OneFunctionHasNoTableOfFunctions) {
  EXPECT_THAT(SimulationTable(ResultWithFunctions(1), {}), Not(HasSubstr("Functions")));
}

TEST(SimulationReportTest, TheFunctionsWithTheMostInvocationsComeFirstAndTheRestTogether) {
  const std::string table = SimulationTable(ResultWithFunctions(kFunctionsShown + 2), {});
  EXPECT_LT(table.find("  f11 "), table.find("  f10 "));
  EXPECT_THAT(table, HasSubstr("  (2 more)          201"));
  EXPECT_THAT(table, Not(HasSubstr("  f1 ")));
}

TEST(SimulationReportTest, ReasonsAppearOnlyWhereTheyHappened) {
  SimulationResult result = ResultWithFunctions(1);
  EXPECT_THAT(SimulationTable(result, {}), Not(HasSubstr("reserved concurrency")));
  result.invocations.throttled_by_reason[1] = 7;
  EXPECT_THAT(SimulationTable(result, {}), HasSubstr("    reserved concurrency"));
}

TEST(SimulationReportTest, JsonNamesEveryReasonAndCause) {
  const std::string json = SimulationJson(ResultWithFunctions(1));
  for (const char* field : {"\"account_concurrency\": 0", "\"timed_out\": 0", "\"node_lost\": 0",
                            "\"scenario\": \"shop\"", "\"invocations\": 100"}) {
    EXPECT_THAT(json, HasSubstr(field));
  }
}

}  // namespace
}  // namespace floe
