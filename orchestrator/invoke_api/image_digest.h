// The digest of an image on this machine, for CodeSha256.

#ifndef FLOE_ORCHESTRATOR_INVOKE_API_IMAGE_DIGEST_H_
#define FLOE_ORCHESTRATOR_INVOKE_API_IMAGE_DIGEST_H_

#include <string>

namespace floe::invoke_api {

// The hex SHA-256 by which an OCI image layout in `directory` names its first manifest. Where there
// is none to be read (another machine's path, a plain root directory): the SHA-256 of the path
// itself.
std::string ImageDigest(const std::string& directory);

}  // namespace floe::invoke_api

#endif  // FLOE_ORCHESTRATOR_INVOKE_API_IMAGE_DIGEST_H_
