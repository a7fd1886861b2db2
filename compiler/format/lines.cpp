#include "compiler/format/lines.h"

#include <algorithm>

namespace pipec::format {

void Lines::begin(uint32_t indent, LineStart start) {
  const bool false_bond = !lines_.empty() && last().documentation && !start.below_documentation;
  if (start.blank_before || false_bond) lines_.emplace_back();
  lines_.push_back({indent, "", {}, false});
}

void Lines::verbatim(std::string_view text) { lines_.push_back({0, std::string(text), {}, false}); }

void Lines::comment_line(const Comment& comment, uint32_t indent, bool may_be_blank_before) {
  LineStart start = comment.start;
  start.blank_before = start.blank_before && may_be_blank_before;
  // Between two comments that document nothing together no blank line is needed.
  start.below_documentation = start.below_documentation || !comment.documentation;
  begin(indent, start);
  write(comment.text);
  last().documentation = comment.documentation;
}

void Lines::comment(const Comment& comment) {
  last().comment = comment.text;
  last().documentation = comment.documentation;
}

// Comments behind neighbouring lines of one depth stand in one column.
void Lines::align_comments() {
  for (size_t begin = 0; begin < lines_.size();) {
    size_t end = begin;
    uint32_t width = 0;
    while (end < lines_.size() && !lines_[end].comment.empty() &&
           lines_[end].indent == lines_[begin].indent) {
      width = std::max(width, columns(lines_[end].text));
      ++end;
    }
    bool fits = true;
    for (size_t i = begin; i < end; ++i)
      fits = fits && lines_[i].indent + width + 2 + columns(lines_[i].comment) <= max_width;
    for (size_t i = begin; i < end; ++i) {
      Line& line = lines_[i];
      line.text.append((fits ? width - columns(line.text) : 0) + 2, ' ');
      line.text += line.comment;
      line.comment = {};
    }
    begin = std::max(end, begin + 1);
  }
}

std::string Lines::text() {
  align_comments();
  std::string text;
  for (const Line& line : lines_) {
    if (!line.text.empty()) text.append(line.indent, ' ');
    text += line.text;
    text += '\n';
  }
  return text;
}

}  // namespace pipec::format
