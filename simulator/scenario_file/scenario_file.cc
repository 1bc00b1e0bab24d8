#include "simulator/scenario_file/scenario_file.h"

#include <google/protobuf/descriptor.h>
#include <google/protobuf/io/tokenizer.h>
#include <google/protobuf/text_format.h>
#include <google/protobuf/util/json_util.h>

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <fstream>
#include <optional>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/time.h"
#include "base/status_macros.h"
#include "base/time.h"
#include "orchestrator/core/scheduler_options.h"
#include "proto/floe/v1/scenario.pb.h"

namespace floe {
namespace {

using ScenarioProto = ::floe::v1::Scenario;
using ::google::protobuf::Descriptor;
using ::google::protobuf::FieldDescriptor;
using ::google::protobuf::TextFormat;

// Keeps the first error that protobuf reports, with its place.
class FirstError final : public google::protobuf::io::ErrorCollector {
 public:
  explicit FirstError(const std::string& file_name) : file_name_(file_name) {}
  // Protobuf counts lines and columns from 0, people from 1.
  void AddError(int line, google::protobuf::io::ColumnNumber column,
                const std::string& message) override {
    if (text_.empty())
      text_ = absl::StrCat(file_name_, ":", line + 1, ":", column + 1, ": ", message);
  }
  const std::string& text() const { return text_; }

 private:
  const std::string& file_name_;
  std::string text_;
};

// Where the field of a path such as "functions[2].arrivals[0].burst.count" stands, counted from 1.
// The innermost part of the path that stands in the file counts. 0: unknown.
int LineOfPath(const TextFormat::ParseInfoTree& root, const std::string& path) {
  const TextFormat::ParseInfoTree* tree = &root;
  const Descriptor* descriptor = ScenarioProto::descriptor();
  int line = 0;
  for (const absl::string_view part : absl::StrSplit(path, '.')) {
    const std::vector<std::string> pieces = absl::StrSplit(part, absl::ByAnyChar("[]"));
    const FieldDescriptor* field = descriptor->FindFieldByName(pieces[0]);
    int index = -1;
    if (field == nullptr) break;
    if (pieces.size() > 1 && !absl::SimpleAtoi(pieces[1], &index)) break;
    if (field->is_repeated() != (index >= 0)) break;
    const TextFormat::ParseLocation location = tree->GetLocation(field, index);
    if (location.line < 0) break;
    line = location.line + 1;
    tree = field->message_type() == nullptr ? nullptr : tree->GetTreeForNested(field, index);
    if (tree == nullptr) break;
    descriptor = field->message_type();
  }
  return line;
}

// Makes the plain values. The first refusal stays; what is converted after it is not used.
class Converter {
 public:
  absl::StatusOr<Scenario> Convert(const ScenarioProto& proto);

 private:
  void Refuse(const std::string& path, const std::string& reason) {
    if (status_.ok()) status_ = absl::InvalidArgumentError(absl::StrCat(path, ": ", reason));
  }
  // `fallback` when the text is empty; without one the field is required.
  Duration ReadDuration(const std::string& path, const std::string& text,
                        std::optional<Duration> fallback);
  Instant ReadInstant(const std::string& path, const std::string& text, Instant fallback);
  SchedulerOptions ReadScheduler(const ScenarioProto& proto);
  ScalingRule ReadScalingRule(ScenarioProto::ScalingRule rule);
  ReuseOrder ReadReuseOrder(ScenarioProto::ReuseOrder order);
  LengthModel ReadLength(const std::string& path, const ScenarioProto::Length& proto);
  Arrivals ReadArrivals(const std::string& path, const ScenarioProto::Arrivals& proto);
  ScenarioFunction ReadFunction(const std::string& path, const ScenarioProto::Function& proto);

  absl::Status status_;
};

Duration Converter::ReadDuration(const std::string& path, const std::string& text,
                                 std::optional<Duration> fallback) {
  if (text.empty()) {
    if (!fallback.has_value()) Refuse(path, "is required");
    return fallback.value_or(Duration());
  }
  absl::Duration duration;
  if (!absl::ParseDuration(text, &duration)) {
    Refuse(path, absl::StrCat("\"", text, "\" is not a length of time such as 250ms, 1.5s or 10m"));
    return Duration();
  }
  if (duration == absl::InfiniteDuration()) return Duration::Infinite();
  return Duration::Nanoseconds(absl::ToInt64Nanoseconds(duration));
}

Instant Converter::ReadInstant(const std::string& path, const std::string& text, Instant fallback) {
  return text.empty() ? fallback : Instant() + ReadDuration(path, text, std::nullopt);
}

ScalingRule Converter::ReadScalingRule(ScenarioProto::ScalingRule rule) {
  switch (rule) {
    case ScenarioProto::SCALING_RULE_UNSPECIFIED:
      return SchedulerOptions().scaling_rule;
    case ScenarioProto::SCALING_RULE_UNLIMITED:
      return ScalingRule::kUnlimited;
    case ScenarioProto::SCALING_RULE_CURRENT:
      return ScalingRule::kCurrent;
    case ScenarioProto::SCALING_RULE_LEGACY_3000:
      return ScalingRule::kLegacy3000;
    case ScenarioProto::SCALING_RULE_LEGACY_1000:
      return ScalingRule::kLegacy1000;
    case ScenarioProto::SCALING_RULE_LEGACY_500:
      return ScalingRule::kLegacy500;
    default:
      break;  // Proto3 keeps numbers that have no name.
  }
  Refuse("account.scaling_rule", absl::StrCat(rule, " is no scaling rule"));
  return ScalingRule::kCurrent;
}

ReuseOrder Converter::ReadReuseOrder(ScenarioProto::ReuseOrder order) {
  switch (order) {
    case ScenarioProto::REUSE_ORDER_UNSPECIFIED:
      return SchedulerOptions().reuse_order;
    case ScenarioProto::REUSE_ORDER_NEWEST_FIRST:
      return ReuseOrder::kNewestFirst;
    case ScenarioProto::REUSE_ORDER_OLDEST_FIRST:
      return ReuseOrder::kOldestFirst;
    case ScenarioProto::REUSE_ORDER_RANDOM:
      return ReuseOrder::kRandom;
    default:
      break;
  }
  Refuse("reuse_order", absl::StrCat(order, " is no reuse order"));
  return ReuseOrder::kNewestFirst;
}

SchedulerOptions Converter::ReadScheduler(const ScenarioProto& proto) {
  SchedulerOptions options;
  const ScenarioProto::Account& account = proto.account();
  if (account.has_concurrency()) options.account_concurrency = account.concurrency();
  options.unreserved_concurrency_min =
      account.has_unreserved_concurrency_min()
          ? account.unreserved_concurrency_min()
          : std::min(options.unreserved_concurrency_min, options.account_concurrency);
  if (account.has_requests_per_concurrency()) {
    options.requests_per_concurrency = account.requests_per_concurrency();
  }
  options.scaling_rule = ReadScalingRule(account.scaling_rule());
  options.reuse_order = ReadReuseOrder(proto.reuse_order());
  options.keep_alive = ReadDuration("keep_alive", proto.keep_alive(), options.keep_alive);
  options.lifetime_max = ReadDuration("lifetime_max", proto.lifetime_max(), options.lifetime_max);
  options.init_limit = ReadDuration("init_limit", proto.init_limit(), options.init_limit);
  options.start_limit = ReadDuration("start_limit", proto.start_limit(), options.start_limit);
  return options;
}

LengthModel Converter::ReadLength(const std::string& path, const ScenarioProto::Length& proto) {
  switch (proto.model_case()) {
    case ScenarioProto::Length::kConstant:
      return ConstantLength{ReadDuration(path + ".constant", proto.constant(), std::nullopt)};
    case ScenarioProto::Length::kExponential:
      return ExponentialLength{
          ReadDuration(path + ".exponential.mean", proto.exponential().mean(), std::nullopt)};
    case ScenarioProto::Length::kLognormal:
      return LogNormalLength{.median = ReadDuration(path + ".lognormal.median",
                                                    proto.lognormal().median(), std::nullopt),
                             .sigma = proto.lognormal().sigma()};
    case ScenarioProto::Length::MODEL_NOT_SET:
      break;
  }
  Refuse(path, "needs one of constant, exponential and lognormal");
  return ConstantLength{};
}

Arrivals Converter::ReadArrivals(const std::string& path, const ScenarioProto::Arrivals& proto) {
  constexpr Instant kStart;
  constexpr Instant kNever = Instant::InfiniteFuture();
  switch (proto.kind_case()) {
    case ScenarioProto::Arrivals::kPoisson: {
      const auto& poisson = proto.poisson();
      return PoissonArrivals{
          .rate_per_second = poisson.rate_per_second(),
          .from = ReadInstant(path + ".poisson.from", poisson.from(), kStart),
          .until = ReadInstant(path + ".poisson.until", poisson.until(), kNever)};
    }
    case ScenarioProto::Arrivals::kConstant: {
      const auto& constant = proto.constant();
      return IntervalArrivals{
          .interval = ReadDuration(path + ".constant.interval", constant.interval(), std::nullopt),
          .from = ReadInstant(path + ".constant.from", constant.from(), kStart),
          .until = ReadInstant(path + ".constant.until", constant.until(), kNever)};
    }
    case ScenarioProto::Arrivals::kBurst:
      return BurstArrivals{.count = proto.burst().count(),
                           .at = ReadInstant(path + ".burst.at", proto.burst().at(), kStart)};
    case ScenarioProto::Arrivals::kTimes: {
      ListedArrivals listed;
      for (int i = 0; i < proto.times().at_size(); ++i) {
        listed.times.push_back(
            ReadInstant(absl::StrCat(path, ".times.at[", i, "]"), proto.times().at(i), kStart));
      }
      return listed;
    }
    case ScenarioProto::Arrivals::KIND_NOT_SET:
      break;
  }
  Refuse(path, "needs one of poisson, constant, burst and times");
  return BurstArrivals{};
}

ScenarioFunction Converter::ReadFunction(const std::string& path,
                                         const ScenarioProto::Function& proto) {
  ScenarioFunction function;
  function.name = proto.name();
  if (proto.has_count()) function.count = proto.count();
  if (proto.has_memory_mib()) function.memory_mib = proto.memory_mib();
  function.timeout = ReadDuration(path + ".timeout", proto.timeout(), function.timeout);
  if (proto.has_concurrency_reserved()) {
    function.concurrency_reserved = proto.concurrency_reserved();
  }
  for (int i = 0; i < proto.arrivals_size(); ++i) {
    function.arrivals.push_back(
        ReadArrivals(absl::StrCat(path, ".arrivals[", i, "]"), proto.arrivals(i)));
  }
  if (proto.has_run()) function.run = ReadLength(path + ".run", proto.run());
  if (proto.has_init()) function.init = ReadLength(path + ".init", proto.init());
  if (proto.has_start()) function.start = ReadLength(path + ".start", proto.start());
  function.error_rate = proto.error_rate();
  function.crash_rate = proto.crash_rate();
  return function;
}

absl::StatusOr<Scenario> Converter::Convert(const ScenarioProto& proto) {
  Scenario scenario;
  scenario.name = proto.name();
  scenario.duration = ReadDuration("duration", proto.duration(), std::nullopt);
  scenario.warm_up = ReadDuration("warm_up", proto.warm_up(), Duration());
  if (proto.has_seed()) scenario.seed = proto.seed();
  scenario.scheduler = ReadScheduler(proto);
  for (const ScenarioProto::Nodes& nodes : proto.nodes()) {
    scenario.nodes.push_back(
        {.count = nodes.has_count() ? nodes.count() : 1, .memory_mib = nodes.memory_mib()});
  }
  for (int i = 0; i < proto.functions_size(); ++i) {
    scenario.functions.push_back(
        ReadFunction(absl::StrCat("functions[", i, "]"), proto.functions(i)));
  }
  RETURN_IF_ERROR(status_);
  RETURN_IF_ERROR(ValidateScenario(scenario));
  return scenario;
}

absl::StatusOr<Scenario> ParseText(const std::string& file_name, const std::string& content) {
  ScenarioProto proto;
  FirstError error(file_name);
  TextFormat::ParseInfoTree places;
  TextFormat::Parser parser;
  parser.RecordErrorsTo(&error);
  parser.WriteLocationsTo(&places);
  if (!parser.ParseFromString(content, &proto)) return absl::InvalidArgumentError(error.text());
  absl::StatusOr<Scenario> scenario = Converter().Convert(proto);
  if (scenario.ok()) return scenario;
  const std::string message(scenario.status().message());
  const int line = LineOfPath(places, message.substr(0, message.find(": ")));
  return absl::InvalidArgumentError(
      absl::StrCat(file_name, ":", line == 0 ? "" : absl::StrCat(line, ":"), " ", message));
}

absl::StatusOr<Scenario> ParseJson(const std::string& file_name, const std::string& content) {
  ScenarioProto proto;
  const auto parsed = google::protobuf::util::JsonStringToMessage(content, &proto);
  if (!parsed.ok()) {
    const auto message = parsed.message();
    return absl::InvalidArgumentError(
        absl::StrCat(file_name, ": ", absl::string_view(message.data(), message.size())));
  }
  absl::StatusOr<Scenario> scenario = Converter().Convert(proto);
  if (scenario.ok()) return scenario;
  return absl::InvalidArgumentError(absl::StrCat(file_name, ": ", scenario.status().message()));
}

}  // namespace

ScenarioFormat DetectScenarioFormat(const std::string& file_name, const std::string& content) {
  if (absl::EndsWith(file_name, ".json")) return ScenarioFormat::kJson;
  if (absl::EndsWith(file_name, ".textproto") || absl::EndsWith(file_name, ".txtpb")) {
    return ScenarioFormat::kText;
  }
  const size_t first = content.find_first_not_of(" \t\r\n");
  return first != std::string::npos && content[first] == '{' ? ScenarioFormat::kJson
                                                             : ScenarioFormat::kText;
}

absl::StatusOr<Scenario> ParseScenario(const std::string& file_name, const std::string& content,
                                       ScenarioFormat format) {
  return format == ScenarioFormat::kJson ? ParseJson(file_name, content)
                                         : ParseText(file_name, content);
}

absl::StatusOr<Scenario> ReadScenarioFile(const std::string& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) {
    return absl::ErrnoToStatus(errno == 0 ? ENOENT : errno, absl::StrCat("open ", path));
  }
  std::string content;
  char chunk[1 << 16];
  while (file.read(chunk, sizeof(chunk)), file.gcount() > 0) {
    content.append(chunk, static_cast<size_t>(file.gcount()));
    if (content.size() > kScenarioFileBytesMax) {
      return absl::ResourceExhaustedError(
          absl::StrCat("read ", path, ": above the limit of ", kScenarioFileBytesMax, " bytes"));
    }
  }
  if (file.bad()) return absl::ErrnoToStatus(errno == 0 ? EIO : errno, absl::StrCat("read ", path));
  return ParseScenario(path, content, DetectScenarioFormat(path, content));
}

}  // namespace floe
