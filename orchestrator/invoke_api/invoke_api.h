// The HTTP front door: Lambda's Invoke and control operations for aws, boto3 and every other SDK.
//
//   ASSIGN_OR_RETURN(auto api, InvokeApi::Create({.port = 0}, http_server, orchestrator));
//   aws lambda invoke --endpoint-url http://127.0.0.1:PORT --function-name f out.json
//
// Signatures of requests are not checked: whoever reaches the address can deploy and run functions.
// So it must be a loopback address unless the options say otherwise, and requests that a web page
// made a browser send (they carry an Origin) are refused.
//
// Routes are in invoke_api.cc; GET /_floe/health tells whether the door is open. Thread-safe.

#ifndef FLOE_ORCHESTRATOR_INVOKE_API_INVOKE_API_H_
#define FLOE_ORCHESTRATOR_INVOKE_API_INVOKE_API_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "net/http_server.h"
#include "orchestrator/invoke_api/listen_address.h"
#include "orchestrator/live/orchestrator.h"

namespace floe::invoke_api {

// Room for a zip package of 50 MiB in base64 and the JSON around it.
inline constexpr int64_t kRequestBytesMax = 70'254'592;

class InvokeApi {
 public:
  struct Options {
    std::string address = "127.0.0.1";
    int port = 9'000;  // 0: a free one.
    RemoteAccess remote_access = RemoteAccess::kRefused;
    // Where zip packages are unpacked; "": they are refused. What is unpacked there is removed when
    // the API is destroyed.
    std::string code_directory;
    // The root file system below zip packages; "": they are refused.
    std::string base_root;
    int connections_max = 4'096;
  };

  // `server` and `orchestrator` must live longer than the API, and `orchestrator` longer than the
  // invocations under way. INVALID_ARGUMENT, PERMISSION_DENIED: see CheckListenAddress.
  // UNAVAILABLE: the port is taken.
  static absl::StatusOr<std::unique_ptr<InvokeApi>> Create(const Options& options,
                                                           net::HttpServer* server,
                                                           live::Orchestrator* orchestrator);
  // Closes the listener. Callers of invocations under way get no answer.
  virtual ~InvokeApi() = default;

  virtual int port() const = 0;
};

}  // namespace floe::invoke_api

#endif  // FLOE_ORCHESTRATOR_INVOKE_API_INVOKE_API_H_
