// Results of functions as HTTP responses, one test per rule of the gateway.

#include "orchestrator/invoke_api/proxy_response.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"

namespace floe::invoke_api {
namespace {

// The response in one line: "200|Name: value|...|body", or "malformed".
std::string Show(const std::string& result) {
  const absl::StatusOr<net::HttpResponse> response = ParseProxyResponse(result);
  if (!response.ok()) {
    EXPECT_EQ(response.status().code(), absl::StatusCode::kInvalidArgument) << response.status();
    return "malformed";
  }
  std::string shown = absl::StrCat(response->status);
  for (const auto& [name, value] : response->headers.all()) {
    absl::StrAppend(&shown, "|", name, ": ", value);
  }
  return absl::StrCat(shown, "|", response->body);
}

constexpr char kJson[] = "|Content-Type: application/json|";

TEST(ProxyResponseTest, NeedsNothingButAnObject) {
  EXPECT_EQ(Show(R"({"statusCode": 200})"), absl::StrCat("200", kJson));
  EXPECT_EQ(Show(R"({"headers":{}})"), absl::StrCat("200", kJson));
  EXPECT_EQ(Show("{}"), absl::StrCat("200", kJson));
  EXPECT_EQ(Show(R"("text")"), "malformed");
  EXPECT_EQ(Show("null"), "malformed");
  EXPECT_EQ(Show(""), "malformed");
  EXPECT_EQ(Show("[]"), "malformed");
  EXPECT_EQ(Show("{"), "malformed");
}

TEST(ProxyResponseTest, TakesAStatusAsNumberOrNumericString) {
  EXPECT_EQ(Show(R"({"statusCode":"201"})"), absl::StrCat("201", kJson));
  EXPECT_EQ(Show(R"({"statusCode":"created"})"), "malformed");
  EXPECT_EQ(Show(R"({"statusCode":true})"), "malformed");
  EXPECT_EQ(Show(R"({"statusCode":199})"), "malformed");
  EXPECT_EQ(Show(R"({"statusCode":599})"), absl::StrCat("599", kJson));
  EXPECT_EQ(Show(R"({"statusCode":600})"), "malformed");
  EXPECT_EQ(Show(R"({"statusCode":1e99})"), "malformed");
  EXPECT_EQ(Show(R"({"statusCode":18446744073709551615})"), "malformed");
}

TEST(ProxyResponseTest, RefusesUnknownMembers) {
  EXPECT_EQ(Show(R"({"statusCode":200,"status":200})"), "malformed");
  EXPECT_EQ(Show(R"({"statuscode":200})"), "malformed");
  EXPECT_EQ(Show(R"({"cookies":[]})"), "malformed");
}

TEST(ProxyResponseTest, TakesHeadersOfEveryScalarType) {
  EXPECT_EQ(Show(R"({"headers":null})"), absl::StrCat("200", kJson));
  EXPECT_EQ(Show(R"({"headers":{"content-type":"text/plain","A":true,"B":7,"C":1.5,"D":null}})"),
            "200|content-type: text/plain|A: true|B: 7|C: 1.5|");
  EXPECT_EQ(Show(R"({"headers":{"A":["b"]}})"), "malformed");
  EXPECT_EQ(Show(R"({"headers":[]})"), "malformed");
}

TEST(ProxyResponseTest, SendsTheValuesOfBothHeaderMaps) {
  EXPECT_EQ(Show(R"({"headers":{"X":"value-solo"},"multiValueHeaders":{"X":["value-multi"]}})"),
            "200|X: value-multi|X: value-solo|Content-Type: application/json|");
  EXPECT_EQ(Show(R"({"multiValueHeaders":{"X":["a",false]}})"),
            "200|X: a|X: false|Content-Type: application/json|");
  EXPECT_EQ(Show(R"({"multiValueHeaders":{"X":"a"}})"), "malformed");
  EXPECT_EQ(Show(R"({"multiValueHeaders":null})"), absl::StrCat("200", kJson));
}

TEST(ProxyResponseTest, PassesABase64BodyUndecoded) {
  EXPECT_EQ(Show(R"({"body":"aGVsbG8=","isBase64Encoded":true})"),
            absl::StrCat("200", kJson, "aGVsbG8="));
  EXPECT_EQ(Show(R"({"isBase64Encoded":"true"})"), "malformed");
}

TEST(ProxyResponseTest, TakesTextOnlyAsBody) {
  EXPECT_EQ(Show(R"({"body":"a\nb"})"), absl::StrCat("200", kJson, "a\nb"));
  EXPECT_EQ(Show(R"({"body":null})"), absl::StrCat("200", kJson));
  EXPECT_EQ(Show(R"({"body":{"a":1}})"), "malformed");
  EXPECT_EQ(Show(R"({"statusCode":204,"body":"x"})"), absl::StrCat("204", kJson));
}

TEST(ProxyResponseTest, LetsNoHeaderBreakTheResponse) {
  EXPECT_EQ(Show(R"({"headers":{"A":"b\r\nSet-Cookie: c"}})"), "malformed");
  EXPECT_EQ(Show(R"({"headers":{"A\r\nB":"c"}})"), "malformed");
  EXPECT_EQ(Show(R"({"headers":{"":"c"}})"), "malformed");
  EXPECT_EQ(Show(R"({"headers":{"A B":"c"}})"), "malformed");
  EXPECT_EQ(Show(R"({"headers":{"Content-Length":"7","Transfer-Encoding":"chunked"}})"),
            "200|x-amzn-Remapped-Content-Length: 7|Content-Type: application/json|");
}

}  // namespace
}  // namespace floe::invoke_api
