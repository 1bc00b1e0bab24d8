// Numbers and times as the cells of traces write them. Exact where the text is: no detour through
// floating-point numbers unless there is an exponent.

#ifndef FLOE_SIMULATOR_TRACE_FILE_CELL_NUMBERS_H_
#define FLOE_SIMULATOR_TRACE_FILE_CELL_NUMBERS_H_

#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"

namespace floe {

// "12", "0.0795", "1.5e3" as whole billionths, rounded to the nearest. None unless the whole cell
// is such a number, from 0 to 9e9.
std::optional<int64_t> ParseBillionths(absl::string_view cell);

// A whole number, which may be written with zeros behind a point: "12", "12.0". None unless the
// whole cell is one, from 0 to 1e18.
std::optional<int64_t> ParseCount(absl::string_view cell);

// A date and time as in RFC 3339, in nanoseconds since 1970; a blank may stand for the T, and the
// zone may be left out, which is UTC. Years from 1970 to 2200. Nanoseconds are cut off.
std::optional<int64_t> ParseDateTime(absl::string_view cell);

}  // namespace floe

#endif  // FLOE_SIMULATOR_TRACE_FILE_CELL_NUMBERS_H_
