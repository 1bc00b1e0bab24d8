// Random numbers nobody can guess, from the kernel, and what is made of them.
// Thread-safe: each thread holds a small stock of random bytes of its own.

#ifndef FLOE_ORCHESTRATOR_LIVE_UUID_H_
#define FLOE_ORCHESTRATOR_LIVE_UUID_H_

#include <cstddef>
#include <cstdint>
#include <string>

namespace floe::live {

// A version 4 UUID (RFC 4122) in lower case: "f47ac10b-58cc-4372-a567-0e02b2c3d479".
std::string MakeUuid();

// Never 0.
uint64_t RandomNumber();

// `digits` random digits of base 16 in lower case. REQUIRES: even, at most 64.
std::string MakeHex(size_t digits);

// A trace header that is not sampled: "Root=1-<seconds>-<24 digits>;Parent=<16 digits>;Sampled=0".
std::string MakeTraceId(int64_t epoch_seconds);

}  // namespace floe::live

#endif  // FLOE_ORCHESTRATOR_LIVE_UUID_H_
