// Decides where lines end, and writes them.
#pragma once

#include "compiler/format/layout.h"
#include "compiler/format/lines.h"

namespace pipec::format {

class Printer {
 public:
  explicit Printer(Lines& lines) : lines_(lines) {}

  // The items of a group, each row on a line of its own, and the comments behind them.
  void print_items(const Group& group, uint32_t indent);

 private:
  // Items that share a line.
  struct Row {
    size_t begin = 0;
    size_t end = 0;
    // Written without a line end inside.
    bool flat = false;
    // The columns that come before the piece that is aligned.
    uint32_t padding = 0;
  };

  static std::vector<Row> rows(const Group& group, uint32_t indent);
  static void add_rows(const Group& group, size_t begin, size_t end, uint32_t indent, std::vector<Row>& rows);
  static void align(const Group& group, uint32_t indent, std::vector<Row>& rows);
  void print_row(const Group& group, const Row& row, uint32_t indent, bool first);
  void print_item(const Item& item, uint32_t indent, uint32_t padding);
  void print_group(const Item& item, size_t piece, uint32_t indent);
  void print_flat(const Item& item, uint32_t padding);
  void print_flat(const Piece& piece);
  void print_block_text(std::string_view text, uint32_t indent);

  Lines& lines_;
};

}  // namespace pipec::format
