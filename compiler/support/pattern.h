// POSIX extended regular expressions that a whole text must match.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace pipec {

class Pattern {
 public:
  // Nothing when `expression` is not one, or repeats more than its compilation should take; `why` then says
  // so in words.
  static std::optional<Pattern> compile(std::string_view expression, std::string& why);

  // Whether `text` as a whole matches.
  bool matches(std::string_view text) const;

 private:
  struct Compiled;
  explicit Pattern(std::shared_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}

  std::shared_ptr<const Compiled> compiled_;
};

}  // namespace pipec
