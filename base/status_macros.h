// RETURN_IF_ERROR(expression) and ASSIGN_OR_RETURN(declaration, expression) for absl::Status.

#ifndef FLOE_BASE_STATUS_MACROS_H_
#define FLOE_BASE_STATUS_MACROS_H_

#include <utility>

#include "absl/status/status.h"

#define FLOE_MACRO_CONCAT_INNER(a, b) a##b
#define FLOE_MACRO_CONCAT(a, b) FLOE_MACRO_CONCAT_INNER(a, b)

// Returns from the enclosing function when `expression`, an absl::Status, is not OK.
#define RETURN_IF_ERROR(expression)                                   \
  do {                                                                \
    if (absl::Status floe_status = (expression); !floe_status.ok()) { \
      return floe_status;                                             \
    }                                                                 \
  } while (false)

// Declares or assigns the value of an absl::StatusOr, or returns its status.
#define ASSIGN_OR_RETURN(declaration, expression) \
  FLOE_ASSIGN_OR_RETURN(FLOE_MACRO_CONCAT(floe_status_or_, __LINE__), declaration, expression)

#define FLOE_ASSIGN_OR_RETURN(temporary, declaration, expression) \
  auto temporary = (expression);                                  \
  if (!temporary.ok()) return temporary.status();                 \
  declaration = *std::move(temporary)

#endif  // FLOE_BASE_STATUS_MACROS_H_
