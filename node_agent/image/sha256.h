// SHA-256 in pieces, and the digests of OCI ("sha256:" and 64 hexadecimal digits) made of it.

#ifndef FLOE_NODE_AGENT_IMAGE_SHA256_H_
#define FLOE_NODE_AGENT_IMAGE_SHA256_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"

struct evp_md_ctx_st;

namespace floe::node_agent::image {

// Thread-compatible.
class Sha256 {
 public:
  Sha256();
  ~Sha256();

  void Add(const void* data, size_t size);
  // "sha256:..." of everything added. REQUIRES: called once, and nothing is added afterwards.
  std::string Digest();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

std::string DigestOf(absl::string_view bytes);

// Whether `text` is "sha256:" and 64 lower-case hexadecimal digits.
bool IsDigest(absl::string_view text);

}  // namespace floe::node_agent::image

#endif  // FLOE_NODE_AGENT_IMAGE_SHA256_H_
