// The Runtime API as one environment sees it: next, response, error, init/error.
//
// An endpoint belongs to one environment and serves one listening socket, usually inside that
// environment's network namespace. It is the state machine of the protocol (version 2018-06-01) and
// tells its observer what happened; it does not know who schedules, nor that containers exist.
//
//   code in the environment            endpoint                     observer (node agent)
//   GET  .../invocation/next    -->                          -->    OnReady()
//                               <--   Offer(invocation)      <--
//   POST .../{id}/response      -->                          -->    OnResponse(id, ...)
//   GET  .../invocation/next    -->                          -->    OnFinished(id)
//
// Any bytes may come; the worst they get is a 4xx. Thread-safe.

#ifndef FLOE_RUNTIME_API_RUNTIME_API_ENDPOINT_H_
#define FLOE_RUNTIME_API_RUNTIME_API_ENDPOINT_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "net/http_server.h"

namespace floe::runtime_api {

// 6 MiB and 100 bytes, for buffered responses.
inline constexpr int64_t kResponseBytesMax = 6'291'556;
// 20 MiB, for streamed responses: the first limit Lambda had for them. They are collected in memory
// and answered in one piece, so its later 200 MiB would let one environment take the node's memory.
inline constexpr int64_t kStreamedResponseBytesMax = int64_t{20} << 20;
// Of one environment at a time. Clients use one or two; further ones are closed at once,
// so an environment cannot use up the agent's descriptors.
inline constexpr int kConnectionsMax = 32;

// One invocation on offer. Empty strings leave out their header, except where said.
struct InvocationOffer {
  std::string request_id;            // Lambda-Runtime-Aws-Request-Id.
  int64_t deadline_epoch_ms = 0;     // Lambda-Runtime-Deadline-Ms.
  std::string invoked_function_arn;  // Lambda-Runtime-Invoked-Function-Arn.
  std::string trace_id;              // Lambda-Runtime-Trace-Id.
  std::string client_context;        // JSON; Lambda-Runtime-Client-Context.
  std::string content_type;          // Empty: application/json.
  std::string payload;
};

struct PostedResponse {
  std::string payload;
  std::string content_type;
  bool streamed = false;
  std::string stream_error_type;  // From the trailers of a stream that broke off; else empty.
  std::string stream_error_body;  // Decoded.
};

struct PostedError {
  // Lambda-Runtime-Function-Error-Type, classified: valid as sent, else Function.Unknown or
  // Runtime.Unknown.
  std::string error_type;
  std::string body;  // Verbatim.
};

// Called on the HTTP server's threads, one call at a time per endpoint, never while the endpoint's
// lock is held, so calling back into the endpoint is fine, destroying it too. Must not block. Calls
// may come before Create has returned.
class RuntimeApiObserver {
 public:
  virtual ~RuntimeApiObserver() = default;
  // The first next since the start or the last Restart: initialisation is over.
  virtual void OnReady() = 0;
  virtual void OnInitError(PostedError error) = 0;
  virtual void OnResponse(const std::string& request_id, PostedResponse response) = 0;
  virtual void OnError(const std::string& request_id, PostedError error) = 0;
  // next after a response or an error: the environment is idle.
  virtual void OnFinished(const std::string& request_id) = 0;
};

class RuntimeApiEndpoint {
 public:
  // Serves `listen_fd` (ownership taken) on `server`. `observer` and `server` outlive the endpoint.
  static absl::StatusOr<std::unique_ptr<RuntimeApiEndpoint>> Create(net::HttpServer* server,
                                                                    int listen_fd,
                                                                    RuntimeApiObserver* observer);
  // Closes the listener and all connections; no observer call comes afterwards. Waits for a call
  // that runs on another thread, and so does Restart: hold no lock that the observer takes.
  virtual ~RuntimeApiEndpoint() = default;

  // Hands the invocation to the code: answers a waiting next, or the following one.
  // FAILED_PRECONDITION while another invocation is not finished, and after an init error.
  // INVALID_ARGUMENT without a request id.
  virtual absl::Status Offer(InvocationOffer offer) = 0;
  // Forgets the invocation and goes back to the state before the first next, closing connections
  // that killed processes may have left. Called between killing a runtime and starting it again; no
  // observer call about the killed one comes afterwards.
  virtual void Restart() = 0;
};

}  // namespace floe::runtime_api

#endif  // FLOE_RUNTIME_API_RUNTIME_API_ENDPOINT_H_
