#include "compiler/format/printer.h"

#include "compiler/support/text.h"

#include <algorithm>
#include <array>

namespace pipec::format {
namespace {

using parse::TokenKind;
using parse::TokenRole;

// What continues an item on a further line is indented further than what the item holds.
constexpr uint32_t continuation = 2 * indent_step;

bool has_comments(const Item& item) {
  return !item.comments_before.empty() || !item.comment_after.text.empty();
}

// Lists of names and numbers are filled; everything else that does not fit is written one below the other.
bool can_be_filled(const Item& item) {
  return item.role != TokenRole::property && item.pieces.size() == 1 &&
         item.pieces.front().kind == TokenKind::word;
}

uint32_t gap_between(const Group& group, const Item& item) {
  if (!group.block) return 1;
  return item.role == TokenRole::constructor ? 1 : 2;
}

// The piece before which neighbouring lines are padded: the `=` of a property, the brace of `on TARGET { …
// }`.
size_t aligned_piece(const Item& item) {
  if (item.role == TokenRole::property) {
    return item.pieces.size() > 1 && item.pieces[1].role == TokenRole::assign ? 1 : 0;
  }
  constexpr std::array<std::string_view, 5> heads{"on", "source", "environment", "target", "group"};
  const bool head = item.role == TokenRole::item && item.pieces.size() == 3 && item.pieces[2].group &&
                    std::find(heads.begin(), heads.end(), item.pieces.front().text) != heads.end();
  return head ? 2 : 0;
}

// The columns before the padding, those of an operator included: `=` and `+=` end in one column.
uint32_t aligned_width(const Item& item) {
  const size_t aligned = aligned_piece(item);
  uint32_t width = item.pieces[aligned].group ? 0 : item.pieces[aligned].width;
  for (size_t i = 0; i < aligned; ++i)
    width += item.pieces[i].width + 1;
  return width;
}

bool aligned_alike(const Item& one, const Item& other) {
  if (aligned_piece(other) == 0 || one.role != other.role) return false;
  return one.role == TokenRole::property || one.pieces.front().text == other.pieces.front().text;
}

// There is a place at which a line end may be put.
bool breakable(const Item& item) {
  return std::any_of(item.pieces.begin(), item.pieces.end(),
                     [](const Piece& piece) { return piece.group || piece.role == TokenRole::because; });
}

// Its first line ends with an opening bracket.
bool opens_brackets(const Item& item) {
  return std::all_of(item.pieces.begin(), item.pieces.end(),
                     [](const Piece& piece) {
                       return piece.comments_before.empty() && piece.comment_after.text.empty();
                     }) &&
         item.pieces.back().group;
}

// `f(what = {` … `})`: brackets around a single entry that ends with brackets or a block text break with
// these.
bool hugs(const Group& group) {
  if (group.open == "{" || group.broken || group.items.size() != 1 || !group.comment_after_open.text.empty())
    return false;
  const Item& item = group.items.front();
  if (has_comments(item) || !group.comments_at_end.empty()) return false;
  const Piece& last = item.pieces.back();
  return last.kind == TokenKind::block_text || (last.group && !last.group->items.empty());
}

// The columns that must follow a piece on its line: up to the next bracket that may break.
uint32_t tail_width(const Item& item, size_t piece) {
  uint32_t width = 0;
  for (size_t i = piece + 1; i < item.pieces.size(); ++i) {
    width += item.pieces[i].space_before ? 1 : 0;
    if (item.pieces[i].group) return width + 1;
    width += item.pieces[i].width;
  }
  return width;
}

}  // namespace

void Printer::add_rows(const Group& group, size_t begin, size_t end, uint32_t indent,
                       std::vector<Row>& rows) {
  const uint32_t comma = group.block ? 0 : 1;
  const auto fits = [&](uint32_t width) { return indent + width + comma <= max_width; };
  bool flat = true;
  bool fill = true;
  uint32_t width = 0;
  for (size_t i = begin; i < end; ++i) {
    const Item& item = group.items[i];
    flat = flat && item.flat;
    fill = fill && can_be_filled(item);
    width += item.width + (i > begin ? comma + gap_between(group, item) : 0);
  }
  // What was on one line with its brackets and is too long for it is written one below the other.
  const bool keeps_lines = group.broken || group.open.empty() || end == begin + 1;
  if (flat && fits(width) && keeps_lines) {
    rows.push_back({begin, end, true, 0});
    return;
  }
  width = 0;
  for (size_t i = begin; i < end; ++i) {
    const Item& item = group.items[i];
    const uint32_t longer = width + comma + gap_between(group, item) + item.width;
    if (i > begin && flat && fill && fits(longer)) {
      rows.back().end = i + 1;
      width = longer;
    } else {
      rows.push_back({i, i + 1, item.flat && (fits(item.width) || !breakable(item)), 0});
      width = item.width;
    }
  }
}

std::vector<Printer::Row> Printer::rows(const Group& group, uint32_t indent) {
  std::vector<Row> rows;
  rows.reserve(group.items.size());
  for (size_t begin = 0; begin < group.items.size();) {
    size_t end = begin + 1;
    const auto joins = [&](const Item& item) {
      const Item& before = group.items[end - 1];
      if (!item.joined || item.role != before.role || has_comments(before) || !item.comments_before.empty())
        return false;
      if (item.role == TokenRole::item) return false;
      return item.role != TokenRole::constructor || (item.pieces.size() == 1 && before.pieces.size() == 1);
    };
    while (end < group.items.size() && joins(group.items[end]))
      ++end;
    add_rows(group, begin, end, indent, rows);
    begin = end;
  }
  return rows;
}

// Aligns neighbouring lines that hold one property each, or one flat block of the same kind. A property whose
// value spans lines is the last of its neighbours. A line that padding would make too wide is such a
// property, too.
void Printer::align(const Group& group, uint32_t indent, std::vector<Row>& rows) {
  const auto item_of = [&](const Row& row) -> const Item& { return group.items[row.begin]; };
  const auto alignable = [&](const Row& row) {
    const Item& item = item_of(row);
    const bool single = row.end == row.begin + 1 && aligned_piece(item) != 0;
    return single && (row.flat || (item.role == TokenRole::property && opens_brackets(item)));
  };
  const auto follows = [&](const Row& row, const Row& before) {
    const Item& item = item_of(row);
    return before.flat && alignable(row) && item.comments_before.empty() && !item.start.blank_before &&
           aligned_alike(item_of(before), item);
  };
  // A line that is broken in the first pass only narrows the padding of the others, so the second breaks
  // none.
  for (int pass = 0; pass < 2; ++pass) {
    for (size_t begin = 0; begin < rows.size();) {
      size_t end = begin + 1;
      if (!alignable(rows[begin])) {
        begin = end;
        continue;
      }
      while (end < rows.size() && follows(rows[end], rows[end - 1]))
        ++end;
      uint32_t width = 0;
      for (size_t i = begin; i < end; ++i)
        width = std::max(width, aligned_width(item_of(rows[i])));
      for (size_t i = begin; i < end; ++i) {
        const Item& item = item_of(rows[i]);
        rows[i].padding = width - aligned_width(item);
        if (rows[i].flat && breakable(item) && indent + item.width + rows[i].padding > max_width)
          rows[i].flat = false;
      }
      begin = end;
    }
  }
  for (Row& row : rows) {
    if (!row.flat && item_of(row).role != TokenRole::property) row.padding = 0;
  }
}

void Printer::print_items(const Group& group, uint32_t indent) {
  std::vector<Row> all = rows(group, indent);
  if (group.block) align(group, indent, all);
  for (const Row& row : all)
    print_row(group, row, indent, &row == &all.front());
  bool may_be_blank = !group.items.empty();
  for (const Comment& comment : group.comments_at_end) {
    lines_.comment_line(comment, indent, may_be_blank);
    may_be_blank = true;
  }
}

void Printer::print_row(const Group& group, const Row& row, uint32_t indent, bool first) {
  const Item& head = group.items[row.begin];
  bool may_be_blank = !first;
  for (const Comment& comment : head.comments_before) {
    lines_.comment_line(comment, indent, may_be_blank);
    may_be_blank = true;
  }
  lines_.begin(indent, {head.start.blank_before && may_be_blank, head.start.below_documentation});
  for (size_t i = row.begin; i < row.end; ++i) {
    const Item& item = group.items[i];
    if (i > row.begin) lines_.pad(gap_between(group, item));
    if (row.flat) {
      print_flat(item, row.padding);
    } else {
      print_item(item, indent, row.padding);
    }
    if (!group.block) lines_.write(",");
    if (!item.comment_after.text.empty()) lines_.comment(item.comment_after);
  }
}

void Printer::print_item(const Item& item, uint32_t indent, uint32_t padding) {
  for (size_t i = 0; i < item.pieces.size(); ++i) {
    const Piece& piece = item.pieces[i];
    for (const Comment& comment : piece.comments_before)
      lines_.comment_line(comment, indent + continuation, false);
    const bool after_comment =
        i > 0 && (!piece.comments_before.empty() || !item.pieces[i - 1].comment_after.text.empty());
    const bool reason_fits = lines_.column() + 1 + piece.width + tail_width(item, i) <= max_width;
    if (after_comment || (piece.role == TokenRole::because && !reason_fits)) {
      lines_.begin(indent + continuation, {false, piece.below_documentation});
    } else if (piece.space_before) {
      lines_.write(" ");
    }
    if (padding > 0 && i == aligned_piece(item)) lines_.pad(padding);
    if (piece.group) {
      print_group(item, i, indent);
    } else if (piece.kind == TokenKind::block_text) {
      print_block_text(piece.text, indent + indent_step);
    } else {
      lines_.write(piece.text);
    }
    if (!piece.comment_after.text.empty()) lines_.comment(piece.comment_after);
  }
}

void Printer::print_group(const Item& item, size_t piece, uint32_t indent) {
  const Group& group = *item.pieces[piece].group;
  if (group.flat && lines_.column() + group.width + tail_width(item, piece) <= max_width) {
    print_flat(item.pieces[piece]);
    return;
  }
  if (group.items.empty() && group.flat) {
    print_flat(item.pieces[piece]);
    return;
  }
  lines_.write(group.open);
  if (hugs(group)) {
    print_item(group.items.front(), indent, 0);
  } else {
    if (!group.comment_after_open.text.empty()) lines_.comment(group.comment_after_open);
    print_items(group, indent + indent_step);
    lines_.begin(indent, {false, true});
  }
  lines_.write(group.close);
}

void Printer::print_flat(const Item& item, uint32_t padding) {
  for (size_t i = 0; i < item.pieces.size(); ++i) {
    if (item.pieces[i].space_before) lines_.write(" ");
    if (padding > 0 && i == aligned_piece(item)) lines_.pad(padding);
    print_flat(item.pieces[i]);
  }
}

void Printer::print_flat(const Piece& piece) {
  if (!piece.group) {
    lines_.write(piece.text);
    return;
  }
  const Group& group = *piece.group;
  const bool braces = group.open == "{";
  lines_.write(group.open);
  if (braces) lines_.write(" ");
  for (size_t i = 0; i < group.items.size(); ++i) {
    if (i > 0 && !group.block) lines_.write(",");
    if (i > 0) lines_.pad(gap_between(group, group.items[i]));
    print_flat(group.items[i], 0);
  }
  if (braces && !group.items.empty()) lines_.write(" ");
  lines_.write(group.close);
}

// The lines keep what they say: the margin before the closing quotes is exchanged for the one that the place
// asks for.
void Printer::print_block_text(std::string_view text, uint32_t indent) {
  constexpr std::string_view quotes = R"(""")";
  const size_t first_end = text.find('\n');
  const size_t last_begin = text.rfind('\n') + 1;
  const std::string_view margin = text.substr(last_begin, text.size() - quotes.size() - last_begin);
  lines_.write(quotes);
  if (last_begin > first_end + 1) {
    const std::string_view body = text.substr(first_end + 1, last_begin - first_end - 1);
    for (std::string_view line : split_lines(body)) {
      if (line.ends_with('\r') && !line.ends_with("\r\r")) line.remove_suffix(1);
      line.remove_prefix(line.starts_with(margin) ? margin.size()
                                                  : std::min(line.find_first_not_of(" \t"), line.size()));
      lines_.verbatim(line.empty() ? std::string() : std::string(indent, ' ') + std::string(line));
    }
  }
  lines_.begin(indent, {false, true});
  lines_.write(quotes);
}

}  // namespace pipec::format
