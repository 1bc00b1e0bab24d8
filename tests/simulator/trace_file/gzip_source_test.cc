#include "simulator/trace_file/gzip_source.h"

#include <zlib.h>

#include <cstring>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "tests/simulator/trace_file/read_trace.h"

namespace floe {
namespace {

std::string Gzip(std::string text) {
  z_stream stream = {};
  EXPECT_EQ(deflateInit2(&stream, 6, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY), Z_OK);
  std::string out(text.size() + 100, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(text.data());
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(deflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(out.size() - stream.avail_out);
  deflateEnd(&stream);
  return out;
}

absl::StatusOr<std::string> Read(std::string bytes) {
  const std::unique_ptr<ByteSource> source = DecompressIfGzip(Bytes(std::move(bytes)), "f");
  std::string text;
  char buffer[100];
  while (true) {
    const absl::StatusOr<size_t> count = source->Read(buffer, sizeof(buffer));
    if (!count.ok()) return count.status();
    if (*count == 0) return text;
    text.append(buffer, *count);
  }
}

std::string Text() {
  std::string text;
  for (int i = 0; i < 5'000; ++i) text += std::to_string(i * i) + ",";
  return text;
}

TEST(GzipSourceTest, PlainBytesStayAsTheyAre) {
  for (const std::string& text : {std::string(), std::string("a"), std::string("\x1f"), Text()}) {
    EXPECT_EQ(*Read(text), text);
  }
}

TEST(GzipSourceTest, GzipIsDetectedByItsContent) {
  EXPECT_EQ(*Read(Gzip(Text())), Text());
  EXPECT_EQ(*Read(Gzip("")), "");
}

TEST(GzipSourceTest, SeveralMembersAreOneText) {
  EXPECT_EQ(*Read(Gzip("one ") + Gzip("") + Gzip("two")), "one two");
}

TEST(GzipSourceTest, AFileThatWasCutOffIsReported) {
  const std::string whole = Gzip(Text());
  for (const size_t size : {size_t{2}, size_t{10}, whole.size() / 2, whole.size() - 1}) {
    const absl::StatusOr<std::string> text = Read(whole.substr(0, size));
    EXPECT_EQ(text.status().code(), absl::StatusCode::kDataLoss) << size;
  }
}

TEST(GzipSourceTest, DamagedDataIsReported) {
  std::string damaged = Gzip(Text());
  damaged[damaged.size() / 2] ^= 0x55;
  EXPECT_EQ(Read(damaged).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(Read(Gzip("x") + "rubbish").status().code(), absl::StatusCode::kDataLoss);
}

TEST(GzipSourceTest, AMissingFileIsNotFoundAndADirectoryAnError) {
  EXPECT_EQ(OpenPlainOrGzip("/nowhere/f").status().code(), absl::StatusCode::kNotFound);
  const absl::StatusOr<std::unique_ptr<ByteSource>> directory = OpenPlainOrGzip("/");
  if (directory.ok()) {
    char byte = 0;
    EXPECT_FALSE((*directory)->Read(&byte, 1).ok());
  }
}

}  // namespace
}  // namespace floe
