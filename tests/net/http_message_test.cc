#include "net/http_message.h"

#include "gtest/gtest.h"

namespace floe::net {
namespace {

TEST(HttpFieldsTest, FindsNamesWithoutCaseAndTakesTheFirstValue) {
  HttpFields fields;
  fields.Add("Content-Type", "a");
  fields.Add("content-type", "b");

  EXPECT_EQ(fields.Get("CONTENT-TYPE"), "a");
  EXPECT_EQ(fields.all().size(), 2u);
  EXPECT_EQ(fields.all()[1].first, "content-type");
}

TEST(HttpFieldsTest, TellsAnEmptyValueFromNone) {
  HttpFields fields;
  fields.Add("X-Empty", "");

  EXPECT_TRUE(fields.Has("x-empty"));
  EXPECT_EQ(fields.Get("x-empty"), "");
  EXPECT_FALSE(fields.Has("x-other"));
  EXPECT_EQ(fields.Get("x-other"), "");
}

TEST(PercentDecodeTest, DecodesBothCasesOfDigitsAndLeavesPlus) {
  EXPECT_EQ(PercentDecode("a%3Ab%3a+c%2F"), "a:b:+c/");
}

TEST(PercentDecodeTest, KeepsMalformedEscapesAsWritten) {
  EXPECT_EQ(PercentDecode("%"), "%");
  EXPECT_EQ(PercentDecode("%4"), "%4");
  EXPECT_EQ(PercentDecode("%zz%4g%%41"), "%zz%4g%A");
}

}  // namespace
}  // namespace floe::net
