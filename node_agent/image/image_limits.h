// How much an image may make Floe read and write.

#ifndef FLOE_NODE_AGENT_IMAGE_IMAGE_LIMITS_H_
#define FLOE_NODE_AGENT_IMAGE_IMAGE_LIMITS_H_

#include <cstdint>

namespace floe::node_agent {

struct ImageLimits {
  int64_t unpacked_bytes_max = int64_t{10} << 30;  // Lambda: 10 GB uncompressed.
  int64_t entries_max = 1'000'000;
  int64_t json_bytes_max = 4 << 20;  // Index, manifest, configuration.
};

// The most that the tar archives of an image within the limits can hold: besides the files there
// are headers, names, filling up to whole blocks, and the end of each archive.
inline int64_t TarBytesMax(const ImageLimits& limits) {
  constexpr int64_t kBytesPerEntry = 2'048;
  constexpr int64_t kBytesPerEnd = 10'240;
  constexpr int64_t kArchivesMax = 256;
  return limits.unpacked_bytes_max + limits.entries_max * kBytesPerEntry +
         kArchivesMax * kBytesPerEnd;
}

}  // namespace floe::node_agent

#endif  // FLOE_NODE_AGENT_IMAGE_IMAGE_LIMITS_H_
