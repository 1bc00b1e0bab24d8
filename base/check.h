// CHECK and DCHECK: conditions that only a defect of Floe itself can break.
//
// What the outside can cause (a peer, a file, a user) is an absl::Status or an event, never a
// CHECK. Both print the condition with its place to stderr and abort. DCHECK is compiled out with
// NDEBUG.

#ifndef FLOE_BASE_CHECK_H_
#define FLOE_BASE_CHECK_H_

namespace floe {

// Prints "file:line: CHECK failed: condition" and aborts. Any thread.
[[noreturn]] void CheckFailed(const char* file, int line, const char* condition);

}  // namespace floe

#define CHECK(condition)                                   \
  do {                                                     \
    if (!(condition)) [[unlikely]] {                       \
      ::floe::CheckFailed(__FILE__, __LINE__, #condition); \
    }                                                      \
  } while (false)

#ifdef NDEBUG
#define DCHECK(condition)           \
  do {                              \
    if (false) {                    \
      static_cast<void>(condition); \
    }                               \
  } while (false)
#else
#define DCHECK(condition) CHECK(condition)
#endif

#endif  // FLOE_BASE_CHECK_H_
