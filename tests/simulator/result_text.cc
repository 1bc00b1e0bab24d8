#include "tests/simulator/result_text.h"

#include <array>
#include <bit>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "simulator/histogram.h"
#include "simulator/statistics.h"

namespace floe {
namespace {

class ResultWriter {
 public:
  std::string Finish() { return std::move(text_); }

  void Write(const char* name, uint64_t value) { absl::StrAppend(&text_, name, " ", value, "\n"); }
  void WriteSigned(const char* name, int64_t value) { Write(name, static_cast<uint64_t>(value)); }
  void WriteWide(const char* name, unsigned __int128 value) {
    absl::StrAppend(&text_, name, " ", static_cast<uint64_t>(value >> 64), ":",
                    static_cast<uint64_t>(value), "\n");
  }
  // The bits, so that no two doubles look alike.
  void WriteDouble(const char* name, double value) { Write(name, std::bit_cast<uint64_t>(value)); }
  template <size_t size>
  void WriteCounts(const char* name, const std::array<uint64_t, size>& counts) {
    for (const uint64_t count : counts) Write(name, count);
  }

  void WriteTally(const InvocationTally& tally) {
    Write("arrived", tally.arrived);
    Write("retries", tally.retries);
    Write("cold_starts", tally.cold_starts);
    Write("provisioned", tally.provisioned);
    Write("spilled_over", tally.spilled_over);
    Write("finished", tally.finished);
    Write("function_errors", tally.function_errors);
    WriteCounts("throttled", tally.throttled_by_reason);
    WriteCounts("failed", tally.failed_by_cause);
    WriteSigned("concurrency_max", tally.concurrency_max);
    WriteWide("unfinished_ns", tally.unfinished_ns);
    Write("billed_requests", tally.billed_requests);
    WriteWide("billed_mib_ms", tally.billed_mib_ms);
    WriteWide("billed_provisioned_mib_ms", tally.billed_provisioned_mib_ms);
    WriteWide("billed_init_mib_ms", tally.billed_init_mib_ms);
    WriteWide("billed_tmp_mib_ms", tally.billed_tmp_mib_ms);
    WriteWide("allocated_mib_ms", tally.allocated_mib_ms);
  }

  void WriteHistogram(const char* name, const Histogram& histogram) {
    const Histogram::Parts parts = histogram.ToParts();
    absl::StrAppend(&text_, "histogram ", name, "\n");
    WriteWide("sum_ns", parts.sum_ns);
    Write("min_ns", parts.min_ns);
    Write("max_ns", parts.max_ns);
    for (size_t i = 0; i < parts.counts.size(); ++i) {
      if (parts.counts[i] == 0) continue;
      absl::StrAppend(&text_, "bucket ", parts.first_bucket + i, " ", parts.counts[i], "\n");
    }
  }

  void WriteLatency(const LatencyTally& latency) {
    WriteHistogram("warm", latency.warm);
    WriteHistogram("cold", latency.cold);
    WriteHistogram("cold_init", latency.cold_init);
    WriteHistogram("cold_run", latency.cold_run);
    WriteHistogram("queued", latency.queued);
    WriteHistogram("queued_run", latency.queued_run);
  }

  void WriteMeans(const LevelMeans& means) {
    WriteDouble("mean starting", means.starting);
    WriteDouble("mean busy", means.busy);
    WriteDouble("mean idle", means.idle);
    WriteDouble("mean waiting", means.waiting);
  }

  void WriteLevels(const LevelSummary& levels) {
    WriteMeans(levels.mean);
    WriteSigned("max starting", levels.max.starting);
    WriteSigned("max busy", levels.max.busy);
    WriteSigned("max idle", levels.max.idle);
    WriteSigned("max live", levels.max.live);
    WriteSigned("max concurrency", levels.max.concurrency);
    WriteDouble("idle_gb_seconds", levels.idle_gb_seconds);
    WriteWide("sum starting", static_cast<unsigned __int128>(levels.sums.starting));
    WriteWide("sum busy", static_cast<unsigned __int128>(levels.sums.busy));
    WriteWide("sum idle", static_cast<unsigned __int128>(levels.sums.idle));
    WriteWide("sum idle_mib", static_cast<unsigned __int128>(levels.sums.idle_mib));
    WriteWide("sum waiting", static_cast<unsigned __int128>(levels.sums.waiting));
    for (size_t part = 0; part < levels.series.size(); ++part) {
      absl::StrAppend(&text_, "part ", part, "\n");
      const SeriesPart& series = levels.series[part];
      WriteMeans(series.mean);
      WriteSigned("concurrency_max", series.concurrency_max);
      Write("arrived", series.arrived);
      Write("cold_starts", series.cold_starts);
      WriteCounts("throttled", series.throttled_by_reason);
    }
  }

 private:
  std::string text_;
};

}  // namespace

std::string TextOf(const SimulationResult& result) {
  ResultWriter writer;
  writer.Write("seed", result.seed);
  writer.Write("events", result.events);
  writer.WriteTally(result.invocations);
  writer.WriteLatency(result.latency);
  writer.WriteLevels(result.environments);
  for (const FunctionResult& function : result.functions) {
    writer.WriteSigned("function", function.count);
    writer.WriteTally(function.invocations);
    writer.WriteLatency(function.latency);
  }
  return writer.Finish();
}

uint64_t DigestOf(const std::string& text) {
  uint64_t digest = 0xCBF29CE484222325;
  for (const char character : text) {
    digest = (digest ^ static_cast<uint8_t>(character)) * 0x100000001B3;
  }
  return digest;
}

}  // namespace floe
