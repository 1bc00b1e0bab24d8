#include "runtime_api/posted_message.h"

#include <string>

#include "gtest/gtest.h"
#include "net/http_message.h"

namespace floe::runtime_api {
namespace {

TEST(ClassifyErrorTypeTest, KeepsValidTypes) {
  EXPECT_EQ(ClassifyErrorType("Runtime.ExitError"), "Runtime.ExitError");
  EXPECT_EQ(ClassifyErrorType("Function.MyOwn"), "Function.MyOwn");
  EXPECT_EQ(ClassifyErrorType("Function.Ab"), "Function.Ab");
}

TEST(ClassifyErrorTypeTest, MakesTheRestUnknownOfTheirKind) {
  EXPECT_EQ(ClassifyErrorType("Function.A"), "Function.Unknown");
  EXPECT_EQ(ClassifyErrorType("Function."), "Function.Unknown");
  EXPECT_EQ(ClassifyErrorType("Function.lower"), "Function.Unknown");
  EXPECT_EQ(ClassifyErrorType("Function.With Blank"), "Function.Unknown");
  EXPECT_EQ(ClassifyErrorType("Function.Digit1"), "Function.Unknown");
  EXPECT_EQ(ClassifyErrorType("Runtime.lower"), "Runtime.Unknown");
  EXPECT_EQ(ClassifyErrorType("Function"), "Runtime.Unknown");
  EXPECT_EQ(ClassifyErrorType("TypeError"), "Runtime.Unknown");
  EXPECT_EQ(ClassifyErrorType(""), "Runtime.Unknown");
}

ResponseMode ModeOf(const std::string& value) {
  net::HttpFields headers;
  headers.Add("lambda-runtime-function-response-mode", value);
  return ResponseModeOf(headers);
}

TEST(ResponseModeTest, OnlyExactlyStreamingAsksForStreaming) {
  EXPECT_EQ(ResponseModeOf({}), ResponseMode::kBuffered);
  EXPECT_EQ(ModeOf(""), ResponseMode::kBuffered);
  EXPECT_EQ(ModeOf("streaming"), ResponseMode::kStreaming);
  EXPECT_EQ(ModeOf("Streaming"), ResponseMode::kInvalid);
  EXPECT_EQ(ModeOf("buffered"), ResponseMode::kInvalid);
}

TEST(StreamErrorTest, IsEmptyWithoutItsTrailers) {
  net::HttpFields trailers;
  trailers.Add("X-Other", "1");
  EXPECT_EQ(StreamErrorOf(trailers).type, "");
  EXPECT_EQ(StreamErrorOf(trailers).body, "");
}

TEST(StreamErrorTest, DecodesTheBody) {
  net::HttpFields trailers;
  trailers.Add("Lambda-Runtime-Function-Error-Type", "Function.Broke");
  trailers.Add("Lambda-Runtime-Function-Error-Body", "eyJlcnJvclR5cGUiOiJFIn0=");
  EXPECT_EQ(StreamErrorOf(trailers).type, "Function.Broke");
  EXPECT_EQ(StreamErrorOf(trailers).body, "{\"errorType\":\"E\"}");
}

TEST(StreamErrorTest, KeepsABodyThatIsNoBase64) {
  net::HttpFields trailers;
  trailers.Add("Lambda-Runtime-Function-Error-Body", "{not base64}");
  EXPECT_EQ(StreamErrorOf(trailers).type, "Runtime.Unknown");
  EXPECT_EQ(StreamErrorOf(trailers).body, "{not base64}");
}

TEST(OnOneLineTest, MakesLineBreaksBlanks) {
  EXPECT_EQ(OnOneLine("{\r\n\"a\": 1\n}"), "{  \"a\": 1 }");
}

}  // namespace
}  // namespace floe::runtime_api
