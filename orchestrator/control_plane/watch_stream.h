// ControlService.WatchEvents: what happens, streamed to programs as fast as each one reads.
//
// The engine never waits for a reader: events wait in a buffer per stream, and a reader that lets
// it fill up is told RESOURCE_EXHAUSTED. Thread-safe.

#ifndef FLOE_ORCHESTRATOR_CONTROL_PLANE_WATCH_STREAM_H_
#define FLOE_ORCHESTRATOR_CONTROL_PLANE_WATCH_STREAM_H_

#include <cstddef>
#include <memory>
#include <mutex>
#include <set>

#include "grpcpp/support/server_callback.h"
#include "orchestrator/live/orchestrator.h"
#include "proto/floe/v1/control.pb.h"

namespace floe::control_plane {

class WatchStreams {
 public:
  // `orchestrator` outlives the streams.
  WatchStreams(live::Orchestrator* orchestrator, size_t events_max)
      : orchestrator_(orchestrator), events_max_(events_max) {}

  // The reactor of a new stream. It owns itself.
  grpc::ServerWriteReactor<v1::WatchEventsResponse>* Start();
  // Ends all streams with UNAVAILABLE, and later ones at once.
  void Close();

 private:
  class Stream;

  live::Orchestrator* const orchestrator_;
  const size_t events_max_;
  std::mutex mutex_;
  // Guarded by mutex_.
  std::set<std::shared_ptr<Stream>> streams_;
  bool closed_ = false;
};

}  // namespace floe::control_plane

#endif  // FLOE_ORCHESTRATOR_CONTROL_PLANE_WATCH_STREAM_H_
