#include "simulator/trace_file/azure2019_memory.h"

#include <algorithm>
#include <utility>

#include "absl/container/flat_hash_set.h"
#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "absl/types/span.h"
#include "base/status_macros.h"
#include "simulator/scenario.h"
#include "simulator/trace_file/cell_numbers.h"

namespace floe {
namespace {

constexpr absl::string_view kMostUsed = "AverageAllocatedMb_pct100";
constexpr int64_t kBillion = 1'000'000'000;

// Rounded up, and into what Lambda allows.
int32_t ToMemoryMib(int64_t billionths) {
  const int64_t mib = (billionths + kBillion - 1) / kBillion;
  return static_cast<int32_t>(
      std::clamp<int64_t>(mib, kFunctionMemoryMibMin, kFunctionMemoryMibMax));
}

}  // namespace

absl::Status Azure2019Memory::Read(CsvReader& file) {
  RETURN_IF_ERROR(file.ReadHeader());
  ASSIGN_OR_RETURN(const size_t app, file.RequireColumn("HashApp"));
  ASSIGN_OR_RETURN(const size_t most, file.RequireColumn(kMostUsed));
  const int function = file.FindColumn("HashFunction");
  absl::flat_hash_set<std::pair<std::string, std::string>> seen;
  absl::Span<const absl::string_view> cells;
  while (file.NextRow(cells)) {
    const std::optional<int64_t> megabytes = ParseBillionths(cells[most]);
    if (!megabytes.has_value()) {
      return file.CellError(most, cells[most], "must be a number of megabytes, at least 0");
    }
    std::pair<std::string, std::string> key(
        cells[app], function < 0 ? absl::string_view() : cells[static_cast<size_t>(function)]);
    if (!seen.insert(key).second) {
      return file.LineError(absl::StrCat(
          "is about ", function < 0 ? "an application" : "a function", " that was there before"));
    }
    int32_t& mib = mib_[std::move(key)];
    mib = std::max(mib, ToMemoryMib(*megabytes));
    if (mib_.size() > kAzureMemoryRowsMax) {
      return file.LineError(absl::StrCat("there are more than ", kAzureMemoryRowsMax, " rows"));
    }
  }
  return file.status();
}

std::optional<int32_t> Azure2019Memory::Find(absl::string_view app,
                                             absl::string_view function) const {
  auto found = mib_.find(std::make_pair(std::string(app), std::string(function)));
  if (found == mib_.end()) found = mib_.find(std::make_pair(std::string(app), std::string()));
  if (found == mib_.end()) return std::nullopt;
  return found->second;
}

}  // namespace floe
