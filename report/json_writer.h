// Writes JSON in the order in which it is told. Thread-compatible.

#ifndef FLOE_REPORT_JSON_WRITER_H_
#define FLOE_REPORT_JSON_WRITER_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "absl/types/span.h"

namespace floe {

enum class JsonLayout { kIndented, kCompact };

//   JsonWriter json;
//   json.BeginObject();
//   json.Field("invocations", uint64_t{12});
//   json.BeginArray("functions"); ... json.EndArray();
//   json.EndObject();
//   out << json.text();
class JsonWriter {
 public:
  explicit JsonWriter(JsonLayout layout = JsonLayout::kIndented) : layout_(layout) {}

  // Without a name for the outermost value and for the elements of an array.
  void BeginObject(std::string_view name = {});
  void EndObject();
  void BeginArray(std::string_view name = {});
  void EndArray();
  void Field(std::string_view name, std::string_view value);
  void Field(std::string_view name, uint64_t value);
  void Field(std::string_view name, int64_t value);
  // Six significant digits; null where there is no number.
  void Field(std::string_view name, double value);
  // An array on one line.
  void Numbers(std::string_view name, absl::Span<const double> values);

  const std::string& text() const { return text_; }

 private:
  void BeginValue(std::string_view name);
  void End(char bracket);
  void NewLine();

  JsonLayout layout_;
  std::string text_;
  int depth_ = 0;
  bool first_ = true;
};

// The text between quotation marks, as JSON wants it. Bytes above 127 are taken for UTF-8.
std::string JsonQuote(std::string_view text);

}  // namespace floe

#endif  // FLOE_REPORT_JSON_WRITER_H_
