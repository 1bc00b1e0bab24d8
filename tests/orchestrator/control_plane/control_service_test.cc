// ControlService as a program sees it, over gRPC.

#include <memory>
#include <string>
#include <thread>

#include "grpcpp/grpcpp.h"
#include "gtest/gtest.h"
#include "proto/floe/v1/control.grpc.pb.h"
#include "tests/orchestrator/control_plane/server_fixture.h"
#include "tests/orchestrator/live/fake_agent.h"

namespace floe::control_plane {
namespace {

class ControlServiceTest : public ServerTest {
 protected:
  void StartWithAgent(const ControlPlaneServer::Options& options = {},
                      const live::OrchestratorOptions& orchestrator_options = {}) {
    Start(options, orchestrator_options);
    agent_ = std::make_unique<live::FakeAgent>(orchestrator_.get(), "local");
    ASSERT_TRUE(agent_->Join().ok());
    stub_ = v1::ControlService::NewStub(server_->InProcessChannel());
  }
  static v1::FunctionSpec Spec(const std::string& name) {
    v1::FunctionSpec spec;
    spec.set_name(name);
    spec.mutable_code()->set_root_directory("/srv/root");
    return spec;
  }
  grpc::Status Deploy(const v1::FunctionSpec& spec, v1::Function* deployed = nullptr) {
    grpc::ClientContext context;
    v1::DeployFunctionRequest request;
    *request.mutable_spec() = spec;
    v1::DeployFunctionResponse response;
    const grpc::Status status = stub_->DeployFunction(&context, request, &response);
    if (deployed != nullptr) *deployed = response.function();
    return status;
  }
  grpc::Status Invoke(const std::string& name, const std::string& payload,
                      v1::InvokeResponse* response) {
    grpc::ClientContext context;
    v1::InvokeRequest request;
    request.set_function_name(name);
    request.set_payload(payload);
    return stub_->Invoke(&context, request, response);
  }
  grpc::Status Reserve(const std::string& name, std::optional<int32_t> concurrency) {
    grpc::ClientContext context;
    v1::SetReservedConcurrencyRequest request;
    request.set_name(name);
    if (concurrency.has_value()) request.set_concurrency_reserved(*concurrency);
    v1::SetReservedConcurrencyResponse response;
    return stub_->SetReservedConcurrency(&context, request, &response);
  }

  std::unique_ptr<v1::ControlService::Stub> stub_;
  std::unique_ptr<live::FakeAgent> agent_;
};

TEST_F(ControlServiceTest, WhatIsDeployedIsListedWithItsDefaults) {
  StartWithAgent();
  v1::Function deployed;
  ASSERT_TRUE(Deploy(Spec("f"), &deployed).ok());
  EXPECT_EQ(deployed.spec().memory_mib(), 128);
  EXPECT_EQ(deployed.spec().timeout().seconds(), 3);
  EXPECT_EQ(deployed.spec().tmp_mib(), 512);
  EXPECT_EQ(deployed.spec().network(), v1::FUNCTION_NETWORK_ISOLATED);
  EXPECT_FALSE(deployed.has_concurrency_reserved());
  EXPECT_GT(deployed.modified_at().seconds(), 1'600'000'000);
  v1::FunctionSpec full = Spec("e");
  full.mutable_code()->set_task_directory("/srv/task");
  full.mutable_code()->set_base_root("/srv/base");
  full.add_entry_point("/bin/run");
  full.add_command("a");
  full.set_working_directory("/var/task");
  (*full.mutable_variables())["MINE"] = "1";
  full.set_memory_mib(10'240);
  full.mutable_timeout()->set_seconds(900);
  full.set_tmp_mib(1'024);
  full.set_network(v1::FUNCTION_NETWORK_HOST);
  full.set_description("says hello");
  full.set_handler("main.handler");
  ASSERT_TRUE(Deploy(full).ok());
  ASSERT_TRUE(Reserve("e", 5).ok());
  grpc::ClientContext context;
  v1::ListFunctionsResponse listed;
  ASSERT_TRUE(stub_->ListFunctions(&context, {}, &listed).ok());
  ASSERT_EQ(listed.functions_size(), 2);
  EXPECT_EQ(listed.functions(0).spec().SerializeAsString(), full.SerializeAsString())
      << listed.functions(0).ShortDebugString();
  EXPECT_EQ(listed.functions(0).concurrency_reserved(), 5);
  EXPECT_EQ(listed.functions(1).spec().name(), "f");
}

TEST_F(ControlServiceTest, DeployingAgainReplacesTheFunction) {
  StartWithAgent();
  ASSERT_TRUE(Deploy(Spec("f")).ok());
  v1::FunctionSpec changed = Spec("f");
  changed.set_memory_mib(256);
  v1::Function deployed;
  ASSERT_TRUE(Deploy(changed, &deployed).ok());
  EXPECT_EQ(deployed.spec().memory_mib(), 256);
  EXPECT_EQ(orchestrator_->ListFunctions().size(), 1u);
}

TEST_F(ControlServiceTest, ARefusedDeploymentNamesFieldValueAndLimit) {
  StartWithAgent();
  struct Case {
    v1::FunctionSpec spec;
    const char* message;
  };
  v1::FunctionSpec no_code = Spec("f");
  no_code.clear_code();
  v1::FunctionSpec bad_memory = Spec("f");
  bad_memory.set_memory_mib(64);
  v1::FunctionSpec huge_memory = Spec("f");
  huge_memory.set_memory_mib(int64_t{1} << 40);
  v1::FunctionSpec bad_timeout = Spec("f");
  bad_timeout.mutable_timeout()->set_seconds(901);
  v1::FunctionSpec negative_timeout = Spec("f");
  negative_timeout.mutable_timeout()->set_seconds(-1);
  v1::FunctionSpec fraction = Spec("f");
  fraction.mutable_timeout()->set_seconds(1);
  fraction.mutable_timeout()->set_nanos(500'000'000);
  v1::FunctionSpec network = Spec("f");
  network.set_network(static_cast<v1::FunctionNetwork>(9));
  v1::FunctionSpec variable = Spec("f");
  (*variable.mutable_variables())["AWS_REGION"] = "x";
  const Case cases[] = {
      {no_code, "code is unset; it must name oci_image, root_directory or task_directory"},
      {Spec("no spaces"), "name is \"no spaces\"; it must be 1 to 64 of [A-Za-z0-9_-]"},
      {bad_memory, "memory_mib is 64 MiB; the range is 128 to 10240 MiB"},
      {huge_memory, "memory_mib is 1099511627776, far out of range"},
      {bad_timeout, "timeout is 901 s; the range is 1 to 900 s in whole seconds"},
      {negative_timeout, "timeout is -1 s; the range is 1 to 900 s in whole seconds"},
      {fraction, "timeout is 1.5 s; the range is 1 to 900 s in whole seconds"},
      {network, "network is 9; the range is 0 to 2"},
      {variable, "variables has the name \"AWS_REGION\", which is reserved"},
  };
  for (const Case& c : cases) {
    const grpc::Status status = Deploy(c.spec);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_EQ(status.error_message(), c.message);
  }
}

TEST_F(ControlServiceTest, AnInvocationIsAnswered) {
  StartWithAgent();
  ASSERT_TRUE(Deploy(Spec("f")).ok());
  v1::InvokeResponse response;
  ASSERT_TRUE(Invoke("f", "", &response).ok());
  EXPECT_EQ(response.payload(), "{\"ok\":true}");
  EXPECT_EQ(response.function_error(), "");
  EXPECT_TRUE(response.cold_start());
  EXPECT_EQ(response.request_id().size(), 36u);
  EXPECT_EQ(response.log().rfind("START RequestId: " + response.request_id(), 0), 0u);
  const auto assigned = agent_->WaitFor(v1::SessionResponse::kAssignInvocation, 1);
  ASSERT_EQ(assigned.size(), 1u);
  EXPECT_EQ(assigned[0].assign_invocation().payload(), "{}");
}

TEST_F(ControlServiceTest, AnErrorOfTheFunctionIsAnAnswer) {
  StartWithAgent();
  ASSERT_TRUE(Deploy(Spec("f")).ok());
  agent_->SetBehaviour([](live::FakeAgent& agent, const v1::SessionResponse& command) {
    if (!command.has_assign_invocation()) return false;
    agent.RespondError(command.assign_invocation(), "Function.Mine", "{\"errorType\":\"Mine\"}");
    return true;
  });
  v1::InvokeResponse response;
  ASSERT_TRUE(Invoke("f", "{}", &response).ok());
  EXPECT_EQ(response.function_error(), "Unhandled");
  EXPECT_EQ(response.payload(), "{\"errorType\":\"Mine\"}");
}

TEST_F(ControlServiceTest, EveryOtherOutcomeOfAnInvocationIsAStatus) {
  StartWithAgent();
  ASSERT_TRUE(Deploy(Spec("f")).ok());
  v1::InvokeResponse response;
  grpc::Status status = Invoke("nobody", "{}", &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::NOT_FOUND);
  status = Invoke("f", "{", &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(status.error_message().rfind("payload is not JSON: ", 0), 0u) << status.error_message();
  const std::string at_limit = "\"" + std::string(6'291'554, 'x') + "\"";
  EXPECT_TRUE(Invoke("f", at_limit, &response).ok());
  status = Invoke("f", at_limit + " ", &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(status.error_message(), "payload has 6291557 bytes; the limit is 6291556");
  ASSERT_TRUE(Reserve("f", 0).ok());
  status = Invoke("f", "{}", &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
  EXPECT_EQ(status.error_message(), "throttled: reserved concurrency");
  ASSERT_TRUE(Reserve("f", std::nullopt).ok());
  agent_->SetBehaviour([](live::FakeAgent& agent, const v1::SessionResponse&) {
    agent.Leave();
    return true;
  });
  status = Invoke("f", "{}", &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE) << status.error_message();
}

TEST_F(ControlServiceTest, ACallerThatLeavesDoesNotDisturbTheInvocation) {
  StartWithAgent();
  ASSERT_TRUE(Deploy(Spec("f")).ok());
  agent_->SetBehaviour([](live::FakeAgent&, const v1::SessionResponse& command) {
    return command.has_assign_invocation();
  });
  grpc::ClientContext context;
  v1::InvokeRequest request;
  request.set_function_name("f");
  v1::InvokeResponse response;
  std::thread caller([&] {
    EXPECT_EQ(stub_->Invoke(&context, request, &response).error_code(),
              grpc::StatusCode::CANCELLED);
  });
  const auto assigned = agent_->WaitFor(v1::SessionResponse::kAssignInvocation, 1);
  ASSERT_EQ(assigned.size(), 1u);
  context.TryCancel();
  caller.join();
  agent_->Respond(assigned[0].assign_invocation(), "late");
  agent_->Finished(assigned[0].assign_invocation());
  EXPECT_TRUE(Eventually([&] { return orchestrator_->GetMetrics().environments.idle == 1; }));
}

TEST_F(ControlServiceTest, ReservationsHaveTheirOwnErrors) {
  StartWithAgent();
  ASSERT_TRUE(Deploy(Spec("f")).ok());
  EXPECT_EQ(Reserve("nobody", 1).error_code(), grpc::StatusCode::NOT_FOUND);
  EXPECT_EQ(Reserve("f", -1).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_TRUE(Reserve("f", 900).ok());
  EXPECT_EQ(Reserve("f", 901).error_code(), grpc::StatusCode::FAILED_PRECONDITION);
  grpc::ClientContext context;
  v1::GetLimitsResponse limits;
  ASSERT_TRUE(stub_->GetLimits(&context, {}, &limits).ok());
  EXPECT_EQ(limits.account_concurrency(), 1'000);
  EXPECT_EQ(limits.unreserved_concurrency_min(), 100);
  EXPECT_EQ(limits.unreserved_concurrency(), 100);
  EXPECT_EQ(limits.keep_alive().seconds(), 600);
  EXPECT_EQ(limits.scaling_rule(), "current");
}

TEST_F(ControlServiceTest, ADeletedFunctionIsNotFound) {
  StartWithAgent();
  ASSERT_TRUE(Deploy(Spec("f")).ok());
  v1::DeleteFunctionRequest request;
  request.set_name("f");
  v1::DeleteFunctionResponse response;
  grpc::ClientContext first;
  EXPECT_TRUE(stub_->DeleteFunction(&first, request, &response).ok());
  grpc::ClientContext second;
  EXPECT_EQ(stub_->DeleteFunction(&second, request, &response).error_code(),
            grpc::StatusCode::NOT_FOUND);
}

TEST_F(ControlServiceTest, EnvironmentsAndMetricsShowWhatExists) {
  StartWithAgent();
  ASSERT_TRUE(Deploy(Spec("f")).ok());
  v1::InvokeResponse response;
  ASSERT_TRUE(Invoke("f", "{}", &response).ok());
  ASSERT_TRUE(Eventually([&] { return orchestrator_->GetMetrics().environments.idle == 1; }));
  grpc::ClientContext context;
  v1::ListEnvironmentsResponse listed;
  ASSERT_TRUE(stub_->ListEnvironments(&context, {}, &listed).ok());
  ASSERT_EQ(listed.environments_size(), 1);
  EXPECT_EQ(listed.environments(0).function_name(), "f");
  EXPECT_EQ(listed.environments(0).node_name(), "local");
  EXPECT_EQ(listed.environments(0).state(), v1::ENVIRONMENT_STATE_IDLE);
  grpc::ClientContext metrics_context;
  v1::GetMetricsResponse metrics;
  ASSERT_TRUE(stub_->GetMetrics(&metrics_context, {}, &metrics).ok());
  EXPECT_EQ(metrics.invocations(), 1u);
  EXPECT_EQ(metrics.cold_starts(), 1u);
  EXPECT_EQ(metrics.nodes(), 1);
  EXPECT_EQ(metrics.environments().idle(), 1);
  EXPECT_EQ(metrics.throttles().size(), 7u);
}

TEST_F(ControlServiceTest, WatchersSeeWhatHappensFromTheFirstMetadataOn) {
  StartWithAgent();
  grpc::ClientContext context;
  const auto reader = stub_->WatchEvents(&context, {});
  reader->WaitForInitialMetadata();
  ASSERT_TRUE(Deploy(Spec("f")).ok());
  v1::WatchEventsResponse event;
  ASSERT_TRUE(reader->Read(&event));
  // The agent joined just before; the orchestrator may tell of it only now.
  if (event.text() == "node local joined with 4096 MiB") {
    ASSERT_TRUE(reader->Read(&event));
  }
  EXPECT_EQ(event.text(), "function f deployed");
  v1::InvokeResponse response;
  ASSERT_TRUE(Invoke("f", "{}", &response).ok());
  ASSERT_TRUE(reader->Read(&event));
  EXPECT_EQ(event.text(), "environment 0.1 of f starting");
  EXPECT_EQ(event.environments().starting(), 1);
  context.TryCancel();
  while (reader->Read(&event)) {
  }
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(ControlServiceTest, AWatcherThatDoesNotReadIsTold) {
  StartWithAgent({.watch_events_max = 4});
  grpc::ClientContext context;
  const auto reader = stub_->WatchEvents(&context, {});
  reader->WaitForInitialMetadata();
  // Far more than the transport takes on its own.
  v1::FunctionSpec spec = Spec("f");
  for (int i = 0; i < 5'000; ++i) {
    ASSERT_TRUE(Deploy(spec).ok());
  }
  v1::WatchEventsResponse event;
  while (reader->Read(&event)) {
  }
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST_F(ControlServiceTest, ShuttingDownEndsWatchersAndCallsUnderWay) {
  StartWithAgent();
  ASSERT_TRUE(Deploy(Spec("f")).ok());
  agent_->SetBehaviour([](live::FakeAgent&, const v1::SessionResponse&) { return true; });
  grpc::ClientContext context;
  const auto reader = stub_->WatchEvents(&context, {});
  reader->WaitForInitialMetadata();
  std::thread caller([&] {
    v1::InvokeResponse response;
    EXPECT_FALSE(Invoke("f", "{}", &response).ok());
  });
  ASSERT_EQ(agent_->WaitFor(v1::SessionResponse::kStartEnvironment, 1).size(), 1u);
  server_->Shutdown(Duration::Milliseconds(50));
  caller.join();
  v1::WatchEventsResponse event;
  while (reader->Read(&event)) {
  }
  EXPECT_EQ(reader->Finish().error_code(), grpc::StatusCode::UNAVAILABLE);
}

}  // namespace
}  // namespace floe::control_plane
