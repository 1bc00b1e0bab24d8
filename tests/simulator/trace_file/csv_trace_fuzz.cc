// Any bytes, plain or compressed: the readers of timestamps and of the Azure 2021 trace give an
// error or a trace whose arrivals ascend.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "base/check.h"
#include "orchestrator/engine/byte_stream.h"
#include "simulator/arrival_trace.h"
#include "simulator/trace_file/azure2021_trace.h"
#include "simulator/trace_file/gzip_source.h"
#include "simulator/trace_file/timestamp_trace.h"

namespace floe {
namespace {

std::unique_ptr<ByteSource> Source(std::string_view bytes) {
  return DecompressIfGzip(std::make_unique<StringSource>(bytes), "fuzz");
}

void ReadToTheEnd(const absl::StatusOr<std::shared_ptr<const ArrivalTrace>>& trace) {
  if (!trace.ok()) {
    CHECK(!trace.status().message().empty());
    return;
  }
  const std::unique_ptr<TraceCursor> cursor = (*trace)->Open(1);
  std::vector<TraceArrival> some(100);
  int64_t last = 0;
  while (const size_t count = cursor->Fill(absl::MakeSpan(some))) {
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
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  using Order = floe::TimestampTraceOptions::Order;
  const Order order = size % 2 == 0 ? Order::kAscending : Order::kAny;
  floe::ReadToTheEnd(
      floe::ReadTimestampTrace(floe::Source(bytes), {.path = "fuzz", .order = order}));
  floe::ReadToTheEnd(floe::ReadAzure2021Trace(floe::Source(bytes), "fuzz"));
  return 0;
}
