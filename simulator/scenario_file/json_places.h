// Where things stand in a JSON text; protobuf's parser does not tell.

#ifndef FLOE_SIMULATOR_SCENARIO_FILE_JSON_PLACES_H_
#define FLOE_SIMULATOR_SCENARIO_FILE_JSON_PLACES_H_

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace floe {

// One step into an object and, where `index` is given, on into the array that stands there.
struct JsonStep {
  std::string name;
  std::string other_name;  // Means the same.
  std::optional<size_t> index;
};

// The offset of the value that the steps lead to, or of the innermost one that is there. Any text
// is allowed; one that is no JSON gives an offset of no use.
size_t LocateInJson(const std::string& text, const std::vector<JsonStep>& steps);

struct JsonDuplicate {
  std::string name;
  size_t offset = 0;
};
// A member that stands in its object for the second time. REQUIRES: `text` is not nested deeper
// than a parser allows that has accepted it.
std::optional<JsonDuplicate> FindDuplicateMember(const std::string& text);

}  // namespace floe

#endif  // FLOE_SIMULATOR_SCENARIO_FILE_JSON_PLACES_H_
