// The lines of a formatted file while they are made, and how they become text.
#pragma once

#include "compiler/format/layout.h"

#include <string>
#include <string_view>
#include <vector>

namespace pipec::format {

class Lines {
 public:
  // Begins a line; the one before is finished. A blank line comes between them when `start` asks for it, or
  // when a
  // `##` comment above would otherwise document what it did not document before.
  void begin(uint32_t indent, LineStart start = {});
  void write(std::string_view text) { last().text += text; }
  void pad(uint32_t count) { last().text.append(count, ' '); }
  // A line of a block text: no indentation, nothing aligned.
  void verbatim(std::string_view text);
  // A comment on a line of its own.
  void comment_line(const Comment& comment, uint32_t indent, bool may_be_blank_before);
  // Ends the line with a comment.
  void comment(const Comment& comment);

  // The column behind the last line.
  uint32_t column() const { return last().indent + columns(last().text); }

  std::string text();

 private:
  struct Line {
    uint32_t indent = 0;
    std::string text;
    std::string_view comment;
    bool documentation = false;
  };
  Line& last() { return lines_.back(); }
  const Line& last() const { return lines_.back(); }
  void align_comments();

  std::vector<Line> lines_;
};

}  // namespace pipec::format
