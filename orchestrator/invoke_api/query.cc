#include "orchestrator/invoke_api/query.h"

#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "net/http_message.h"

namespace floe::invoke_api {
namespace {

std::string Decode(absl::string_view text) {
  return net::PercentDecode(absl::StrReplaceAll(text, {{"+", " "}}));
}

}  // namespace

QueryParameters ParseQuery(absl::string_view query) {
  QueryParameters parameters;
  for (absl::string_view part : absl::StrSplit(query, '&', absl::SkipEmpty())) {
    const std::pair<absl::string_view, absl::string_view> split =
        absl::StrSplit(part, absl::MaxSplits('=', 1));
    parameters.emplace_back(Decode(split.first), Decode(split.second));
  }
  return parameters;
}

std::string QueryParameter(absl::string_view query, absl::string_view name) {
  if (query.empty()) return "";
  for (auto& [key, value] : ParseQuery(query)) {
    if (key == name) return std::move(value);
  }
  return "";
}

}  // namespace floe::invoke_api
