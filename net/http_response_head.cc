#include "net/http_response_head.h"

#include <cstddef>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "boost/beast/http/status.hpp"
#include "net/http_message.h"

namespace floe::net {
namespace {

// 1xx, 204 and 304 end with their headers.
bool StatusAllowsBody(int status) {
  return status >= 200 && status != 204 && status != 304;
}

absl::string_view ReasonPhrase(int status) {
  namespace http = boost::beast::http;
  const auto phrase = http::obsolete_reason(http::int_to_status(static_cast<unsigned>(status)));
  return {phrase.data(), phrase.size()};
}

void AppendOnOneLine(absl::string_view text, std::string& out) {
  const size_t start = out.size();
  out.append(text.data(), text.size());
  for (size_t i = start; i < out.size(); ++i) {
    const auto c = static_cast<unsigned char>(out[i]);
    if ((c < 0x20 && c != '\t') || c == 0x7f) out[i] = ' ';
  }
}

}  // namespace

absl::string_view BodyOf(const HttpResponse& response) {
  return response.shared_body != nullptr ? *response.shared_body : response.body;
}

bool SendsBody(const HttpResponse& response, const AnswerForm& form) {
  return !form.head_only && StatusAllowsBody(response.status);
}

std::string ResponseHead(const HttpResponse& response, const AnswerForm& form) {
  std::string head;
  size_t bytes = 96;
  for (const auto& [name, value] : response.headers.all()) bytes += name.size() + value.size() + 4;
  head.reserve(bytes);
  absl::StrAppend(&head, "HTTP/1.1 ", response.status, " ", ReasonPhrase(response.status), "\r\n");
  for (const auto& [name, value] : response.headers.all()) {
    AppendOnOneLine(name, head);
    head.append(": ");
    AppendOnOneLine(value, head);
    head.append("\r\n");
  }
  if (StatusAllowsBody(response.status)) {
    absl::StrAppend(&head, "Content-Length: ", BodyOf(response).size(), "\r\n");
  }
  if (!form.keep_alive) {
    head.append("Connection: close\r\n");
  } else if (form.version == 10) {
    head.append("Connection: keep-alive\r\n");
  }
  head.append("\r\n");
  return head;
}

}  // namespace floe::net
