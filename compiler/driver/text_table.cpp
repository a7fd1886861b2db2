#include "compiler/driver/text_table.h"

#include "compiler/diag/render.h"
#include "compiler/support/wrap.h"

#include <algorithm>
#include <numeric>

#include <fmt/core.h>

namespace pipec::driver {
namespace {

constexpr size_t gap = 2;
// A narrower column would have a line for every word.
constexpr size_t narrowest_column = 12;

std::vector<size_t> widths_of(const Table& table, size_t width) {
  std::vector<size_t> widths(table.front().size());
  for (const auto& row : table) {
    for (size_t i = 0; i < row.size(); ++i)
      widths[i] = std::max(widths[i], row[i].size());
  }
  const size_t gaps = gap * (widths.size() - 1);
  while (width > 0 && std::accumulate(widths.begin(), widths.end(), gaps) > width) {
    const auto widest = std::max_element(widths.begin(), widths.end());
    if (*widest <= narrowest_column) break;
    --*widest;
  }
  return widths;
}

void add_row(std::string& text, const std::vector<std::string>& row, const std::vector<size_t>& widths) {
  std::vector<std::vector<std::string>> cells;
  size_t lines = 0;
  for (size_t i = 0; i < row.size(); ++i) {
    cells.push_back(row[i].size() > widths[i] ? wrapped(row[i], widths[i]) : std::vector{row[i]});
    lines = std::max(lines, cells.back().size());
  }
  for (size_t l = 0; l < lines; ++l) {
    std::string line;
    for (size_t i = 0; i < cells.size(); ++i)
      line += fmt::format("{:<{}}", l < cells[i].size() ? cells[i][l] : "", widths[i] + gap);
    line.erase(line.find_last_not_of(' ') + 1);
    text += line + "\n";
  }
}

Table printable_cells(const Table& table) {
  Table shown = table;
  for (auto& row : shown) {
    for (std::string& cell : row)
      cell = printable(cell);
  }
  return shown;
}

}  // namespace

std::string text_table(const Table& table, size_t width) {
  const Table shown = printable_cells(table);
  const std::vector<size_t> widths = widths_of(shown, width);
  std::string text;
  add_row(text, shown.front(), widths);
  std::vector<std::string> rule;
  for (const size_t column : widths)
    rule.emplace_back(column, '-');
  add_row(text, rule, widths);
  for (size_t r = 1; r < shown.size(); ++r)
    add_row(text, shown[r], widths);
  return text;
}

}  // namespace pipec::driver
