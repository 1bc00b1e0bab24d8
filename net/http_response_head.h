// The first part of an HTTP answer as text: status line and headers.

#ifndef FLOE_NET_HTTP_RESPONSE_HEAD_H_
#define FLOE_NET_HTTP_RESPONSE_HEAD_H_

#include <string>

#include "absl/strings/string_view.h"
#include "net/http_message.h"

namespace floe::net {

// What of the request and the connection shapes the answer.
struct AnswerForm {
  int version = 11;        // Of the request: 10 or 11.
  bool keep_alive = true;  // Whether the connection serves further requests.
  bool head_only = false;  // The request was HEAD.
};

// The body that `response` stands for.
absl::string_view BodyOf(const HttpResponse& response);
// Whether bytes of the body follow the head: not for HEAD, 1xx, 204 and 304.
bool SendsBody(const HttpResponse& response, const AnswerForm& form);
// Up to and including the empty line. Control characters in header names and values become blanks,
// so no value can add a header.
std::string ResponseHead(const HttpResponse& response, const AnswerForm& form);

}  // namespace floe::net

#endif  // FLOE_NET_HTTP_RESPONSE_HEAD_H_
