#include "compiler/format/layout.h"

#include <algorithm>
#include <utility>

namespace pipec::format {
namespace {

using parse::SyntaxToken;
using parse::TokenKind;
using parse::TokenRole;

bool is_comment(const SyntaxToken& token) {
  return token.kind == TokenKind::comment || token.kind == TokenKind::documentation;
}

bool begins_item(TokenRole role) {
  return role == TokenRole::property || role == TokenRole::item || role == TokenRole::constructor ||
         role == TokenRole::entry;
}

class LayoutBuilder {
 public:
  LayoutBuilder(const std::vector<SyntaxToken>& tokens, std::string_view text)
      : tokens_(tokens), text_(text) {}

  Group file() {
    Group group;
    group.block = true;
    fill(group);
    return group;
  }

 private:
  bool at_end() const { return next_ == tokens_.size(); }
  std::string_view spelling(const SyntaxToken& token) const {
    return text_.substr(token.span.begin, token.span.size());
  }
  bool is_sign(const SyntaxToken& token, std::string_view signs) const {
    return token.kind == TokenKind::sign && token.span.size() == 1 &&
           signs.find(text_[token.span.begin]) != std::string_view::npos;
  }
  bool at_closing() const { return is_sign(tokens_[next_], ")]}"); }

  LineStart line_start(size_t index) const {
    if (index == 0) return {};
    const SyntaxToken& before = tokens_[index - 1];
    const uint32_t line = tokens_[index].line;
    return {line > before.end_line + 1, before.kind == TokenKind::documentation && before.line + 1 == line};
  }

  Comment take_comment() {
    const SyntaxToken& token = tokens_[next_];
    std::string_view text = spelling(token);
    text = text.substr(0, text.find_last_not_of(" \t") + 1);
    return {text, token.kind == TokenKind::documentation, line_start(next_++)};
  }

  // The comment on the line on which the last token ended.
  void take_trailing(Comment& comment) {
    if (at_end() || !is_comment(tokens_[next_]) || !comment.text.empty()) return;
    if (next_ > 0 && tokens_[next_].line == tokens_[next_ - 1].end_line) comment = take_comment();
  }

  void take_comments(std::vector<Comment>& comments) {
    while (!at_end() && is_comment(tokens_[next_]))
      comments.push_back(take_comment());
  }

  // Whether a line ends between the last token, comments left out, and the next one.
  bool line_ends_here() const { return !at_end() && last_line_ != 0 && tokens_[next_].line != last_line_; }

  const SyntaxToken& take() {
    const SyntaxToken& token = tokens_[next_++];
    last_line_ = token.end_line;
    return token;
  }

  void fill(Group& group) {
    std::vector<Comment> comments;
    while (true) {
      take_comments(comments);
      if (at_end() || at_closing()) break;
      if (tokens_[next_].role == TokenRole::separator) {
        // A comment came between the item and its comma; it now stands behind both.
        group.broken = true;
        take();
        continue;
      }
      Item& item = group.items.emplace_back();
      item.comments_before = std::exchange(comments, {});
      item.start = line_start(next_);
      item.joined = group.items.size() > 1 && !line_ends_here();
      group.broken = group.broken || line_ends_here();
      const TokenRole role = tokens_[next_].role;
      item.role = begins_item(role) ? role : TokenRole::entry;
      group.block = group.block || (begins_item(role) && role != TokenRole::entry);
      fill(item);
    }
    group.comments_at_end = std::move(comments);
    group.broken = group.broken || (!group.items.empty() && line_ends_here());
  }

  void fill(Item& item) {
    while (true) {
      item.pieces.emplace_back(piece(item.pieces.empty() ? nullptr : &item.pieces.back()));
      Piece& last = item.pieces.back();
      take_trailing(last.comment_after);
      const size_t comments_begin = next_;
      std::vector<Comment> comments;
      take_comments(comments);
      const bool ends = at_end() || at_closing() || tokens_[next_].role == TokenRole::separator ||
                        begins_item(tokens_[next_].role);
      if (ends) {
        // They belong to what follows.
        next_ = comments_begin;
        item.comment_after = std::exchange(last.comment_after, {});
        if (!at_end() && tokens_[next_].role == TokenRole::separator) {
          take();
          take_trailing(item.comment_after);
        }
        measure(item);
        return;
      }
      pending_ = std::move(comments);
    }
  }

  Piece piece(Piece* before) {
    Piece piece;
    const size_t index = next_;
    const SyntaxToken& token = take();
    piece.text = spelling(token);
    piece.kind = token.kind;
    piece.role = token.role;
    piece.below_documentation = line_start(index).below_documentation;
    piece.comments_before = std::exchange(pending_, {});
    piece.space_before = before != nullptr && space_between(*before, piece);
    if (is_sign(token, "([{")) {
      piece.group = group(piece.text);
      // A comment before an opening brace reads as well behind it, and the brace keeps its place.
      const bool movable = before != nullptr && piece.comments_before.empty() &&
                           !before->comment_after.text.empty() &&
                           piece.group->comment_after_open.text.empty();
      if (movable && piece.text == "{")
        piece.group->comment_after_open = std::exchange(before->comment_after, {});
      measure(*piece.group);
      piece.width = piece.group->width;
    } else {
      piece.width = columns(piece.text);
    }
    return piece;
  }

  std::unique_ptr<Group> group(std::string_view open) {
    auto group = std::make_unique<Group>();
    group->open = open;
    take_trailing(group->comment_after_open);
    fill(*group);
    group->close = spelling(take());
    return group;
  }

  static bool space_between(const Piece& before, const Piece& piece) {
    const auto is = [](const Piece& p, std::string_view signs) {
      return p.kind == TokenKind::sign && !p.group && p.text.size() == 1 &&
             signs.find(p.text) != std::string_view::npos;
    };
    if (is(before, ".") || is(piece, ".,:?")) return false;
    if (piece.role == TokenRole::angle) return false;
    if (before.role == TokenRole::angle && before.text == "<") return false;
    if (piece.text == "(") return piece.role == TokenRole::with;
    return true;
  }

  static void measure(Item& item) {
    for (const Piece& piece : item.pieces) {
      const bool comments = !piece.comments_before.empty() || !piece.comment_after.text.empty();
      if (comments || piece.kind == TokenKind::block_text || (piece.group && !piece.group->flat))
        item.flat = false;
      item.width += piece.width + (piece.space_before ? 1 : 0);
    }
  }

  // On one line stand: properties, names of constructors, entries, or a single item of another kind.
  static void measure(Group& group) {
    const bool comments = !group.comment_after_open.text.empty() || !group.comments_at_end.empty();
    group.flat = !group.broken && !comments;
    const bool braces = group.open == "{";
    group.width = group.items.empty() ? (braces ? 3 : 2) : (braces ? 4 : 2);
    for (size_t i = 0; i < group.items.size(); ++i) {
      const Item& item = group.items[i];
      const bool may_follow = item.role == TokenRole::property || item.role == TokenRole::entry ||
                              (item.role == TokenRole::constructor && item.pieces.size() == 1);
      if (group.items.size() > 1 && !may_follow) group.flat = false;
      if (!item.flat || !item.comments_before.empty() || !item.comment_after.text.empty()) group.flat = false;
      const uint32_t gap = item.role == TokenRole::constructor ? 1 : 2;
      group.width += item.width + (i > 0 ? gap : 0);
    }
  }

  const std::vector<SyntaxToken>& tokens_;
  std::string_view text_;
  size_t next_ = 0;
  // Where the last token that is no comment ends; 0 at the beginning.
  uint32_t last_line_ = 0;
  // Comments that were read before the piece to which they belong.
  std::vector<Comment> pending_;
};

}  // namespace

uint32_t columns(std::string_view text) {
  return static_cast<uint32_t>(std::count_if(
      text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

Group build_layout(const std::vector<parse::SyntaxToken>& tokens, std::string_view text) {
  return LayoutBuilder(tokens, text).file();
}

}  // namespace pipec::format
