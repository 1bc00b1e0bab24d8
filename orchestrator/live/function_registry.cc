#include "orchestrator/live/function_registry.h"

#include <algorithm>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "base/status_macros.h"
#include "orchestrator/core/event.h"
#include "orchestrator/core/scheduler.h"
#include "orchestrator/live/uuid.h"

namespace floe::live {
namespace {

absl::Status NotFound(const std::string& name) {
  return absl::NotFoundError(absl::StrCat("function ", name, " does not exist"));
}

}  // namespace

FunctionRegistry::FunctionRegistry(Options options, Inbox* inbox)
    : options_(std::move(options)), inbox_(inbox) {}

absl::StatusOr<FunctionRecord> FunctionRegistry::Create(const FunctionSpec& spec) {
  RETURN_IF_ERROR(ValidateFunctionSpec(spec));
  const std::unique_lock<std::shared_mutex> lock(mutex_);
  if (by_name_.contains(spec.name)) {
    return absl::AlreadyExistsError(absl::StrCat("function ", spec.name, " exists"));
  }
  if (static_cast<int64_t>(by_name_.size()) >= options_.functions_max) {
    return absl::ResourceExhaustedError(absl::StrCat("create function ", spec.name, ": there are ",
                                                     options_.functions_max,
                                                     " functions, which is the limit"));
  }
  FunctionId id{ids_made_};
  if (free_ids_.empty()) {
    ++ids_made_;
  } else {
    id = free_ids_.back();
    free_ids_.pop_back();
  }
  auto life =
      std::make_shared<FunctionLife>(FunctionLife{.id = id, .name = spec.name, .counts = {}});
  FunctionRecord record = {
      .id = id, .spec = spec, .concurrency_reserved = {}, .modified_at = {}, .revision_id = {}};
  const DeployedFunctionPtr function = Store(std::move(record), std::move(life));
  TellDeployed(function);
  return function->record;
}

absl::StatusOr<FunctionRecord> FunctionRegistry::Update(const FunctionSpec& spec) {
  RETURN_IF_ERROR(ValidateFunctionSpec(spec));
  const std::unique_lock<std::shared_mutex> lock(mutex_);
  const auto found = by_name_.find(spec.name);
  if (found == by_name_.end()) return NotFound(spec.name);
  FunctionRecord record = found->second->record;
  record.spec = spec;
  const DeployedFunctionPtr function = Store(std::move(record), found->second->life);
  TellDeployed(function);
  return function->record;
}

absl::Status FunctionRegistry::Remove(const std::string& name) {
  const std::unique_lock<std::shared_mutex> lock(mutex_);
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) return NotFound(name);
  const FunctionRecord& record = found->second->record;
  reserved_ -= record.concurrency_reserved.value_or(0);
  inbox_->PutOrder({.event = FunctionRemoved{record.id}, .attachment = found->second});
  free_ids_.push_back(record.id);
  by_name_.erase(found);
  return absl::OkStatus();
}

absl::Status FunctionRegistry::SetReservedConcurrency(const std::string& name,
                                                      std::optional<int32_t> concurrency) {
  if (concurrency.has_value() && *concurrency < 0) {
    return absl::InvalidArgumentError(
        absl::StrCat("concurrency_reserved is ", *concurrency, "; it must be 0 or more"));
  }
  const std::unique_lock<std::shared_mutex> lock(mutex_);
  const auto found = by_name_.find(name);
  if (found == by_name_.end()) return NotFound(name);
  FunctionRecord record = found->second->record;
  const int64_t by_others = reserved_ - record.concurrency_reserved.value_or(0);
  if (concurrency.has_value()) {
    const ReservationCheck check = CheckReservation(options_.scheduler, by_others, *concurrency);
    if (!check.allowed) {
      return absl::InvalidArgumentError(
          absl::StrCat("concurrency_reserved is ", *concurrency, "; at most ", check.reservable,
                       " can be reserved so that ", options_.scheduler.unreserved_concurrency_min,
                       " stay unreserved"));
    }
  }
  reserved_ = by_others + concurrency.value_or(0);
  record.concurrency_reserved = concurrency;
  const FunctionId id = record.id;
  Store(std::move(record), found->second->life);
  inbox_->PutOrder({.event = ReservedConcurrencySet{id, concurrency}, .attachment = {}});
  return absl::OkStatus();
}

std::vector<FunctionRecord> FunctionRegistry::List() const {
  std::vector<FunctionRecord> records;
  {
    const std::shared_lock<std::shared_mutex> lock(mutex_);
    records.reserve(by_name_.size());
    for (const auto& [name, function] : by_name_) records.push_back(function->record);
  }
  std::sort(records.begin(), records.end(), [](const FunctionRecord& a, const FunctionRecord& b) {
    return a.spec.name < b.spec.name;
  });
  return records;
}

int64_t FunctionRegistry::reserved() const {
  const std::shared_lock<std::shared_mutex> lock(mutex_);
  return reserved_;
}

DeployedFunctionPtr FunctionRegistry::Find(const std::string& name) const {
  const std::shared_lock<std::shared_mutex> lock(mutex_);
  const auto found = by_name_.find(name);
  return found == by_name_.end() ? nullptr : found->second;
}

std::string FunctionRegistry::Arn(const std::string& name) const {
  return absl::StrCat("arn:aws:lambda:", options_.region, ":", options_.account_id,
                      ":function:", name);
}

DeployedFunctionPtr FunctionRegistry::Store(FunctionRecord record,
                                            std::shared_ptr<FunctionLife> life) {
  record.modified_at = absl::Now();
  record.revision_id = MakeUuid();
  const std::string name = record.spec.name;
  auto function = std::make_shared<const DeployedFunction>(
      DeployedFunction{.record = std::move(record), .arn = Arn(name), .life = std::move(life)});
  by_name_[name] = function;
  return function;
}

void FunctionRegistry::TellDeployed(const DeployedFunctionPtr& function) {
  const FunctionRecord& record = function->record;
  inbox_->PutOrder(
      {.event = FunctionDeployed{record.id,
                                 {.memory_mib = record.spec.memory_mib,
                                  .timeout = record.spec.timeout,
                                  .concurrency_reserved = record.concurrency_reserved}},
       .attachment = function});
}

}  // namespace floe::live
