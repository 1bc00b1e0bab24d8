#include "orchestrator/live/log_lines.h"

#include <algorithm>
#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace floe::live {
namespace {

// Milliseconds with two decimals, rounded to the nearest hundredth, in integer arithmetic.
void AppendMilliseconds(Duration duration, std::string& text) {
  const int64_t hundredths = (std::max<int64_t>(0, duration.nanoseconds()) + 5'000) / 10'000;
  absl::StrAppend(&text, hundredths / 100, ".", absl::Dec(hundredths % 100, absl::kZeroPad2),
                  " ms");
}

// JSON strings are UTF-8; bytes that are not form one replacement character each.
size_t Utf8Length(const std::string& text, size_t at) {
  const auto byte = [&](size_t i) { return static_cast<uint8_t>(text[i]); };
  const uint8_t first = byte(at);
  size_t length = 0;
  if (first >= 0xc2 && first <= 0xdf) length = 2;
  if (first >= 0xe0 && first <= 0xef) length = 3;
  if (first >= 0xf0 && first <= 0xf4) length = 4;
  if (length == 0 || at + length > text.size()) return 0;
  for (size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xc0) != 0x80) return 0;
  }
  const uint8_t second = byte(at + 1);
  // Overlong forms, surrogates, and what lies beyond U+10FFFF.
  if ((first == 0xe0 && second < 0xa0) || (first == 0xed && second > 0x9f) ||
      (first == 0xf0 && second < 0x90) || (first == 0xf4 && second > 0x8f)) {
    return 0;
  }
  return length;
}

void AppendJsonString(const std::string& text, std::string& json) {
  json.push_back('"');
  for (size_t i = 0; i < text.size();) {
    const auto byte = static_cast<uint8_t>(text[i]);
    if (byte >= 0x80) {
      const size_t length = Utf8Length(text, i);
      json.append(length == 0 ? "\xef\xbf\xbd" : text.substr(i, length));
      i += std::max<size_t>(length, 1);
      continue;
    }
    switch (byte) {
      case '"':
        json.append("\\\"");
        break;
      case '\\':
        json.append("\\\\");
        break;
      case '\n':
        json.append("\\n");
        break;
      case '\r':
        json.append("\\r");
        break;
      case '\t':
        json.append("\\t");
        break;
      default:
        if (byte < 0x20 || byte == 0x7f) {
          absl::StrAppend(&json, "\\u", absl::Hex(byte, absl::kZeroPad4));
        } else {
          json.push_back(static_cast<char>(byte));
        }
    }
    ++i;
  }
  json.push_back('"');
}

}  // namespace

int64_t BilledMilliseconds(Duration init_duration, Duration run_duration) {
  constexpr int64_t kMillisecond = 1'000'000;
  const int64_t nanoseconds = std::max<int64_t>(0, (init_duration + run_duration).nanoseconds());
  return std::max<int64_t>(1, (nanoseconds + kMillisecond - 1) / kMillisecond);
}

std::string LogTail(const InvocationLog& log) {
  std::string text;
  text.reserve(log.output.size() + 320);
  absl::StrAppend(&text, "START RequestId: ", log.request_id, " Version: $LATEST\n", log.output);
  if (!log.output.empty() && log.output.back() != '\n') text.push_back('\n');
  absl::StrAppend(&text, "END RequestId: ", log.request_id, "\nREPORT RequestId: ", log.request_id,
                  "\tDuration: ");
  AppendMilliseconds(log.run_duration, text);
  absl::StrAppend(&text,
                  "\tBilled Duration: ", BilledMilliseconds(log.init_duration, log.run_duration),
                  " ms\tMemory Size: ", log.memory_mib,
                  " MB\tMax Memory Used: ", log.memory_used_max_mib, " MB\t");
  if (log.init_duration > Duration()) {
    text.append("Init Duration: ");
    AppendMilliseconds(log.init_duration, text);
    text.push_back('\t');
  }
  if (!log.status.empty()) absl::StrAppend(&text, "Status: ", log.status);
  if (log.status == "error") absl::StrAppend(&text, "\tError Type: ", log.error_type);
  text.push_back('\n');
  if (text.size() > kLogTailBytesMax) text.erase(0, text.size() - kLogTailBytesMax);
  return text;
}

std::string ErrorBody(const std::string& error_type, const std::string& error_message) {
  std::string body = "{\"errorType\":";
  AppendJsonString(error_type, body);
  body.append(",\"errorMessage\":");
  AppendJsonString(error_message, body);
  body.push_back('}');
  return body;
}

std::string ErrorMessage(const std::string& request_id, const std::string& what) {
  return absl::StrCat("RequestId: ", request_id, " Error: ", what);
}

std::string TimeoutText(Duration timeout) {
  return absl::StrFormat("Task timed out after %.2f seconds", timeout.seconds());
}

}  // namespace floe::live
