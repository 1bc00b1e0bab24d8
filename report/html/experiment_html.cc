#include "report/html/experiment_html.h"

#include "report/html/html_report.h"
#include "report/json_writer.h"
#include "report/result_json.h"

namespace floe {
namespace {

std::string TextAlone(const std::string& scenario_text) {
  JsonWriter json(JsonLayout::kCompact);
  json.BeginObject();
  if (!scenario_text.empty()) json.Field("scenario_text", scenario_text);
  json.EndObject();
  return json.text();
}

}  // namespace

std::string ExperimentHtml(const ExperimentResult& result, const Scenario* scenario,
                           const RunRecording* recording) {
  const std::string run = recording == nullptr
                              ? TextAlone(result.scenario_text)
                              : recording->ToJson(result.scenario_text, result.replications_done);
  return HtmlReport(ExperimentJson(result, scenario, JsonLayout::kCompact), run);
}

}  // namespace floe
