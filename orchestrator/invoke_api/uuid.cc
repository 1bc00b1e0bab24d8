#include "orchestrator/invoke_api/uuid.h"

#include <cstdint>
#include <random>

#include "base/prng.h"

namespace floe::invoke_api {
namespace {

uint64_t SeedFromSystem() {
  std::random_device device;
  return (uint64_t{device()} << 32) | device();
}

void AppendHex(uint64_t value, int digits, std::string& out) {
  for (int shift = (digits - 1) * 4; shift >= 0; shift -= 4) {
    out.push_back("0123456789abcdef"[(value >> shift) & 0xf]);
  }
}

}  // namespace

std::string RandomUuid() {
  thread_local Prng prng(SeedFromSystem());
  const uint64_t high = (prng.Next() & ~uint64_t{0xf000}) | 0x4000;
  const uint64_t low = (prng.Next() & ~(uint64_t{3} << 62)) | (uint64_t{2} << 62);
  std::string uuid;
  uuid.reserve(36);
  AppendHex(high >> 32, 8, uuid);
  uuid.push_back('-');
  AppendHex(high >> 16, 4, uuid);
  uuid.push_back('-');
  AppendHex(high, 4, uuid);
  uuid.push_back('-');
  AppendHex(low >> 48, 4, uuid);
  uuid.push_back('-');
  AppendHex(low, 12, uuid);
  return uuid;
}

}  // namespace floe::invoke_api
