#include "orchestrator/live/uuid.h"

#include <sys/random.h>

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/check.h"

namespace floe::live {
namespace {

// getrandom gives up to this much at once, whole and without interruption (getrandom(2)).
constexpr size_t kStockBytes = 256;

// One system call per 16 UUIDs instead of one each. Bytes are wiped as they are given out.
class RandomStock {
 public:
  void Draw(uint8_t* to, size_t bytes) {
    if (used_ + bytes > kStockBytes) {
      CHECK(getrandom(stock_.data(), kStockBytes, 0) == static_cast<ssize_t>(kStockBytes));
      used_ = 0;
    }
    std::memcpy(to, stock_.data() + used_, bytes);
    std::memset(stock_.data() + used_, 0, bytes);
    used_ += bytes;
  }

 private:
  std::array<uint8_t, kStockBytes> stock_;
  size_t used_ = kStockBytes;
};

void DrawRandom(uint8_t* to, size_t bytes) {
  thread_local RandomStock stock;
  stock.Draw(to, bytes);
}

constexpr char kDigits[] = "0123456789abcdef";

void AppendHex(const uint8_t* bytes, size_t count, std::string& text) {
  for (size_t i = 0; i < count; ++i) {
    text.push_back(kDigits[bytes[i] >> 4]);
    text.push_back(kDigits[bytes[i] & 15]);
  }
}

}  // namespace

std::string MakeUuid() {
  std::array<uint8_t, 16> bytes;
  DrawRandom(bytes.data(), bytes.size());
  bytes[6] = static_cast<uint8_t>((bytes[6] & 0x0f) | 0x40);
  bytes[8] = static_cast<uint8_t>((bytes[8] & 0x3f) | 0x80);
  std::string text;
  text.reserve(36);
  size_t from = 0;
  for (const size_t count : {4, 2, 2, 2, 6}) {
    if (from != 0) text.push_back('-');
    AppendHex(bytes.data() + from, count, text);
    from += count;
  }
  return text;
}

uint64_t RandomNumber() {
  uint64_t number = 0;
  while (number == 0) DrawRandom(reinterpret_cast<uint8_t*>(&number), sizeof(number));
  return number;
}

std::string MakeHex(size_t digits) {
  std::array<uint8_t, 32> bytes;
  CHECK(digits % 2 == 0 && digits / 2 <= bytes.size());
  DrawRandom(bytes.data(), digits / 2);
  std::string text;
  AppendHex(bytes.data(), digits / 2, text);
  return text;
}

std::string MakeTraceId(int64_t epoch_seconds) {
  return absl::StrCat("Root=1-", absl::Hex(static_cast<uint32_t>(epoch_seconds), absl::kZeroPad8),
                      "-", MakeHex(24), ";Parent=", MakeHex(16), ";Sampled=0");
}

}  // namespace floe::live
