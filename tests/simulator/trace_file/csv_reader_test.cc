#include "simulator/trace_file/csv_reader.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/simulator/trace_file/read_trace.h"

namespace floe {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

std::vector<std::vector<std::string>> Rows(CsvReader& reader) {
  std::vector<std::vector<std::string>> rows;
  absl::Span<const absl::string_view> cells;
  while (reader.NextRow(cells)) {
    rows.emplace_back();
    for (const absl::string_view cell : cells) rows.back().emplace_back(cell);
  }
  return rows;
}

std::vector<std::vector<std::string>> RowsOf(const std::string& text) {
  CsvReader reader(Bytes(text), "f.csv");
  std::vector<std::vector<std::string>> rows = Rows(reader);
  EXPECT_TRUE(reader.status().ok()) << reader.status();
  return rows;
}

std::string ErrorOf(const std::string& text) {
  CsvReader reader(Bytes(text), "f.csv");
  Rows(reader);
  EXPECT_EQ(reader.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(reader.status().message());
}

TEST(CsvReaderTest, RowsArePartedAtCommasAndLineEnds) {
  EXPECT_THAT(RowsOf("a,b\n1,\n,2\r\n,\n"), ElementsAre(ElementsAre("a", "b"), ElementsAre("1", ""),
                                                        ElementsAre("", "2"), ElementsAre("", "")));
}

TEST(CsvReaderTest, TheLastLineMayLackItsEnd) {
  EXPECT_THAT(RowsOf("a,b\n1,2"), ElementsAre(ElementsAre("a", "b"), ElementsAre("1", "2")));
  EXPECT_THAT(RowsOf("a\r"), ElementsAre(ElementsAre("a")));
}

TEST(CsvReaderTest, EmptyLinesAndAByteOrderMarkAreSkipped) {
  EXPECT_THAT(RowsOf("\xef\xbb\xbf\n\r\na\n\n\nb\n\n"),
              ElementsAre(ElementsAre("a"), ElementsAre("b")));
  EXPECT_TRUE(RowsOf("").empty());
  EXPECT_TRUE(RowsOf("\xef\xbb\xbf").empty());
}

TEST(CsvReaderTest, QuotedCellsMayHoldCommasAndQuotes) {
  EXPECT_THAT(RowsOf("\"a,b\",\"\"\"x\"\"\",c\"d\n\"\",\"y\"\n"),
              ElementsAre(ElementsAre("a,b", "\"x\"", "c\"d"), ElementsAre("", "y")));
}

TEST(CsvReaderTest, BadQuotesAreRefusedWithTheirLine) {
  EXPECT_THAT(ErrorOf("a\n\"b\nc\"\n"),
              HasSubstr("read f.csv: line 2: has a quoted cell that does not end on the line"));
  EXPECT_THAT(ErrorOf("\"b\"c\n"), HasSubstr("line 1: has something between a closing quote"));
}

TEST(CsvReaderTest, LineNumbersCountEmptyLinesToo) {
  EXPECT_THAT(ErrorOf("a\n\n\n\"b\n"), HasSubstr("line 4"));
}

TEST(CsvReaderTest, RowsMustFitTheHeader) {
  CsvReader reader(Bytes("a,b\n1,2\n1,2,3\n"), "f.csv");
  ASSERT_TRUE(reader.ReadHeader().ok());
  EXPECT_EQ(reader.FindColumn("b"), 1);
  EXPECT_EQ(reader.FindColumn("c"), -1);
  EXPECT_THAT(std::string(reader.RequireColumn("c").status().message()),
              HasSubstr("there is no column `c`, only `a`, `b`"));
  EXPECT_EQ(Rows(reader).size(), 1u);
  EXPECT_THAT(std::string(reader.status().message()),
              HasSubstr("line 3: has 3 cells where the header names 2"));
}

TEST(CsvReaderTest, AHeaderMayNotNameAColumnTwice) {
  CsvReader reader(Bytes("a,b,a\n"), "f.csv");
  EXPECT_THAT(std::string(reader.ReadHeader().message()), HasSubstr("names the column `a` twice"));
}

TEST(CsvReaderTest, AnEmptyFileHasNoHeader) {
  CsvReader reader(Bytes("\n\n"), "f.csv");
  EXPECT_THAT(std::string(reader.ReadHeader().message()), HasSubstr("the file is empty"));
}

TEST(CsvReaderTest, LinesMayHaveAMebibyteAndNotMore) {
  const std::string longest(kCsvLineBytesMax - 1, 'x');
  CsvReader reader(std::make_unique<PiecesSource>(longest + "\ny\n", 100'000), "f.csv");
  absl::string_view line;
  ASSERT_TRUE(reader.NextLine(line));
  EXPECT_EQ(line.size(), kCsvLineBytesMax - 1);
  ASSERT_TRUE(reader.NextLine(line));
  EXPECT_EQ(line, "y");

  CsvReader longer(std::make_unique<PiecesSource>("y\nx" + longest + "\n", 100'000), "f.csv");
  ASSERT_TRUE(longer.NextLine(line));
  EXPECT_FALSE(longer.NextLine(line));
  EXPECT_THAT(std::string(longer.status().message()),
              HasSubstr("line 2: is longer than 1048576 bytes"));
}

TEST(CsvReaderTest, ErrorsQuoteLittleAndPrintably) {
  CsvReader reader(Bytes("a\n"), "f.csv");
  ASSERT_TRUE(reader.ReadHeader().ok());
  const std::string cell = std::string("\x01\xff", 2) + std::string(500, 'x');
  const absl::Status status = reader.CellError(0, cell, "is bad");
  EXPECT_THAT(std::string(status.message()), HasSubstr("column 1 (`a`): is `\\x01\\xffxxx"));
  EXPECT_LT(status.message().size(), 200u);
}

}  // namespace
}  // namespace floe
