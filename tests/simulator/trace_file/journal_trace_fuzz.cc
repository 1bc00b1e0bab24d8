// Any bytes as a journal, and any bytes as instructions for one that is in order but makes no
// sense: an error, or a trace and measured lengths that can be simulated.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "base/check.h"
#include "base/time.h"
#include "orchestrator/core/action.h"
#include "orchestrator/core/event.h"
#include "orchestrator/engine/byte_stream.h"
#include "orchestrator/engine/engine.h"
#include "orchestrator/engine/journal.h"
#include "simulator/arrival_trace.h"
#include "simulator/scenario.h"
#include "simulator/trace_file/journal_trace.h"

namespace floe {
namespace {

void Read(std::string_view bytes) {
  const absl::StatusOr<JournalTrace> trace =
      ReadJournalTrace(std::make_unique<StringSource>(bytes), "fuzz");
  if (!trace.ok()) return;
  CHECK(trace->functions.size() == trace->trace->functions().size());
  for (const JournalFunction& function : trace->functions) {
    if (!function.run.has_value()) continue;
    const Scenario scenario{.duration = Duration::Seconds(1),
                            .functions = {{.name = "f", .run = *function.run}}};
    CHECK(ValidateScenario(scenario).ok());
  }
  const std::unique_ptr<TraceCursor> cursor = trace->trace->Open(1);
  std::vector<TraceArrival> some(100);
  int64_t last = 0;
  while (const size_t count = cursor->Fill(absl::MakeSpan(some))) {
    for (size_t i = 0; i < count; ++i) {
      CHECK(some[i].at_ns >= last);
      CHECK(some[i].run_ns >= -1);
      CHECK(some[i].function < trace->functions.size());
      last = some[i].at_ns;
    }
  }
}

// Two bytes make a record: what happens, to whom.
std::string JournalFrom(std::string_view bytes) {
  std::string journal;
  JournalWriter writer(std::make_unique<StringSink>(&journal), SchedulerOptions());
  Instant now;
  for (size_t i = 0; i + 1 < bytes.size(); i += 2) {
    const auto whom = static_cast<unsigned char>(bytes[i + 1]);
    const InvocationId invocation{whom % 8u};
    const FunctionId function{whom % 3u};
    const EnvironmentId environment{.row = whom % 5u, .generation = whom % 2u};
    now = now + Duration::Milliseconds(whom);
    Event event = DeadlineReached{};
    Actions actions;
    switch (static_cast<unsigned char>(bytes[i]) % 8) {
      case 0:
        event = InvocationArrived{invocation, function};
        break;
      case 1:
        event = InvocationFinished{environment, invocation};
        break;
      case 2:
        event = EnvironmentStarted{environment};
        break;
      case 3:
        event = EnvironmentReady{environment, whom % 2u};
        break;
      case 4:
        event = FunctionDeployed{function, {}};
        break;
      case 5:
        actions = {AssignInvocation{environment, invocation, now}};
        break;
      case 6:
        actions = {StartEnvironment{environment, function, {}}};
        break;
      case 7:
        actions = {FailInvocation{invocation}, ThrottleInvocation{InvocationId{whom}}};
        break;
    }
    writer.Record({.at = now, .event = std::move(event)}, actions);
  }
  CHECK(writer.Flush().ok());
  return journal;
}

}  // namespace
}  // namespace floe

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  floe::Read(bytes);
  floe::Read(floe::JournalFrom(bytes));
  return 0;
}
