// Readable actions and events in the messages of failing tests.

#ifndef FLOE_TESTS_ORCHESTRATOR_CORE_PRINT_H_
#define FLOE_TESTS_ORCHESTRATOR_CORE_PRINT_H_

#include <ostream>

#include "orchestrator/core/action.h"
#include "orchestrator/core/event.h"

namespace floe {

std::ostream& operator<<(std::ostream& out, const EnvironmentId& id);
std::ostream& operator<<(std::ostream& out, const Action& action);
std::ostream& operator<<(std::ostream& out, const Event& event);

}  // namespace floe

#endif  // FLOE_TESTS_ORCHESTRATOR_CORE_PRINT_H_
