#include "cli/flags.h"

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "gtest/gtest.h"

namespace floe::cli {
namespace {

TEST(ParseDurationTest, ReadsUnitsAndTheirSums) {
  EXPECT_EQ(ParseDuration("250ms").value(), Duration::Milliseconds(250));
  EXPECT_EQ(ParseDuration("1.5s").value(), Duration::Milliseconds(1'500));
  EXPECT_EQ(ParseDuration("1h30m").value(), Duration::Minutes(90));
  EXPECT_EQ(ParseDuration("0").value(), Duration());
  EXPECT_EQ(ParseDuration("inf").value(), Duration::Infinite());
}

TEST(ParseDurationTest, RefusesWhatIsNoLengthOfTime) {
  for (const char* text : {"", "10", "fast", "10 m", "1x", "-1s"}) {
    EXPECT_EQ(ParseDuration(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

TEST(CheckWritableTest, RefusesFoldersAndWhatLiesInNone) {
  const std::string folder = testing::TempDir();
  EXPECT_TRUE(CheckWritable(folder + "/new.result").ok());
  EXPECT_TRUE(CheckWritable("new.result").ok());
  EXPECT_EQ(CheckWritable(folder).message(), "write " + folder + ": it is a folder");
  const absl::Status missing = CheckWritable(folder + "/no_such/new.result");
  EXPECT_EQ(missing.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(missing.message(),
            "write " + folder + "/no_such/new.result: No such file or directory");
}

TEST(ParseHostPortTest, ReadsBothFamilies) {
  const absl::StatusOr<HostPort> v4 = ParseHostPort("127.0.0.1:9000");
  ASSERT_TRUE(v4.ok()) << v4.status();
  EXPECT_EQ(v4->host, "127.0.0.1");
  EXPECT_EQ(v4->port, 9000);
  const absl::StatusOr<HostPort> v6 = ParseHostPort("[::1]:0");
  ASSERT_TRUE(v6.ok()) << v6.status();
  EXPECT_EQ(v6->host, "::1");
  EXPECT_EQ(v6->port, 0);
}

TEST(ParseHostPortTest, RefusesPortsOutsideTheRange) {
  EXPECT_TRUE(ParseHostPort("127.0.0.1:65535").ok());
  for (const char* text : {"127.0.0.1:65536", "127.0.0.1:-1", "127.0.0.1:", "127.0.0.1", ":80"}) {
    EXPECT_EQ(ParseHostPort(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

}  // namespace
}  // namespace floe::cli
