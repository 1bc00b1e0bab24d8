#include "experiment/result_file.h"

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "experiment/estimate.h"
#include "experiment/experiment.h"
#include "experiment/metric.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "simulator/scenario.h"

namespace floe {
namespace {

using testing::HasSubstr;

std::string TempPath(const std::string& name) {
  return testing::TempDir() + "/" + name;
}

std::string ReadAll(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

void WriteBytes(const std::string& path, const std::string& bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

ResultHeader SweepHeader() {
  ResultHeader header{.scenario_name = "sweep",
                      .scenario_text = "duration: '1h'",
                      .seed = 5,
                      .duration = Duration::Hours(1),
                      .replications = 3,
                      .functions = {{.name = "f", .count = 2}},
                      .grid = {{{.field = "keep_alive", .values = {"1m", "2m"}}}}};
  for (const Metric& metric : Metrics()) header.metrics.emplace_back(metric.name);
  return header;
}

ResultUnit Unit(int64_t point, int64_t replication) {
  const double value = static_cast<double>(10 * point + replication);
  return {.point = point,
          .replication = replication,
          .values = {.total = std::vector<double>(Metrics().size(), value),
                     .functions = {std::vector<double>(Metrics().size(), -value)}}};
}

// A new file with two units.
std::string TwoUnits(const std::string& name) {
  const std::string path = TempPath(name);
  std::remove(path.c_str());
  absl::StatusOr<std::unique_ptr<ResultAppender>> file =
      ResultAppender::Create(path, SweepHeader());
  EXPECT_TRUE(file.ok()) << file.status();
  EXPECT_TRUE((*file)->Append(Unit(1, 0)).ok());
  EXPECT_TRUE((*file)->Append(Unit(0, 2)).ok());
  return path;
}

TEST(ResultFileTest, GivesBackWhatWasAppendedInOrder) {
  const absl::StatusOr<ResultFile> file = ReadResultFile(TwoUnits("order"));
  ASSERT_TRUE(file.ok()) << file.status();
  EXPECT_EQ(file->header, SweepHeader());
  ASSERT_EQ(file->units.size(), 2u);
  EXPECT_EQ(file->units[0].replication, 2);
  EXPECT_EQ(file->units[0].values, Unit(0, 2).values);
  EXPECT_EQ(file->units[1].values, Unit(1, 0).values);
  EXPECT_EQ(file->torn_bytes, 0u);
  EXPECT_FALSE(file->complete());
  EXPECT_EQ(file->header.units(), 6);
}

TEST(ResultFileTest, ACutOffTailIsLeftOutAndTheFileCanBeContinued) {
  const std::string whole = ReadAll(TwoUnits("torn"));
  const std::string path = TempPath("torn");
  for (const size_t cut : {1, 5, 100}) {
    WriteBytes(path, whole.substr(0, whole.size() - cut));
    absl::StatusOr<ResultFile> file = ReadResultFile(path);
    ASSERT_TRUE(file.ok()) << file.status();
    EXPECT_EQ(file->units.size(), 1u);
    EXPECT_GT(file->torn_bytes, 0u);
    absl::StatusOr<std::unique_ptr<ResultAppender>> more =
        ResultAppender::Continue(path, file->whole_bytes);
    ASSERT_TRUE(more.ok()) << more.status();
    EXPECT_TRUE((*more)->Append(Unit(0, 2)).ok());
    EXPECT_EQ(ReadAll(path), whole);
  }
  WriteBytes(path, whole + std::string(5'000, '\0'));
  EXPECT_EQ(ReadResultFile(path)->torn_bytes, 5'000u);
}

TEST(ResultFileTest, EveryDamagedByteIsNoticed) {
  const std::string whole = ReadAll(TwoUnits("damaged"));
  for (size_t i = 0; i < whole.size(); i += 7) {
    std::string damaged = whole;
    damaged[i] ^= 0x10;
    const absl::Status status = ParseResultFile("x", damaged).status();
    EXPECT_FALSE(status.ok()) << "byte " << i;
  }
}

TEST(ResultFileTest, SaysWhatIsNoResultFile) {
  WriteBytes(TempPath("text"), "duration: '1h'");
  EXPECT_THAT(std::string(ReadResultFile(TempPath("text")).status().message()),
              HasSubstr("not a result file"));
  EXPECT_FALSE(IsResultFile(TempPath("text")));
  EXPECT_TRUE(IsResultFile(TwoUnits("is")));
  EXPECT_EQ(ReadResultFile("/no/such/file").status().code(), absl::StatusCode::kNotFound);
  EXPECT_FALSE(IsResultFile("/no/such/file"));
  std::string newer = ReadAll(TempPath("is"));
  newer[8] = 2;
  EXPECT_THAT(std::string(ParseResultFile("x", newer).status().message()),
              HasSubstr("a result file of version 2; this program reads version 1"));
}

TEST(ResultFileTest, AFileIsNotCreatedTwice) {
  EXPECT_EQ(ResultAppender::Create(TwoUnits("twice"), SweepHeader()).status().code(),
            absl::StatusCode::kAlreadyExists);
}

TEST(ResultFileTest, TheBytesDoNotDependOnTheOrderOfTheUnits) {
  ResultFile one{.header = SweepHeader(), .units = {Unit(0, 0), Unit(0, 1), Unit(1, 2)}};
  ResultFile other{.header = SweepHeader(),
                   .units = {Unit(1, 2), Unit(0, 1), Unit(0, 0), Unit(0, 1)}};
  EXPECT_EQ(SerializeResultFile(one), SerializeResultFile(other));
  const std::string path = TempPath("written");
  ASSERT_TRUE(WriteResultFile(path, other).ok());
  EXPECT_EQ(ReadAll(path), SerializeResultFile(one));
}

TEST(ResultFileTest, MetricsAreFoundByTheirNames) {
  ResultHeader header = SweepHeader();
  header.metrics = {"a metric of tomorrow", "cold_share"};
  const std::string path = TempPath("names");
  std::remove(path.c_str());
  ASSERT_TRUE(
      (*ResultAppender::Create(path, header))->Append({.values = {.total = {1, 0.25}}}).ok());
  const absl::StatusOr<ResultFile> file = ReadResultFile(path);
  ASSERT_TRUE(file.ok()) << file.status();
  const std::vector<double>& total = file->units.at(0).values.total;
  EXPECT_EQ(total[FindMetric("cold_share").value()], 0.25);
  EXPECT_TRUE(std::isnan(total[FindMetric("throttle_share").value()]));
}

TEST(ResultFileTest, AUnitThatTheHeaderDidNotAskForIsDamage) {
  const std::string path = TempPath("unasked");
  for (const ResultUnit& unit : {Unit(2, 0), Unit(0, 3), Unit(-1, 0)}) {
    std::remove(path.c_str());
    ASSERT_TRUE((*ResultAppender::Create(path, SweepHeader()))->Append(unit).ok());
    EXPECT_EQ(ReadResultFile(path).status().code(), absl::StatusCode::kDataLoss);
  }
}

TEST(ResultFileTest, AnExperimentComesBackAsItWas) {
  const Scenario scenario{.name = "there and back",
                          .duration = Duration::Minutes(10),
                          .warm_up = Duration::Minutes(1),
                          .functions = {{.name = "f",
                                         .arrivals = {PoissonArrivals{.rate_per_second = 3}},
                                         .init = ConstantLength{Duration::Milliseconds(9)}},
                                        {.name = "g"}}};
  absl::StatusOr<ExperimentResult> result = RunExperiment(scenario, {.replications = 4});
  ASSERT_TRUE(result.ok()) << result.status();
  result->scenario_text = "as it was written";
  const std::string bytes = SerializeResultFile(FileOfExperiment(*result));
  const absl::StatusOr<ResultFile> file = ParseResultFile("x", bytes);
  ASSERT_TRUE(file.ok()) << file.status();
  const absl::StatusOr<ExperimentResult> back = ExperimentOfFile(*file);
  ASSERT_TRUE(back.ok()) << back.status();
  EXPECT_EQ(SerializeResultFile(FileOfExperiment(*back)), bytes);
  EXPECT_EQ(back->scenario_text, "as it was written");
  EXPECT_EQ(back->replications_done, 4);
  EXPECT_EQ(back->merged.latency.All().Quantile(0.99), result->merged.latency.All().Quantile(0.99));
  EXPECT_EQ(back->merged.environments.series.size(), result->merged.environments.series.size());
  const size_t invocations = FindMetric("invocations").value();
  EXPECT_EQ(back->metrics[invocations].high, result->metrics[invocations].high);
  EXPECT_EQ(back->functions[0].metrics[invocations].mean,
            result->functions[0].metrics[invocations].mean);
}

}  // namespace
}  // namespace floe
