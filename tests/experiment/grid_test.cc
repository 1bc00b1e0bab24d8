#include "experiment/grid.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace floe {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::string> ValuesOf(const std::string& text) {
  const absl::StatusOr<Axis> axis = ParseAxis(text);
  EXPECT_TRUE(axis.ok()) << axis.status();
  return axis.ok() ? axis->values : std::vector<std::string>();
}

std::string ErrorOf(const std::string& text) {
  const absl::StatusOr<Axis> axis = ParseAxis(text);
  EXPECT_EQ(axis.status().code(), absl::StatusCode::kInvalidArgument) << text;
  return std::string(axis.status().message());
}

TEST(AxisTest, TakesListsAndRanges) {
  EXPECT_THAT(ValuesOf("a=10,20, 50"), ElementsAre("10", "20", "50"));
  EXPECT_THAT(ValuesOf("a=1..4"), ElementsAre("1", "2", "3", "4"));
  EXPECT_THAT(ValuesOf("a=10..50+20"), ElementsAre("10", "30", "50"));
  EXPECT_THAT(ValuesOf("a=10..49+20"), ElementsAre("10", "30"));
  EXPECT_THAT(ValuesOf("a=0.1..0.9+0.2"), ElementsAre("0.1", "0.3", "0.5", "0.7", "0.9"));
  EXPECT_THAT(ValuesOf("a=1..1000*10"), ElementsAre("1", "10", "100", "1000"));
  EXPECT_THAT(ValuesOf("a=7,1..2,inf"), ElementsAre("7", "1", "2", "inf"));
  EXPECT_THAT(ValuesOf("a=5..5"), ElementsAre("5"));
}

TEST(AxisTest, RangesOfLengthsOfTimeKeepTheirUnits) {
  EXPECT_THAT(ValuesOf("keep_alive=1m..10m*2"), ElementsAre("1m", "2m", "4m", "8m"));
  EXPECT_THAT(ValuesOf("keep_alive=0..90s+30s"), ElementsAre("0", "30s", "1m", "1m30s"));
  EXPECT_THAT(ValuesOf("keep_alive=250ms..1s*2"), ElementsAre("250ms", "500ms", "1s"));
}

TEST(AxisTest, LeavesTextAndMessagesAlone) {
  EXPECT_THAT(ValuesOf("trace.file='a,b',../c.csv"), ElementsAre("'a,b'", "../c.csv"));
  EXPECT_THAT(ValuesOf("functions[name=api].run={constant: '1s'},{exponential{mean:'1s'}}"),
              ElementsAre("{constant: '1s'}", "{exponential{mean:'1s'}}"));
}

TEST(AxisTest, SaysWhatIsWrong) {
  EXPECT_THAT(ErrorOf("keep_alive"), HasSubstr("write FIELD=VALUES"));
  EXPECT_THAT(ErrorOf("=1"), HasSubstr("write FIELD=VALUES"));
  EXPECT_THAT(ErrorOf("a="), HasSubstr("a value is missing"));
  EXPECT_THAT(ErrorOf("a=1,,2"), HasSubstr("a value is missing"));
  EXPECT_THAT(ErrorOf("a=1..b"), HasSubstr("both ends"));
  EXPECT_THAT(ErrorOf("a=1..10s"), HasSubstr("one end is a length of time"));
  EXPECT_THAT(ErrorOf("a=5..1"), HasSubstr("ends before it begins"));
  EXPECT_THAT(ErrorOf("a=1..5+0"), HasSubstr("a step is above 0"));
  EXPECT_THAT(ErrorOf("a=1m..5m+1"), HasSubstr("a step is above 0"));
  EXPECT_THAT(ErrorOf("a=1..5*1"), HasSubstr("a factor is a number above 1"));
  EXPECT_THAT(ErrorOf("a=0..5*2"), HasSubstr("begins above 0"));
  EXPECT_THAT(ErrorOf("a=1..100001"), HasSubstr("more than 100000 values"));
}

TEST(GridTest, TheLastAxisChangesFastest) {
  const absl::StatusOr<Grid> grid =
      MakeGrid({{.field = "a", .values = {"1", "2"}}, {.field = "b", .values = {"x", "y", "z"}}});
  ASSERT_TRUE(grid.ok());
  EXPECT_EQ(grid->points(), 6);
  EXPECT_THAT(grid->ValuesAt(0), ElementsAre("1", "x"));
  EXPECT_THAT(grid->ValuesAt(2), ElementsAre("1", "z"));
  EXPECT_THAT(grid->ValuesAt(3), ElementsAre("2", "x"));
  EXPECT_EQ(Grid().points(), 1);
  EXPECT_THAT(Grid().ValuesAt(0), ElementsAre());
}

TEST(GridTest, RefusesAFieldTwiceAndTooManyPoints) {
  EXPECT_FALSE(MakeGrid({{.field = "a", .values = {"1"}}, {.field = "a", .values = {"2"}}}).ok());
  const std::vector<std::string> thousand(1'000, "1");
  EXPECT_TRUE(
      MakeGrid({{.field = "a", .values = thousand}, {.field = "b", .values = thousand}}).ok());
  EXPECT_FALSE(MakeGrid({{.field = "a", .values = thousand},
                         {.field = "b", .values = thousand},
                         {.field = "c", .values = {"1", "2"}}})
                   .ok());
}

}  // namespace
}  // namespace floe
