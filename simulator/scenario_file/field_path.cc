#include "simulator/scenario_file/field_path.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/status_macros.h"
#include "simulator/scenario_file/field_names.h"

namespace floe {
namespace {

using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::Message;
using ::google::protobuf::Reflection;

// "name" or "name[selector]".
struct PathPart {
  std::string name;
  bool selects = false;
  std::string selector;
};

absl::Status Refuse(absl::string_view path, const std::string& reason) {
  return absl::InvalidArgumentError(absl::StrCat(path, ": ", reason));
}

absl::StatusOr<std::vector<PathPart>> SplitPath(absl::string_view path) {
  if (path.empty() || path.size() > kFieldPathBytesMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("a field's path must have 1 to ", kFieldPathBytesMax,
                     " characters, for example functions[0].memory_mib"));
  }
  std::vector<PathPart> parts;
  absl::string_view rest = path;
  while (true) {
    PathPart part;
    const size_t name_end = std::min(rest.find_first_of(".["), rest.size());
    part.name = std::string(rest.substr(0, name_end));
    rest.remove_prefix(name_end);
    if (!rest.empty() && rest.front() == '[') {
      const size_t end = rest.find(']');
      if (end == absl::string_view::npos) return Refuse(path, "a [ has no ]");
      part.selects = true;
      part.selector = std::string(rest.substr(1, end - 1));
      rest.remove_prefix(end + 1);
    }
    parts.push_back(std::move(part));
    if (rest.empty()) return parts;
    if (rest.front() != '.') return Refuse(path, "a ] is followed by . or nothing");
    rest.remove_prefix(1);
  }
}

// Whether the text field `key` of `message` is `value`.
bool HasText(const Message& message, const FieldDescriptor& key, absl::string_view value) {
  return message.GetReflection()->GetString(message, &key) == value;
}

// The elements of the repeated field of `place` that the selector names.
absl::StatusOr<std::vector<int>> SelectElements(const FieldPlace& place, const PathPart& part) {
  const int size = place.message->GetReflection()->FieldSize(*place.message, place.field);
  const std::string there_are =
      absl::StrCat(part.name, " has ", size, size == 1 ? " element" : " elements");
  if (!part.selects) {
    return Refuse(place.path,
                  absl::StrCat("needs an index such as ", part.name, "[0]; ", there_are));
  }
  std::vector<int> selected;
  int index = 0;
  const size_t equals = part.selector.find('=');
  if (part.selector == "*") {
    for (int i = 0; i < size; ++i) selected.push_back(i);
  } else if (absl::SimpleAtoi(part.selector, &index)) {
    if (index >= 0 && index < size) selected.push_back(index);
  } else if (equals != std::string::npos && place.field->message_type() != nullptr) {
    const FieldDescriptor* key =
        place.field->message_type()->FindFieldByName(part.selector.substr(0, equals));
    if (key == nullptr || key->is_repeated() || key->type() != FieldDescriptor::TYPE_STRING) {
      return Refuse(place.path, absl::StrCat("\"", part.selector.substr(0, equals),
                                             "\" is no text field to choose by"));
    }
    for (int i = 0; i < size; ++i) {
      const Message& element =
          place.message->GetReflection()->GetRepeatedMessage(*place.message, place.field, i);
      if (HasText(element, *key, part.selector.substr(equals + 1))) selected.push_back(i);
    }
  } else {
    return Refuse(place.path, absl::StrCat("[", part.selector,
                                           "] is neither a number, nor *, nor "
                                           "such as name=api"));
  }
  if (selected.empty()) {
    return Refuse(place.path, absl::StrCat("no element is [", part.selector, "]; ", there_are));
  }
  return selected;
}

// The places that one part of the path names in `message`, whose own path is `prefix`.
absl::StatusOr<std::vector<FieldPlace>> ResolvePart(Message& message, const std::string& prefix,
                                                    const PathPart& part) {
  FieldPlace place{.message = &message,
                   .field = message.GetDescriptor()->FindFieldByName(part.name),
                   .path = absl::StrCat(prefix, prefix.empty() ? "" : ".", part.name)};
  if (place.field == nullptr) {
    return Refuse(place.path, absl::StrCat("there is no such field",
                                           FieldsHint(*message.GetDescriptor(), part.name)));
  }
  if (!place.field->is_repeated()) {
    if (part.selects) return Refuse(place.path, "there is only one, it takes no index");
    return std::vector<FieldPlace>{place};
  }
  ASSIGN_OR_RETURN(const std::vector<int> elements, SelectElements(place, part));
  std::vector<FieldPlace> places;
  for (const int index : elements) {
    places.push_back({.message = &message,
                      .field = place.field,
                      .index = index,
                      .path = absl::StrCat(place.path, "[", index, "]")});
  }
  return places;
}

Message* MutableMessageAt(const FieldPlace& place) {
  const Reflection* reflection = place.message->GetReflection();
  return place.index < 0
             ? reflection->MutableMessage(place.message, place.field)
             : reflection->MutableRepeatedMessage(place.message, place.field, place.index);
}

bool IsThere(const FieldPlace& place) {
  return place.index >= 0 || place.message->GetReflection()->HasField(*place.message, place.field);
}

void CollectSetPlaces(Message& message, const std::string& prefix,
                      std::vector<FieldPlace>& places) {
  std::vector<const FieldDescriptor*> fields;
  message.GetReflection()->ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    const int size = field->is_repeated() ? message.GetReflection()->FieldSize(message, field) : 1;
    for (int i = 0; i < size; ++i) {
      FieldPlace place{.message = &message,
                       .field = field,
                       .index = field->is_repeated() ? i : -1,
                       .path = absl::StrCat(prefix, prefix.empty() ? "" : ".", field->name())};
      if (field->is_repeated()) absl::StrAppend(&place.path, "[", i, "]");
      if (field->message_type() == nullptr) {
        places.push_back(std::move(place));
      } else {
        CollectSetPlaces(*MutableMessageAt(place), place.path, places);
      }
    }
  }
}

}  // namespace

absl::StatusOr<std::vector<FieldPlace>> ResolveFieldPath(Message& root, absl::string_view path,
                                                         MissingMessages missing) {
  ASSIGN_OR_RETURN(const std::vector<PathPart> parts, SplitPath(path));
  std::vector<FieldPlace> places;
  for (size_t i = 0; i < parts.size(); ++i) {
    if (i == 0) {
      ASSIGN_OR_RETURN(places, ResolvePart(root, "", parts[0]));
      continue;
    }
    std::vector<FieldPlace> deeper;
    for (const FieldPlace& place : places) {
      if (place.field->message_type() == nullptr) {
        return Refuse(place.path,
                      absl::StrCat("is a value and has no field \"", parts[i].name, "\""));
      }
      if (missing == MissingMessages::kSkip && !IsThere(place)) continue;
      ASSIGN_OR_RETURN(std::vector<FieldPlace> found,
                       ResolvePart(*MutableMessageAt(place), place.path, parts[i]));
      std::move(found.begin(), found.end(), std::back_inserter(deeper));
    }
    places = std::move(deeper);
  }
  return places;
}

std::vector<FieldPlace> SetFieldPlaces(Message& root) {
  std::vector<FieldPlace> places;
  CollectSetPlaces(root, "", places);
  return places;
}

}  // namespace floe
