#include "simulator/trace_file/gzip_source.h"

#include <zlib.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace floe {
namespace {

constexpr size_t kInputBytes = size_t{32} * 1024;
constexpr unsigned char kGzipMagic[] = {0x1f, 0x8b};
// Windows of 2^15 bytes, in the gzip format.
constexpr int kGzipWindow = 15 + 16;

class PlainOrGzipSource final : public ByteSource {
 public:
  PlainOrGzipSource(std::unique_ptr<ByteSource> source, std::string name)
      : source_(std::move(source)), name_(std::move(name)) {}
  ~PlainOrGzipSource() override {
    if (format_ == Format::kGzip) inflateEnd(&stream_);
  }
  PlainOrGzipSource(const PlainOrGzipSource&) = delete;
  PlainOrGzipSource& operator=(const PlainOrGzipSource&) = delete;

  absl::StatusOr<size_t> Read(char* buffer, size_t size) override {
    if (format_ == Format::kUnknown) RETURN_IF_ERROR(Detect());
    if (format_ == Format::kGzip) return Inflate(buffer, size);
    if (begin_ == end_) return source_->Read(buffer, size);
    const size_t count = std::min(size, end_ - begin_);
    std::memcpy(buffer, input_.data() + begin_, count);
    begin_ += count;
    return count;
  }

 private:
  enum class Format : uint8_t { kUnknown, kPlain, kGzip };

  absl::Status Detect() {
    input_.resize(kInputBytes);
    while (end_ < sizeof(kGzipMagic) && !source_ended_) RETURN_IF_ERROR(ReadInput());
    const bool gzip = end_ >= sizeof(kGzipMagic) &&
                      std::memcmp(input_.data(), kGzipMagic, sizeof(kGzipMagic)) == 0;
    if (gzip && inflateInit2(&stream_, kGzipWindow) != Z_OK) {
      return absl::ResourceExhaustedError(absl::StrCat("decompress ", name_, ": out of memory"));
    }
    format_ = gzip ? Format::kGzip : Format::kPlain;
    return absl::OkStatus();
  }

  // Appends to the input.
  absl::Status ReadInput() {
    absl::StatusOr<size_t> count = source_->Read(input_.data() + end_, input_.size() - end_);
    if (!count.ok()) return count.status();
    source_ended_ = *count == 0;
    end_ += *count;
    return absl::OkStatus();
  }

  absl::StatusOr<size_t> Inflate(char* buffer, size_t size) {
    stream_.next_out = reinterpret_cast<Bytef*>(buffer);
    stream_.avail_out = static_cast<uInt>(std::min<size_t>(size, size_t{1} << 30));
    const uInt wanted = stream_.avail_out;
    while (stream_.avail_out == wanted) {
      if (begin_ == end_ && !source_ended_) {
        begin_ = end_ = 0;
        RETURN_IF_ERROR(ReadInput());
      }
      if (begin_ == end_) {
        if (between_members_) return 0;
        return absl::DataLossError(
            absl::StrCat("decompress ", name_, ": the file ends inside its compressed data"));
      }
      stream_.next_in = reinterpret_cast<Bytef*>(input_.data() + begin_);
      stream_.avail_in = static_cast<uInt>(end_ - begin_);
      between_members_ = false;
      const int result = inflate(&stream_, Z_NO_FLUSH);
      begin_ = end_ - stream_.avail_in;
      if (result == Z_STREAM_END) {
        between_members_ = true;
        inflateReset(&stream_);
      } else if (result != Z_OK && result != Z_BUF_ERROR) {
        return absl::DataLossError(absl::StrCat("decompress ", name_, ": damaged gzip data"));
      }
    }
    return wanted - stream_.avail_out;
  }

  std::unique_ptr<ByteSource> source_;
  const std::string name_;
  std::vector<char> input_;
  size_t begin_ = 0;
  size_t end_ = 0;
  bool source_ended_ = false;
  Format format_ = Format::kUnknown;
  bool between_members_ = false;
  z_stream stream_ = {};
};

}  // namespace

std::unique_ptr<ByteSource> DecompressIfGzip(std::unique_ptr<ByteSource> source, std::string name) {
  return std::make_unique<PlainOrGzipSource>(std::move(source), std::move(name));
}

absl::StatusOr<std::unique_ptr<ByteSource>> OpenPlainOrGzip(const std::string& path) {
  absl::StatusOr<std::unique_ptr<ByteSource>> file = OpenFileSource(path);
  if (!file.ok()) return file.status();
  return DecompressIfGzip(*std::move(file), path);
}

}  // namespace floe
