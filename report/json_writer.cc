#include "report/json_writer.h"

#include <cmath>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace floe {
namespace {

void AppendNumber(std::string& text, double value) {
  if (std::isfinite(value)) {
    absl::StrAppendFormat(&text, "%.6g", value);
  } else {
    text += "null";
  }
}

}  // namespace

std::string JsonQuote(std::string_view text) {
  std::string quoted = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      quoted += '\\';
      quoted += c;
    } else if (static_cast<unsigned char>(c) < 0x20) {
      absl::StrAppendFormat(&quoted, "\\u%04x", static_cast<int>(c));
    } else {
      quoted += c;
    }
  }
  return quoted + "\"";
}

void JsonWriter::BeginValue(std::string_view name) {
  if (depth_ > 0) {
    if (!first_) text_ += ',';
    NewLine();
  }
  first_ = false;
  if (!name.empty()) text_ += JsonQuote(name) + (layout_ == JsonLayout::kIndented ? ": " : ":");
}

void JsonWriter::NewLine() {
  if (layout_ == JsonLayout::kCompact) return;
  text_ += '\n';
  text_.append(static_cast<size_t>(2 * depth_), ' ');
}

void JsonWriter::BeginObject(std::string_view name) {
  BeginValue(name);
  text_ += '{';
  ++depth_;
  first_ = true;
}

void JsonWriter::BeginArray(std::string_view name) {
  BeginValue(name);
  text_ += '[';
  ++depth_;
  first_ = true;
}

void JsonWriter::EndObject() {
  End('}');
}
void JsonWriter::EndArray() {
  End(']');
}

void JsonWriter::End(char bracket) {
  --depth_;
  if (!first_) NewLine();
  first_ = false;
  text_ += bracket;
  if (depth_ == 0) text_ += '\n';
}

void JsonWriter::Field(std::string_view name, std::string_view value) {
  BeginValue(name);
  text_ += JsonQuote(value);
}

void JsonWriter::Field(std::string_view name, uint64_t value) {
  BeginValue(name);
  absl::StrAppend(&text_, value);
}

void JsonWriter::Field(std::string_view name, int64_t value) {
  BeginValue(name);
  absl::StrAppend(&text_, value);
}

void JsonWriter::Field(std::string_view name, double value) {
  BeginValue(name);
  AppendNumber(text_, value);
}

void JsonWriter::Numbers(std::string_view name, absl::Span<const double> values) {
  BeginValue(name);
  text_ += '[';
  for (size_t i = 0; i < values.size(); ++i) {
    if (i > 0) text_ += layout_ == JsonLayout::kIndented ? ", " : ",";
    AppendNumber(text_, values[i]);
  }
  text_ += ']';
}

}  // namespace floe
