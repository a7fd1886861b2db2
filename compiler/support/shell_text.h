// Words of a shell script and what stands within them: quotes, substitutions, brackets.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace pipec {

struct ShellWord {
  std::string text;
  // Some of it stood in quotes.
  bool quoted = false;
};

// A place in a script. Reading moves it on; what is not closed ends with the text.
class ShellText {
 public:
  explicit ShellText(std::string_view text) : text_(text) {}

  bool at_end() const { return at_ >= text_.size(); }
  char peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  bool take(std::string_view token);
  void skip() { ++at_; }
  void skip_blanks();
  // To the line end, which is not read.
  void skip_line();
  // Of a here document: to behind the line that is `end`.
  void skip_document(std::string_view end);

  // To the next blank, line end or operator. What `$(…)` and `` `…` `` run is added to `substituted`.
  ShellWord word(std::vector<std::string>& substituted);
  // To behind the bracket that closes the one before this place, or as far as `most` bytes; quotes inside
  // hide brackets. Gives what is inside.
  std::string_view balanced(char open, char close, size_t most = std::string_view::npos);

  size_t place() const { return at_; }
  void go_back(size_t place) { at_ = place; }

 private:
  void double_quoted(std::string& text, std::vector<std::string>& substituted);
  void substitution(std::string& text, std::vector<std::string>& substituted);

  std::string_view text_;
  size_t at_ = 0;
};

}  // namespace pipec
