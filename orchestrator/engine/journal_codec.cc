#include "orchestrator/engine/journal_codec.h"

#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <type_traits>
#include <utility>
#include <variant>

#include "orchestrator/core/event.h"
#include "orchestrator/core/ids.h"

namespace floe {
namespace {

// ---- Numbers

void PutUnsigned(uint64_t value, std::string& out) {
  while (value >= 0x80) {
    out.push_back(static_cast<char>(value | 0x80));
    value >>= 7;
  }
  out.push_back(static_cast<char>(value));
}

void PutSigned(int64_t value, std::string& out) {
  PutUnsigned((static_cast<uint64_t>(value) << 1) ^ static_cast<uint64_t>(value >> 63), out);
}

// Reads from the front of some bytes. After a failed read every value is 0 and ok() is false.
class Cursor {
 public:
  explicit Cursor(std::string_view bytes) : rest_(bytes) {}

  bool ok() const { return ok_; }
  bool AtEnd() const { return ok_ && rest_.empty(); }
  size_t rest() const { return rest_.size(); }
  void Fail() {
    ok_ = false;
    rest_ = {};
  }

  uint64_t Unsigned() {
    uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      if (rest_.empty()) break;
      const auto byte = static_cast<uint8_t>(rest_.front());
      rest_.remove_prefix(1);
      if (shift == 63 && byte > 1) break;
      value |= uint64_t{byte & 0x7Fu} << shift;
      if (byte < 0x80) return value;
    }
    Fail();
    return 0;
  }

  int64_t Signed() {
    const uint64_t value = Unsigned();
    return static_cast<int64_t>(value >> 1) ^ -static_cast<int64_t>(value & 1);
  }

  uint32_t Unsigned32() {
    const uint64_t value = Unsigned();
    if (value > std::numeric_limits<uint32_t>::max()) Fail();
    return ok_ ? static_cast<uint32_t>(value) : 0;
  }

  int32_t Signed32() {
    const int64_t value = Signed();
    if (value != static_cast<int32_t>(value)) Fail();
    return ok_ ? static_cast<int32_t>(value) : 0;
  }

  // An enumerator not above `last`.
  template <typename Enum>
  Enum Enumerator(Enum last) {
    const uint64_t value = Unsigned();
    if (value > static_cast<uint64_t>(last)) Fail();
    return ok_ ? static_cast<Enum>(value) : Enum{};
  }

 private:
  std::string_view rest_;
  bool ok_ = true;
};

// ---- Fields. Put and Get of one type stand together.

void Put(Duration value, std::string& out) {
  PutSigned(value.nanoseconds(), out);
}
void Get(Cursor& in, Duration& value) {
  value = Duration::Nanoseconds(in.Signed());
}

void Put(Instant value, std::string& out) {
  PutSigned(value.nanoseconds(), out);
}
void Get(Cursor& in, Instant& value) {
  value = Instant::FromNanoseconds(in.Signed());
}

void Put(EnvironmentId value, std::string& out) {
  PutUnsigned(value.row, out);
  PutUnsigned(value.generation, out);
}
void Get(Cursor& in, EnvironmentId& value) {
  value.row = in.Unsigned32();
  value.generation = in.Unsigned32();
}

template <typename Tag, typename Value>
void Put(StrongId<Tag, Value> value, std::string& out) {
  PutUnsigned(value.value, out);
}
template <typename Tag, typename Value>
void Get(Cursor& in, StrongId<Tag, Value>& value) {
  if constexpr (sizeof(Value) == 4) {
    value.value = in.Unsigned32();
  } else {
    value.value = in.Unsigned();
  }
}

template <typename Enum, typename = std::enable_if_t<std::is_enum_v<Enum>>>
void Put(Enum value, std::string& out) {
  PutUnsigned(static_cast<uint64_t>(value), out);
}
void Get(Cursor& in, FailureCause& value) {
  value = in.Enumerator(FailureCause::kNodeLost);
}
void Get(Cursor& in, StopReason& value) {
  value = in.Enumerator(StopReason::kInitFailed);
}
void Get(Cursor& in, ThrottleReason& value) {
  value = in.Enumerator(ThrottleReason::kTenantEnvironments);
}
void Get(Cursor& in, ReuseOrder& value) {
  value = in.Enumerator(ReuseOrder::kRandom);
}
void Get(Cursor& in, ScalingRule& value) {
  value = in.Enumerator(ScalingRule::kLegacy500);
}
void Get(Cursor& in, StartPurpose& value) {
  value = in.Enumerator(StartPurpose::kPrewarm);
}
void Get(Cursor& in, KeepAliveRule& value) {
  value = in.Enumerator(KeepAliveRule::kUntilEvicted);
}
void Get(Cursor& in, EvictionRule& value) {
  value = in.Enumerator(EvictionRule::kSize);
}
void Get(Cursor& in, BindingRule& value) {
  value = in.Enumerator(BindingRule::kLate);
}
void Get(Cursor& in, PlacementRule& value) {
  value = in.Enumerator(PlacementRule::kBestFit);
}

void Put(int32_t value, std::string& out) {
  PutSigned(value, out);
}
void Get(Cursor& in, int32_t& value) {
  value = in.Signed32();
}
void Put(int64_t value, std::string& out) {
  PutSigned(value, out);
}
void Get(Cursor& in, int64_t& value) {
  value = in.Signed();
}
void Put(uint32_t value, std::string& out) {
  PutUnsigned(value, out);
}
void Get(Cursor& in, uint32_t& value) {
  value = in.Unsigned32();
}
void Put(uint64_t value, std::string& out) {
  PutUnsigned(value, out);
}
void Get(Cursor& in, uint64_t& value) {
  value = in.Unsigned();
}

// The bits of an IEEE 754 number.
void Put(double value, std::string& out) {
  PutUnsigned(std::bit_cast<uint64_t>(value), out);
}
void Get(Cursor& in, double& value) {
  value = std::bit_cast<double>(in.Unsigned());
}

void Put(const std::optional<int32_t>& value, std::string& out) {
  PutUnsigned(value.has_value() ? 1 : 0, out);
  if (value.has_value()) PutSigned(*value, out);
}
void Get(Cursor& in, std::optional<int32_t>& value) {
  const uint64_t present = in.Unsigned();
  if (present > 1) in.Fail();
  if (present == 1) value = in.Signed32();
}

// ---- Structs. `Fields` hands every field to `visit`, in the order of the format.

// The first version that has tenants, purposes and rules beyond a fixed keep-alive.
constexpr uint32_t kVersionWithRules = 2;

template <typename Struct, typename Visit>
void Fields(Struct& s, uint32_t version, Visit visit) {
  using Plain = std::remove_const_t<Struct>;
  static_cast<void>(version);
  if constexpr (std::is_same_v<Plain, DeadlineReached>) {
    static_cast<void>(visit);
    static_cast<void>(s);
  } else if constexpr (std::is_same_v<Plain, InvocationArrived>) {
    visit(s.invocation), visit(s.function);
    if (version >= kVersionWithRules) visit(s.tenant);
  } else if constexpr (std::is_same_v<Plain, InvocationFinished>) {
    visit(s.environment), visit(s.invocation);
  } else if constexpr (std::is_same_v<Plain, EnvironmentStarted> ||
                       std::is_same_v<Plain, EnvironmentStartFailed> ||
                       std::is_same_v<Plain, EnvironmentStopped> ||
                       std::is_same_v<Plain, FreezeEnvironment>) {
    visit(s.environment);
  } else if constexpr (std::is_same_v<Plain, EnvironmentReady> ||
                       std::is_same_v<Plain, ResetEnvironment>) {
    visit(s.environment), visit(s.incarnation);
  } else if constexpr (std::is_same_v<Plain, EnvironmentFailed>) {
    visit(s.environment), visit(s.incarnation), visit(s.cause);
  } else if constexpr (std::is_same_v<Plain, FunctionDeployed>) {
    visit(s.function), visit(s.config.memory_mib), visit(s.config.timeout);
    visit(s.config.concurrency_reserved), visit(s.config.concurrency_provisioned);
  } else if constexpr (std::is_same_v<Plain, ReservedConcurrencySet>) {
    visit(s.function), visit(s.concurrency_reserved);
  } else if constexpr (std::is_same_v<Plain, ProvisionedConcurrencySet>) {
    visit(s.function), visit(s.concurrency_provisioned);
  } else if constexpr (std::is_same_v<Plain, FunctionRemoved>) {
    visit(s.function);
  } else if constexpr (std::is_same_v<Plain, NodeJoined>) {
    visit(s.node), visit(s.memory_mib);
  } else if constexpr (std::is_same_v<Plain, NodeLost>) {
    visit(s.node);
  } else if constexpr (std::is_same_v<Plain, AssignInvocation>) {
    visit(s.environment), visit(s.invocation), visit(s.deadline), visit(s.incarnation);
  } else if constexpr (std::is_same_v<Plain, StartEnvironment>) {
    visit(s.environment), visit(s.function), visit(s.node);
    if (version >= kVersionWithRules) visit(s.purpose);
  } else if constexpr (std::is_same_v<Plain, StopEnvironment>) {
    visit(s.environment), visit(s.reason);
  } else if constexpr (std::is_same_v<Plain, ThrottleInvocation>) {
    visit(s.invocation), visit(s.reason);
  } else if constexpr (std::is_same_v<Plain, FailInvocation>) {
    visit(s.invocation), visit(s.cause);
  } else {
    static_assert(std::is_same_v<Plain, SchedulerOptions>,
                  "a struct without a place in the format");
    visit(s.account_concurrency), visit(s.unreserved_concurrency_min);
    visit(s.requests_per_concurrency), visit(s.scaling_rule), visit(s.reuse_order), visit(s.seed);
    visit(s.keep_alive), visit(s.lifetime_max), visit(s.init_limit), visit(s.start_limit);
    if (version < kVersionWithRules) return;
    visit(s.keep_alive_rule), visit(s.keep_alive_min), visit(s.hybrid.bin), visit(s.hybrid.bins);
    visit(s.hybrid.head_percentile), visit(s.hybrid.tail_percentile), visit(s.hybrid.margin);
    visit(s.hybrid.representative_cv), visit(s.hybrid.samples_min), visit(s.eviction_rule);
    visit(s.binding_rule), visit(s.placement_rule), visit(s.provisioning_delay);
  }
}

template <typename Struct>
void PutFields(const Struct& s, std::string& out) {
  Fields(s, kJournalVersion, [&out](const auto& field) { Put(field, out); });
}

template <typename Struct>
void GetFields(Cursor& in, uint32_t version, Struct& s) {
  Fields(s, version, [&in](auto& field) { Get(in, field); });
}

// ---- Variants

template <typename Variant>
void PutVariant(const Variant& variant, std::string& out) {
  PutUnsigned(variant.index(), out);
  std::visit([&out](const auto& alternative) { PutFields(alternative, out); }, variant);
}

template <typename Variant, size_t... kIndexes>
void GetVariant(Cursor& in, uint32_t version, Variant& variant, std::index_sequence<kIndexes...>) {
  const uint64_t index = in.Unsigned();
  bool known = false;
  const auto take_if_named = [&]<size_t kIndex>(std::integral_constant<size_t, kIndex>) {
    if (index != kIndex) return;
    known = true;
    GetFields(in, version, variant.template emplace<kIndex>());
  };
  (take_if_named(std::integral_constant<size_t, kIndexes>()), ...);
  if (!known) in.Fail();
}

template <typename Variant>
void GetVariant(Cursor& in, uint32_t version, Variant& variant) {
  GetVariant(in, version, variant, std::make_index_sequence<std::variant_size_v<Variant>>());
}

}  // namespace

void EncodeOptions(const SchedulerOptions& options, std::string& out) {
  PutFields(options, out);
}

std::optional<SchedulerOptions> DecodeOptions(uint32_t version, std::string_view bytes) {
  Cursor in(bytes);
  SchedulerOptions options;
  GetFields(in, version, options);
  if (!in.AtEnd()) return std::nullopt;
  return options;
}

void EncodeStep(Instant previous, const TimedEvent& event, const Actions& actions,
                std::string& out) {
  PutUnsigned(
      static_cast<uint64_t>(event.at.nanoseconds()) - static_cast<uint64_t>(previous.nanoseconds()),
      out);
  PutVariant(event.event, out);
  PutUnsigned(actions.size(), out);
  for (const Action& action : actions) PutVariant(action, out);
}

std::optional<JournalRecord> DecodeStep(uint32_t version, Instant previous,
                                        std::string_view bytes) {
  Cursor in(bytes);
  JournalRecord record;
  const uint64_t distance = in.Unsigned();
  const uint64_t distance_max = static_cast<uint64_t>(std::numeric_limits<int64_t>::max()) -
                                static_cast<uint64_t>(previous.nanoseconds());
  if (distance > distance_max) return std::nullopt;
  record.event.at = Instant::FromNanoseconds(
      static_cast<int64_t>(static_cast<uint64_t>(previous.nanoseconds()) + distance));
  GetVariant(in, version, record.event.event);
  const uint64_t count = in.Unsigned();
  // Every action takes at least two bytes, so a false count cannot ask for more memory than that.
  if (count > in.rest() / 2) return std::nullopt;
  record.actions.resize(count);
  for (Action& action : record.actions) GetVariant(in, version, action);
  if (!in.AtEnd()) return std::nullopt;
  return record;
}

}  // namespace floe
