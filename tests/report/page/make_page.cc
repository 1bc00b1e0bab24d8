// Makes a page to be looked at by a browser, and the JSON and the trace of the same run.
//
//   make_page small|many PAGE.html RESULT.json TRACE.json

#include <iostream>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "base/time.h"
#include "experiment/experiment.h"
#include "orchestrator/engine/byte_stream.h"
#include "report/chrome_trace.h"
#include "report/html/experiment_html.h"
#include "report/result_json.h"
#include "report/run_recording.h"
#include "report/timeline.h"
#include "simulator/scenario.h"
#include "simulator/statistics.h"

namespace floe {
namespace {

// Every kind of thing that a page shows: reservations, throttles, failures, several replications.
Scenario SmallScenario() {
  Scenario scenario;
  scenario.name = "shop & <café>";
  scenario.duration = Duration::Minutes(10);
  scenario.warm_up = Duration::Minutes(1);
  scenario.seed = 7;
  scenario.scheduler.account_concurrency = 60;
  scenario.scheduler.unreserved_concurrency_min = 10;
  scenario.scheduler.keep_alive = Duration::Minutes(1);
  ScenarioFunction checkout{.name = "checkout", .concurrency_reserved = 6};
  checkout.arrivals = {SineArrivals{.mean_rate_per_second = 3,
                                    .amplitude = 0.9,
                                    .period = Duration::Minutes(10),
                                    .peak_at = Duration::Minutes(5)}};
  checkout.run = LogNormalLength{Duration::Milliseconds(900), 0.6};
  checkout.start = ConstantLength{Duration::Milliseconds(300)};
  checkout.init = ExponentialLength{Duration::Milliseconds(600)};
  ScenarioFunction worker{.name = "worker", .count = 3, .memory_mib = 1'024};
  worker.arrivals = {PoissonArrivals{.rate_per_second = 0.4},
                     BurstArrivals{.count = 25, .at = Instant() + Duration::Minutes(6)}};
  worker.run = ExponentialLength{Duration::Seconds(2)};
  worker.timeout = Duration::Seconds(5);
  worker.start = ConstantLength{Duration::Milliseconds(200)};
  worker.init = ConstantLength{Duration::Milliseconds(400)};
  ScenarioFunction nightly{.name = "</script><b>nightly", .memory_mib = 512};
  nightly.arrivals = {IntervalArrivals{.interval = Duration::Seconds(20)}};
  nightly.crash_rate = 0.2;
  nightly.error_rate = 0.1;
  scenario.functions = {checkout, worker, nightly};
  return scenario;
}

// As many functions as a table of functions must bear.
Scenario ManyScenario() {
  Scenario scenario;
  scenario.name = "ten thousand functions";
  scenario.duration = Duration::Hours(1);
  for (int i = 0; i < 10'000; ++i) {
    ScenarioFunction function{.name = absl::StrCat("function-", i)};
    function.arrivals = {PoissonArrivals{.rate_per_second = 0.02 / (1 + i % 97)}};
    scenario.functions.push_back(function);
  }
  return scenario;
}

absl::Status WriteFile(const std::string& path, std::string_view text) {
  ASSIGN_OR_RETURN(std::unique_ptr<ByteSink> sink, OpenFileSink(path));
  return sink->Append(text);
}

absl::Status Make(const Scenario& scenario, int replications, const char* const* paths) {
  ASSIGN_OR_RETURN(std::unique_ptr<ByteSink> trace_file, OpenFileSink(paths[2]));
  ChromeTraceWriter trace(scenario, std::move(trace_file));
  RunRecording recording(scenario, LevelTracker::kSeriesParts);
  Timeline timeline({&trace, &recording});
  ExperimentOptions options{.replications = replications, .threads = 1};
  options.recorder = &timeline;
  ASSIGN_OR_RETURN(ExperimentResult result, RunExperiment(scenario, options));
  timeline.Finish(Instant() + scenario.duration);
  result.scenario_text = "name: \"</script>\"\n";
  RETURN_IF_ERROR(trace.Finish());
  RETURN_IF_ERROR(WriteFile(paths[0], ExperimentHtml(result, &scenario, &recording)));
  return WriteFile(paths[1], ExperimentJson(result, &scenario));
}

}  // namespace
}  // namespace floe

int main(int argc, char** argv) {
  if (argc != 5) {
    std::cerr << "make_page small|many PAGE.html RESULT.json TRACE.json\n";
    return 2;
  }
  const bool is_small = std::string_view(argv[1]) == "small";
  const absl::Status status = is_small ? floe::Make(floe::SmallScenario(), 5, argv + 2)
                                       : floe::Make(floe::ManyScenario(), 1, argv + 2);
  if (!status.ok()) std::cerr << status << "\n";
  return status.ok() ? 0 : 1;
}
