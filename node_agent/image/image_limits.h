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

}  // namespace floe::node_agent

#endif  // FLOE_NODE_AGENT_IMAGE_IMAGE_LIMITS_H_
