// What the code of one environment writes to stdout and stderr: its last bytes for the log of the
// invocation under way, and whole lines for a sink.

#ifndef FLOE_NODE_AGENT_OUTPUT_CAPTURE_H_
#define FLOE_NODE_AGENT_OUTPUT_CAPTURE_H_

#include <cstddef>
#include <functional>
#include <mutex>
#include <string>

#include "absl/strings/string_view.h"

namespace floe::node_agent {

// X-Amz-Log-Result shows this much.
inline constexpr size_t kLogTailBytesMax = 4'096;
// Longer lines are handed on in pieces of this length.
inline constexpr size_t kLogLineBytesMax = 16'384;

// Write and Finish by one thread at a time; the others by any.
class OutputCapture {
 public:
  using LineSink = std::function<void(absl::string_view line)>;
  struct Tail {
    std::string bytes;
    bool truncated = false;  // More was written than `bytes` holds.
  };

  // `sink` may be null. It is called without a lock held.
  explicit OutputCapture(LineSink sink);

  void Write(absl::string_view bytes);
  // Hands on a last line that has no end.
  void Finish();

  // Forgets the tail: an invocation begins.
  void StartTail();
  Tail GetTail() const;

 private:
  void WriteLines(absl::string_view bytes);

  const LineSink sink_;
  std::string line_;  // The line begun; of the writing thread.

  mutable std::mutex mutex_;
  std::string tail_;             // Guarded by mutex_. At most twice kLogTailBytesMax.
  bool tail_truncated_ = false;  // Guarded by mutex_.
};

}  // namespace floe::node_agent

#endif  // FLOE_NODE_AGENT_OUTPUT_CAPTURE_H_
