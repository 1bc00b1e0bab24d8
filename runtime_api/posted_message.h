// What runtimes say in the headers and trailers of their posts, and the errors made in their place.

#ifndef FLOE_RUNTIME_API_POSTED_MESSAGE_H_
#define FLOE_RUNTIME_API_POSTED_MESSAGE_H_

#include <string>

#include "absl/strings/string_view.h"
#include "net/http_message.h"

namespace floe::runtime_api {

// `type` when it is "Runtime." or "Function." and a word of two or more letters that begins with a
// capital; else "Function.Unknown" if it begins with "Function.", else "Runtime.Unknown".
std::string ClassifyErrorType(absl::string_view type);

enum class ResponseMode { kBuffered, kStreaming, kInvalid };
// From the headers of a POST .../response. Only exactly "streaming" asks for streaming.
ResponseMode ResponseModeOf(const net::HttpFields& headers);

// From the trailers of a stream that broke off; both empty when it did not.
struct StreamError {
  std::string type;  // Classified.
  std::string body;  // Decoded; as sent when it is not base64.
};
StreamError StreamErrorOf(const net::HttpFields& trailers);

// {"errorMessage":"...","errorType":"..."} REQUIRES: neither needs escaping in JSON.
std::string ErrorJson(absl::string_view message, absl::string_view type);

// `json` on one line: in JSON every line break is a blank.
std::string OnOneLine(absl::string_view json);

}  // namespace floe::runtime_api

#endif  // FLOE_RUNTIME_API_POSTED_MESSAGE_H_
