// Any bytes into the HTTP parser: it never crashes, and reads the same however the bytes are cut.

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/check.h"
#include "net/http_message.h"
#include "net/http_request_parser.h"

namespace floe::net {
namespace {

std::string Describe(const HttpFields& fields) {
  std::string text;
  for (const auto& [name, value] : fields.all()) absl::StrAppend(&text, name, "=", value, "\n");
  return text;
}

// The complete requests that a connection would find in `input`, read `piece` bytes at a time.
// Whether an incomplete one after them is found malformed early or late depends on the pieces.
std::string Outcome(absl::string_view input, size_t piece) {
  const HttpRequestParser::Limits limits = {.header_bytes_max = 2'048, .body_bytes_max = 64};
  std::string outcome;
  std::string buffer;
  HttpRequestParser parser(limits);
  while (true) {
    const size_t used = parser.Put(buffer);
    CHECK(used <= buffer.size());
    buffer.erase(0, used);
    if (parser.state() == HttpRequestParser::State::kMalformed) {
      CHECK(parser.error_status() >= 400 && !parser.error_reason().empty());
      return outcome;
    }
    if (parser.state() != HttpRequestParser::State::kComplete) {
      if (input.empty()) break;
      absl::StrAppend(&buffer, input.substr(0, piece));
      input.remove_prefix(std::min(piece, input.size()));
      continue;
    }
    const bool keep_alive = parser.keep_alive();
    const HttpRequest request = parser.TakeRequest();
    CHECK(static_cast<int64_t>(request.body.size()) <= limits.body_bytes_max);
    absl::StrAppend(&outcome, request.method, " ", request.path, "?", request.query, " ",
                    request.version, " ", static_cast<int>(request.body_state), " ", keep_alive,
                    "\n", Describe(request.headers), Describe(request.trailers), request.body);
    if (!keep_alive) return outcome;
    parser = HttpRequestParser(limits);
  }
  if (parser.state() == HttpRequestParser::State::kBody) {
    parser.PutEnd();
    CHECK(parser.state() == HttpRequestParser::State::kComplete);
    CHECK(parser.TakeRequest().body_state != BodyState::kComplete);
  }
  return outcome;
}

}  // namespace
}  // namespace floe::net

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  // Larger inputs meet the limits in the middle of a piece, and how much was buffered then differs.
  const bool comparable = size <= 1'024;
  const std::string whole = floe::net::Outcome(input, std::max<size_t>(size, 1));
  const std::string cut = floe::net::Outcome(input, 7);
  CHECK(!comparable || whole == cut);
  return 0;
}
