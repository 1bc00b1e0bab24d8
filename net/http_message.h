// HTTP requests and responses as both servers of Floe see them: the front door and the Runtime API.

#ifndef FLOE_NET_HTTP_MESSAGE_H_
#define FLOE_NET_HTTP_MESSAGE_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace floe::net {

// Header fields in the order and case they were written; names compare without case.
class HttpFields {
 public:
  void Add(absl::string_view name, absl::string_view value);
  // The first value under `name`, or "" when there is none.
  absl::string_view Get(absl::string_view name) const;
  bool Has(absl::string_view name) const;
  const std::vector<std::pair<std::string, std::string>>& all() const { return fields_; }

 private:
  std::vector<std::pair<std::string, std::string>> fields_;
};

enum class BodyState {
  kComplete,
  kTooLarge,   // Larger than the listener's limit; `body` is empty.
  kTruncated,  // The peer ended before the announced length; `body` holds what came.
};

struct HttpRequest {
  std::string method;  // Upper case, as sent.
  std::string path;    // Percent-encoding kept, without the query.
  std::string query;   // After the '?', percent-encoding kept; "" when there is none.
  bool has_query = false;
  HttpFields headers;
  HttpFields trailers;  // Of a chunked body.
  std::string body;
  BodyState body_state = BodyState::kComplete;
  std::string peer_address;  // "127.0.0.1", or "" when unknown.
  int version = 11;          // 10 or 11.
};

struct HttpResponse {
  int status = 200;
  HttpFields headers;  // Without Content-Length and Connection, which the server writes.
  std::string body;
  // Instead of `body` when set: one text that is sent more than once is not copied for it.
  std::shared_ptr<const std::string> shared_body;
};

// `text` with %XX decoded ('+' stays as it is). Malformed escapes stay as written.
std::string PercentDecode(absl::string_view text);

}  // namespace floe::net

#endif  // FLOE_NET_HTTP_MESSAGE_H_
