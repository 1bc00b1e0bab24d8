#include "report/run_recording.h"

#include <algorithm>
#include <array>
#include <optional>
#include <tuple>

#include "absl/strings/str_cat.h"
#include "report/format.h"

namespace floe {

RunRecording::RunRecording(const Scenario& scenario, size_t series_parts)
    : functions_(scenario), duration_(scenario.duration), parts_(series_parts) {
  for (uint32_t i = 0; i < functions_.size() && reserved_.size() < kReservedShownMax; ++i) {
    if (!functions_.ReservationOf(FunctionId{i}).has_value()) continue;
    reserved_of_.resize(i + 1);
    reserved_.push_back({.function = FunctionId{i}, .highest = std::vector<int64_t>(parts_)});
    reserved_of_[i] = static_cast<uint32_t>(reserved_.size());
  }
}

void RunRecording::Take(const EnvironmentSpan& span) {
  if (too_many_) return;
  environments_ = std::max(environments_, span.number + 1);
  if (environments_ > kLanesMax || spans_.size() == kLaneSpansMax) {
    too_many_ = true;
    spans_ = {};
    return;
  }
  spans_.push_back(span);
}

size_t RunRecording::PartOf(Instant at) const {
  const __int128 passed = static_cast<__int128>(at.nanoseconds()) * static_cast<__int128>(parts_);
  const auto part = static_cast<size_t>(passed / std::max<int64_t>(1, duration_.nanoseconds()));
  return std::min(part, parts_ - 1);
}

void RunRecording::Advance(Reserved& reserved, size_t part) {
  for (size_t i = reserved.part; i <= part; ++i) {
    reserved.highest[i] = std::max(reserved.highest[i], reserved.level);
  }
  reserved.part = part;
}

void RunRecording::TakeConcurrency(Instant at, FunctionId function, int64_t concurrency) {
  if (function.value >= reserved_of_.size() || reserved_of_[function.value] == 0) return;
  Reserved& reserved = reserved_[reserved_of_[function.value] - 1];
  const size_t part = PartOf(at);
  Advance(reserved, part);
  reserved.level = concurrency;
  Advance(reserved, part);
}

void RunRecording::WriteLanes(JsonWriter& json) const {
  std::vector<EnvironmentSpan> spans = spans_;
  std::sort(spans.begin(), spans.end(), [](const EnvironmentSpan& a, const EnvironmentSpan& b) {
    return std::tie(a.function, a.number, a.from) < std::tie(b.function, b.number, b.from);
  });
  json.BeginObject("lanes");
  json.BeginArray("states");
  for (size_t i = 0; i < kSpanStateCount; ++i) {
    json.Field({}, SpanStateName(static_cast<SpanState>(i)));
  }
  json.EndArray();
  json.BeginArray("environments");
  std::optional<uint64_t> open;
  for (const EnvironmentSpan& span : spans) {
    if (open != span.number) {
      if (open.has_value()) {
        json.EndArray();
        json.EndObject();
      }
      open = span.number;
      json.BeginObject();
      json.Field("function", functions_.NameOf(span.function));
      json.Field("name", absl::StrCat("#", span.number + 1));
      json.BeginArray("spans");
    }
    json.BeginArray();
    json.Field({}, static_cast<uint64_t>(span.state));
    json.Field({}, span.from.nanoseconds());
    json.Field({}, span.to.nanoseconds());
    if (span.state == SpanState::kRun || span.state == SpanState::kFailed) {
      json.Field({}, span.invocation.value);
    }
    json.EndArray();
  }
  if (open.has_value()) {
    json.EndArray();
    json.EndObject();
  }
  json.EndArray();
  json.EndObject();
}

void RunRecording::WriteReserved(JsonWriter& json) const {
  json.BeginArray("reserved");
  for (Reserved reserved : reserved_) {
    Advance(reserved, parts_ - 1);
    json.BeginObject();
    json.Field("function", functions_.NameOf(reserved.function));
    json.Field("limit", int64_t{functions_.ReservationOf(reserved.function).value_or(0)});
    json.BeginArray("concurrency_max");
    for (const int64_t highest : reserved.highest) json.Field({}, highest);
    json.EndArray();
    json.EndObject();
  }
  json.EndArray();
}

std::string RunRecording::ToJson(std::string_view scenario_text, int replications) const {
  JsonWriter json(JsonLayout::kCompact);
  json.BeginObject();
  if (!scenario_text.empty()) json.Field("scenario_text", scenario_text);
  if (replications > 1) {
    json.Field("note",
               absl::StrCat("Of the first of ", FormatCount(static_cast<uint64_t>(replications)),
                            " replications."));
  }
  if (has_lanes()) {
    WriteLanes(json);
  } else {
    json.Field("lanes_left_out",
               absl::StrCat("Lanes are drawn of runs with at most ", FormatCount(kLanesMax),
                            " environments and ", FormatCount(kLaneSpansMax),
                            " spans. For larger ones there is --chrome-trace."));
  }
  WriteReserved(json);
  json.EndObject();
  return json.text();
}

}  // namespace floe
