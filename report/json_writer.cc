#include "report/json_writer.h"

#include <cmath>
#include <cstddef>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace floe {

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
    text_ += first_ ? "\n" : ",\n";
    text_.append(static_cast<size_t>(2 * depth_), ' ');
  }
  first_ = false;
  if (!name.empty()) text_ += JsonQuote(name) + ": ";
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
  if (!first_) {
    text_ += '\n';
    text_.append(static_cast<size_t>(2 * depth_), ' ');
  }
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
  text_ += std::isfinite(value) ? absl::StrFormat("%.6g", value) : "null";
}

}  // namespace floe
