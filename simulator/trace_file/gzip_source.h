// Bytes of a file that may be compressed with gzip; which it is, its first bytes tell.

#ifndef FLOE_SIMULATOR_TRACE_FILE_GZIP_SOURCE_H_
#define FLOE_SIMULATOR_TRACE_FILE_GZIP_SOURCE_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "orchestrator/engine/byte_stream.h"

namespace floe {

// What `source` gives, decompressed if it begins like a gzip file, of one member or several.
// Reading gives kDataLoss where the compressed data is damaged or ends too early. `name` is what
// errors call it.
std::unique_ptr<ByteSource> DecompressIfGzip(std::unique_ptr<ByteSource> source, std::string name);

absl::StatusOr<std::unique_ptr<ByteSource>> OpenPlainOrGzip(const std::string& path);

}  // namespace floe

#endif  // FLOE_SIMULATOR_TRACE_FILE_GZIP_SOURCE_H_
