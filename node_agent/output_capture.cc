#include "node_agent/output_capture.h"

#include <algorithm>
#include <utility>

namespace floe::node_agent {

OutputCapture::OutputCapture(LineSink sink) : sink_(std::move(sink)) {}

void OutputCapture::Write(absl::string_view bytes) {
  {
    std::lock_guard lock(mutex_);
    const absl::string_view kept =
        bytes.size() > kLogTailBytesMax ? bytes.substr(bytes.size() - kLogTailBytesMax) : bytes;
    tail_truncated_ = tail_truncated_ || kept.size() < bytes.size();
    tail_.append(kept.data(), kept.size());
    // Trimmed only now and then, so that many short writes do not each move the whole tail.
    if (tail_.size() > 2 * kLogTailBytesMax) {
      tail_.erase(0, tail_.size() - kLogTailBytesMax);
      tail_truncated_ = true;
    }
  }
  if (sink_ != nullptr) WriteLines(bytes);
}

void OutputCapture::WriteLines(absl::string_view bytes) {
  while (!bytes.empty()) {
    const size_t room = kLogLineBytesMax - line_.size();
    const absl::string_view piece = bytes.substr(0, room);
    const size_t end = piece.find('\n');
    if (end == absl::string_view::npos) {
      line_.append(piece.data(), piece.size());
      bytes.remove_prefix(piece.size());
      if (line_.size() < kLogLineBytesMax) continue;
    } else {
      line_.append(piece.data(), end);
      bytes.remove_prefix(end + 1);
    }
    sink_(line_);
    line_.clear();
  }
}

void OutputCapture::Finish() {
  if (sink_ == nullptr || line_.empty()) return;
  sink_(line_);
  line_.clear();
}

void OutputCapture::StartTail() {
  std::lock_guard lock(mutex_);
  tail_.clear();
  tail_truncated_ = false;
}

OutputCapture::Tail OutputCapture::GetTail() const {
  std::lock_guard lock(mutex_);
  const size_t size = std::min(tail_.size(), kLogTailBytesMax);
  return {.bytes = tail_.substr(tail_.size() - size),
          .truncated = tail_truncated_ || size < tail_.size()};
}

}  // namespace floe::node_agent
