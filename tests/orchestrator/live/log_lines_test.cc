#include "orchestrator/live/log_lines.h"

#include <string>

#include "gtest/gtest.h"

namespace floe::live {
namespace {

TEST(LogLinesTest, BillingRoundsInitAndRunTogetherUpToWholeMilliseconds) {
  // Measured on Lambda: duration 3004.92 ms, init 111.23 ms, billed 3117 ms.
  EXPECT_EQ(BilledMilliseconds(Duration::Microseconds(111'230), Duration::Microseconds(3'004'920)),
            3'117);
  EXPECT_EQ(BilledMilliseconds(Duration(), Duration::Milliseconds(2)), 2);
  EXPECT_EQ(BilledMilliseconds(Duration(), Duration::Nanoseconds(2'000'001)), 3);
  EXPECT_EQ(BilledMilliseconds(Duration(), Duration()), 1);
}

TEST(LogLinesTest, AWarmReportHasNoInitDuration) {
  EXPECT_EQ(LogTail({.request_id = "id",
                     .output = "",
                     .run_duration = Duration::Microseconds(1'234),
                     .memory_mib = 128,
                     .memory_used_max_mib = 9}),
            "START RequestId: id Version: $LATEST\nEND RequestId: id\nREPORT RequestId: "
            "id\tDuration: 1.23 ms\tBilled Duration: 2 ms\tMemory Size: 128 MB\tMax Memory Used: 9 "
            "MB\t\n");
}

TEST(LogLinesTest, AFailedReportEndsWithItsStatus) {
  const InvocationLog log = {.request_id = "id",
                             .output = "no newline",
                             .run_duration = Duration::Seconds(3),
                             .init_duration = Duration::Microseconds(80'005),
                             .memory_mib = 256,
                             .memory_used_max_mib = 40,
                             .status = "error",
                             .error_type = "Runtime.ExitError"};
  EXPECT_EQ(LogTail(log),
            "START RequestId: id Version: $LATEST\nno newline\nEND RequestId: id\nREPORT "
            "RequestId: id\tDuration: 3000.00 ms\tBilled Duration: 3081 ms\tMemory Size: 256 "
            "MB\tMax Memory Used: 40 MB\tInit Duration: 80.01 ms\tStatus: error\tError Type: "
            "Runtime.ExitError\n");
}

TEST(LogLinesTest, TheEndOfALongLogIsKept) {
  const std::string text =
      LogTail({.request_id = "id", .output = std::string(10'000, 'x') + "last words\n"});
  EXPECT_EQ(text.size(), 4'096u);
  EXPECT_EQ(text.front(), 'x');
  EXPECT_NE(text.find("last words\nEND RequestId: id\n"), std::string::npos);
}

TEST(LogLinesTest, ErrorBodiesAreJsonWhateverTheMessageHolds) {
  EXPECT_EQ(
      ErrorBody("A.B", "say \"hi\"\\\n\t\r\x01\x7f"),
      "{\"errorType\":\"A.B\",\"errorMessage\":\"say \\\"hi\\\"\\\\\\n\\t\\r\\u0001\\u007f\"}");
  EXPECT_EQ(ErrorBody("A", "gr\xc3\xbc\xc3\x9f \xf0\x9f\x8c\x8a"),
            "{\"errorType\":\"A\",\"errorMessage\":\"gr\xc3\xbc\xc3\x9f \xf0\x9f\x8c\x8a\"}");
  // A lone continuation, an overlong form, a surrogate, a cut-off sequence.
  EXPECT_EQ(ErrorBody("A", "\x80\xc0\xaf|\xed\xa0\x80|\xe2\x82"),
            "{\"errorType\":\"A\",\"errorMessage\":\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd|"
            "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd|\xef\xbf\xbd\xef\xbf\xbd\"}");
}

TEST(LogLinesTest, TimeoutsAreShownWithTwoDecimals) {
  EXPECT_EQ(TimeoutText(Duration::Seconds(3)), "Task timed out after 3.00 seconds");
  EXPECT_EQ(ErrorMessage("id", "x"), "RequestId: id Error: x");
}

}  // namespace
}  // namespace floe::live
