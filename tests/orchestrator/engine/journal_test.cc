#include "orchestrator/engine/journal.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"
#include "orchestrator/core/event.h"
#include "orchestrator/engine/byte_stream.h"
#include "orchestrator/engine/journal_codec.h"

namespace floe {
namespace {

constexpr EnvironmentId kEnvironment = {.row = 300, .generation = 4'000'000'000};

SchedulerOptions UnusualOptions() {
  return {.account_concurrency = 77,
          .unreserved_concurrency_min = 0,
          .requests_per_concurrency = 3,
          .scaling_rule = ScalingRule::kLegacy500,
          .reuse_order = ReuseOrder::kRandom,
          .seed = UINT64_MAX,
          .keep_alive = Duration::Infinite(),
          .lifetime_max = Duration::Hours(2),
          .init_limit = Duration::Milliseconds(1),
          .start_limit = Duration::Nanoseconds(1),
          .keep_alive_rule = KeepAliveRule::kUntilEvicted,
          .keep_alive_min = Duration::Seconds(-1),
          .hybrid = {.bin = Duration::Seconds(7),
                     .bins = 9,
                     .head_percentile = 0.1,
                     .tail_percentile = 1e300,
                     .margin = -0.0,
                     .representative_cv = 5e-324,
                     .samples_min = 11},
          .eviction_rule = EvictionRule::kSize,
          .binding_rule = BindingRule::kLate,
          .placement_rule = PlacementRule::kBestFit,
          .provisioning_delay = Duration::Seconds(12)};
}

std::vector<Event> EveryEvent() {
  return {DeadlineReached{},
          InvocationArrived{InvocationId{UINT64_MAX}, FunctionId{UINT32_MAX}, TenantId{UINT64_MAX}},
          InvocationFinished{kEnvironment, InvocationId{5}},
          EnvironmentStarted{kEnvironment},
          EnvironmentStartFailed{kEnvironment},
          EnvironmentReady{kEnvironment, 3},
          EnvironmentFailed{kEnvironment, 4, FailureCause::kNodeLost},
          EnvironmentStopped{kEnvironment},
          FunctionDeployed{FunctionId{1},
                           {.memory_mib = 10'240,
                            .timeout = Duration::Seconds(900),
                            .concurrency_reserved = 0,
                            .concurrency_provisioned = 9}},
          FunctionDeployed{FunctionId{2}, {}},
          ReservedConcurrencySet{FunctionId{1}, -1},
          ReservedConcurrencySet{FunctionId{1}, std::nullopt},
          FunctionRemoved{FunctionId{1}},
          NodeJoined{NodeId{9}, INT64_MAX},
          NodeLost{NodeId{9}},
          ProvisionedConcurrencySet{FunctionId{1}, -3}};
}

Actions EveryAction() {
  return {AssignInvocation{kEnvironment, InvocationId{5}, Instant::InfiniteFuture(), 7},
          FreezeEnvironment{kEnvironment},
          StartEnvironment{kEnvironment, FunctionId{1}, NodeId{2}, StartPurpose::kPrewarm},
          ResetEnvironment{kEnvironment, 8},
          StopEnvironment{kEnvironment, StopReason::kInitFailed},
          ThrottleInvocation{InvocationId{6}, ThrottleReason::kTenantEnvironments},
          FailInvocation{InvocationId{7}, FailureCause::kTimedOut}};
}

struct Journal {
  std::string bytes;
  std::vector<size_t> record_ends;  // And first the end of the head.
};

// One record per event, the first without actions, the others with every action.
Journal WriteEverything() {
  Journal journal;
  JournalWriter writer(std::make_unique<StringSink>(&journal.bytes), UnusualOptions());
  EXPECT_TRUE(writer.Flush().ok());
  journal.record_ends.push_back(journal.bytes.size());
  Instant now = Instant::FromNanoseconds(-5);
  Actions actions;
  for (const Event& event : EveryEvent()) {
    writer.Record({now, event}, actions);
    EXPECT_TRUE(writer.Flush().ok());
    journal.record_ends.push_back(journal.bytes.size());
    actions = EveryAction();
    now = now + Duration::Seconds(1);
  }
  return journal;
}

struct ReadResult {
  absl::Status status;
  std::vector<JournalRecord> records;
  uint64_t torn_bytes = 0;
};

ReadResult ReadAll(const std::string& bytes) {
  ReadResult result;
  absl::StatusOr<JournalReader> reader = JournalReader::Open(std::make_unique<StringSource>(bytes));
  result.status = reader.status();
  while (result.status.ok()) {
    absl::StatusOr<std::optional<JournalRecord>> record = reader->Next();
    result.status = record.status();
    if (!record.ok() || !record->has_value()) break;
    result.records.push_back(**record);
  }
  if (reader.ok()) result.torn_bytes = reader->torn_bytes();
  return result;
}

TEST(JournalTest, GivesBackEveryEventActionAndOption) {
  const Journal journal = WriteEverything();
  absl::StatusOr<JournalReader> reader =
      JournalReader::Open(std::make_unique<StringSource>(journal.bytes));
  ASSERT_TRUE(reader.ok()) << reader.status();
  EXPECT_EQ(reader->options(), UnusualOptions());

  const ReadResult result = ReadAll(journal.bytes);
  ASSERT_TRUE(result.status.ok()) << result.status;
  const std::vector<Event> events = EveryEvent();
  ASSERT_EQ(result.records.size(), events.size());
  for (size_t i = 0; i < events.size(); ++i) {
    EXPECT_EQ(result.records[i].event.at.nanoseconds(),
              -5 + static_cast<int64_t>(i) * 1'000'000'000);
    EXPECT_EQ(result.records[i].event.event, events[i]) << i;
    EXPECT_EQ(result.records[i].actions, i == 0 ? Actions() : EveryAction()) << i;
  }
  EXPECT_EQ(result.torn_bytes, 0u);
}

TEST(JournalTest, ATornJournalGivesEveryWholeRecordAndTheNumberOfBytesLeftOut) {
  const Journal journal = WriteEverything();
  size_t whole = 0;
  for (size_t size = journal.record_ends[0]; size < journal.bytes.size(); ++size) {
    while (journal.record_ends[whole + 1] <= size) ++whole;
    const ReadResult result = ReadAll(journal.bytes.substr(0, size));
    EXPECT_TRUE(result.status.ok()) << size << ": " << result.status;
    EXPECT_EQ(result.records.size(), whole) << size;
    EXPECT_EQ(result.torn_bytes, size - journal.record_ends[whole]) << size;
  }
}

TEST(JournalTest, AJournalTornInsideItsHeadIsDataLoss) {
  const Journal journal = WriteEverything();
  for (size_t size = 1; size < journal.record_ends[0]; ++size) {
    EXPECT_EQ(ReadAll(journal.bytes.substr(0, size)).status.code(), absl::StatusCode::kDataLoss)
        << size;
  }
}

TEST(JournalTest, ATailOfZerosCountsAsTorn) {
  const Journal journal = WriteEverything();
  const ReadResult result = ReadAll(journal.bytes + std::string(200'000, '\0'));
  EXPECT_TRUE(result.status.ok()) << result.status;
  EXPECT_EQ(result.records.size(), EveryEvent().size());
  EXPECT_EQ(result.torn_bytes, 200'000u);
}

TEST(JournalTest, AnyFlippedBitIsAnErrorAndNothingAfterItIsReturned) {
  const Journal journal = WriteEverything();
  size_t whole = 0;
  for (size_t at = 0; at < journal.bytes.size(); ++at) {
    while (at >= journal.record_ends[0] && journal.record_ends[whole + 1] <= at) ++whole;
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = journal.bytes;
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << bit));
      const ReadResult result = ReadAll(damaged);
      EXPECT_FALSE(result.status.ok()) << "byte " << at << " bit " << bit;
      EXPECT_EQ(result.records.size(), whole) << "byte " << at << " bit " << bit;
    }
  }
}

TEST(JournalTest, ADamagedRecordIsNamedWithItsPlace) {
  const Journal journal = WriteEverything();
  std::string damaged = journal.bytes;
  damaged[journal.record_ends[1] + 9] ^= 1;
  const ReadResult result = ReadAll(damaged);
  EXPECT_EQ(result.status.code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(result.status.message(), "read journal record 2 at byte " +
                                         std::to_string(journal.record_ends[1]) +
                                         ": checksum does not match");
}

TEST(JournalTest, OtherFilesAreNotJournals) {
  for (const std::string bytes : {"", "duration: \"1h\"", "FLOEJRNX",
                                  "\x7f"
                                  "ELF"}) {
    EXPECT_EQ(ReadAll(bytes).status.code(), absl::StatusCode::kInvalidArgument) << bytes;
  }
}

TEST(JournalTest, AnotherVersionIsUnimplemented) {
  for (const char version : {0, 3}) {
    std::string bytes = WriteEverything().bytes;
    bytes[8] = version;
    const ReadResult result = ReadAll(bytes);
    EXPECT_EQ(result.status.code(), absl::StatusCode::kUnimplemented);
    EXPECT_EQ(result.status.message(), "read journal: version " + std::to_string(int{version}) +
                                           ", this program knows versions 1 to 2");
  }
}

TEST(JournalTest, TimesMayRepeatButNotGoBack) {
  std::string bytes;
  JournalWriter writer(std::make_unique<StringSink>(&bytes), SchedulerOptions());
  writer.Record({Instant::FromNanoseconds(5), DeadlineReached{}}, {});
  writer.Record({Instant::FromNanoseconds(5), DeadlineReached{}}, {});
  EXPECT_TRUE(writer.status().ok());
  writer.Record({Instant::FromNanoseconds(4), DeadlineReached{}}, {});
  EXPECT_EQ(writer.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(writer.Flush().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(ReadAll(bytes).records.size(), 2u);
}

TEST(JournalTest, ARecordAboveTheLimitEndsTheWritingAndKeepsWhatCameBefore) {
  std::string bytes;
  JournalWriter writer(std::make_unique<StringSink>(&bytes), SchedulerOptions());
  writer.Record({Instant(), DeadlineReached{}}, {});
  // Each takes 33 bytes.
  const Actions many(kJournalRecordBytesMax / 32,
                     AssignInvocation{kEnvironment, InvocationId{UINT64_MAX},
                                      Instant::InfiniteFuture(), UINT32_MAX});
  writer.Record({Instant(), DeadlineReached{}}, many);
  EXPECT_EQ(writer.Flush().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(writer.records(), 1u);
  EXPECT_EQ(ReadAll(bytes).records.size(), 1u);
}

class FullSink final : public ByteSink {
 public:
  absl::Status Append(std::string_view) override {
    return absl::ResourceExhaustedError("write: no space left");
  }
};

TEST(JournalTest, TheSinksErrorIsKept) {
  JournalWriter writer(std::make_unique<FullSink>(), SchedulerOptions());
  EXPECT_TRUE(writer.status().ok());
  EXPECT_EQ(writer.Flush().message(), "write: no space left");
  writer.Record({Instant(), DeadlineReached{}}, {});
  EXPECT_EQ(writer.records(), 0u);
  EXPECT_EQ(writer.Flush().message(), "write: no space left");
}

TEST(JournalTest, RecordsReachTheSinkOnceTheBufferIsFull) {
  std::string bytes;
  JournalWriter writer(std::make_unique<StringSink>(&bytes), SchedulerOptions());
  size_t records = 0;
  while (bytes.empty()) {
    writer.Record({Instant(), DeadlineReached{}}, EveryAction());
    ASSERT_LT(++records, kJournalBufferBytes);
  }
  EXPECT_GE(bytes.size(), kJournalBufferBytes);
  EXPECT_LT(bytes.size(), kJournalBufferBytes + 1'000);
}

TEST(JournalCodecTest, AWarmInvocationTakesFewBytes) {
  std::string arrival;
  EncodeStep(Instant::FromNanoseconds(1'000'000'000),
             {Instant::FromNanoseconds(1'010'000'000),
              InvocationArrived{InvocationId{100'000}, FunctionId{3}}},
             {AssignInvocation{{.row = 20, .generation = 2},
                               InvocationId{100'000},
                               Instant::FromNanoseconds(4'010'000'000)}},
             arrival);
  EXPECT_LE(arrival.size(), 24u);
}

TEST(JournalCodecTest, UnknownAlternativesAndEnumeratorsAreRefused) {
  std::string bytes;
  EncodeStep(Instant(), {Instant(), NodeLost{}}, {StopEnvironment{{}, StopReason::kIdleTooLong}},
             bytes);
  ASSERT_TRUE(DecodeStep(kJournalVersion, Instant(), bytes).has_value());
  const auto refuses = [&bytes](size_t at, char value) {
    std::string changed = bytes;
    changed[at] = value;
    return !DecodeStep(kJournalVersion, Instant(), changed).has_value();
  };
  EXPECT_TRUE(refuses(1, std::variant_size_v<Event>));
  EXPECT_TRUE(refuses(4, std::variant_size_v<Action>));
  EXPECT_TRUE(refuses(bytes.size() - 1, static_cast<char>(StopReason::kInitFailed) + 1));
  EXPECT_FALSE(refuses(bytes.size() - 1, static_cast<char>(StopReason::kInitFailed)));
  EXPECT_FALSE(DecodeStep(kJournalVersion, Instant(), bytes + '\0').has_value());
}

// What the first version wrote has no tenants, purposes or rules.
TEST(JournalCodecTest, RecordsOfTheFirstVersionHaveTheDefaultsOfWhatTheyLack) {
  // 5 ns after the start: invocation 300 of function 2 arrived; start environment 1.4 on node 3.
  const std::string step("\x05\x01\xAC\x02\x02\x01\x02\x01\x04\x02\x03", 11);
  const std::optional<JournalRecord> record = DecodeStep(1, Instant(), step);
  ASSERT_TRUE(record.has_value());
  EXPECT_EQ(record->event.at, Instant::FromNanoseconds(5));
  EXPECT_EQ(record->event.event, Event(InvocationArrived{InvocationId{300}, FunctionId{2}}));
  EXPECT_EQ(
      record->actions,
      Actions{(StartEnvironment{
          {.row = 1, .generation = 4}, FunctionId{2}, NodeId{3}, StartPurpose::kInvocation})});
  EXPECT_FALSE(DecodeStep(kJournalVersion, Instant(), step).has_value());

  std::string bytes;
  EncodeOptions({.account_concurrency = 77, .keep_alive = Duration::Nanoseconds(4)}, bytes);
  // 77, 100, 10, kCurrent, kNewestFirst, seed 0, keep-alive 4 ns, and three more lengths.
  const std::string head = bytes.substr(0, 9);
  const std::string options = head + std::string("\x02\x04\x06", 3);
  const std::optional<SchedulerOptions> decoded = DecodeOptions(1, options);
  ASSERT_TRUE(decoded.has_value());
  EXPECT_EQ(*decoded, (SchedulerOptions{.account_concurrency = 77,
                                        .keep_alive = Duration::Nanoseconds(4),
                                        .lifetime_max = Duration::Nanoseconds(1),
                                        .init_limit = Duration::Nanoseconds(2),
                                        .start_limit = Duration::Nanoseconds(3)}));
}

}  // namespace
}  // namespace floe
