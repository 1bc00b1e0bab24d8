#include "simulator/trace_file/azure2019_trace.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <utility>

#include "absl/container/flat_hash_map.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "base/status_macros.h"
#include "simulator/draws.h"
#include "simulator/scenario.h"
#include "simulator/trace_file/azure2019_counts.h"
#include "simulator/trace_file/azure2019_durations.h"
#include "simulator/trace_file/azure2019_memory.h"
#include "simulator/trace_file/cell_numbers.h"
#include "simulator/trace_file/csv_reader.h"
#include "simulator/trace_file/function_table.h"
#include "simulator/trace_file/gzip_source.h"

namespace floe {
namespace {

// All files are open while they are read.
constexpr size_t kDaysMax = 100;
constexpr int64_t kMinuteNs = 60'000'000'000;
constexpr int kMinuteBits = 36;
static_assert(kMinuteNs < int64_t{1} << kMinuteBits);
constexpr int kIndexBits = 64 - kMinuteBits;
static_assert(kAzureInvocationsPerMinuteMax < int64_t{1} << kIndexBits);

struct Contents {
  std::vector<TraceFunction> functions;
  std::vector<uint64_t> sources;  // What each function draws by.
  Azure2019Counts counts;
  // Empty, one for all days, or one for each day.
  std::vector<Azure2019DurationTable> durations;
};

// The same for the same function, whatever else is in the files (FNV-1a, 64 bits).
uint64_t SourceOf(absl::string_view key) {
  uint64_t hash = 0xCBF29CE484222325;
  for (const char c : key) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3;
  return hash;
}

// Draws one minute after the other.
class Cursor final : public TraceCursor {
 public:
  Cursor(std::shared_ptr<const Contents> contents, uint64_t seed) : contents_(std::move(contents)) {
    streams_.reserve(contents_->sources.size());
    for (const uint64_t source : contents_->sources) {
      streams_.push_back({.moments = DrawStream(seed, source, DrawPurpose::kArrivalGap),
                          .runs = DrawStream(seed, source, DrawPurpose::kRun)});
    }
  }

  size_t Fill(absl::Span<TraceArrival> arrivals) override {
    while (position_ == keys_.size()) {
      if (minute_ == contents_->counts.minutes() || !status_.ok()) return 0;
      status_ = DrawMinute(minute_++);
    }
    const size_t count = std::min(arrivals.size(), keys_.size() - position_);
    const int64_t minute_begin = static_cast<int64_t>(minute_ - 1) * kMinuteNs;
    for (size_t i = 0; i < count; ++i) {
      const uint64_t key = keys_[position_ + i];
      const size_t index = key & ((uint64_t{1} << kIndexBits) - 1);
      arrivals[i] = {.at_ns = minute_begin + static_cast<int64_t>(key >> kIndexBits),
                     .function = functions_[index],
                     .run_ns = runs_[index],
                     .tenant = 0};
    }
    position_ += count;
    return count;
  }

  absl::Status status() const override { return status_; }

 private:
  struct Streams {
    DrawStream moments;
    DrawStream runs;
  };

  const Azure2019Durations* DurationsOf(uint32_t function, size_t minute) const {
    const std::vector<Azure2019DurationTable>& tables = contents_->durations;
    if (tables.empty()) return nullptr;
    return tables[tables.size() == 1 ? 0 : minute / kAzureMinutesPerDay].Find(function);
  }

  absl::Status DrawMinute(size_t minute) {
    position_ = 0;
    keys_.clear();
    RETURN_IF_ERROR(contents_->counts.ReadMinute(minute, bytes_, cells_));
    const size_t invocations = contents_->counts.InvocationsIn(minute);
    if (invocations == 0) return absl::OkStatus();
    draws_.resize(invocations);
    keys_.resize(invocations);
    unsorted_keys_.resize(invocations);
    functions_.resize(invocations);
    runs_.resize(invocations);
    // All draws of a minute have numbers of their own.
    const uint64_t number = uint64_t{minute} << kIndexBits;
    size_t begin = 0;
    for (const Azure2019Counts::Cell& cell : cells_) {
      DrawUniforms(streams_[cell.function].moments, number,
                   absl::MakeSpan(draws_).subspan(begin, cell.count));
      std::fill_n(functions_.begin() + static_cast<int64_t>(begin), cell.count, cell.function);
      begin += cell.count;
    }
    for (size_t i = 0; i < invocations; ++i) {
      const int64_t moment = static_cast<int64_t>(draws_[i] * static_cast<double>(kMinuteNs));
      unsorted_keys_[i] = static_cast<uint64_t>(std::min(moment, kMinuteNs - 1)) << kIndexBits | i;
    }
    SortKeys();
    DrawRuns(minute, number);
    return absl::OkStatus();
  }

  void DrawRuns(size_t minute, uint64_t number) {
    size_t begin = 0;
    for (const Azure2019Counts::Cell& cell : cells_) {
      if (const Azure2019Durations* const durations = DurationsOf(cell.function, minute)) {
        const absl::Span<double> draws = absl::MakeSpan(draws_).subspan(begin, cell.count);
        DrawUniforms(streams_[cell.function].runs, number, draws);
        for (size_t i = 0; i < draws.size(); ++i) runs_[begin + i] = durations->At(draws[i]);
      } else {
        std::fill_n(runs_.begin() + static_cast<int64_t>(begin), cell.count, -1);
      }
      begin += cell.count;
    }
  }

  // Keys are spread evenly over the minute: into as many buckets as there are keys, by their
  // leading bits, and then by insertion, which moves each by a place or two.
  void SortKeys() {
    const size_t size = unsorted_keys_.size();
    const int bucket_bits = std::bit_width(size);
    const int shift = 64 - bucket_bits;
    bucket_begin_.assign((size_t{1} << bucket_bits) + 1, 0);
    for (const uint64_t key : unsorted_keys_) ++bucket_begin_[(key >> shift) + 1];
    for (size_t i = 1; i < bucket_begin_.size(); ++i) bucket_begin_[i] += bucket_begin_[i - 1];
    for (const uint64_t key : unsorted_keys_) keys_[bucket_begin_[key >> shift]++] = key;
    for (size_t i = 1; i < size; ++i) {
      const uint64_t key = keys_[i];
      size_t place = i;
      for (; place > 0 && keys_[place - 1] > key; --place) keys_[place] = keys_[place - 1];
      keys_[place] = key;
    }
  }

  std::shared_ptr<const Contents> contents_;
  std::vector<Streams> streams_;
  size_t minute_ = 0;  // The next.
  absl::Status status_;

  // The present minute: moment and index of its arrivals, by moment; by index, what they are.
  std::vector<uint64_t> keys_;
  size_t position_ = 0;
  std::vector<uint32_t> functions_;
  std::vector<int64_t> runs_;

  // Of use while a minute is drawn.
  std::string bytes_;
  std::vector<Azure2019Counts::Cell> cells_;
  std::vector<double> draws_;
  std::vector<uint64_t> unsorted_keys_;
  std::vector<uint32_t> bucket_begin_;
};

class Azure2019Trace final : public ArrivalTrace {
 public:
  explicit Azure2019Trace(std::shared_ptr<const Contents> contents)
      : contents_(std::move(contents)) {}
  const std::vector<TraceFunction>& functions() const override { return contents_->functions; }
  std::unique_ptr<TraceCursor> Open(uint64_t seed) const override {
    return std::make_unique<Cursor>(contents_, seed);
  }

 private:
  std::shared_ptr<const Contents> contents_;
};

absl::Status OpenAll(const std::vector<std::string>& paths,
                     std::vector<Azure2019Sources::File>& files) {
  for (const std::string& path : paths) {
    ASSIGN_OR_RETURN(std::unique_ptr<ByteSource> source, OpenPlainOrGzip(path));
    files.push_back({.source = std::move(source), .name = path});
  }
  return absl::OkStatus();
}

absl::Status CheckNumberOfFiles(absl::string_view what, size_t files, size_t days) {
  if (files <= 1 || files == days) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("read an Azure 2019 trace: ", files, " files of ",
                                                 what, " for ", days,
                                                 " days; give none, one or one for each day"));
}

}  // namespace

absl::StatusOr<std::shared_ptr<const ArrivalTrace>> OpenAzure2019Trace(
    const Azure2019Options& options) {
  Azure2019Sources sources;
  RETURN_IF_ERROR(OpenAll(options.invocations, sources.invocations));
  RETURN_IF_ERROR(OpenAll(options.durations, sources.durations));
  RETURN_IF_ERROR(OpenAll(options.memory, sources.memory));
  return ReadAzure2019Trace(std::move(sources));
}

absl::StatusOr<std::shared_ptr<const ArrivalTrace>> ReadAzure2019Trace(Azure2019Sources sources) {
  const size_t days = sources.invocations.size();
  if (days == 0 || days > kDaysMax) {
    return absl::InvalidArgumentError(absl::StrCat(
        "read an Azure 2019 trace: ", days, " files of invocations, must be 1 to ", kDaysMax));
  }
  RETURN_IF_ERROR(CheckNumberOfFiles("durations", sources.durations.size(), days));
  RETURN_IF_ERROR(CheckNumberOfFiles("memory", sources.memory.size(), days));
  auto contents = std::make_shared<Contents>();
  FunctionTable functions;
  for (Azure2019Sources::File& day : sources.invocations) {
    CsvReader file(std::move(day.source), day.name);
    RETURN_IF_ERROR(contents->counts.AddDay(file, functions));
  }
  RETURN_IF_ERROR(contents->counts.Finish());
  if (contents->counts.invocations() == 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("read ", sources.invocations.front().name, ": there is no invocation in it"));
  }
  for (Azure2019Sources::File& day : sources.durations) {
    CsvReader file(std::move(day.source), day.name);
    ASSIGN_OR_RETURN(Azure2019DurationTable table, Azure2019DurationTable::Read(file, functions));
    contents->durations.push_back(std::move(table));
  }
  Azure2019Memory memory;
  for (Azure2019Sources::File& day : sources.memory) {
    CsvReader file(std::move(day.source), day.name);
    RETURN_IF_ERROR(memory.Read(file));
  }
  for (size_t i = 0; i < functions.keys().size(); ++i) {
    const absl::string_view key = functions.keys()[i];
    const size_t app_size = key.find('\n');
    functions.functions()[i].memory_mib =
        memory.Find(key.substr(0, app_size), key.substr(app_size + 1));
    contents->sources.push_back(SourceOf(key));
  }
  contents->functions = std::move(functions.functions());
  return std::make_shared<const Azure2019Trace>(std::move(contents));
}

}  // namespace floe
