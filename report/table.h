// Aligned columns of text.

#ifndef FLOE_REPORT_TABLE_H_
#define FLOE_REPORT_TABLE_H_

#include <string>
#include <vector>

namespace floe {

// The first column is aligned to the left, the others to the right; two blanks stand between
// columns. Rows may have different numbers of cells.
//
//   Table table;
//   table.AddRow({"Latency", "p50", "p99"});
//   table.AddRow({"  all", "88 ms", "280 ms"});
//   out << table.ToString();
class Table {
 public:
  void AddRow(std::vector<std::string> cells) { rows_.push_back(std::move(cells)); }
  // Columns are at least this wide, so that tables below each other can line up.
  void SetMinimumWidths(std::vector<size_t> widths) { minimum_widths_ = std::move(widths); }
  // One line per row, without blanks at its end.
  std::string ToString() const;

 private:
  std::vector<std::vector<std::string>> rows_;
  std::vector<size_t> minimum_widths_;
};

}  // namespace floe

#endif  // FLOE_REPORT_TABLE_H_
