#include "simulator/trace_file/arrival_store.h"

#include <algorithm>
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "base/prng.h"
#include "gtest/gtest.h"
#include "simulator/trace_file/spill_file.h"
#include "tests/simulator/trace_file/read_trace.h"

namespace floe {
namespace {

std::vector<TraceFunction> Functions(size_t count) {
  return std::vector<TraceFunction>(count, TraceFunction{.name = "f", .memory_mib = {}});
}

TEST(ArrivalStoreTest, ArrivalsComeOutSortedAndTiesInTheirOrder) {
  // Of the seed, many arrivals have equal times; their run is the order in which they came.
  Prng prng(7);
  for (const size_t run : {size_t{1'000'000}, size_t{10'000}, size_t{1'001}}) {
    SCOPED_TRACE(run);
    ArrivalStore store(run);
    std::vector<std::pair<int64_t, int64_t>> expected;
    for (int64_t i = 0; i < 20'000; ++i) {
      const auto at = static_cast<int64_t>(prng.Below(5'000));
      expected.emplace_back(at, i);
      ASSERT_TRUE(store
                      .Add({.at_ns = at + 100,
                            .function = static_cast<uint32_t>(i % 3),
                            .run_ns = i,
                            .tenant = static_cast<uint32_t>(i % 5)})
                      .ok());
    }
    EXPECT_EQ(store.size(), 20'000u);
    std::sort(expected.begin(), expected.end());
    const auto trace = std::move(store).Finish(Functions(3), /*earlier_ns=*/100);
    ASSERT_TRUE(trace.ok());
    const std::vector<TraceArrival> arrivals = ReadAll(**trace, 1, 77);
    ASSERT_EQ(arrivals.size(), expected.size());
    for (size_t i = 0; i < arrivals.size(); ++i) {
      ASSERT_EQ(arrivals[i].at_ns, expected[i].first) << i;
      ASSERT_EQ(arrivals[i].run_ns, expected[i].second) << i;
      ASSERT_EQ(arrivals[i].function, static_cast<uint32_t>(arrivals[i].run_ns % 3)) << i;
      ASSERT_EQ(arrivals[i].tenant, static_cast<uint32_t>(arrivals[i].run_ns % 5)) << i;
    }
  }
}

TEST(ArrivalStoreTest, WhatDoesNotFitIntoMemoryIsReadFromAFileByManyCursors) {
  // Of 24 bytes each: 36 MB.
  constexpr int64_t kArrivals = 1'500'000;
  ArrivalStore store;
  for (int64_t i = 0; i < kArrivals; ++i) {
    ASSERT_TRUE(store.Add({.at_ns = (i * 7'919) % kArrivals, .run_ns = i}).ok());
  }
  const auto trace = std::move(store).Finish(Functions(1), 0);
  ASSERT_TRUE(trace.ok());
  const std::unique_ptr<TraceCursor> first = (*trace)->Open(1);
  const std::unique_ptr<TraceCursor> second = (*trace)->Open(2);
  std::vector<TraceArrival> some(10'000);
  int64_t expected = 0;
  bool sorted = true;
  while (const size_t count = first->Fill(absl::MakeSpan(some))) {
    for (size_t i = 0; i < count; ++i) sorted = sorted && some[i].at_ns == expected++;
    ASSERT_EQ(second->Fill(absl::MakeSpan(some).first(count)), count);
    ASSERT_EQ(some[count - 1].at_ns, expected - 1);
  }
  EXPECT_TRUE(sorted);
  EXPECT_EQ(expected, kArrivals);
  EXPECT_TRUE(first->status().ok() && second->status().ok());
}

TEST(ArrivalStoreTest, TheNumberOfRunsIsLimited) {
  ArrivalStore store(/*run=*/2);
  for (size_t i = 0; i < 2 * kArrivalStoreRunsMax; ++i) {
    ASSERT_TRUE(store.Add({.at_ns = static_cast<int64_t>(i)}).ok());
  }
  ASSERT_TRUE(store.Add({.at_ns = 1}).ok());
  EXPECT_EQ(store.Add({.at_ns = 2}).code(), absl::StatusCode::kResourceExhausted);
}

TEST(SpillFileTest, BytesAreReadFromMemoryFromTheFileAndAcrossBoth) {
  for (const size_t memory : {size_t{0}, size_t{10}, size_t{1'000'000}}) {
    SCOPED_TRACE(memory);
    SpillFile file(memory);
    std::string expected;
    for (int i = 0; i < 100'000; ++i) {
      const std::string text = std::to_string(i);
      expected += text;
      ASSERT_TRUE(file.Append(text).ok());
    }
    ASSERT_TRUE(file.Finish().ok());
    ASSERT_EQ(file.size(), expected.size());
    EXPECT_EQ(file.spilled(), memory < expected.size());
    for (const size_t offset : {size_t{0}, size_t{5}, size_t{10}, expected.size() - 20}) {
      std::string read(20, '\0');
      ASSERT_TRUE(file.ReadAt(offset, read.data(), read.size()).ok());
      EXPECT_EQ(read, expected.substr(offset, 20));
    }
  }
}

TEST(SpillFileTest, AnEmptyFileIsNone) {
  SpillFile file(0);
  ASSERT_TRUE(file.Finish().ok());
  EXPECT_FALSE(file.spilled());
  EXPECT_TRUE(file.ReadAt(0, nullptr, 0).ok());
}

}  // namespace
}  // namespace floe
