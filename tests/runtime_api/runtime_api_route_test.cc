#include "runtime_api/runtime_api_route.h"

#include "absl/strings/string_view.h"
#include "gtest/gtest.h"

namespace floe::runtime_api {
namespace {

using Call = RuntimeApiCall;

TEST(RuntimeApiRouteTest, KnowsItsRoutes) {
  EXPECT_EQ(RouteOf("GET", "/2018-06-01/runtime/invocation/next").call, Call::kNext);
  EXPECT_EQ(RouteOf("POST", "/2018-06-01/runtime/init/error").call, Call::kInitError);
  EXPECT_EQ(RouteOf("GET", "/ping").call, Call::kPing);
  EXPECT_EQ(RouteOf("GET", "/2018-06-01/ping").call, Call::kPing);
}

TEST(RuntimeApiRouteTest, TakesTheRequestIdOutOfThePathAndDecodesIt) {
  const RuntimeApiRoute response = RouteOf("POST", "/2018-06-01/runtime/invocation/a%3Ab/response");
  EXPECT_EQ(response.call, Call::kResponse);
  EXPECT_EQ(response.request_id, "a:b");
  const RuntimeApiRoute error = RouteOf("POST", "/2018-06-01/runtime/invocation/7/error");
  EXPECT_EQ(error.call, Call::kError);
  EXPECT_EQ(error.request_id, "7");
}

TEST(RuntimeApiRouteTest, PassesAnEmptyRequestIdOn) {
  const RuntimeApiRoute route = RouteOf("POST", "/2018-06-01/runtime/invocation//response");
  EXPECT_EQ(route.call, Call::kResponse);
  EXPECT_EQ(route.request_id, "");
}

TEST(RuntimeApiRouteTest, TellsAWrongMethodFromAnUnknownPath) {
  const RuntimeApiRoute next = RouteOf("POST", "/2018-06-01/runtime/invocation/next");
  EXPECT_EQ(next.call, Call::kWrongMethod);
  EXPECT_EQ(next.allowed_method, "GET");
  const RuntimeApiRoute response = RouteOf("PUT", "/2018-06-01/runtime/invocation/7/response");
  EXPECT_EQ(response.call, Call::kWrongMethod);
  EXPECT_EQ(response.allowed_method, "POST");
}

TEST(RuntimeApiRouteTest, KnowsNothingElse) {
  for (const absl::string_view path : {
           "",
           "/",
           "*",
           "/2018-06-01",
           "/2018-06-01/",
           "/2018-06-01/runtime/invocation/next/",
           "/2018-06-01/runtime/invocation/7",
           "/2018-06-01/runtime/invocation/7/8/response",
           "/2018-06-01/runtime/invocation/response",
           "/2018-06-01/runtime/restore/next",
           "/2018-06-01/runtime/restore/error",
           "/2020-01-01/extension/register",
           "/2022-07-01/telemetry",
           "/2015-03-31/functions/function/invocations",
       }) {
    EXPECT_EQ(RouteOf("GET", path).call, Call::kUnknownPath) << path;
    EXPECT_EQ(RouteOf("POST", path).call, Call::kUnknownPath) << path;
  }
}

}  // namespace
}  // namespace floe::runtime_api
