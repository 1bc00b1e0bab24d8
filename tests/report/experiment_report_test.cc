// Experiments as tables, CSV, JSON and pages.

#include "report/experiment_report.h"

#include <cstddef>
#include <limits>
#include <string>
#include <string_view>
#include <vector>

#include "base/time.h"
#include "experiment/estimate.h"
#include "experiment/experiment.h"
#include "experiment/metric.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "report/html/experiment_html.h"
#include "report/html/html_report.h"
#include "report/metric_format.h"
#include "report/result_json.h"
#include "simulator/scenario.h"

namespace floe {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

Estimate Known(double mean, double margin) {
  return {.mean = mean,
          .low = mean - margin,
          .high = mean + margin,
          .standard_error = margin / 2,
          .samples = 10};
}

// Ten replications of which some figures are known.
ExperimentResult Shop() {
  ExperimentResult result{.scenario_name = "shop",
                          .seed = 4,
                          .duration = Duration::Hours(1),
                          .warm_up = Duration::Minutes(5),
                          .replications_asked = 10,
                          .replications_done = 10,
                          .confidence = 0.95};
  result.metrics.resize(Metrics().size());
  result.metrics[*FindMetric("invocations")] = Known(1'234'567, 890);
  result.metrics[*FindMetric("cold_share")] = Known(0.0123, 0.0004);
  result.metrics[*FindMetric("throttle_share_scaling_rate")] = Known(0, 0);
  result.metrics[*FindMetric("latency_p99")] = Known(0.0875, 0.002);
  result.functions.push_back({.name = "a,\"b\"", .metrics = result.metrics});
  result.merged.scenario_name = "shop";
  result.merged.seed = 4;
  result.merged.duration = result.duration;
  result.merged.functions.push_back({.name = "a,\"b\""});
  result.merged.functions[0].invocations = {
      .arrived = 100, .billed_requests = 100, .billed_mib_ms = 1'024'000};
  result.merged.invocations = result.merged.functions[0].invocations;
  return result;
}

Scenario ShopScenario() {
  Scenario scenario{.name = "shop", .duration = Duration::Hours(1)};
  scenario.functions = {ScenarioFunction{.name = "a,\"b\"", .concurrency_reserved = 20}};
  return scenario;
}

TEST(MetricFormatTest, FiguresHaveTheUnitThatPeopleRead) {
  EXPECT_EQ(FormatMetric(0.123, MetricUnit::kShare), "12.3 %");
  EXPECT_EQ(FormatMetric(0.0875, MetricUnit::kSeconds), "87.5 ms");
  EXPECT_EQ(FormatMetric(1'234.5, MetricUnit::kGbSeconds), "1,235 GB-s");
  EXPECT_EQ(FormatMetric(std::numeric_limits<double>::quiet_NaN(), MetricUnit::kCount), "-");
}

TEST(MetricFormatTest, OneSampleHasNoMargin) {
  EXPECT_EQ(FormatMargin(Known(2, 0.5), MetricUnit::kSeconds), "± 500 ms");
  EXPECT_EQ(FormatMargin({.mean = 2, .samples = 1}, MetricUnit::kSeconds), "");
}

TEST(ExperimentTableTest, ShowsFiguresWithTheirMargins) {
  const std::string table = ExperimentTable(Shop(), {});
  EXPECT_THAT(table,
              StartsWith("shop: 1 h of virtual time, seed 4, 10 replications, the first 5 min not "
                         "counted\n\n"
                         "                                  mean  ± at 95 %\n"
                         "Invocations                  1,234,567        890\n"
                         "  arrival rate                       -\n"
                         "  cold starts                   1.23 %     0.04 %\n"));
  EXPECT_THAT(table, HasSubstr("  p99                          87.5 ms    2.00 ms\n"));
  EXPECT_THAT(table, Not(HasSubstr("scaling rate")));
}

TEST(ExperimentTableTest, ShowsWhatItCostsAndLeavesOutWhatThereIsNone) {
  ExperimentResult result = Shop();
  EXPECT_THAT(ExperimentTable(result, {}), Not(HasSubstr("Cost")));
  EXPECT_THAT(ExperimentTable(result, {}), Not(HasSubstr("Events and messages")));
  result.metrics[*FindMetric("cost_month")] = Known(12.3, 0.1);
  result.metrics[*FindMetric("cost_month_tmp")] = Known(0, 0);
  result.metrics[*FindMetric("delivery_latency_p99")] = Known(4, 0.25);
  const std::string table = ExperimentTable(result, {});
  EXPECT_THAT(table, HasSubstr("Events and messages\n"
                               "  age when done, p99            4.00 s     250 ms\n"
                               "Cost\n"
                               "  of a month like it          12.3 USD    0.1 USD\n"));
  EXPECT_THAT(table, Not(HasSubstr("/tmp")));
}

TEST(ExperimentTableTest, SaysThatTheFunctionsCountAllReplications) {
  ExperimentResult result = Shop();
  EXPECT_THAT(ExperimentTable(result, {}), Not(HasSubstr("replications together")));
  result.merged.functions.push_back({.name = "b"});
  EXPECT_THAT(ExperimentTable(result, {}),
              HasSubstr("  (counts and GB-s of functions are of all 10 replications together)\n"));
}

TEST(ExperimentTableTest, OneReplicationShowsItsCostToo) {
  ExperimentResult result = Shop();
  result.replications_asked = 1;
  result.replications_done = 1;
  result.metrics[*FindMetric("cost_run")] = {.mean = 0.25, .samples = 1};
  EXPECT_THAT(ExperimentTable(result, {}),
              HasSubstr("Cost\n  of this run                0.25 USD\n"));
}

TEST(ExperimentTableTest, OneReplicationIsShownAsTheRunItIs) {
  ExperimentResult result = Shop();
  result.replications_done = 1;
  EXPECT_THAT(ExperimentTable(result, {}), HasSubstr("Invocations                        100"));
}

TEST(ExperimentTableTest, SaysHowManyReplicationsAreMissing) {
  ExperimentResult result = Shop();
  result.replications_done = 7;
  EXPECT_THAT(ExperimentTable(result, {}), HasSubstr("7 replications of 10"));
}

TEST(ExperimentCsvTest, HasALineForEachFigureOfTheWholeAndOfEachFunction) {
  const std::string csv = ExperimentCsv(Shop());
  EXPECT_THAT(csv, StartsWith("function,metric,unit,mean,low,high,standard_error,samples\r\n"
                              ",invocations,,1234567,1233677,1235457,445,10\r\n"));
  EXPECT_THAT(csv, HasSubstr(",arrival_rate,per second,,,,,0\r\n"));
  EXPECT_THAT(csv, HasSubstr("\"a,\"\"b\"\"\",latency_p99,s,0.0875,0.0855,0.0895,0.001,10\r\n"));
  EXPECT_THAT(csv, HasSubstr("\n,environments_mean,"));
  EXPECT_THAT(csv, Not(HasSubstr("\"\"\",environments_mean,")));
}

TEST(ExperimentJsonTest, HasEveryFigureWithItsInterval) {
  const std::string json = ExperimentJson(Shop(), nullptr, JsonLayout::kCompact);
  EXPECT_THAT(json, HasSubstr(R"("replications":10,"confidence":0.95,"metrics":[{"name":)"
                              R"("invocations","unit":"","description":"requests that arrived",)"
                              R"("mean":1.23457e+06,"low":1.23368e+06,"high":1.23546e+06,)"
                              R"("standard_error":445,"samples":10},)"));
  for (const Metric& metric : Metrics()) {
    EXPECT_THAT(json, HasSubstr("{\"name\":\"" + std::string(metric.name) + "\""));
  }
  EXPECT_THAT(json, Not(HasSubstr("\"limits\"")));
  EXPECT_THAT(json, Not(HasSubstr("\"prices\"")));
}

TEST(ExperimentJsonTest, WithTheScenarioItHasLimitsAndPrices) {
  const Scenario scenario = ShopScenario();
  const std::string json = ExperimentJson(Shop(), &scenario, JsonLayout::kCompact);
  EXPECT_THAT(json, HasSubstr(R"("limits":{"account_concurrency":1000})"));
  EXPECT_THAT(json, HasSubstr(R"("count":1,"concurrency_reserved":20,)"));
  EXPECT_THAT(json,
              HasSubstr(R"("prices":{"profile":"aws-us-east-1-2026","free_tier":"not deducted"})"));
}

TEST(HtmlReportTest, DataCannotEndItsScript) {
  const std::string page =
      HtmlReport(R"({"scenario":"</script><script>alert(1)</script>"})", R"({"x":"{{chart_js}}"})");
  EXPECT_THAT(page, HasSubstr(R"(\u003c/script>\u003cscript>alert(1)\u003c/script>)"));
  EXPECT_THAT(page, Not(HasSubstr("alert(1)</script>")));
  // What looks like a mark in the data stays as it is.
  EXPECT_THAT(page, HasSubstr(R"({"x":"{{chart_js}}"})"));
}

TEST(HtmlReportTest, CarriesTheLicenceOfTheLibraryAndNoMarkIsLeft) {
  const std::string page = HtmlReport("{}", "null");
  EXPECT_THAT(page, HasSubstr("Permission is hereby granted, free of charge"));
  for (const std::string_view mark : {"{{style}}", "{{result}}", "{{run}}", "{{chart_js}}",
                                      "{{script}}", "{{chart_js_license}}"}) {
    EXPECT_EQ(page.find(mark), std::string::npos) << mark;
  }
}

TEST(HtmlReportTest, RefersToNothingOutside) {
  const std::string page = HtmlReport("{}", "null");
  for (const std::string_view reference :
       {"src=\"http", "url(http", "@import", "<link rel=\"style"}) {
    EXPECT_EQ(page.find(reference), std::string::npos) << reference;
  }
  EXPECT_THAT(page, HasSubstr("default-src 'none'"));
}

TEST(ExperimentHtmlTest, WithoutARecordingTheScenarioIsStillThere) {
  ExperimentResult result = Shop();
  result.scenario_text = "name: \"shop\"\n";
  EXPECT_THAT(ExperimentHtml(result, nullptr, nullptr),
              HasSubstr(R"(id="run-data">{"scenario_text":"name: \"shop\"\u000a"})"));
}

}  // namespace
}  // namespace floe
