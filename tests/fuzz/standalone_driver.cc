// Runs a fuzz target without libFuzzer: every file of the corpus, then mutations of them from a
// fixed seed, which is printed. So the targets are exercised by every ordinary test run and
// sanitizer.
//
// Usage: TARGET [FILE...]     FLOE_FUZZ_SEED and FLOE_FUZZ_RUNS override the seed and the number.

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "base/prng.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace floe {
namespace {

constexpr size_t kInputBytesMax = 4096;

uint64_t NumberFromEnvironment(const char* name, uint64_t fallback) {
  const char* text = std::getenv(name);
  return text == nullptr ? fallback : std::strtoull(text, nullptr, 0);
}

void Run(const std::string& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()), input.size());
}

std::string Mutate(std::string input, const std::vector<std::string>& corpus, Prng& prng) {
  const uint64_t changes = 1 + prng.Below(8);
  for (uint64_t i = 0; i < changes; ++i) {
    const size_t at = input.empty() ? 0 : prng.Below(input.size() + 1);
    switch (prng.Below(5)) {
      case 0:
        if (at < input.size()) input[at] = static_cast<char>(prng.Below(256));
        break;
      case 1:
        if (at < input.size()) input[at] = static_cast<char>(input[at] ^ (1 << prng.Below(8)));
        break;
      case 2:
        input.insert(at, 1 + prng.Below(4), static_cast<char>(prng.Below(256)));
        break;
      case 3:
        input.erase(at, 1 + prng.Below(16));
        break;
      default: {
        const std::string& other = corpus[prng.Below(corpus.size())];
        const size_t from = other.empty() ? 0 : prng.Below(other.size());
        input.insert(at, other.substr(from, 1 + prng.Below(64)));
      }
    }
  }
  if (input.size() > kInputBytesMax) input.resize(kInputBytesMax);
  return input;
}

int RunAll(const std::vector<std::string>& files) {
  std::vector<std::string> corpus = {"", std::string(256, '\0')};
  for (const std::string& file : files) {
    std::ifstream stream(file, std::ios::binary);
    if (!stream) {
      std::fprintf(stderr, "cannot read corpus file %s\n", file.c_str());
      return 1;
    }
    corpus.emplace_back(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>());
  }
  for (const std::string& input : corpus) Run(input);

  const uint64_t seed = NumberFromEnvironment("FLOE_FUZZ_SEED", 1);
  const uint64_t runs = NumberFromEnvironment("FLOE_FUZZ_RUNS", 20'000);
  std::printf("%zu corpus inputs, then %llu mutations with FLOE_FUZZ_SEED=%llu\n", corpus.size(),
              static_cast<unsigned long long>(runs), static_cast<unsigned long long>(seed));
  Prng prng(seed);
  for (uint64_t i = 0; i < runs; ++i) Run(Mutate(corpus[prng.Below(corpus.size())], corpus, prng));
  return 0;
}

}  // namespace
}  // namespace floe

int main(int argc, char** argv) {
  return floe::RunAll({argv + 1, argv + argc});
}
