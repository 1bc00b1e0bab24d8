#include "experiment/sweep.h"

#include <algorithm>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/status_macros.h"
#include "experiment/estimate.h"
#include "experiment/metric.h"
#include "experiment/parallel.h"
#include "experiment/run_watch.h"

namespace floe {
namespace {

absl::Status CheckOptions(const Grid& grid, const SweepOptions& options) {
  if (options.replications < 1 || options.replications > kReplicationsMax) {
    return absl::InvalidArgumentError(absl::StrCat(
        "replications: ", options.replications, ", but 1 to ", kReplicationsMax, " are possible"));
  }
  if (!(options.confidence >= kConfidenceMin && options.confidence <= kConfidenceMax)) {
    return absl::InvalidArgumentError(absl::StrCat("confidence: ", options.confidence, ", but ",
                                                   kConfidenceMin, " to ", kConfidenceMax,
                                                   " are possible"));
  }
  const int64_t units = grid.points() * options.replications;
  if (units > kSweepUnitsMax) {
    return absl::InvalidArgumentError(
        absl::StrCat(units, " runs are asked for (", grid.points(), " settings with ",
                     options.replications, " replications), at most ", kSweepUnitsMax,
                     " are possible; vary less, or use fewer replications"));
  }
  return absl::OkStatus();
}

// Builds scenarios once for all threads that need them. Thread-safe.
class ScenarioStore {
 public:
  ScenarioStore(const ScenarioEdit& edit, const Grid& grid, const std::atomic<bool>* cancelled)
      : edit_(edit), grid_(grid), cancelled_(cancelled) {}

  absl::StatusOr<std::shared_ptr<const Scenario>> Get(int64_t point) {
    const std::shared_ptr<Entry> entry = EntryOf(point);
    std::call_once(entry->once, [&] { entry->scenario = Build(point); });
    return entry->scenario;
  }

 private:
  using Built = absl::StatusOr<std::shared_ptr<const Scenario>>;
  struct Entry {
    std::once_flag once;
    Built scenario = absl::UnknownError("not built");
  };
  static constexpr size_t kKept = 4;

  std::shared_ptr<Entry> EntryOf(int64_t point) {
    const std::lock_guard lock(mutex_);
    std::shared_ptr<Entry>& entry = entries_[point];
    if (entry == nullptr) entry = std::make_shared<Entry>();
    const std::shared_ptr<Entry> found = entry;
    // All units of the earliest have begun by now; whoever runs one of them holds the scenario.
    if (entries_.size() > kKept) entries_.erase(entries_.begin());
    return found;
  }

  Built Build(int64_t point) const {
    absl::StatusOr<Scenario> scenario = ScenarioAt(edit_, grid_, point);
    if (!scenario.ok()) return scenario.status();
    absl::StatusOr<PreparedScenario> prepared = PrepareScenario(*scenario, cancelled_);
    if (!prepared.ok()) return prepared.status();
    return std::make_shared<const Scenario>(std::move(prepared->scenario));
  }

  const ScenarioEdit& edit_;
  const Grid& grid_;
  const std::atomic<bool>* cancelled_;
  std::mutex mutex_;
  std::map<int64_t, std::shared_ptr<Entry>> entries_;  // Guarded by mutex_.
};

// Takes finished units to the file. The first error stays and stops everything. Thread-safe.
class UnitSink {
 public:
  UnitSink(ResultAppender& file, std::atomic<bool>& stop) : file_(file), stop_(stop) {}

  void Take(ResultUnit unit, uint64_t events) {
    const std::lock_guard lock(mutex_);
    if (!status_.ok()) return;
    Keep(file_.Append(unit));
    if (!status_.ok()) return;
    units_.push_back(std::move(unit));
    events_ += events;
  }
  void Fail(const absl::Status& status) {
    const std::lock_guard lock(mutex_);
    Keep(status);
  }

  // Call these when no other thread uses this any more.
  const absl::Status& status() const { return status_; }
  std::vector<ResultUnit>& units() { return units_; }
  uint64_t events() const { return events_; }

 private:
  void Keep(const absl::Status& status) {
    if (!status_.ok() || status.ok()) return;
    status_ = status;
    stop_ = true;
  }

  ResultAppender& file_;
  std::atomic<bool>& stop_;
  std::mutex mutex_;
  // All guarded by mutex_.
  absl::Status status_;
  std::vector<ResultUnit> units_;
  uint64_t events_ = 0;
};

absl::StatusOr<ResultHeader> HeaderOf(const ScenarioEdit& edit, const Grid& grid,
                                      const SweepOptions& options) {
  absl::StatusOr<Scenario> first = ScenarioAt(edit, grid, 0);
  if (!first.ok()) return first.status();
  ResultHeader header{.scenario_name = first->name,
                      .scenario_text = edit.Text(),
                      .seed = first->seed,
                      .duration = first->duration,
                      .warm_up = first->warm_up,
                      .warm_up_auto = first->warm_up_auto,
                      .replications = options.replications,
                      .confidence = options.confidence,
                      .grid = grid};
  for (const Metric& metric : Metrics()) header.metrics.emplace_back(metric.name);
  const auto values = static_cast<int64_t>(Metrics().size()) * header.units();
  // Functions of a trace are not counted: their number is known only after the first run.
  const auto entries = static_cast<int64_t>(first->functions.size());
  if (first->traces.empty() && entries <= static_cast<int64_t>(kEntriesWithEstimatesMax) &&
      values * (1 + entries) <= kSweepValuesMax) {
    for (const ScenarioFunction& function : first->functions) {
      header.functions.push_back({.name = function.name, .count = function.count});
    }
  }
  if (values > kSweepValuesMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("the sweep gives ", values, " figures, at most ", kSweepValuesMax,
                     " are possible; vary less, or use fewer replications"));
  }
  return header;
}

// Each value of each axis with the first values of the others: a typing error in the last of a
// thousand values shows at once and not after hours.
absl::Status CheckSettings(const ScenarioEdit& edit, const Grid& grid) {
  int64_t stride = grid.points();
  for (const Axis& axis : grid.axes) {
    stride /= static_cast<int64_t>(axis.values.size());
    for (size_t i = 1; i < axis.values.size(); ++i) {
      RETURN_IF_ERROR(ScenarioAt(edit, grid, static_cast<int64_t>(i) * stride).status());
    }
  }
  return absl::OkStatus();
}

// The file's units, if there is such a file; it is of the same sweep then.
absl::StatusOr<ResultFile> OpenOrCreate(const std::string& path, const ResultHeader& header,
                                        std::unique_ptr<ResultAppender>& appender) {
  absl::StatusOr<ResultFile> file = ReadResultFile(path);
  if (file.status().code() == absl::StatusCode::kNotFound) {
    absl::StatusOr<std::unique_ptr<ResultAppender>> created = ResultAppender::Create(path, header);
    if (!created.ok()) return created.status();
    appender = *std::move(created);
    return ResultFile{.header = header};
  }
  if (!file.ok()) return file.status();
  if (file->header != header) {
    return absl::FailedPreconditionError(
        absl::StrCat(path,
                     " holds the results of another scenario, grid or number of "
                     "replications; name another file, or remove this one"));
  }
  absl::StatusOr<std::unique_ptr<ResultAppender>> more =
      ResultAppender::Continue(path, file->whole_bytes);
  if (!more.ok()) return more.status();
  appender = *std::move(more);
  return file;
}

// The units of the shard that the file does not have, in order.
std::vector<int64_t> MissingUnits(const ResultFile& file, const Shard& shard) {
  std::set<int64_t> present;
  for (const ResultUnit& unit : file.units) {
    present.insert(unit.point * file.header.replications + unit.replication);
  }
  std::vector<int64_t> missing;
  for (int64_t unit = shard.number - 1; unit < file.header.units(); unit += shard.count) {
    if (present.count(unit) == 0) missing.push_back(unit);
  }
  return missing;
}

std::vector<ResultUnit>::const_iterator FirstUnitAt(const ResultFile& file, int64_t point) {
  return std::partition_point(file.units.begin(), file.units.end(),
                              [point](const ResultUnit& unit) { return unit.point < point; });
}

}  // namespace

absl::StatusOr<Shard> ParseShard(absl::string_view text) {
  const std::vector<absl::string_view> parts = absl::StrSplit(text, '/');
  Shard shard;
  if (parts.size() != 2 || !absl::SimpleAtoi(parts[0], &shard.number) ||
      !absl::SimpleAtoi(parts[1], &shard.count) || shard.number < 1 || shard.number > shard.count ||
      shard.count > kShardsMax) {
    return absl::InvalidArgumentError(
        absl::StrCat("shard '", text, "': write I/N with I from 1 to N, and N at most ", kShardsMax,
                     ", for example 3/8"));
  }
  return shard;
}

std::string DescribePoint(const Grid& grid, int64_t point) {
  const std::vector<std::string> values = grid.ValuesAt(point);
  std::string text;
  for (size_t i = 0; i < values.size(); ++i) {
    absl::StrAppend(&text, i == 0 ? "" : ", ", grid.axes[i].field, "=", values[i]);
  }
  return text;
}

absl::StatusOr<Scenario> ScenarioAt(const ScenarioEdit& scenario, const Grid& grid, int64_t point) {
  ScenarioEdit edit = scenario;
  const std::vector<std::string> values = grid.ValuesAt(point);
  for (size_t i = 0; i < values.size(); ++i) {
    RETURN_IF_ERROR(edit.Set(grid.axes[i].field, values[i]));
  }
  absl::StatusOr<Scenario> built = edit.Build();
  if (built.ok() || grid.axes.empty()) return built;
  return absl::Status(built.status().code(), absl::StrCat("with ", DescribePoint(grid, point), ": ",
                                                          built.status().message()));
}

absl::StatusOr<SweepOutcome> RunSweep(const ScenarioEdit& scenario, const Grid& grid,
                                      const std::string& path, const SweepOptions& options) {
  RETURN_IF_ERROR(CheckOptions(grid, options));
  absl::StatusOr<ResultHeader> header = HeaderOf(scenario, grid, options);
  if (!header.ok()) return header.status();
  RETURN_IF_ERROR(CheckSettings(scenario, grid));
  std::unique_ptr<ResultAppender> appender;
  absl::StatusOr<ResultFile> file = OpenOrCreate(path, *header, appender);
  if (!file.ok()) return file.status();
  const std::vector<int64_t> missing = MissingUnits(*file, options.shard);

  // Stopped by an error, or by the caller.
  std::atomic<bool> stop = false;
  const auto poll = [&] {
    if (options.cancelled != nullptr && options.cancelled->load()) stop = true;
  };
  poll();
  ParallelOptions parallel = {.units = static_cast<int64_t>(missing.size()),
                              .threads = options.threads,
                              .cancelled = &stop};
  RunWatch watch(ThreadsOf(parallel), std::max<int64_t>(parallel.units, 1), header->duration,
                 &stop);
  parallel.tick = [&] {
    poll();
    if (options.on_progress) options.on_progress(watch.progress());
  };
  ScenarioStore scenarios(scenario, grid, &stop);
  UnitSink sink(*appender, stop);
  RunInParallel(parallel, [&](int64_t index, int thread) {
    const int64_t unit = missing[static_cast<size_t>(index)];
    const int64_t point = unit / header->replications;
    const int64_t replication = unit % header->replications;
    const absl::StatusOr<std::shared_ptr<const Scenario>> built = scenarios.Get(point);
    if (!built.ok()) return sink.Fail(built.status());
    Scenario run = **built;
    run.seed = SeedOfReplication(run.seed, replication);
    const SimulationResult result = RunSimulation(run, nullptr, &watch.Begin(thread));
    if (!watch.End(thread, result.events)) return;
    if (!result.trace_status.ok()) return sink.Fail(result.trace_status);
    ReplicationValues values = MeasureRun(run, result);
    if (values.functions.size() != header->functions.size()) values.functions.clear();
    sink.Take({.point = point, .replication = replication, .values = std::move(values)},
              result.events);
  });
  const bool cancelled = options.cancelled != nullptr && options.cancelled->load();
  if (!sink.status().ok() && !cancelled) return sink.status();
  RETURN_IF_ERROR(appender->Sync());
  SweepOutcome outcome{.units_before = static_cast<int64_t>(file->units.size()),
                       .units_run = static_cast<int64_t>(sink.units().size()),
                       .events = sink.events()};
  outcome.units_missing = parallel.units - outcome.units_run;
  for (ResultUnit& unit : sink.units()) file->units.push_back(std::move(unit));
  outcome.file = *std::move(file);
  SortUnits(outcome.file.units);
  if (outcome.units_missing == 0) RETURN_IF_ERROR(WriteResultFile(path, outcome.file));
  return outcome;
}

absl::StatusOr<ResultFile> MergeResultFiles(const std::vector<std::string>& paths) {
  if (paths.empty()) return absl::InvalidArgumentError("merge: no files are given");
  ResultFile merged;
  for (size_t i = 0; i < paths.size(); ++i) {
    absl::StatusOr<ResultFile> file = ReadResultFile(paths[i]);
    if (!file.ok()) return file.status();
    if (i == 0) {
      merged.header = file->header;
    } else if (merged.header != file->header) {
      return absl::InvalidArgumentError(
          absl::StrCat("merge: ", paths[i], " is of another sweep than ", paths[0]));
    }
    for (ResultUnit& unit : file->units) merged.units.push_back(std::move(unit));
  }
  // Before those that come twice are thrown away.
  std::stable_sort(merged.units.begin(), merged.units.end(), UnitBefore);
  for (size_t i = 1; i < merged.units.size(); ++i) {
    const ResultUnit& a = merged.units[i - 1];
    const ResultUnit& b = merged.units[i];
    if (!UnitBefore(a, b) && !SameBits(a, b)) {
      return absl::InvalidArgumentError(absl::StrCat(
          "merge: replication ", a.replication, " of setting ", a.point,
          " is in several files with different figures; they are not of one version of floe"));
    }
  }
  SortUnits(merged.units);
  return merged;
}

std::vector<Estimate> EstimatesAt(const ResultFile& file, int64_t point) {
  const auto first = FirstUnitAt(file, point);
  std::vector<Accumulator> accumulators(Metrics().size());
  for (auto unit = first; unit != file.units.end() && unit->point == point; ++unit) {
    for (size_t i = 0; i < accumulators.size(); ++i) accumulators[i].Add(unit->values.total[i]);
  }
  std::vector<Estimate> estimates;
  for (const Accumulator& accumulator : accumulators) {
    estimates.push_back(accumulator.ToEstimate(file.header.confidence));
  }
  return estimates;
}

Estimate EstimateAt(const ResultFile& file, int64_t point, const Figure& figure) {
  const auto& functions = file.header.functions;
  const auto entry = std::find_if(functions.begin(), functions.end(),
                                  [&figure](const ResultHeader::Function& function) {
                                    return function.name == figure.function;
                                  });
  const auto index = static_cast<size_t>(entry - functions.begin());
  Accumulator accumulator;
  for (auto unit = FirstUnitAt(file, point); unit != file.units.end() && unit->point == point;
       ++unit) {
    if (figure.function.empty()) {
      accumulator.Add(unit->values.total[figure.metric]);
    } else if (index < unit->values.functions.size()) {
      accumulator.Add(unit->values.functions[index][figure.metric]);
    }
  }
  return accumulator.ToEstimate(file.header.confidence);
}

}  // namespace floe
