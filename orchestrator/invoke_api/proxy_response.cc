#include "orchestrator/invoke_api/proxy_response.h"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/string.hpp>
#include <boost/json/value.hpp>
#include <charconv>
#include <cstdint>
#include <iterator>
#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"

namespace floe::invoke_api {
namespace {

namespace json = boost::json;

constexpr int kStatusMin = 200;  // Below are answers that another one must follow.
constexpr int kStatusMax = 599;

absl::string_view View(json::string_view text) {
  return {text.data(), text.size()};
}

absl::Status Malformed(absl::string_view why) {
  return absl::InvalidArgumentError(absl::StrCat("malformed proxy response: ", why));
}

absl::StatusOr<int> ParseStatusCode(const json::value& value) {
  int status = 0;
  if (value.is_int64() && value.get_int64() >= kStatusMin && value.get_int64() <= kStatusMax) {
    status = static_cast<int>(value.get_int64());
  } else if (!value.is_string() || !absl::SimpleAtoi(View(value.get_string()), &status)) {
    return Malformed("statusCode is not a status");
  }
  if (status < kStatusMin || status > kStatusMax) return Malformed("statusCode is out of range");
  return status;
}

bool IsTokenChar(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
         absl::StrContains("!#$%&'*+-.^_`|~", absl::string_view(&c, 1));
}

// Visible characters, blanks, tabs and bytes above ASCII: no line break can get into the head.
bool IsFieldValue(absl::string_view value) {
  return std::all_of(value.begin(), value.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return byte == '\t' || (byte >= 0x20 && byte != 0x7f);
  });
}

absl::StatusOr<std::string> HeaderValue(const json::value& value) {
  if (value.is_string()) return std::string(View(value.get_string()));
  if (value.is_bool()) return std::string(value.get_bool() ? "true" : "false");
  if (value.is_int64()) return absl::StrCat(value.get_int64());
  if (value.is_uint64()) return absl::StrCat(value.get_uint64());
  if (value.is_double()) {
    char digits[32];
    const std::to_chars_result end =
        std::to_chars(std::begin(digits), std::end(digits), value.get_double());
    return std::string(digits, end.ptr);
  }
  return Malformed("a header's value is neither text nor number nor boolean");
}

// What belongs to the connection or the server, which the gateway keeps to itself.
bool IsRemapped(absl::string_view name) {
  for (const char* const remapped : {"Connection", "Content-Length", "Date", "Server", "Upgrade",
                                     "WWW-Authenticate", "x-amzn-RequestId"}) {
    if (absl::EqualsIgnoreCase(name, remapped)) return true;
  }
  return false;
}

absl::Status AddHeader(absl::string_view name, const json::value& value, net::HttpFields& out) {
  if (value.is_null()) return absl::OkStatus();
  if (name.empty() || !std::all_of(name.begin(), name.end(), IsTokenChar)) {
    return Malformed("a header's name is not one");
  }
  ASSIGN_OR_RETURN(const std::string text, HeaderValue(value));
  if (!IsFieldValue(text)) return Malformed("a header's value holds a control character");
  if (absl::EqualsIgnoreCase(name, "Transfer-Encoding")) return absl::OkStatus();
  out.Add(IsRemapped(name) ? absl::StrCat("x-amzn-Remapped-", name) : std::string(name), text);
  return absl::OkStatus();
}

absl::Status AddMultiValueHeaders(const json::value& value, net::HttpFields& out) {
  if (value.is_null()) return absl::OkStatus();
  if (!value.is_object()) return Malformed("multiValueHeaders is not an object");
  for (const auto& [name, list] : value.get_object()) {
    if (!list.is_array()) return Malformed("a value of multiValueHeaders is not a list");
    for (const json::value& element : list.get_array()) {
      RETURN_IF_ERROR(AddHeader(View(name), element, out));
    }
  }
  return absl::OkStatus();
}

absl::Status AddHeaders(const json::value& value, net::HttpFields& out) {
  if (value.is_null()) return absl::OkStatus();
  if (!value.is_object()) return Malformed("headers is not an object");
  for (const auto& [name, element] : value.get_object()) {
    RETURN_IF_ERROR(AddHeader(View(name), element, out));
  }
  return absl::OkStatus();
}

absl::Status CheckMembers(const json::object& object) {
  for (const auto& member : object) {
    const absl::string_view name = View(member.key());
    if (name != "statusCode" && name != "headers" && name != "multiValueHeaders" &&
        name != "body" && name != "isBase64Encoded") {
      return Malformed(absl::StrCat("unknown member ", name));
    }
  }
  return absl::OkStatus();
}

// The member, or null when it is absent.
const json::value& Member(const json::object& object, const char* name) {
  static const json::value null;
  const json::value* const value = object.if_contains(name);
  return value == nullptr ? null : *value;
}

}  // namespace

absl::StatusOr<net::HttpResponse> ParseProxyResponse(absl::string_view result) {
  json::error_code error;
  json::value document = json::parse(json::string_view(result.data(), result.size()), error);
  if (error) return Malformed(error.message());
  if (!document.is_object()) return Malformed("it is not an object");
  const json::object& object = document.get_object();
  RETURN_IF_ERROR(CheckMembers(object));

  net::HttpResponse response;
  if (const json::value& status = Member(object, "statusCode"); !status.is_null()) {
    ASSIGN_OR_RETURN(response.status, ParseStatusCode(status));
  }
  // With a name in both maps, both values go out, those of the lists first.
  RETURN_IF_ERROR(AddMultiValueHeaders(Member(object, "multiValueHeaders"), response.headers));
  RETURN_IF_ERROR(AddHeaders(Member(object, "headers"), response.headers));
  if (!response.headers.Has("Content-Type")) {
    response.headers.Add("Content-Type", "application/json");
  }
  const json::value& base64 = Member(object, "isBase64Encoded");
  if (!base64.is_null() && !base64.is_bool()) return Malformed("isBase64Encoded is not a boolean");
  const json::value& body = Member(object, "body");
  if (!body.is_null() && !body.is_string()) return Malformed("body is not a string");
  if (body.is_string() && response.status != 204 && response.status != 304) {
    response.body = std::string(View(body.get_string()));
  }
  return response;
}

}  // namespace floe::invoke_api
