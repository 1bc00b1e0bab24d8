// Rows and arrivals per second of each reader, from bytes in memory: what a file costs beyond
// reading it from the disk.

#include <benchmark/benchmark.h>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "base/check.h"
#include "base/prng.h"
#include "orchestrator/engine/byte_stream.h"
#include "simulator/arrival_trace.h"
#include "simulator/trace_file/azure2019_trace.h"
#include "simulator/trace_file/azure2021_trace.h"
#include "simulator/trace_file/gzip_source.h"
#include "simulator/trace_file/timestamp_trace.h"

namespace floe {
namespace {

using Trace = std::shared_ptr<const ArrivalTrace>;

constexpr char kFolder[] = "examples/traces/azure2019_sample200/";

std::string Load(const char* name) {
  absl::StatusOr<std::unique_ptr<ByteSource>> source = OpenPlainOrGzip(absl::StrCat(kFolder, name));
  CHECK(source.ok());
  std::string text;
  std::vector<char> buffer(1 << 16);
  while (true) {
    const absl::StatusOr<size_t> count = (*source)->Read(buffer.data(), buffer.size());
    CHECK(count.ok());
    if (*count == 0) return text;
    text.append(buffer.data(), *count);
  }
}

std::vector<Azure2019Sources::File> File(const std::string& text) {
  std::vector<Azure2019Sources::File> files;
  files.push_back({.source = std::make_unique<StringSource>(text), .name = "bench"});
  return files;
}

Trace OpenDay(const std::string& invocations, const std::string& durations) {
  absl::StatusOr<Trace> trace = ReadAzure2019Trace(
      {.invocations = File(invocations), .durations = File(durations), .memory = {}});
  CHECK(trace.ok());
  return *std::move(trace);
}

int64_t ReadAll(const ArrivalTrace& trace) {
  const std::unique_ptr<TraceCursor> cursor = trace.Open(1);
  std::vector<TraceArrival> some(1'024);
  int64_t arrivals = 0;
  while (const size_t count = cursor->Fill(absl::MakeSpan(some))) {
    benchmark::DoNotOptimize(some.data());
    arrivals += static_cast<int64_t>(count);
  }
  CHECK(cursor->status().ok());
  return arrivals;
}

// The real day.
void BM_Azure2019Open(benchmark::State& state) {
  const std::string invocations = Load("invocations.csv.gz");
  const std::string durations = Load("durations.csv.gz");
  for (auto _ : state) benchmark::DoNotOptimize(OpenDay(invocations, durations));
  state.SetBytesProcessed(static_cast<int64_t>(invocations.size() + durations.size()) *
                          static_cast<int64_t>(state.iterations()));
}
BENCHMARK(BM_Azure2019Open)->Unit(benchmark::kMillisecond);

void BM_Azure2019Arrivals(benchmark::State& state) {
  const Trace trace = OpenDay(Load("invocations.csv.gz"), Load("durations.csv.gz"));
  int64_t arrivals = 0;
  for (auto _ : state) arrivals += ReadAll(*trace);
  state.SetItemsProcessed(arrivals);
}
BENCHMARK(BM_Azure2019Arrivals)->Unit(benchmark::kMillisecond);

// A day of 1,000 functions with 11 invocations in each minute: 15,840,000 arrivals.
void BM_Azure2019BusyDay(benchmark::State& state) {
  std::string invocations = "HashApp,HashFunction";
  for (int minute = 1; minute <= 1'440; ++minute) absl::StrAppend(&invocations, ",", minute);
  std::string durations =
      "HashApp,HashFunction,percentile_Average_0,percentile_Average_1,percentile_Average_25,"
      "percentile_Average_50,percentile_Average_75,percentile_Average_99,percentile_Average_100";
  for (int function = 0; function < 1'000; ++function) {
    absl::StrAppend(&invocations, "\na,f", function);
    for (int minute = 0; minute < 1'440; ++minute) absl::StrAppend(&invocations, ",11");
    absl::StrAppend(&durations, "\na,f", function, ",1,2,50,100,200,900,5000");
  }
  int64_t arrivals = 0;
  for (auto _ : state) arrivals += ReadAll(*OpenDay(invocations, durations));
  state.SetItemsProcessed(arrivals);
}
BENCHMARK(BM_Azure2019BusyDay)->Unit(benchmark::kMillisecond);

constexpr int64_t kRows = 1'000'000;

void BM_Timestamps(benchmark::State& state) {
  std::string text = "timestamp,function,duration\n";
  for (int64_t row = 0; row < kRows; ++row) {
    absl::StrAppend(&text, row / 1'000, ".", 1'000 + row % 1'000, ",f", row % 97, ",0.125\n");
  }
  int64_t arrivals = 0;
  for (auto _ : state) {
    const absl::StatusOr<Trace> trace =
        ReadTimestampTrace(std::make_unique<StringSource>(text), {.path = "bench"});
    CHECK(trace.ok());
    arrivals += ReadAll(**trace);
  }
  state.SetItemsProcessed(arrivals);
  state.SetBytesProcessed(static_cast<int64_t>(text.size()) *
                          static_cast<int64_t>(state.iterations()));
}
BENCHMARK(BM_Timestamps)->Unit(benchmark::kMillisecond);

// Sorted by their ends: the starts are in disorder. Three runs have to be merged.
void BM_Azure2021(benchmark::State& state) {
  const std::string hash(58, 'a');
  Prng prng(1);
  std::string text = "app,func,end_timestamp,duration\n";
  for (int64_t row = 0; row < 2 * kRows; ++row) {
    absl::StrAppend(&text, hash, 100'000 + row % 90, ",", hash, 100'000 + row % 400, ",",
                    1'000 + row / 2, ".", 1'000'000 + row % 7'919, ",0.", prng.Below(1'000'000),
                    "\n");
  }
  int64_t arrivals = 0;
  for (auto _ : state) {
    const absl::StatusOr<Trace> trace =
        ReadAzure2021Trace(std::make_unique<StringSource>(text), "bench");
    CHECK(trace.ok());
    arrivals += ReadAll(**trace);
  }
  state.SetItemsProcessed(arrivals);
  state.SetBytesProcessed(static_cast<int64_t>(text.size()) *
                          static_cast<int64_t>(state.iterations()));
}
BENCHMARK(BM_Azure2021)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace floe

BENCHMARK_MAIN();
