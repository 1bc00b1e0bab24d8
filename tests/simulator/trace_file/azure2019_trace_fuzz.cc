// Any bytes as files of invocations, durations and memory, with lines of three dashes between them:
// an error, or a trace whose arrivals ascend.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "base/check.h"
#include "orchestrator/engine/byte_stream.h"
#include "simulator/arrival_trace.h"
#include "simulator/trace_file/azure2019_trace.h"

namespace floe {
namespace {

// More would be slow and nothing new.
constexpr int kFillsMax = 50;

std::string_view TakePart(std::string_view& rest) {
  constexpr std::string_view kLine = "---\n";
  const size_t end = rest.find(kLine);
  const std::string_view part = rest.substr(0, end);
  rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + kLine.size());
  return part;
}

std::vector<Azure2019Sources::File> File(std::string_view bytes) {
  std::vector<Azure2019Sources::File> files;
  files.push_back({.source = std::make_unique<StringSource>(bytes), .name = "fuzz"});
  return files;
}

void Read(std::string_view bytes) {
  Azure2019Sources sources;
  sources.invocations = File(TakePart(bytes));
  if (!bytes.empty()) sources.durations = File(TakePart(bytes));
  if (!bytes.empty()) sources.memory = File(TakePart(bytes));
  const absl::StatusOr<std::shared_ptr<const ArrivalTrace>> trace =
      ReadAzure2019Trace(std::move(sources));
  if (!trace.ok()) {
    CHECK(!trace.status().message().empty());
    return;
  }
  const std::unique_ptr<TraceCursor> cursor = (*trace)->Open(1);
  std::vector<TraceArrival> some(100);
  int64_t last = 0;
  for (int fill = 0; fill < kFillsMax; ++fill) {
    const size_t count = cursor->Fill(absl::MakeSpan(some));
    for (size_t i = 0; i < count; ++i) {
      CHECK(some[i].at_ns >= last);
      CHECK(some[i].run_ns >= -1);
      CHECK(some[i].function < (*trace)->functions().size());
      last = some[i].at_ns;
    }
  }
  CHECK(cursor->status().ok());
}

}  // namespace
}  // namespace floe

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  floe::Read(std::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
