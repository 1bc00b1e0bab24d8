// Random UUIDs (version 4) for requests that no invocation names.

#ifndef FLOE_ORCHESTRATOR_INVOKE_API_UUID_H_
#define FLOE_ORCHESTRATOR_INVOKE_API_UUID_H_

#include <string>

namespace floe::invoke_api {

// "xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx" in lower case. Unique, not secret. Any thread.
std::string RandomUuid();

}  // namespace floe::invoke_api

#endif  // FLOE_ORCHESTRATOR_INVOKE_API_UUID_H_
