// Any bytes: the reader gives an error or a file, what it gives survives a round trip, and what
// people write on the command line is taken or refused.

#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"
#include "base/check.h"
#include "experiment/grid.h"
#include "experiment/plan.h"
#include "experiment/result_file.h"
#include "experiment/sweep.h"

namespace floe {
namespace {

void AppendU32(std::string& text, uint32_t value) {
  for (int shift = 0; shift < 32; shift += 8) text += static_cast<char>(value >> shift & 0xFF);
}

uint32_t Crc(std::string_view bytes) {
  return static_cast<uint32_t>(
      crc32(0, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size())));
}

// A file in order, behind whose header the payload stands as a record with the right checksums.
std::string BehindHeader(std::string_view payload) {
  std::string bytes = SerializeResultFile({.header = {.replications = 1}});
  std::string length;
  AppendU32(length, static_cast<uint32_t>(payload.size()));
  bytes += length;
  AppendU32(bytes, Crc(length));
  AppendU32(bytes, Crc(payload));
  return bytes.append(payload);
}

void Read(std::string_view bytes) {
  const absl::StatusOr<ResultFile> file = ParseResultFile("fuzz", bytes);
  if (!file.ok()) return;
  CHECK(file->whole_bytes + file->torn_bytes == bytes.size());
  const std::string again = SerializeResultFile(*file);
  const absl::StatusOr<ResultFile> back = ParseResultFile("again", again);
  CHECK(back.ok());
  CHECK(SerializeResultFile(*back) == again);
  static_cast<void>(ExperimentOfFile(*file));
}

}  // namespace
}  // namespace floe

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  floe::Read(bytes);
  floe::Read(floe::BehindHeader(bytes));
  const absl::string_view text(bytes.data(), bytes.size());
  static_cast<void>(floe::ParseAxis(text));
  static_cast<void>(floe::ParseGoal(text));
  static_cast<void>(floe::ParseShard(text));
  return 0;
}
