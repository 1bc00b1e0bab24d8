// Any bytes as a scenario: the reader refuses or accepts them, and what it accepts is valid, can be
// written and edited, and reads back as the same.

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "base/check.h"
#include "simulator/scenario.h"
#include "simulator/scenario_file/scenario_edit.h"

namespace floe {
namespace {

bool NamesFiles(const ScenarioEdit& edit) {
  for (const ScenarioField& field : edit.Values()) {
    if (absl::StartsWith(field.path, "traces")) return true;
  }
  return false;
}

void CheckScenario(const ScenarioEdit& edit) {
  const absl::StatusOr<Scenario> scenario = edit.Build();
  if (scenario.ok()) {
    CHECK(ValidateScenario(*scenario).ok());
  } else {
    CHECK(!scenario.status().message().empty());
  }
}

void CheckReader(const std::string& content, ScenarioFormat format) {
  const absl::StatusOr<ScenarioEdit> edit = ScenarioEdit::Parse("input", content, format);
  if (!edit.ok()) {
    CHECK(edit.status().code() == absl::StatusCode::kInvalidArgument);
    CHECK(absl::StartsWith(edit.status().message(), "input:"));
    return;
  }
  const absl::StatusOr<ScenarioEdit> again =
      ScenarioEdit::Parse("again", edit->Text(), ScenarioFormat::kText);
  CHECK(again.ok());
  CHECK(again->Text() == edit->Text());
  for (const ScenarioField& field : edit->Values()) CHECK(edit->Get(field.path).ok());
  // What is opened must not depend on chance.
  if (!NamesFiles(*edit)) CheckScenario(*edit);
}

// The first line is a path, the rest a value, both of which a sweep may get wrong.
void CheckEdit(const std::string& content) {
  absl::StatusOr<ScenarioEdit> edit =
      ScenarioEdit::Parse("base", "duration: '1s' functions { name: 'f' run { constant: '1s' } }",
                          ScenarioFormat::kText);
  CHECK(edit.ok());
  const size_t end = content.find('\n');
  if (end == std::string::npos) return;
  const std::string path = content.substr(0, end);
  const std::string before = edit->Text();
  if (!edit->Set(path, content.substr(end + 1)).ok()) {
    CHECK(edit->Text() == before);
  } else if (!NamesFiles(*edit)) {
    CheckScenario(*edit);
  }
  edit->Clear(path).IgnoreError();
}

}  // namespace
}  // namespace floe

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string content(reinterpret_cast<const char*>(data), size);
  floe::CheckReader(content, floe::ScenarioFormat::kText);
  floe::CheckReader(content, floe::ScenarioFormat::kJson);
  floe::CheckEdit(content);
  return 0;
}
