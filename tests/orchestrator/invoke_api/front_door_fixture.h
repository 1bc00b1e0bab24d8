// The front door on a free port in front of a fake orchestrator.

#ifndef FLOE_TESTS_ORCHESTRATOR_INVOKE_API_FRONT_DOOR_FIXTURE_H_
#define FLOE_TESTS_ORCHESTRATOR_INVOKE_API_FRONT_DOOR_FIXTURE_H_

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>

#include "net/http_server.h"
#include "orchestrator/invoke_api/invoke_api.h"
#include "tests/orchestrator/invoke_api/fake_orchestrator.h"
#include "tests/orchestrator/invoke_api/test_http_client.h"

namespace floe::invoke_api {

class FrontDoorFixture : public ::testing::Test {
 protected:
  void SetUp() override {
    const char* const tmp = std::getenv("TEST_TMPDIR");
    directory_ = std::string(tmp == nullptr ? "/tmp" : tmp) + "/floe_front_door_XXXXXX";
    ASSERT_NE(mkdtemp(directory_.data()), nullptr);
    auto server = net::HttpServer::Create({.threads = 1});
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
    auto api = InvokeApi::Create(
        {.port = 0, .code_directory = directory_ + "/code", .base_root = base_root_}, server_.get(),
        &orchestrator_);
    ASSERT_TRUE(api.ok()) << api.status();
    api_ = *std::move(api);
  }

  void TearDown() override {
    api_ = nullptr;
    server_ = nullptr;
    std::filesystem::remove_all(directory_);
  }

  net::HttpResponse Send(const TestRequest& request) { return SendRequest(api_->port(), request); }

  net::HttpResponse Send(const std::string& method, const std::string& target,
                         const std::string& body = "") {
    return Send({.method = method, .target = target, .body = body});
  }

  std::string base_root_ = "/srv/base";
  std::string directory_;
  FakeOrchestrator orchestrator_;
  std::unique_ptr<net::HttpServer> server_;
  std::unique_ptr<InvokeApi> api_;
};

}  // namespace floe::invoke_api

#endif  // FLOE_TESTS_ORCHESTRATOR_INVOKE_API_FRONT_DOOR_FIXTURE_H_
