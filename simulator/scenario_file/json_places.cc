#include "simulator/scenario_file/json_places.h"

#include <set>

#include "absl/strings/string_view.h"

namespace floe {
namespace {

// Moves through a text from value to value. At its end, every character is '\0'.
class JsonWalker {
 public:
  explicit JsonWalker(const std::string& text) : text_(text) {}

  size_t offset() const { return offset_; }
  void GoTo(size_t offset) { offset_ = offset; }
  bool AtEnd() const { return offset_ >= text_.size(); }

  // The next character that is no blank.
  char Peek() {
    while (!AtEnd() && absl::string_view(" \t\r\n").find(text_[offset_]) != absl::string_view::npos)
      ++offset_;
    return AtEnd() ? '\0' : text_[offset_];
  }
  bool Take(char c) {
    if (Peek() != c) return false;
    ++offset_;
    return true;
  }
  // The string that comes next, its escapes unread. Empty when there is none.
  std::string TakeString() {
    if (!Take('"')) return "";
    const size_t begin = offset_;
    while (!AtEnd() && text_[offset_] != '"') offset_ += text_[offset_] == '\\' ? 2 : 1;
    const size_t end = AtEnd() ? text_.size() : offset_;
    ++offset_;
    return text_.substr(begin, end - begin);
  }
  void SkipValue() {
    int depth = 0;
    do {
      switch (Peek()) {
        case '"':
          TakeString();
          break;
        case '{':
        case '[':
          ++depth;
          ++offset_;
          break;
        case '}':
        case ']':
          if (depth == 0) return;
          --depth;
          ++offset_;
          break;
        case ',':
          if (depth == 0) return;
          ++offset_;
          break;
        case '\0':
          if (AtEnd()) return;
          [[fallthrough]];
        default:
          ++offset_;
          while (!AtEnd() && absl::string_view(",]} \t\r\n:{[\"").find(text_[offset_]) ==
                                 absl::string_view::npos) {
            ++offset_;
          }
      }
    } while (depth > 0);
  }

  // From an object to the value of one of its members.
  bool EnterMember(const JsonStep& step) {
    if (!Take('{')) return false;
    while (Peek() == '"') {
      const std::string name = TakeString();
      if (!Take(':')) return false;
      if (name == step.name || name == step.other_name) {
        Peek();
        return true;
      }
      SkipValue();
      if (!Take(',')) return false;
    }
    return false;
  }
  // From an array to one of its elements.
  bool EnterElement(size_t index) {
    if (!Take('[')) return false;
    for (size_t i = 0; i < index; ++i) {
      SkipValue();
      if (!Take(',')) return false;
    }
    return Peek() != ']';
  }

 private:
  const std::string& text_;
  size_t offset_ = 0;
};

std::optional<JsonDuplicate> FindDuplicate(JsonWalker& walker) {
  if (walker.Take('[')) {
    while (!walker.AtEnd() && !walker.Take(']')) {
      if (auto found = FindDuplicate(walker); found.has_value()) return found;
      walker.Take(',');
    }
    return std::nullopt;
  }
  if (!walker.Take('{')) {
    const size_t begin = walker.offset();
    walker.SkipValue();
    if (walker.offset() == begin) walker.GoTo(begin + 1);  // No JSON, but an end.
    return std::nullopt;
  }
  std::set<std::string> names;
  while (walker.Peek() == '"') {
    const size_t offset = walker.offset();
    const std::string name = walker.TakeString();
    if (!names.insert(name).second) return JsonDuplicate{.name = name, .offset = offset};
    walker.Take(':');
    if (auto found = FindDuplicate(walker); found.has_value()) return found;
    walker.Take(',');
  }
  walker.Take('}');
  return std::nullopt;
}

}  // namespace

size_t LocateInJson(const std::string& text, const std::vector<JsonStep>& steps) {
  JsonWalker walker(text);
  walker.Peek();
  size_t found = walker.offset();
  for (const JsonStep& step : steps) {
    if (!walker.EnterMember(step)) break;
    found = walker.offset();
    if (!step.index.has_value()) continue;
    if (!walker.EnterElement(*step.index)) break;
    found = walker.offset();
  }
  return found;
}

std::optional<JsonDuplicate> FindDuplicateMember(const std::string& text) {
  JsonWalker walker(text);
  return FindDuplicate(walker);
}

}  // namespace floe
