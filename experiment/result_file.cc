#include "experiment/result_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <tuple>
#include <utility>

#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "experiment/metric.h"
#include "experiment/result_convert.h"
#include "orchestrator/engine/byte_stream.h"

namespace floe {
namespace {

constexpr size_t kFileHeadBytes = 12;
constexpr size_t kFrameBytes = 12;
constexpr std::chrono::seconds kSyncInterval(1);

void AppendU32(std::string& text, uint32_t value) {
  for (int shift = 0; shift < 32; shift += 8) text += static_cast<char>(value >> shift & 0xFF);
}

uint32_t LoadU32(std::string_view bytes) {
  uint32_t value = 0;
  for (int i = 3; i >= 0; --i) {
    value = value << 8 | static_cast<unsigned char>(bytes[static_cast<size_t>(i)]);
  }
  return value;
}

uint32_t Crc(std::string_view bytes) {
  return static_cast<uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
}

void AppendRecord(std::string& text, const v1::ResultRecord& record) {
  const std::string payload = record.SerializeAsString();
  std::string length;
  AppendU32(length, static_cast<uint32_t>(payload.size()));
  text += length;
  AppendU32(text, Crc(length));
  AppendU32(text, Crc(payload));
  text += payload;
}

std::string HeadOf(const ResultHeader& header) {
  std::string text(kResultMagic);
  AppendU32(text, kResultVersion);
  v1::ResultRecord record;
  *record.mutable_header() = ToProto(header);
  AppendRecord(text, record);
  return text;
}

std::string RecordOf(const ResultUnit& unit) {
  v1::ResultRecord record;
  *record.mutable_unit() = ToProto(unit);
  std::string text;
  AppendRecord(text, record);
  return text;
}

// Reads the records of a file's bytes one after the other.
class RecordReader {
 public:
  RecordReader(const std::string& name, std::string_view bytes)
      : name_(name), bytes_(bytes), position_(kFileHeadBytes) {}

  // The next record; none at the end, or where the rest was cut off.
  absl::StatusOr<std::optional<v1::ResultRecord>> Next() {
    const std::string_view rest = bytes_.substr(position_);
    if (rest.size() < kFrameBytes) return std::nullopt;
    // File systems may leave zeros behind what was not written before a crash.
    if (rest.find_first_not_of('\0') == std::string_view::npos) return std::nullopt;
    const uint32_t length = LoadU32(rest);
    if (Crc(rest.substr(0, 4)) != LoadU32(rest.substr(4)) || length > kResultRecordBytesMax) {
      return Damaged("the length of a record does not match its checksum");
    }
    if (rest.size() - kFrameBytes < length) return std::nullopt;
    const std::string_view payload = rest.substr(kFrameBytes, length);
    if (Crc(payload) != LoadU32(rest.substr(8))) {
      return Damaged("a record does not match its checksum");
    }
    std::optional<v1::ResultRecord> record(std::in_place);
    if (!record->ParseFromArray(payload.data(), static_cast<int>(payload.size()))) {
      return Damaged("a record is no message");
    }
    position_ += kFrameBytes + length;
    return record;
  }

  absl::Status Damaged(const std::string& what) const {
    return absl::DataLossError(absl::StrCat("read ", name_, ": ", what, ", at byte ", position_));
  }
  uint64_t position() const { return position_; }

 private:
  const std::string& name_;
  std::string_view bytes_;
  size_t position_;
};

absl::Status CheckHead(const std::string& name, std::string_view bytes) {
  if (bytes.size() < kFileHeadBytes || bytes.substr(0, kResultMagic.size()) != kResultMagic) {
    return absl::InvalidArgumentError(
        absl::StrCat("read ", name,
                     ": not a result file, which 'floe simulate --output' and 'floe sweep' write"));
  }
  const uint32_t version = LoadU32(bytes.substr(kResultMagic.size()));
  if (version != kResultVersion) {
    return absl::InvalidArgumentError(absl::StrCat("read ", name, ": a result file of version ",
                                                   version, "; this program reads version ",
                                                   kResultVersion));
  }
  return absl::OkStatus();
}

absl::Status TakeRecord(const v1::ResultRecord& record, const MetricColumns& columns,
                        ResultFile& file) {
  switch (record.record_case()) {
    case v1::ResultRecord::kUnit: {
      absl::StatusOr<ResultUnit> unit = FromProto(record.unit(), file.header, columns);
      if (!unit.ok()) return unit.status();
      file.units.push_back(*std::move(unit));
      return absl::OkStatus();
    }
    case v1::ResultRecord::kMerged: {
      absl::StatusOr<SimulationResult> merged = FromProto(record.merged(), file.header);
      if (!merged.ok()) return merged.status();
      file.merged = *std::move(merged);
      return absl::OkStatus();
    }
    case v1::ResultRecord::kHeader:
      return absl::InvalidArgumentError("there is a second header");
    case v1::ResultRecord::RECORD_NOT_SET:
      break;
  }
  return absl::InvalidArgumentError("there is a record that this program does not know");
}

absl::Status WriteAll(int fd, const std::string& path, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t written = write(fd, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return absl::ErrnoToStatus(errno, absl::StrCat("write ", path));
    bytes.remove_prefix(static_cast<size_t>(written));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> ReadBytes(const std::string& path, size_t limit) {
  absl::StatusOr<std::unique_ptr<ByteSource>> source = OpenFileSource(path);
  if (!source.ok()) return source.status();
  std::string bytes;
  std::string chunk(size_t{1} << 16, '\0');
  while (bytes.size() < limit) {
    absl::StatusOr<size_t> count = (*source)->Read(chunk.data(), chunk.size());
    if (!count.ok()) return count.status();
    if (*count == 0) break;
    bytes.append(chunk, 0, *count);
  }
  return bytes;
}

}  // namespace

bool UnitBefore(const ResultUnit& a, const ResultUnit& b) {
  return std::tie(a.point, a.replication) < std::tie(b.point, b.replication);
}

bool SameBits(const ResultUnit& a, const ResultUnit& b) {
  return RecordOf(a) == RecordOf(b);
}

void SortUnits(std::vector<ResultUnit>& units) {
  std::stable_sort(units.begin(), units.end(), UnitBefore);
  const auto same = [](const ResultUnit& a, const ResultUnit& b) { return !UnitBefore(a, b); };
  units.erase(std::unique(units.begin(), units.end(), same), units.end());
}

absl::StatusOr<ResultFile> ParseResultFile(const std::string& name, std::string_view bytes) {
  RETURN_IF_ERROR(CheckHead(name, bytes));
  RecordReader reader(name, bytes);
  ResultFile file;
  MetricColumns columns;
  for (bool first = true;; first = false) {
    absl::StatusOr<std::optional<v1::ResultRecord>> record = reader.Next();
    if (!record.ok()) return record.status();
    if (!record->has_value()) {
      if (first) return reader.Damaged("it was cut off inside its header");
      break;
    }
    if (!first) {
      const absl::Status taken = TakeRecord(**record, columns, file);
      if (!taken.ok()) return reader.Damaged(std::string(taken.message()));
      continue;
    }
    if (!(*record)->has_header()) return reader.Damaged("the first record is no header");
    absl::StatusOr<ResultHeader> header = FromProto((*record)->header());
    if (!header.ok()) return reader.Damaged(std::string(header.status().message()));
    file.header = *std::move(header);
    columns = ColumnsOf(file.header);
  }
  file.whole_bytes = reader.position();
  file.torn_bytes = bytes.size() - file.whole_bytes;
  SortUnits(file.units);
  return file;
}

absl::StatusOr<ResultFile> ReadResultFile(const std::string& path) {
  absl::StatusOr<std::string> bytes = ReadBytes(path, SIZE_MAX);
  if (!bytes.ok()) return bytes.status();
  return ParseResultFile(path, *bytes);
}

bool IsResultFile(const std::string& path) {
  const absl::StatusOr<std::string> bytes = ReadBytes(path, kResultMagic.size());
  return bytes.ok() && bytes->compare(0, kResultMagic.size(), kResultMagic) == 0;
}

std::string SerializeResultFile(const ResultFile& file) {
  std::vector<ResultUnit> units = file.units;
  SortUnits(units);
  // Values stand in the columns of this program, whoever wrote the file.
  ResultHeader header = file.header;
  header.metrics.clear();
  for (const Metric& metric : Metrics()) header.metrics.emplace_back(metric.name);
  std::string text = HeadOf(header);
  for (const ResultUnit& unit : units) text += RecordOf(unit);
  if (file.merged.has_value()) {
    v1::ResultRecord record;
    *record.mutable_merged() = ToProto(*file.merged, static_cast<int>(units.size()));
    AppendRecord(text, record);
  }
  return text;
}

absl::Status WriteResultFile(const std::string& path, const ResultFile& file) {
  const std::string bytes = SerializeResultFile(file);
  const std::string temporary = absl::StrCat(path, ".", getpid(), ".tmp");
  const int fd = open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (fd < 0) return absl::ErrnoToStatus(errno, absl::StrCat("create ", path));
  absl::Status status = WriteAll(fd, temporary, bytes);
  if (status.ok() && fsync(fd) != 0) {
    status = absl::ErrnoToStatus(errno, absl::StrCat("synchronise ", temporary));
  }
  close(fd);
  if (status.ok() && rename(temporary.c_str(), path.c_str()) != 0) {
    status = absl::ErrnoToStatus(errno, absl::StrCat("write ", path));
  }
  if (!status.ok()) unlink(temporary.c_str());
  return status;
}

absl::StatusOr<std::unique_ptr<ResultAppender>> ResultAppender::Create(const std::string& path,
                                                                       const ResultHeader& header) {
  const int fd = open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (fd < 0) return absl::ErrnoToStatus(errno, absl::StrCat("create ", path));
  std::unique_ptr<ResultAppender> appender(new ResultAppender(fd, path));
  RETURN_IF_ERROR(appender->Write(HeadOf(header)));
  RETURN_IF_ERROR(appender->Sync());
  return appender;
}

absl::StatusOr<std::unique_ptr<ResultAppender>> ResultAppender::Continue(const std::string& path,
                                                                         uint64_t whole_bytes) {
  const int fd = open(path.c_str(), O_WRONLY | O_CLOEXEC);
  if (fd < 0) return absl::ErrnoToStatus(errno, absl::StrCat("open ", path));
  std::unique_ptr<ResultAppender> appender(new ResultAppender(fd, path));
  if (ftruncate(fd, static_cast<off_t>(whole_bytes)) != 0 || lseek(fd, 0, SEEK_END) < 0) {
    return absl::ErrnoToStatus(errno, absl::StrCat("truncate ", path));
  }
  return appender;
}

ResultAppender::~ResultAppender() {
  close(fd_);
}

absl::Status ResultAppender::Write(std::string_view bytes) {
  return WriteAll(fd_, path_, bytes);
}

absl::Status ResultAppender::Append(const ResultUnit& unit) {
  RETURN_IF_ERROR(Write(RecordOf(unit)));
  return std::chrono::steady_clock::now() - synced_ < kSyncInterval ? absl::OkStatus() : Sync();
}

absl::Status ResultAppender::Sync() {
  synced_ = std::chrono::steady_clock::now();
  if (fdatasync(fd_) == 0) return absl::OkStatus();
  return absl::ErrnoToStatus(errno, absl::StrCat("synchronise ", path_));
}

ResultFile FileOfExperiment(const ExperimentResult& result) {
  ResultFile file{.header = {.scenario_name = result.scenario_name,
                             .scenario_text = result.scenario_text,
                             .seed = result.seed,
                             .duration = result.duration,
                             .warm_up = result.warm_up,
                             .warm_up_auto = result.warm_up_auto,
                             .replications = result.replications_asked,
                             .confidence = result.confidence},
                  .merged = result.merged};
  for (const Metric& metric : Metrics()) file.header.metrics.emplace_back(metric.name);
  for (const FunctionResult& function : result.merged.functions) {
    file.header.functions.push_back({.name = function.name, .count = function.count});
  }
  for (size_t i = 0; i < result.values.size(); ++i) {
    file.units.push_back(
        {.point = 0, .replication = static_cast<int64_t>(i), .values = result.values[i]});
  }
  return file;
}

absl::StatusOr<ExperimentResult> ExperimentOfFile(const ResultFile& file) {
  if (!file.header.grid.axes.empty()) {
    return absl::InvalidArgumentError("it is the result of a sweep, not of a single setting");
  }
  if (!file.merged.has_value() || file.units.empty()) {
    return absl::InvalidArgumentError("it was cut off before its end");
  }
  const size_t functions = file.units.front().values.functions.size();
  for (const ResultUnit& unit : file.units) {
    if (unit.values.functions.size() != functions) {
      return absl::InvalidArgumentError("its replications have different functions");
    }
  }
  ExperimentResult result{.scenario_name = file.header.scenario_name,
                          .seed = file.header.seed,
                          .duration = file.header.duration,
                          .warm_up = file.header.warm_up,
                          .warm_up_auto = file.header.warm_up_auto,
                          .replications_asked = file.header.replications,
                          .replications_done = static_cast<int>(file.units.size()),
                          .confidence = file.header.confidence,
                          .merged = *file.merged,
                          .scenario_text = file.header.scenario_text};
  for (const ResultUnit& unit : file.units) result.values.push_back(unit.values);
  EstimateAll(result);
  return result;
}

}  // namespace floe
