#include "simulator/scenario_file/scenario_edit.h"

#include <set>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "simulator/scenario.h"

namespace floe {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

constexpr char kTwoFunctions[] = R"(duration: "1h"
keep_alive: "5m"
functions {
  name: "api"
  memory_mib: 512
  run { constant: "2s" }
}
functions {
  name: "batch"
}
)";

ScenarioEdit TwoFunctions() {
  absl::StatusOr<ScenarioEdit> edit =
      ScenarioEdit::Parse("s.textproto", kTwoFunctions, ScenarioFormat::kText);
  EXPECT_TRUE(edit.ok()) << edit.status();
  return *std::move(edit);
}

Scenario Built(const ScenarioEdit& edit) {
  absl::StatusOr<Scenario> scenario = edit.Build();
  EXPECT_TRUE(scenario.ok()) << scenario.status();
  return scenario.ok() ? *std::move(scenario) : Scenario();
}

std::string ErrorOfSet(const std::string& path, const std::string& value) {
  ScenarioEdit edit = TwoFunctions();
  const std::string before = edit.Text();
  const absl::Status status = edit.Set(path, value);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  EXPECT_EQ(edit.Text(), before) << "nothing is set on errors";
  return std::string(status.message());
}

TEST(ScenarioEditTest, SetsFieldsOfEveryType) {
  ScenarioEdit edit = TwoFunctions();
  ASSERT_TRUE(edit.Set("keep_alive", "inf").ok());
  ASSERT_TRUE(edit.Set("seed", "18446744073709551615").ok());
  ASSERT_TRUE(edit.Set("account.concurrency", "300").ok());
  ASSERT_TRUE(edit.Set("reuse_order", "oldest-first").ok());
  ASSERT_TRUE(edit.Set("keep_alive_rule", "KEEP_ALIVE_RULE_UNTIL_EVICTED").ok());
  ASSERT_TRUE(edit.Set("functions[1].error_rate", "0.25").ok());
  ASSERT_TRUE(edit.Set("prices.free_tier", "true").ok());
  const Scenario scenario = Built(edit);
  EXPECT_EQ(scenario.scheduler.keep_alive, Duration::Infinite());
  EXPECT_EQ(scenario.seed, UINT64_MAX);
  EXPECT_EQ(scenario.scheduler.account_concurrency, 300);
  EXPECT_EQ(scenario.scheduler.reuse_order, ReuseOrder::kOldestFirst);
  EXPECT_EQ(scenario.scheduler.keep_alive_rule, KeepAliveRule::kUntilEvicted);
  EXPECT_EQ(scenario.functions[1].error_rate, 0.25);
  EXPECT_TRUE(scenario.prices.free_tier);
}

TEST(ScenarioEditTest, ElementsAreChosenByNumberNameOrAll) {
  ScenarioEdit edit = TwoFunctions();
  ASSERT_TRUE(edit.Set("functions[*].timeout", "9s").ok());
  ASSERT_TRUE(edit.Set("functions[name=batch].memory_mib", "1024").ok());
  ASSERT_TRUE(edit.Set("functions[0].concurrency_reserved", "7").ok());
  const Scenario scenario = Built(edit);
  EXPECT_EQ(scenario.functions[0].timeout, Duration::Seconds(9));
  EXPECT_EQ(scenario.functions[1].timeout, Duration::Seconds(9));
  EXPECT_EQ(scenario.functions[0].memory_mib, 512);
  EXPECT_EQ(scenario.functions[1].memory_mib, 1'024);
  EXPECT_EQ(scenario.functions[0].concurrency_reserved, 7);
}

TEST(ScenarioEditTest, AnotherModelTakesThePlaceOfTheOneThere) {
  ScenarioEdit edit = TwoFunctions();
  ASSERT_TRUE(edit.Set("functions[0].run.exponential.mean", "3s").ok());
  EXPECT_EQ(std::get<ExponentialLength>(Built(edit).functions[0].run).mean, Duration::Seconds(3));
}

TEST(ScenarioEditTest, AMessageIsSetAsAWhole) {
  ScenarioEdit edit = TwoFunctions();
  ASSERT_TRUE(edit.Set("functions[0].run", "lognormal { median: '1s' sigma: 0.5 }").ok());
  ASSERT_TRUE(edit.Set("functions[1].provisioned", "{ concurrency: 4 }").ok());
  const Scenario scenario = Built(edit);
  EXPECT_EQ(std::get<LogNormalLength>(scenario.functions[0].run).sigma, 0.5);
  EXPECT_EQ(scenario.functions[1].provisioned.schedule.at(0).concurrency, 4);
}

TEST(ScenarioEditTest, AMessageThatIsSetToNothingIsGone) {
  ScenarioEdit edit = TwoFunctions();
  ASSERT_TRUE(edit.Set("functions[0].run", "").ok());
  EXPECT_EQ(std::get<ConstantLength>(Built(edit).functions[0].run).value,
            Duration::Milliseconds(100));
}

TEST(ScenarioEditTest, CopiesAreIndependent) {
  const ScenarioEdit original = TwoFunctions();
  ScenarioEdit copy = original;
  ASSERT_TRUE(copy.Set("keep_alive", "1m").ok());
  EXPECT_EQ(Built(original).scheduler.keep_alive, Duration::Minutes(5));
  EXPECT_EQ(Built(copy).scheduler.keep_alive, Duration::Minutes(1));
}

TEST(ScenarioEditTest, WhatIsClearedHasItsDefault) {
  ScenarioEdit edit = TwoFunctions();
  ASSERT_TRUE(edit.Clear("keep_alive").ok());
  ASSERT_TRUE(edit.Clear("functions[0].run").ok());
  ASSERT_TRUE(edit.Clear("functions[1].run.exponential.mean").ok());
  const Scenario scenario = Built(edit);
  EXPECT_EQ(scenario.scheduler.keep_alive, Duration::Minutes(10));
  EXPECT_EQ(std::get<ConstantLength>(scenario.functions[0].run).value, Duration::Milliseconds(100));
  EXPECT_EQ(std::get<ConstantLength>(scenario.functions[1].run).value, Duration::Milliseconds(100));
}

TEST(ScenarioEditTest, AClearedElementIsRemoved) {
  ScenarioEdit edit = TwoFunctions();
  ASSERT_TRUE(edit.Clear("functions[name=api]").ok());
  const Scenario scenario = Built(edit);
  ASSERT_EQ(scenario.functions.size(), 1u);
  EXPECT_EQ(scenario.functions[0].name, "batch");
}

TEST(ScenarioEditTest, ValuesReadBackAsSetTakesThem) {
  const ScenarioEdit edit = TwoFunctions();
  EXPECT_EQ(*edit.Get("functions[0].memory_mib"), "512");
  EXPECT_EQ(*edit.Get("functions[1].memory_mib"), "");
  EXPECT_EQ(*edit.Get("functions[name=api].run.constant"), "2s");
  EXPECT_EQ(*edit.Get("account.concurrency"), "");
  for (const ScenarioField& field : edit.Values()) {
    EXPECT_EQ(*edit.Get(field.path), field.text) << field.path;
  }
  EXPECT_EQ(edit.Values().size(), 6u);
}

TEST(ScenarioEditTest, TheTextParsesToTheSame) {
  ScenarioEdit edit = TwoFunctions();
  ASSERT_TRUE(edit.Set("functions[0].arrivals", "poisson { rate_per_second: 0.1 }").code() ==
              absl::StatusCode::kInvalidArgument);
  ASSERT_TRUE(edit.Set("functions[1].error_rate", "0.1").ok());
  const absl::StatusOr<ScenarioEdit> again =
      ScenarioEdit::Parse("t", edit.Text(), ScenarioFormat::kText);
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->Text(), edit.Text());
  EXPECT_EQ(Built(*again).functions[1].error_rate, 0.1);
}

TEST(ScenarioEditTest, UnknownFieldsAreRefusedWithWhatThereIs) {
  EXPECT_THAT(ErrorOfSet("functions[0].memory", "1"),
              AllOf(StartsWith("functions[0].memory: there is no such field; did you mean"),
                    HasSubstr("concurrency_reserved")));
  EXPECT_THAT(ErrorOfSet("account.concurency", "1"), HasSubstr("did you mean \"concurrency\"?"));
  EXPECT_THAT(ErrorOfSet("keep_alive.minutes", "1"),
              HasSubstr("keep_alive: is a value and has no field \"minutes\""));
}

TEST(ScenarioEditTest, ElementsThatAreNotThereAreRefused) {
  EXPECT_THAT(ErrorOfSet("functions[2].memory_mib", "1"),
              HasSubstr("functions: no element is [2]; functions has 2 elements"));
  EXPECT_THAT(ErrorOfSet("functions[-1].memory_mib", "1"), HasSubstr("no element is [-1]"));
  EXPECT_THAT(ErrorOfSet("functions[name=web].memory_mib", "1"),
              HasSubstr("no element is [name=web]"));
  EXPECT_THAT(ErrorOfSet("functions[memory_mib=512].timeout", "1s"),
              HasSubstr("\"memory_mib\" is no text field to choose by"));
  EXPECT_THAT(ErrorOfSet("functions.memory_mib", "1"), HasSubstr("needs an index"));
  EXPECT_THAT(ErrorOfSet("functions[api].memory_mib", "1"), HasSubstr("neither a number"));
  EXPECT_THAT(ErrorOfSet("keep_alive[0]", "1"), HasSubstr("takes no index"));
  EXPECT_THAT(ErrorOfSet("functions[0.memory_mib", "1"), HasSubstr("a [ has no ]"));
  EXPECT_THAT(ErrorOfSet("functions[0]memory_mib", "1"), HasSubstr("a ] is followed by"));
  EXPECT_THAT(ErrorOfSet("", "1"), HasSubstr("must have 1 to 1000 characters"));
  EXPECT_THAT(ErrorOfSet(std::string(1'001, 'a'), "1"), HasSubstr("must have 1 to 1000"));
}

TEST(ScenarioEditTest, ValuesOfTheWrongTypeAreRefusedWithWhatIsAccepted) {
  EXPECT_EQ(ErrorOfSet("functions[1].memory_mib", "2g"),
            "functions[1].memory_mib: \"2g\" is not a whole number of at most 2,147,483,647");
  EXPECT_EQ(ErrorOfSet("functions[1].memory_mib", "3000000000"),
            "functions[1].memory_mib: \"3000000000\" is not a whole number of at most "
            "2,147,483,647");
  EXPECT_EQ(ErrorOfSet("seed", "-1"), "seed: \"-1\" is not a whole number of at least 0");
  EXPECT_EQ(ErrorOfSet("prices.free_tier", "yes"),
            "prices.free_tier: \"yes\" is not true or false");
  EXPECT_EQ(ErrorOfSet("reuse_order", "newest"),
            "reuse_order: \"newest\" is not one of REUSE_ORDER_NEWEST_FIRST, "
            "REUSE_ORDER_OLDEST_FIRST and REUSE_ORDER_RANDOM");
  EXPECT_THAT(ErrorOfSet("functions[0].run", "median: '1s'"),
              StartsWith("functions[0].run: Length has no field \"median\""));
}

TEST(ScenarioEditTest, ImpossibleValuesAreRefusedByBuild) {
  ScenarioEdit edit = TwoFunctions();
  ASSERT_TRUE(edit.Set("functions[1].memory_mib", "64").ok());
  EXPECT_EQ(edit.Build().status().message(),
            "functions[1].memory_mib: is 64, must be 128 to 10240");
}

TEST(ScenarioEditTest, WhatTheFileSaysIsRefusedWithItsPlaceAlsoAfterChanges) {
  absl::StatusOr<ScenarioEdit> edit = ScenarioEdit::Parse(
      "s.textproto", "duration: '1h'\nkeep_alive: '10'\nfunctions { name: 'f' }",
      ScenarioFormat::kText);
  ASSERT_TRUE(edit->Set("functions[0].memory_mib", "256").ok());
  EXPECT_THAT(std::string(edit->Build().status().message()),
              StartsWith("s.textproto:2:1: keep_alive: \"10\" is not a length of time"));
}

TEST(ScenarioEditTest, EveryFieldIsListedOnce) {
  std::set<std::string> paths;
  for (const ScenarioField& field : ScenarioEdit::AllFields()) {
    EXPECT_TRUE(paths.insert(field.path).second) << field.path;
    EXPECT_NE(field.text, "") << field.path;
  }
  EXPECT_TRUE(paths.contains("duration"));
  EXPECT_TRUE(paths.contains("account.concurrency"));
  EXPECT_TRUE(paths.contains("functions[].arrivals[].poisson.rate_per_second"));
  EXPECT_TRUE(paths.contains("functions[].run.mixture.parts[].length"));
  EXPECT_GT(paths.size(), 150u);
}

}  // namespace
}  // namespace floe
