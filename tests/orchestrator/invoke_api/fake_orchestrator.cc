#include "tests/orchestrator/invoke_api/fake_orchestrator.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "base/status_macros.h"

namespace floe::invoke_api {
namespace {

// Saturday, 1 March 2025, 12:34:56.789 UTC.
const absl::Time kModifiedAt = absl::FromUnixMillis(1'740'832'496'789);

}  // namespace

FakeOrchestrator::FakeOrchestrator()
    : on_invoke_(
          [](live::InvokeRequest request, const Done& done) { done(Echo(std::move(request))); }) {}

void FakeOrchestrator::set_on_invoke(OnInvoke on_invoke) {
  const std::lock_guard<std::mutex> lock(mutex_);
  on_invoke_ = std::move(on_invoke);
}

std::vector<live::InvokeRequest> FakeOrchestrator::invoked() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  return invoked_;
}

void FakeOrchestrator::AddFunction(const std::string& name) {
  live::FunctionSpec spec;
  spec.name = name;
  spec.source = live::CodeSource::kRootDirectory;
  spec.code_path = "/srv/root";
  CreateFunction(spec).status().IgnoreError();
}

live::InvokeResult FakeOrchestrator::Echo(live::InvokeRequest request) {
  return {.outcome = live::InvokeOutcome::kSuccess,
          .request_id = kFakeRequestId,
          .payload = std::move(request.payload),
          .content_type = "application/json",
          .trace_id = "Root=1-5759e988-bd862e3fe1be46a994272793;Sampled=0",
          .log_tail = absl::StrCat("START RequestId: ", kFakeRequestId, " Version: $LATEST\n")};
}

absl::StatusOr<live::FunctionRecord> FakeOrchestrator::CreateFunction(
    const live::FunctionSpec& spec) {
  RETURN_IF_ERROR(live::ValidateFunctionSpec(spec));
  const std::lock_guard<std::mutex> lock(mutex_);
  if (functions_.contains(spec.name)) {
    return absl::AlreadyExistsError(absl::StrCat("create function ", spec.name, ": it exists"));
  }
  live::FunctionRecord record{
      .id = FunctionId{static_cast<uint32_t>(functions_.size())},
      .spec = spec,
      .modified_at = kModifiedAt,
      .revision_id = absl::StrFormat("00000000-0000-4000-8000-%012u", ++revisions_)};
  functions_[spec.name] = record;
  return record;
}

absl::StatusOr<live::FunctionRecord> FakeOrchestrator::UpdateFunction(
    const live::FunctionSpec& spec) {
  RETURN_IF_ERROR(live::ValidateFunctionSpec(spec));
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = functions_.find(spec.name);
  if (found == functions_.end()) return absl::NotFoundError(spec.name);
  found->second.spec = spec;
  found->second.revision_id = absl::StrFormat("00000000-0000-4000-8000-%012u", ++revisions_);
  return found->second;
}

absl::Status FakeOrchestrator::DeleteFunction(const std::string& name) {
  const std::lock_guard<std::mutex> lock(mutex_);
  return functions_.erase(name) > 0 ? absl::OkStatus() : absl::NotFoundError(name);
}

absl::StatusOr<live::FunctionRecord> FakeOrchestrator::GetFunction(const std::string& name) const {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = functions_.find(name);
  if (found == functions_.end()) return absl::NotFoundError(name);
  return found->second;
}

std::vector<live::FunctionRecord> FakeOrchestrator::ListFunctions() const {
  const std::lock_guard<std::mutex> lock(mutex_);
  std::vector<live::FunctionRecord> records;
  for (const auto& [name, record] : functions_) records.push_back(record);
  return records;
}

absl::Status FakeOrchestrator::SetReservedConcurrency(const std::string& name,
                                                      std::optional<int32_t> concurrency) {
  const std::lock_guard<std::mutex> lock(mutex_);
  const auto found = functions_.find(name);
  if (found == functions_.end()) return absl::NotFoundError(name);
  int64_t reserved = concurrency.value_or(0);
  for (const auto& [other, record] : functions_) {
    if (other != name) reserved += record.concurrency_reserved.value_or(0);
  }
  if (options_.scheduler.account_concurrency - reserved <
      options_.scheduler.unreserved_concurrency_min) {
    return absl::InvalidArgumentError("too much would be reserved");
  }
  found->second.concurrency_reserved = concurrency;
  return absl::OkStatus();
}

void FakeOrchestrator::Invoke(live::InvokeRequest request, Done done) {
  OnInvoke on_invoke;
  {
    const std::lock_guard<std::mutex> lock(mutex_);
    invoked_.push_back(request);
    if (functions_.contains(request.function_name)) on_invoke = on_invoke_;
  }
  if (on_invoke == nullptr) {
    done({.outcome = live::InvokeOutcome::kFunctionNotFound,
          .request_id = kFakeRequestId,
          .message = "no such function"});
    return;
  }
  on_invoke(std::move(request), std::move(done));
}

int64_t FakeOrchestrator::unreserved_concurrency() const {
  int64_t unreserved = options_.scheduler.account_concurrency;
  for (const live::FunctionRecord& record : ListFunctions()) {
    unreserved -= record.concurrency_reserved.value_or(0);
  }
  return unreserved;
}

live::Metrics FakeOrchestrator::GetMetrics() const {
  return {.nodes = 1};
}

EnvironmentCounts FakeOrchestrator::FunctionCounts(const std::string&) const {
  return {};
}

std::vector<live::EnvironmentView> FakeOrchestrator::ListEnvironments() const {
  return {};
}

absl::StatusOr<uint64_t> FakeOrchestrator::Watch(std::function<void(const live::WatchEvent&)>) {
  return absl::UnimplementedError("the fake has nothing to watch");
}

void FakeOrchestrator::Unwatch(uint64_t) {}

std::string FakeOrchestrator::FunctionArn(const std::string& name) const {
  return absl::StrCat("arn:aws:lambda:us-east-1:000000000000:function:", name);
}

absl::StatusOr<NodeId> FakeOrchestrator::AddNode(const std::string&, int64_t, live::NodeLink*) {
  return absl::UnimplementedError("the fake has no nodes");
}

void FakeOrchestrator::RemoveNode(NodeId) {}

void FakeOrchestrator::OnReport(NodeId, v1::SessionRequest) {}

std::vector<uint64_t> FakeOrchestrator::UnknownEnvironments(NodeId,
                                                            const std::vector<uint64_t>&) const {
  return {};
}

}  // namespace floe::invoke_api
