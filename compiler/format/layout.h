// A file as nested brackets: what the formatter decides about. Made from tokens with their roles; every
// comment is kept beside the token that it belongs to. `string_view`s point into the source.
#pragma once

#include "compiler/parse/syntax_tokens.h"

#include <memory>
#include <string_view>
#include <vector>

namespace pipec::format {

// The widest line; texts and comments that are wider stay so.
inline constexpr uint32_t max_width = 120;
inline constexpr uint32_t indent_step = 2;

// How many columns a text takes: characters, not bytes.
uint32_t columns(std::string_view text);

// What stands at the beginning of a line.
struct LineStart {
  bool blank_before = false;
  // A `##` comment stands on the line directly above, so it documents this. The formatter neither makes nor
  // breaks such a bond.
  bool below_documentation = false;
};

struct Comment {
  std::string_view text;
  bool documentation = false;
  LineStart start;
};

struct Group;

// A token or a pair of brackets with what it holds.
struct Piece {
  std::string_view text;
  parse::TokenKind kind = parse::TokenKind::word;
  parse::TokenRole role = parse::TokenRole::none;
  bool space_before = false;
  std::unique_ptr<Group> group;
  // Comments inside of an item: on lines of their own before the piece, and behind it.
  std::vector<Comment> comments_before;
  Comment comment_after;
  bool below_documentation = false;
  uint32_t width = 0;
};

// What stands between two separators: a declaration, a property, an element, an entry of a list.
struct Item {
  parse::TokenRole role = parse::TokenRole::entry;
  std::vector<Comment> comments_before;
  LineStart start;
  // It begins on the line on which the one before it ends.
  bool joined = false;
  std::vector<Piece> pieces;
  Comment comment_after;
  // Can be written on one line, which then has this width.
  bool flat = true;
  uint32_t width = 0;
};

struct Group {
  std::string_view open;
  std::string_view close;
  // Properties, elements and declarations; otherwise entries with commas between them.
  bool block = false;
  // Its author wrote it on several lines.
  bool broken = false;
  Comment comment_after_open;
  std::vector<Item> items;
  std::vector<Comment> comments_at_end;
  bool flat = true;
  uint32_t width = 0;
};

// The file as a group without brackets.
Group build_layout(const std::vector<parse::SyntaxToken>& tokens, std::string_view text);

}  // namespace pipec::format
