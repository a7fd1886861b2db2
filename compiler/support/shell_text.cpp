#include "compiler/support/shell_text.h"

#include <algorithm>

namespace pipec {
namespace {

bool ends_word(char c) { return std::string_view(" \t\n;&|<>()").find(c) != std::string_view::npos; }

}  // namespace

bool ShellText::take(std::string_view token) {
  if (!text_.substr(std::min(at_, text_.size())).starts_with(token)) return false;
  at_ += token.size();
  return true;
}

void ShellText::skip_blanks() {
  while (peek() == ' ' || peek() == '\t')
    ++at_;
}

void ShellText::skip_line() { at_ = std::min(text_.find('\n', at_), text_.size()); }

void ShellText::skip_document(std::string_view end) {
  while (!at_end()) {
    const size_t line_end = std::min(text_.find('\n', at_), text_.size());
    std::string_view line = text_.substr(at_, line_end - at_);
    at_ = std::min(line_end + 1, text_.size());
    line.remove_prefix(std::min(line.find_first_not_of('\t'), line.size()));
    if (line == end) break;
  }
}

ShellWord ShellText::word(std::vector<std::string>& substituted) {
  ShellWord word;
  while (!at_end() && !ends_word(peek())) {
    const char c = peek();
    if (c == '\\') {
      if (!take("\\\n")) {
        word.text += peek(1);
        word.quoted = true;
        at_ = std::min(at_ + 2, text_.size());
      }
    } else if (c == '\'') {
      word.quoted = true;
      const size_t end = std::min(text_.find('\'', at_ + 1), text_.size());
      word.text += text_.substr(at_ + 1, end - at_ - 1);
      at_ = std::min(end + 1, text_.size());
    } else if (c == '"') {
      word.quoted = true;
      ++at_;
      double_quoted(word.text, substituted);
    } else if (c == '`' || (c == '$' && (peek(1) == '(' || peek(1) == '{'))) {
      substitution(word.text, substituted);
    } else {
      word.text += c;
      ++at_;
    }
  }
  return word;
}

void ShellText::double_quoted(std::string& text, std::vector<std::string>& substituted) {
  while (!at_end() && peek() != '"') {
    const char c = peek();
    if (c == '\\' && at_ + 1 < text_.size()) {
      if (peek(1) != '\n') text += peek(1);
      at_ += 2;
    } else if (c == '`' || (c == '$' && (peek(1) == '(' || peek(1) == '{'))) {
      substitution(text, substituted);
    } else {
      text += c;
      ++at_;
    }
  }
  at_ = std::min(at_ + 1, text_.size());
}

// `…`, $(…) and ${…} as they are written.
void ShellText::substitution(std::string& text, std::vector<std::string>& substituted) {
  const size_t begin = at_;
  if (peek() == '`') {
    const size_t end = std::min(text_.find('`', at_ + 1), text_.size());
    substituted.emplace_back(text_.substr(at_ + 1, end - at_ - 1));
    at_ = std::min(end + 1, text_.size());
  } else {
    const char open = peek(1);
    const bool arithmetic = open == '(' && peek(2) == '(';
    at_ += 2;
    const std::string_view inside = balanced(open, open == '(' ? ')' : '}');
    if (open == '(' && !arithmetic) substituted.emplace_back(inside);
  }
  text += text_.substr(begin, at_ - begin);
}

std::string_view ShellText::balanced(char open, char close, size_t most) {
  const size_t begin = std::min(at_, text_.size());
  const size_t end = begin + std::min(most, text_.size() - begin);
  size_t depth = 1;
  for (; at_ < end && depth > 0; ++at_) {
    const char c = peek();
    if (c == '\\') {
      ++at_;
    } else if (c == '\'') {
      at_ = std::min(text_.find('\'', at_ + 1), text_.size());
    } else if (c == '"') {
      ++at_;
      while (at_ < text_.size() && peek() != '"')
        at_ += peek() == '\\' ? 2 : 1;
    } else if (c == open) {
      ++depth;
    } else if (c == close) {
      --depth;
    }
  }
  at_ = std::min(at_, text_.size());
  return text_.substr(begin, at_ - begin - (depth == 0 ? 1 : 0));
}

}  // namespace pipec
