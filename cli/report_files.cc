#include "cli/report_files.h"

#include <utility>

#include "CLI/CLI.hpp"
#include "base/status_macros.h"
#include "base/time.h"
#include "orchestrator/engine/byte_stream.h"
#include "report/format.h"
#include "report/html/experiment_html.h"
#include "simulator/statistics.h"

namespace floe::cli {

void AddReportFlags(CLI::App& command, ReportPaths* paths) {
  command.add_option("--report", paths->html,
                     "Write a page with charts to this file, for a browser; it needs no network");
  command.add_option("--chrome-trace", paths->chrome_trace,
                     "Write every environment of the first run to this file, for "
                     "https://ui.perfetto.dev");
}

absl::Status WriteHtmlReport(const std::string& path, const ExperimentResult& result,
                             const Scenario* scenario, const RunRecording* recording) {
  ASSIGN_OR_RETURN(const std::unique_ptr<ByteSink> file, OpenFileSink(path));
  return file->Append(ExperimentHtml(result, scenario, recording));
}

absl::StatusOr<std::unique_ptr<ReportFiles>> ReportFiles::Open(const ReportPaths& paths,
                                                               const Scenario& scenario,
                                                               Recorder* journal) {
  std::unique_ptr<ReportFiles> files(new ReportFiles(paths, scenario, journal));
  std::vector<SpanSink*> sinks;
  if (!paths.html.empty()) {
    RETURN_IF_ERROR(OpenFileSink(paths.html).status());
    files->recording_ = std::make_unique<RunRecording>(scenario, LevelTracker::kSeriesParts);
    sinks.push_back(files->recording_.get());
  }
  if (!paths.chrome_trace.empty()) {
    ASSIGN_OR_RETURN(std::unique_ptr<ByteSink> file, OpenFileSink(paths.chrome_trace));
    files->trace_ = std::make_unique<ChromeTraceWriter>(scenario, std::move(file));
    sinks.push_back(files->trace_.get());
  }
  if (!sinks.empty()) files->timeline_ = std::make_unique<Timeline>(std::move(sinks));
  if (files->timeline_ != nullptr && journal != nullptr) {
    files->both_ = std::make_unique<Both>(journal, files->timeline_.get());
  }
  return files;
}

Recorder* ReportFiles::recorder() {
  if (both_ != nullptr) return both_.get();
  if (timeline_ != nullptr) return timeline_.get();
  return journal_;
}

absl::Status ReportFiles::Write(const ExperimentResult& result, std::ostream& err) {
  if (timeline_ != nullptr) timeline_->Finish(Instant() + scenario_.duration);
  if (trace_ != nullptr) {
    RETURN_IF_ERROR(trace_->Finish());
    if (trace_->left_out() > 0) {
      err << "floe: warning: " << paths_.chrome_trace << " holds the first "
          << FormatCount(kTraceEventsMax) << " events; " << FormatCount(trace_->left_out())
          << " are left out\n";
    }
  }
  if (recording_ == nullptr) return absl::OkStatus();
  return WriteHtmlReport(paths_.html, result, &scenario_, recording_.get());
}

}  // namespace floe::cli
