#include "net/byte_buffer.h"

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>

#include "base/prng.h"
#include "gtest/gtest.h"

namespace floe::net {
namespace {

void Append(ByteBuffer& buffer, const std::string& text) {
  std::memcpy(buffer.Prepare(text.size()), text.data(), text.size());
  buffer.Commit(text.size());
}

TEST(ByteBufferTest, GivesBackWhatWentInInOrder) {
  ByteBuffer buffer;
  Append(buffer, "abc");
  buffer.Consume(2);
  Append(buffer, "defgh");

  EXPECT_EQ(buffer.bytes(), "cdefgh");
}

TEST(ByteBufferTest, ConsumingMovesNothing) {
  ByteBuffer buffer;
  Append(buffer, "abcdef");
  const char* const third = buffer.bytes().data() + 2;

  buffer.Consume(2);

  EXPECT_EQ(buffer.bytes().data(), third);
}

TEST(ByteBufferTest, ClearGivesTheMemoryBack) {
  ByteBuffer buffer;
  Append(buffer, "abc");

  buffer.Clear();

  EXPECT_TRUE(buffer.empty());
  EXPECT_EQ(buffer.capacity(), 0u);
}

TEST(ByteBufferTest, AgreesWithAStringOverRandomSteps) {
  constexpr uint64_t kSeed = 20'231;
  SCOPED_TRACE(kSeed);
  Prng prng(kSeed);
  ByteBuffer buffer;
  std::string model;
  size_t largest = 0;
  for (int step = 0; step < 10'000; ++step) {
    if (prng.Below(2) == 0) {
      const std::string text(prng.Below(50), static_cast<char>('a' + prng.Below(26)));
      Append(buffer, text);
      model += text;
    } else {
      const size_t bytes = std::min<size_t>(prng.Below(60), model.size());
      buffer.Consume(bytes);
      model.erase(0, bytes);
    }
    ASSERT_EQ(buffer.bytes(), model);
    largest = std::max(largest, model.size());
    ASSERT_LE(buffer.capacity(), 4 * (largest + 50));
    if (prng.Below(100) == 0) {
      buffer.Clear();
      model.clear();
    }
  }
}

}  // namespace
}  // namespace floe::net
