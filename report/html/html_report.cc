#include "report/html/html_report.h"

#include <array>
#include <cstddef>
#include <utility>

#include "base/check.h"
#include "report/html/page_parts.h"

namespace floe {
namespace {

// JSON in which no character can end the script element around it. In JSON that is not broken, "<"
// stands in strings only.
std::string WithoutTags(std::string_view json) {
  std::string text;
  text.reserve(json.size());
  for (const char c : json) {
    if (c == '<') {
      text += "\\u003c";
    } else {
      text += c;
    }
  }
  return text;
}

}  // namespace

std::string HtmlReport(std::string_view result_json, std::string_view run_json) {
  const std::string result = WithoutTags(result_json);
  const std::string run = WithoutTags(run_json);
  const std::array<std::pair<std::string_view, std::string_view>, 6> parts = {{
      {"/*{{style}}*/", html::kStyle},
      {"{{chart_js_license}}", html::kChartJsLicense},
      {"{{result}}", result},
      {"{{run}}", run},
      {"{{chart_js}}", html::kChartJs},
      {"{{script}}", html::kScript},
  }};
  // The marks come in this order, so what is put in is never searched.
  std::string text;
  std::string_view rest = html::kPage;
  for (const auto& [mark, part] : parts) {
    const size_t at = rest.find(mark);
    CHECK(at != std::string_view::npos);
    text += rest.substr(0, at);
    text += part;
    rest.remove_prefix(at + mark.size());
  }
  text += rest;
  return text;
}

}  // namespace floe
