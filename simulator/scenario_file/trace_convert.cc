#include "simulator/scenario_file/trace_convert.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "base/status_macros.h"
#include "simulator/arrival_trace.h"
#include "simulator/scenario_file/function_convert.h"
#include "simulator/trace_file/azure2019_trace.h"
#include "simulator/trace_file/azure2021_trace.h"
#include "simulator/trace_file/journal_trace.h"
#include "simulator/trace_file/timestamp_trace.h"

namespace floe {
namespace {

using TraceProto = ::floe::v1::Scenario::Trace;
using Trace = std::shared_ptr<const ArrivalTrace>;

constexpr std::pair<TraceProto::Timestamps::Order, TimestampTraceOptions::Order> kOrders[] = {
    {TraceProto::Timestamps::ORDER_ASCENDING, TimestampTraceOptions::Order::kAscending},
    {TraceProto::Timestamps::ORDER_ANY, TimestampTraceOptions::Order::kAny},
};
constexpr std::pair<TraceProto::Timestamps::Origin, TimestampTraceOptions::Origin> kOrigins[] = {
    {TraceProto::Timestamps::ORIGIN_ZERO, TimestampTraceOptions::Origin::kZero},
    {TraceProto::Timestamps::ORIGIN_FIRST_ARRIVAL, TimestampTraceOptions::Origin::kFirstArrival},
};

// One function of a trace, as a trace of its own.
class TraceOfFunction final : public ArrivalTrace {
 public:
  TraceOfFunction(Trace whole, uint32_t function)
      : whole_(std::move(whole)),
        function_(function),
        functions_({whole_->functions().at(function)}) {}

  const std::vector<TraceFunction>& functions() const override { return functions_; }
  std::unique_ptr<TraceCursor> Open(uint64_t seed) const override {
    return std::make_unique<Cursor>(whole_->Open(seed), function_);
  }

 private:
  class Cursor final : public TraceCursor {
   public:
    Cursor(std::unique_ptr<TraceCursor> whole, uint32_t function)
        : whole_(std::move(whole)), function_(function) {}

    size_t Fill(absl::Span<TraceArrival> arrivals) override {
      size_t kept = 0;
      while (kept == 0) {
        const size_t read = whole_->Fill(arrivals);
        if (read == 0) return 0;
        for (size_t i = 0; i < read; ++i) {
          if (arrivals[i].function != function_) continue;
          arrivals[kept] = arrivals[i];
          arrivals[kept++].function = 0;
        }
      }
      return kept;
    }
    absl::Status status() const override { return whole_->status(); }

   private:
    const std::unique_ptr<TraceCursor> whole_;
    const uint32_t function_;
  };

  const Trace whole_;
  const uint32_t function_;
  const std::vector<TraceFunction> functions_;
};

absl::Status AtField(const std::string& path, const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat(path, ": ", status.message()));
}

std::string InFolder(const std::string& folder, const std::string& file) {
  return (std::filesystem::path(folder) / file).string();
}

// The end of the second of the last arrival.
absl::StatusOr<Duration> ReadLengthOfTrace(const ArrivalTrace& trace) {
  const std::unique_ptr<TraceCursor> cursor = trace.Open(/*seed=*/0);
  std::array<TraceArrival, 1'024> arrivals;
  int64_t last_ns = 0;
  while (const size_t count = cursor->Fill(absl::MakeSpan(arrivals))) {
    last_ns = arrivals[count - 1].at_ns;
  }
  RETURN_IF_ERROR(cursor->status());
  return Duration::Seconds(last_ns / 1'000'000'000 + 1);
}

absl::StatusOr<Trace> OpenTimestamps(FieldReader& reader, const std::string& path,
                                     const TraceProto::Timestamps& proto,
                                     const std::string& folder) {
  TimestampTraceOptions options;
  options.path = InFolder(folder, proto.file());
  options.time_column = proto.time_column();
  options.function_column = proto.function_column();
  options.duration_column = proto.duration_column();
  options.order = reader.ReadEnum(path + ".order", proto.order(), options.order, kOrders);
  options.origin = reader.ReadEnum(path + ".origin", proto.origin(), options.origin, kOrigins);
  RETURN_IF_ERROR(reader.status());
  return OpenTimestampTrace(options);
}

absl::StatusOr<Trace> OpenAzure2019(const TraceProto::Azure2019& proto, const std::string& folder) {
  const auto files = [&folder](const auto& names) {
    std::vector<std::string> paths;
    for (const std::string& name : names) paths.push_back(InFolder(folder, name));
    return paths;
  };
  return OpenAzure2019Trace({.invocations = files(proto.invocations()),
                             .durations = files(proto.durations()),
                             .memory = files(proto.memory())});
}

// What `like` says, and where it says nothing what was measured.
ScenarioFunction LikeMeasured(const ScenarioFunction& like,
                              const ::floe::v1::Scenario::Function& given,
                              const JournalFunction& measured) {
  ScenarioFunction function = like;
  if (!given.has_memory_mib()) function.memory_mib = measured.config.memory_mib;
  if (given.timeout().empty()) function.timeout = measured.config.timeout;
  if (!given.has_concurrency_reserved()) {
    function.concurrency_reserved = measured.config.concurrency_reserved;
  }
  if (!given.has_run() && measured.run.has_value()) function.run = *measured.run;
  if (!given.has_init() && measured.init.has_value()) function.init = *measured.init;
  if (!given.has_start() && measured.start.has_value()) function.start = *measured.start;
  return function;
}

absl::StatusOr<OpenedTrace> OpenJournal(const ScenarioFunction& like,
                                        const ::floe::v1::Scenario::Function& given,
                                        const std::string& file) {
  ASSIGN_OR_RETURN(const JournalTrace journal, OpenJournalTrace(file));
  if (journal.functions.size() > kJournalFunctionsMax) {
    return absl::ResourceExhaustedError(absl::StrCat(file, ": has ", journal.functions.size(),
                                                     " functions, at most ", kJournalFunctionsMax));
  }
  OpenedTrace opened;
  opened.length = journal.length + Duration::Nanoseconds(1);
  for (size_t i = 0; i < journal.functions.size(); ++i) {
    opened.traces.push_back(
        {.like = LikeMeasured(like, given, journal.functions[i]),
         .trace = std::make_shared<TraceOfFunction>(journal.trace, static_cast<uint32_t>(i))});
  }
  return opened;
}

absl::StatusOr<OpenedTrace> OneTrace(ScenarioFunction like, absl::StatusOr<Trace> trace,
                                     Duration known_length, TraceLength wanted) {
  RETURN_IF_ERROR(trace.status());
  OpenedTrace opened{.traces = {}, .length = known_length};
  if (known_length == Duration() && wanted == TraceLength::kWanted) {
    ASSIGN_OR_RETURN(opened.length, ReadLengthOfTrace(**trace));
  }
  opened.traces.push_back({.like = std::move(like), .trace = *std::move(trace)});
  return opened;
}

absl::StatusOr<OpenedTrace> OpenSource(FieldReader& reader, const std::string& path,
                                       const TraceProto& proto, const std::string& folder,
                                       ScenarioFunction like, TraceLength length) {
  switch (proto.source_case()) {
    case TraceProto::kTimestamps:
      return OneTrace(std::move(like),
                      OpenTimestamps(reader, path + ".timestamps", proto.timestamps(), folder),
                      Duration(), length);
    case TraceProto::kAzure2019:
      return OneTrace(std::move(like), OpenAzure2019(proto.azure_2019(), folder),
                      Duration::Hours(24) * proto.azure_2019().invocations_size(), length);
    case TraceProto::kAzure2021:
      return OneTrace(std::move(like),
                      OpenAzure2021Trace(InFolder(folder, proto.azure_2021().file())), Duration(),
                      length);
    case TraceProto::kJournal:
      return OpenJournal(like, proto.like(), InFolder(folder, proto.journal().file()));
    case TraceProto::SOURCE_NOT_SET:
      break;
  }
  return OpenedTrace();
}

// The field that names the file, or the first of them. Refuses what is not given.
std::string CheckSource(FieldReader& reader, const std::string& path, const TraceProto& proto) {
  std::string field;
  bool given = true;
  switch (proto.source_case()) {
    case TraceProto::kTimestamps:
      field = path + ".timestamps.file";
      given = !proto.timestamps().file().empty();
      break;
    case TraceProto::kAzure2019: {
      const int days = proto.azure_2019().invocations_size();
      field = path + ".azure_2019.invocations";
      given = days > 0;
      if (days > kTraceDaysMax) {
        reader.Refuse(field, absl::StrCat("has ", days, " files, at most ", kTraceDaysMax));
      }
      break;
    }
    case TraceProto::kAzure2021:
      field = path + ".azure_2021.file";
      given = !proto.azure_2021().file().empty();
      break;
    case TraceProto::kJournal:
      field = path + ".journal.file";
      given = !proto.journal().file().empty();
      break;
    case TraceProto::SOURCE_NOT_SET:
      reader.Refuse(path, "needs one of timestamps, azure_2019, azure_2021 and journal");
      break;
  }
  if (!given) reader.Refuse(field, "is required: the name of a file");
  return field;
}

}  // namespace

absl::StatusOr<OpenedTrace> OpenTrace(FieldReader& reader, const std::string& path,
                                      const TraceProto& proto, const std::string& folder,
                                      TraceLength length) {
  const std::string field = CheckSource(reader, path, proto);
  ScenarioFunction like = ReadFunction(reader, path + ".like", proto.like());
  if (proto.like().has_rate_spread()) {
    reader.Refuse(path + ".like.rate_spread", "is of functions; a trace has its own rates");
  }
  RETURN_IF_ERROR(reader.status());
  absl::StatusOr<OpenedTrace> opened =
      OpenSource(reader, path, proto, folder, std::move(like), length);
  // A refusal of a field has its path already.
  RETURN_IF_ERROR(reader.status());
  return opened.ok() ? std::move(opened) : AtField(field, opened.status());
}

}  // namespace floe
