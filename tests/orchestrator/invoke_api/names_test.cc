// Function references, JSON syntax, queries, throttle reasons, image digests: the small pure parts.

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "orchestrator/invoke_api/api_error.h"
#include "orchestrator/invoke_api/function_name.h"
#include "orchestrator/invoke_api/image_digest.h"
#include "orchestrator/invoke_api/json_syntax.h"
#include "orchestrator/invoke_api/query.h"

namespace floe::invoke_api {
namespace {

// The parts as "region/account/name/qualifier", or the text of the error.
std::string Parse(const std::string& text) {
  const absl::StatusOr<FunctionReference> reference = ParseFunctionReference(text);
  if (!reference.ok()) return std::string(reference.status().message());
  return absl::StrCat(reference->region, "/", reference->account, "/", reference->name, "/",
                      reference->qualifier);
}

TEST(FunctionReferenceTest, KnowsAllItsForms) {
  EXPECT_EQ(Parse("f"), "//f/");
  EXPECT_EQ(Parse("my-function_2"), "//my-function_2/");
  EXPECT_EQ(Parse("f:$LATEST"), "//f/$LATEST");
  EXPECT_EQ(Parse("f:7"), "//f/7");
  EXPECT_EQ(Parse("function:f"), "//f/");
  EXPECT_EQ(Parse("function"), "//function/");
  EXPECT_EQ(Parse("function:function"), "//function/");
  EXPECT_EQ(Parse("123456789012:function:f"), "/123456789012/f/");
  EXPECT_EQ(Parse("123456789012:f:prod"), "/123456789012/f/prod");
  EXPECT_EQ(Parse("arn:aws:lambda:us-east-1:123456789012:function:f"), "us-east-1/123456789012/f/");
  EXPECT_EQ(Parse("arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:f:prod"),
            "us-gov-west-1/123456789012/f/prod");
}

TEST(FunctionReferenceTest, RefusesEverythingElse) {
  for (const char* const text : {":", "f:", ":f", "f:a:b", "f g", "f/g", "f.g", "f:$OLDEST", "../f",
                                 "arn:aws:s3:::bucket", "arn:aws:lambda", "f\n", "\xc3\xa9"}) {
    EXPECT_TRUE(absl::StrContains(Parse(text),
                                  "at 'functionName' failed to satisfy constraint: "
                                  "Member must satisfy regular expression pattern"))
        << text << " gave " << Parse(text);
  }
  EXPECT_TRUE(absl::StrContains(Parse(""), "greater than or equal to 1"));
}

TEST(FunctionReferenceTest, BoundsTheLengthOfNames) {
  const std::string name(64, 'f');
  EXPECT_EQ(Parse(name), "//" + name + "/");
  EXPECT_TRUE(absl::StrContains(Parse(name + "f"), "length less than or equal to 64"));
  EXPECT_TRUE(absl::StrContains(Parse(std::string(171, 'f')), "length less than or equal to 170"));
}

TEST(FunctionReferenceTest, TakesOneQualifierFromTwoPlaces) {
  FunctionReference reference{.name = "f"};
  EXPECT_TRUE(AddQualifier("", reference).ok());
  EXPECT_TRUE(AddQualifier("$LATEST", reference).ok());
  EXPECT_TRUE(AddQualifier("$LATEST", reference).ok());
  EXPECT_EQ(reference.qualifier, "$LATEST");
  EXPECT_FALSE(AddQualifier("7", reference).ok());
  FunctionReference other{.name = "f"};
  EXPECT_FALSE(AddQualifier("a b", other).ok());
  EXPECT_TRUE(AddQualifier(std::string(128, 'q'), other).ok());
  other.qualifier.clear();
  EXPECT_FALSE(AddQualifier(std::string(129, 'q'), other).ok());
}

TEST(JsonSyntaxTest, AcceptsEveryKindOfValue) {
  for (const char* const text :
       {"1", "-1.5e300", "\"a\"", "true", "null", "[]", "{}", " {\"a\": [1, {\"b\": null}]} \n",
        "\"\xc3\xa9\"", "123456789012345678901234567890", "\"\\u0000\""}) {
    EXPECT_TRUE(CheckJsonSyntax(text).ok()) << text << ": " << CheckJsonSyntax(text);
  }
}

TEST(JsonSyntaxTest, RefusesWhatIsNotJson) {
  for (const char* const text :
       {"", " ", "{", "[1,]", "{\"a\":}", "1 2", "'a'", "nul", "{a:1}", "// c\n1", "\"\x01\"",
        "\"\xff\"", "\"\\ud800\"", "\xef\xbb\xbf{}"}) {
    EXPECT_FALSE(CheckJsonSyntax(text).ok()) << text;
  }
}

TEST(JsonSyntaxTest, BoundsTheDepth) {
  const auto nested = [](size_t depth) {
    return std::string(depth, '[') + std::string(depth, ']');
  };
  EXPECT_TRUE(CheckJsonSyntax(nested(1'000)).ok());
  EXPECT_FALSE(CheckJsonSyntax(nested(1'001)).ok());
  EXPECT_FALSE(CheckJsonSyntax(std::string(6'000'000, '[')).ok());
}

TEST(QueryTest, DecodesNamesAndValues) {
  EXPECT_EQ(ParseQuery("a=1&b=x+y%3D&c&=d&&a=2"),
            (QueryParameters{{"a", "1"}, {"b", "x y="}, {"c", ""}, {"", "d"}, {"a", "2"}}));
  EXPECT_EQ(QueryParameter("a=1&a=2", "a"), "1");
  EXPECT_EQ(QueryParameter("a=1", "b"), "");
}

TEST(ThrottleReasonTest, HasTheReasonOfTheApiForEachOfFloes) {
  EXPECT_EQ(ThrottleReasonName(ThrottleReason::kAccountConcurrency),
            "ConcurrentInvocationLimitExceeded");
  EXPECT_EQ(ThrottleReasonName(ThrottleReason::kReservedConcurrency),
            "ReservedFunctionConcurrentInvocationLimitExceeded");
  EXPECT_EQ(ThrottleReasonName(ThrottleReason::kScalingRate),
            "FunctionInvocationRateLimitExceeded");
  EXPECT_EQ(ThrottleReasonName(ThrottleReason::kAccountRequestRate),
            "FunctionInvocationRateLimitExceeded");
  EXPECT_EQ(ThrottleReasonName(ThrottleReason::kReservedRequestRate),
            "ReservedFunctionInvocationRateLimitExceeded");
  EXPECT_EQ(ThrottleReasonName(ThrottleReason::kNoCapacity), "ConcurrentInvocationLimitExceeded");
  EXPECT_EQ(ThrottleReasonName(ThrottleReason::kTenantEnvironments),
            "ConcurrentInvocationLimitExceeded");
}

TEST(ApiErrorTest, NamesPlainStatusesByTheirCode) {
  const auto name_of = [](const absl::Status& status) {
    const net::HttpResponse response = ErrorResponse(status, "id");
    return absl::StrCat(response.status, " ", response.headers.Get("x-amzn-ErrorType"));
  };
  EXPECT_EQ(name_of(absl::InvalidArgumentError("x")), "400 InvalidParameterValueException");
  EXPECT_EQ(name_of(absl::NotFoundError("x")), "404 ResourceNotFoundException");
  EXPECT_EQ(name_of(absl::AlreadyExistsError("x")), "409 ResourceConflictException");
  EXPECT_EQ(name_of(absl::ResourceExhaustedError("x")), "402 ServiceQuotaExceededException");
  EXPECT_EQ(name_of(absl::UnavailableError("x")), "500 ServiceException");
  EXPECT_EQ(name_of(ApiError(ErrorCode::kValidation, "x")), "400 ValidationException");
}

TEST(ImageDigestTest, IsTheOneOfTheIndexOrElseOfThePath) {
  const char* const tmp = std::getenv("TEST_TMPDIR");
  std::string directory = std::string(tmp == nullptr ? "/tmp" : tmp) + "/floe_digest_XXXXXX";
  ASSERT_NE(mkdtemp(directory.data()), nullptr);
  const std::string hex(64, 'a');
  std::ofstream(directory + "/index.json")
      << R"({"manifests":[{"digest":"sha256:)" << hex << R"("}]})";

  EXPECT_EQ(ImageDigest(directory), hex);
  // SHA-256 of "/srv/image".
  EXPECT_EQ(ImageDigest("/srv/image"),
            "ce8ebe99d5b96e9d7cc653e431ac4565b42d9129dcc36b4ff079abcab24ff5fd");
  std::filesystem::remove_all(directory);
}

}  // namespace
}  // namespace floe::invoke_api
