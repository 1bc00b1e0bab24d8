#include "orchestrator/invoke_api/proxy_event.h"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>
#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "orchestrator/invoke_api/query.h"

namespace floe::invoke_api {
namespace {

namespace json = boost::json;

constexpr char kApiId[] = "floe";

enum class NameCase { kExact, kIgnored };

// Names with all their values, in the order of each name's first appearance.
class ValueLists {
 public:
  struct Entry {
    std::string name;
    std::vector<std::string> values;
  };

  explicit ValueLists(NameCase name_case) : name_case_(name_case) {}

  void Add(std::string name, std::string value) {
    EntryOf(std::move(name)).values.push_back(std::move(value));
  }
  // Replaces all values of `name`.
  void Set(std::string name, std::string value) {
    EntryOf(std::move(name)).values = {std::move(value)};
  }
  const std::vector<Entry>& entries() const { return entries_; }

 private:
  Entry& EntryOf(std::string name) {
    const auto [place, is_new] = index_.try_emplace(
        name_case_ == NameCase::kIgnored ? absl::AsciiStrToLower(name) : name, entries_.size());
    if (is_new) entries_.push_back({.name = std::move(name), .values = {}});
    return entries_[place->second];
  }

  const NameCase name_case_;
  std::vector<Entry> entries_;
  absl::flat_hash_map<std::string, size_t> index_;
};

// `text` if it is UTF-8, else the UTF-8 for its bytes as Latin-1.
std::string ToUtf8(absl::string_view text) {
  if (IsUtf8(text)) return std::string(text);
  std::string utf8;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) {
      utf8.push_back(c);
    } else {
      utf8.push_back(static_cast<char>(0xc0 | (byte >> 6)));
      utf8.push_back(static_cast<char>(0x80 | (byte & 0x3f)));
    }
  }
  return utf8;
}

// As the gateway hands requests on: with who it came from, over which protocol and port.
ValueLists HeaderLists(const net::HttpRequest& request, const ProxyContext& context) {
  ValueLists lists(NameCase::kIgnored);
  for (const auto& [name, value] : request.headers.all()) lists.Add(ToUtf8(name), ToUtf8(value));
  std::string forwarded_for = ToUtf8(request.headers.Get("X-Forwarded-For"));
  if (!forwarded_for.empty()) forwarded_for += ", ";
  lists.Set("X-Forwarded-For", forwarded_for + request.peer_address);
  lists.Set("X-Forwarded-Port", absl::StrCat(context.port));
  lists.Set("X-Forwarded-Proto", "http");
  return lists;
}

// The map of last values and the map of all values. Null when there is nothing.
json::value LastValues(const ValueLists& lists) {
  if (lists.entries().empty()) return nullptr;
  json::object out;
  for (const ValueLists::Entry& entry : lists.entries()) out[entry.name] = entry.values.back();
  return out;
}

json::value AllValues(const ValueLists& lists) {
  if (lists.entries().empty()) return nullptr;
  json::object out;
  for (const ValueLists::Entry& entry : lists.entries()) {
    out[entry.name] = json::array(entry.values.begin(), entry.values.end());
  }
  return out;
}

json::object Identity(const net::HttpRequest& request) {
  json::object identity;
  for (const char* const member :
       {"accessKey", "accountId", "caller", "cognitoAuthenticationProvider",
        "cognitoAuthenticationType", "cognitoIdentityId", "cognitoIdentityPoolId",
        "principalOrgId"}) {
    identity[member] = nullptr;
  }
  identity["sourceIp"] = request.peer_address;
  identity["user"] = nullptr;
  identity["userAgent"] = nullptr;
  if (request.headers.Has("User-Agent")) {
    identity["userAgent"] = ToUtf8(request.headers.Get("User-Agent"));
  }
  identity["userArn"] = nullptr;
  return identity;
}

// The Host header without its port.
std::string DomainName(const net::HttpRequest& request) {
  const std::string host = ToUtf8(request.headers.Get("Host"));
  const size_t colon = host.rfind(':');
  const size_t bracket = host.rfind(']');  // Of an IPv6 address.
  if (colon == std::string::npos || (bracket != std::string::npos && colon < bracket)) return host;
  return host.substr(0, colon);
}

json::object RequestContext(const net::HttpRequest& request, const ProxyContext& context,
                            const std::string& resource) {
  const std::string domain = DomainName(request);
  json::object out;
  out["accountId"] = context.account_id;
  out["apiId"] = kApiId;
  out["domainName"] = domain;
  out["domainPrefix"] = domain.substr(0, domain.find('.'));
  out["extendedRequestId"] = context.extended_request_id;
  out["httpMethod"] = request.method;
  out["identity"] = Identity(request);
  out["path"] = ToUtf8(request.path);
  out["protocol"] = request.version == 10 ? "HTTP/1.0" : "HTTP/1.1";
  out["requestId"] = context.request_id;
  out["requestTime"] =
      absl::FormatTime("%d/%b/%Y:%H:%M:%S +0000", context.received_at, absl::UTCTimeZone());
  out["requestTimeEpoch"] = absl::ToUnixMillis(context.received_at);
  out["resourceId"] = resource == "/" ? "root" : "proxy";
  out["resourcePath"] = resource;
  out["stage"] = context.stage;
  return out;
}

}  // namespace

std::string ProxyEvent(const net::HttpRequest& request, const ProxyContext& context) {
  ValueLists query(NameCase::kExact);
  for (const auto& [name, value] : ParseQuery(request.query)) {
    query.Add(ToUtf8(name), ToUtf8(value));
  }
  const ValueLists headers = HeaderLists(request, context);
  const std::string path = ToUtf8(net::PercentDecode(context.path));
  const std::string resource = context.path == "/" ? "/" : "/{proxy+}";

  json::object event;
  event["resource"] = resource;
  event["path"] = path;
  event["httpMethod"] = request.method;
  event["headers"] = LastValues(headers);
  event["multiValueHeaders"] = AllValues(headers);
  event["queryStringParameters"] = LastValues(query);
  event["multiValueQueryStringParameters"] = AllValues(query);
  event["pathParameters"] = nullptr;
  if (resource != "/") event["pathParameters"] = {{"proxy", path.substr(1)}};
  event["stageVariables"] = nullptr;
  event["requestContext"] = RequestContext(request, context, resource);
  const bool is_text = IsUtf8(request.body);
  event["body"] = nullptr;
  if (!request.body.empty()) {
    event["body"] = is_text ? request.body : absl::Base64Escape(request.body);
  }
  event["isBase64Encoded"] = !is_text;
  return json::serialize(event);
}

bool IsUtf8(absl::string_view text) {
  size_t at = 0;
  while (at < text.size()) {
    const auto lead = static_cast<unsigned char>(text[at]);
    size_t more = 0;
    uint32_t code = 0;
    uint32_t least = 0;
    if (lead < 0x80) {
      ++at;
      continue;
    }
    if ((lead & 0xe0) == 0xc0) {
      more = 1, code = lead & 0x1f, least = 0x80;
    } else if ((lead & 0xf0) == 0xe0) {
      more = 2, code = lead & 0x0f, least = 0x800;
    } else if ((lead & 0xf8) == 0xf0) {
      more = 3, code = lead & 0x07, least = 0x10000;
    } else {
      return false;
    }
    if (text.size() - at <= more) return false;
    for (size_t i = 1; i <= more; ++i) {
      const auto next = static_cast<unsigned char>(text[at + i]);
      if ((next & 0xc0) != 0x80) return false;
      code = (code << 6) | (next & 0x3f);
    }
    if (code < least || code > 0x10ffff || (code >= 0xd800 && code <= 0xdfff)) return false;
    at += more + 1;
  }
  return true;
}

}  // namespace floe::invoke_api
