#include "runtime_api/posted_message.h"

#include <algorithm>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "net/http_message.h"

namespace floe::runtime_api {
namespace {

bool IsErrorName(absl::string_view name) {
  return name.size() >= 2 && absl::ascii_isupper(static_cast<unsigned char>(name[0])) &&
         std::all_of(name.begin(), name.end(),
                     [](char c) { return absl::ascii_isalpha(static_cast<unsigned char>(c)); });
}

}  // namespace

std::string ClassifyErrorType(absl::string_view type) {
  absl::string_view name = type;
  const bool has_class =
      absl::ConsumePrefix(&name, "Runtime.") || absl::ConsumePrefix(&name, "Function.");
  if (has_class && IsErrorName(name)) return std::string(type);
  return absl::StartsWith(type, "Function.") ? "Function.Unknown" : "Runtime.Unknown";
}

ResponseMode ResponseModeOf(const net::HttpFields& headers) {
  const absl::string_view mode = headers.Get("Lambda-Runtime-Function-Response-Mode");
  if (mode.empty()) return ResponseMode::kBuffered;
  return mode == "streaming" ? ResponseMode::kStreaming : ResponseMode::kInvalid;
}

StreamError StreamErrorOf(const net::HttpFields& trailers) {
  const absl::string_view type = trailers.Get("Lambda-Runtime-Function-Error-Type");
  const absl::string_view body = trailers.Get("Lambda-Runtime-Function-Error-Body");
  StreamError error;
  if (type.empty() && body.empty()) return error;
  error.type = ClassifyErrorType(type);
  if (!absl::Base64Unescape(body, &error.body)) error.body = std::string(body);
  return error;
}

std::string ErrorJson(absl::string_view message, absl::string_view type) {
  return absl::StrCat("{\"errorMessage\":\"", message, "\",\"errorType\":\"", type, "\"}");
}

std::string OnOneLine(absl::string_view json) {
  std::string line(json);
  std::replace_if(
      line.begin(), line.end(), [](char c) { return c == '\r' || c == '\n'; }, ' ');
  return line;
}

}  // namespace floe::runtime_api
