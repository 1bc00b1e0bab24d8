// Time as whole nanoseconds: Duration is a length, Instant a point on some clock.
//
// Both are 8 bytes, exact and totally ordered, so a simulation gives the same bits on every
// machine. An Instant counts from the zero of its clock: the start of a virtual run, or the steady
// clock's epoch of the running process. Instants of different clocks are never compared. Range:
// plus and minus 292 years. Arithmetic does not check for overflow, except that adding to
// Instant::InfiniteFuture() stays there.

#ifndef FLOE_BASE_TIME_H_
#define FLOE_BASE_TIME_H_

#include <compare>
#include <cstdint>
#include <limits>

namespace floe {

class Duration {
 public:
  constexpr Duration() = default;
  static constexpr Duration Nanoseconds(int64_t n) { return Duration(n); }
  static constexpr Duration Microseconds(int64_t n) { return Duration(n * 1'000); }
  static constexpr Duration Milliseconds(int64_t n) { return Duration(n * 1'000'000); }
  static constexpr Duration Seconds(int64_t n) { return Duration(n * 1'000'000'000); }
  static constexpr Duration Minutes(int64_t n) { return Seconds(n * 60); }
  static constexpr Duration Hours(int64_t n) { return Seconds(n * 3'600); }
  // Longer than every other duration: "never".
  static constexpr Duration Infinite() { return Duration(std::numeric_limits<int64_t>::max()); }
  // `seconds` rounded to the nearest nanosecond; saturates at Infinite(). REQUIRES: not NaN.
  static constexpr Duration FromSeconds(double seconds) {
    const double nanoseconds = seconds * 1e9;
    if (nanoseconds >= 9.2e18) return Infinite();
    return Duration(static_cast<int64_t>(nanoseconds + (nanoseconds < 0 ? -0.5 : 0.5)));
  }

  constexpr int64_t nanoseconds() const { return nanoseconds_; }
  constexpr double seconds() const { return static_cast<double>(nanoseconds_) * 1e-9; }
  constexpr double milliseconds() const { return static_cast<double>(nanoseconds_) * 1e-6; }
  constexpr bool is_infinite() const { return *this == Infinite(); }

  friend constexpr auto operator<=>(Duration, Duration) = default;
  friend constexpr Duration operator+(Duration a, Duration b) {
    return Duration(a.nanoseconds_ + b.nanoseconds_);
  }
  friend constexpr Duration operator-(Duration a, Duration b) {
    return Duration(a.nanoseconds_ - b.nanoseconds_);
  }
  friend constexpr Duration operator*(Duration a, int64_t factor) {
    return Duration(a.nanoseconds_ * factor);
  }
  constexpr Duration& operator+=(Duration other) { return *this = *this + other; }

 private:
  explicit constexpr Duration(int64_t nanoseconds) : nanoseconds_(nanoseconds) {}
  int64_t nanoseconds_ = 0;
};

class Instant {
 public:
  // The zero of the clock.
  constexpr Instant() = default;
  static constexpr Instant FromNanoseconds(int64_t n) { return Instant(n); }
  static constexpr Instant InfiniteFuture() { return Instant(std::numeric_limits<int64_t>::max()); }

  constexpr int64_t nanoseconds() const { return nanoseconds_; }
  constexpr double seconds() const { return static_cast<double>(nanoseconds_) * 1e-9; }

  friend constexpr auto operator<=>(Instant, Instant) = default;
  friend constexpr Instant operator+(Instant t, Duration d) {
    if (t == InfiniteFuture() || d.is_infinite()) return InfiniteFuture();
    return Instant(t.nanoseconds_ + d.nanoseconds());
  }
  friend constexpr Instant operator-(Instant t, Duration d) {
    return Instant(t.nanoseconds_ - d.nanoseconds());
  }
  friend constexpr Duration operator-(Instant a, Instant b) {
    return Duration::Nanoseconds(a.nanoseconds_ - b.nanoseconds_);
  }

 private:
  explicit constexpr Instant(int64_t nanoseconds) : nanoseconds_(nanoseconds) {}
  int64_t nanoseconds_ = 0;
};

}  // namespace floe

#endif  // FLOE_BASE_TIME_H_
