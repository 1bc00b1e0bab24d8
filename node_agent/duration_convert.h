// Durations on the wire and inside.

#ifndef FLOE_NODE_AGENT_DURATION_CONVERT_H_
#define FLOE_NODE_AGENT_DURATION_CONVERT_H_

#include "base/time.h"
#include "google/protobuf/duration.pb.h"

namespace floe::node_agent {

inline void ToProto(Duration duration, google::protobuf::Duration* proto) {
  proto->set_seconds(duration.nanoseconds() / 1'000'000'000);
  proto->set_nanos(static_cast<int32_t>(duration.nanoseconds() % 1'000'000'000));
}

// Saturates at plus and minus 100 years, so that sums with the present cannot overflow.
inline Duration FromProto(const google::protobuf::Duration& proto) {
  constexpr int64_t kSecondsMax = int64_t{100} * 365 * 24 * 3'600;
  if (proto.seconds() >= kSecondsMax) return Duration::Seconds(kSecondsMax);
  if (proto.seconds() <= -kSecondsMax) return Duration::Seconds(-kSecondsMax);
  return Duration::Seconds(proto.seconds()) + Duration::Nanoseconds(proto.nanos());
}

}  // namespace floe::node_agent

#endif  // FLOE_NODE_AGENT_DURATION_CONVERT_H_
