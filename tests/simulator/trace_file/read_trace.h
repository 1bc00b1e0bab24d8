// What tests of traces share: all arrivals of a trace, and files made of text.

#ifndef FLOE_TESTS_SIMULATOR_TRACE_FILE_READ_TRACE_H_
#define FLOE_TESTS_SIMULATOR_TRACE_FILE_READ_TRACE_H_

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "gtest/gtest.h"
#include "orchestrator/engine/byte_stream.h"
#include "simulator/arrival_trace.h"

namespace floe {

// Owns its bytes; gives them in pieces of a few, so that every line and number is cut somewhere.
class PiecesSource final : public ByteSource {
 public:
  explicit PiecesSource(std::string bytes, size_t piece = 7)
      : bytes_(std::move(bytes)), piece_(piece) {}
  absl::StatusOr<size_t> Read(char* buffer, size_t size) override {
    const size_t count = bytes_.copy(buffer, std::min(size, piece_), position_);
    position_ += count;
    return count;
  }

 private:
  const std::string bytes_;
  const size_t piece_;
  size_t position_ = 0;
};

inline std::unique_ptr<ByteSource> Bytes(std::string text) {
  return std::make_unique<PiecesSource>(std::move(text));
}

// Reads `batch` at a time. Fails the test if times go backwards or the cursor reports an error.
inline std::vector<TraceArrival> ReadAll(const ArrivalTrace& trace, uint64_t seed = 1,
                                         size_t batch = 5) {
  const std::unique_ptr<TraceCursor> cursor = trace.Open(seed);
  std::vector<TraceArrival> all;
  std::vector<TraceArrival> some(batch);
  while (const size_t count = cursor->Fill(absl::MakeSpan(some))) {
    for (size_t i = 0; i < count; ++i) {
      EXPECT_GE(some[i].at_ns, all.empty() ? 0 : all.back().at_ns);
      EXPECT_LT(some[i].function, trace.functions().size());
      all.push_back(some[i]);
    }
  }
  EXPECT_TRUE(cursor->status().ok()) << cursor->status();
  EXPECT_EQ(cursor->Fill(absl::MakeSpan(some)), 0u);
  return all;
}

}  // namespace floe

#endif  // FLOE_TESTS_SIMULATOR_TRACE_FILE_READ_TRACE_H_
