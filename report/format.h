// Numbers as people read them.

#ifndef FLOE_REPORT_FORMAT_H_
#define FLOE_REPORT_FORMAT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/time.h"

namespace floe {

// "1,234,567".
std::string FormatCount(uint64_t count);
// Three significant digits, with separators from 1,000 on: "0.0123", "1.23", "12.3", "1,235". With
// an exponent where that is shorter to read: "1.2e-04", "1.00e+15".
std::string FormatNumber(double number);
// Three significant digits and a fitting unit: "87.5 ms", "1.99 s", "12.5 min", "0 s".
std::string FormatLength(Duration length);
// A length that was chosen rather than measured, exactly: "24 h", "10 min", "90 s"; with fractions
// of a second as FormatLength.
std::string FormatSpan(Duration span);
// "12.3 %" of `part` in `whole`; "-" when there is no whole.
std::string FormatShare(uint64_t part, uint64_t whole);
// How many characters the UTF-8 text shows, taking each code point for one.
size_t DisplayWidth(std::string_view text);

}  // namespace floe

#endif  // FLOE_REPORT_FORMAT_H_
