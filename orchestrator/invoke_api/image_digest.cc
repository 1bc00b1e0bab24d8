#include "orchestrator/invoke_api/image_digest.h"

#include <openssl/evp.h>

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <fstream>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "base/check.h"

namespace floe::invoke_api {
namespace {

namespace json = boost::json;

constexpr size_t kIndexBytesMax = 4 << 20;

std::string Sha256Hex(absl::string_view bytes) {
  unsigned char digest[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  CHECK(EVP_Digest(bytes.data(), bytes.size(), digest, &size, EVP_sha256(), nullptr) == 1);
  return absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(digest), size));
}

std::optional<std::string> DigestFromIndex(const std::string& directory) {
  std::ifstream file(directory + "/index.json", std::ios::binary);
  if (!file) return std::nullopt;
  std::string text(kIndexBytesMax, '\0');
  file.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<size_t>(file.gcount()));
  json::error_code error;
  const json::value index = json::parse(text, error);
  if (error || !index.is_object()) return std::nullopt;
  const json::value* const manifests = index.get_object().if_contains("manifests");
  if (manifests == nullptr || !manifests->is_array() || manifests->get_array().empty()) {
    return std::nullopt;
  }
  const json::value& first = manifests->get_array()[0];
  if (!first.is_object()) return std::nullopt;
  const json::value* const digest = first.get_object().if_contains("digest");
  if (digest == nullptr || !digest->is_string()) return std::nullopt;
  absl::string_view hex(digest->get_string().data(), digest->get_string().size());
  if (!absl::ConsumePrefix(&hex, "sha256:") || hex.size() != 64 ||
      !std::all_of(hex.begin(), hex.end(), absl::ascii_isxdigit)) {
    return std::nullopt;
  }
  return std::string(hex);
}

}  // namespace

std::string ImageDigest(const std::string& directory) {
  std::optional<std::string> digest = DigestFromIndex(directory);
  return digest.has_value() ? *std::move(digest) : Sha256Hex(directory);
}

}  // namespace floe::invoke_api
