// Regular expressions of the form on which bash, jq and Python agree, matched in time linear in the text:
// what the names of branches must look like.
#pragma once

#include <bitset>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pipec {

// Characters of ASCII, those with a meaning behind a backslash; classes such as `[A-Z0-9_-]`; groups, `|`,
// `?`, `*`, `+` and counts such as `{2,4}`. Nothing else: other constructs differ between the programs that
// read emitted expressions, and `.` would match what nobody thought of.
class Expression {
 public:
  // Nothing when `text` is no such expression, or so large that matching it would be slow.
  static std::optional<Expression> parse(std::string_view text);

  // Of the whole text.
  bool matches(std::string_view text) const { return matching_starts(text).back(); }
  // For every length, from 0 to that of the text, whether so much of its beginning matches.
  std::vector<bool> matching_starts(std::string_view text) const;

 private:
  friend class ExpressionParser;
  using Characters = std::bitset<128>;
  // Without characters it leads on at once, to both.
  struct State {
    std::optional<Characters> characters;
    size_t next = 0;
    size_t other = 0;
  };
  // State 0 accepts.
  std::vector<State> states_{State{}};
  size_t start_ = 0;
};

}  // namespace pipec
