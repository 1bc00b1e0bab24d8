// The files that --report and --chrome-trace ask for: what they record of a run, and how they are
// written when it is over.

#ifndef FLOE_CLI_REPORT_FILES_H_
#define FLOE_CLI_REPORT_FILES_H_

#include <memory>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "experiment/experiment.h"
#include "orchestrator/engine/engine.h"
#include "report/chrome_trace.h"
#include "report/run_recording.h"
#include "report/timeline.h"
#include "simulator/scenario.h"

namespace CLI {
class App;
}  // namespace CLI

namespace floe::cli {

// Each empty: not asked for.
struct ReportPaths {
  std::string html;
  std::string chrome_trace;
};

// --report and --chrome-trace. `paths` outlives `command`.
void AddReportFlags(CLI::App& command, ReportPaths* paths);

// Writes the page to `path`. `scenario` and `recording` may be null.
absl::Status WriteHtmlReport(const std::string& path, const ExperimentResult& result,
                             const Scenario* scenario, const RunRecording* recording);

//   ASSIGN_OR_RETURN(std::unique_ptr<ReportFiles> files,
//                    ReportFiles::Open(paths, scenario, journal.get()));
//   RunExperiment(scenario, {.recorder = files->recorder()});
//   RETURN_IF_ERROR(files->Write(result, err));
class ReportFiles {
 public:
  // Creates the files, so that a path that cannot be written is refused before the run. `journal`
  // may be null; it and the scenario outlive this.
  static absl::StatusOr<std::unique_ptr<ReportFiles>> Open(const ReportPaths& paths,
                                                           const Scenario& scenario,
                                                           Recorder* journal);

  // Hears of the first replication for the journal and for the files. Null when nobody listens.
  Recorder* recorder();

  // Tells `err` when a file does not hold everything.
  absl::Status Write(const ExperimentResult& result, std::ostream& err);

 private:
  // Passes on what it hears.
  class Both final : public Recorder {
   public:
    Both(Recorder* first, Recorder* second) : first_(first), second_(second) {}
    void Record(const TimedEvent& event, const Actions& actions) override {
      first_->Record(event, actions);
      second_->Record(event, actions);
    }

   private:
    Recorder* first_;
    Recorder* second_;
  };

  ReportFiles(const ReportPaths& paths, const Scenario& scenario, Recorder* journal)
      : paths_(paths), scenario_(scenario), journal_(journal) {}

  ReportPaths paths_;
  const Scenario& scenario_;
  Recorder* journal_;
  std::unique_ptr<RunRecording> recording_;
  std::unique_ptr<ChromeTraceWriter> trace_;
  std::unique_ptr<Timeline> timeline_;
  std::unique_ptr<Both> both_;
};

}  // namespace floe::cli

#endif  // FLOE_CLI_REPORT_FILES_H_
