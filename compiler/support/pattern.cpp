#include "compiler/support/pattern.h"

#include <algorithm>
#include <array>

#include <regex.h>

namespace pipec {

struct Pattern::Compiled {
  regex_t expression{};
  bool valid = false;

  Compiled() = default;
  Compiled(const Compiled&) = delete;
  Compiled& operator=(const Compiled&) = delete;
  ~Compiled() {
    if (valid) regfree(&expression);
  }
};

namespace {

// The C library writes `{m,n}` out, and repetitions of repetitions multiply.
bool repeats_too_often(std::string_view expression) {
  constexpr size_t most = 20'000;
  size_t size = expression.size();
  for (size_t i = 0; i < expression.size(); ++i) {
    if (expression[i] != '{') continue;
    size_t largest = 1;
    for (size_t number = 0; ++i < expression.size() && expression[i] != '}';) {
      const bool digit = expression[i] >= '0' && expression[i] <= '9';
      number = digit ? std::min(most, number * 10 + static_cast<size_t>(expression[i] - '0')) : 0;
      largest = std::max(largest, number);
    }
    size *= largest;
    if (size > most) return true;
  }
  return size > most;
}

}  // namespace

std::optional<Pattern> Pattern::compile(std::string_view expression, std::string& why) {
  if (repeats_too_often(expression)) {
    why = "it repeats too often";
    return std::nullopt;
  }
  auto compiled = std::make_shared<Compiled>();
  const std::string whole = "^(" + std::string(expression) + ")$";
  const int code = regcomp(&compiled->expression, whole.c_str(), REG_EXTENDED | REG_NOSUB);
  compiled->valid = code == 0;
  if (code != 0) {
    std::array<char, 128> message{};
    regerror(code, &compiled->expression, message.data(), message.size());
    why = message.data();
    return std::nullopt;
  }
  return Pattern(std::move(compiled));
}

bool Pattern::matches(std::string_view text) const {
  // Without REG_NEWLINE `$` is the end of the text, not of a line.
  return text.find('\0') == std::string_view::npos &&
         regexec(&compiled_->expression, std::string(text).c_str(), 0, nullptr, 0) == 0;
}

}  // namespace pipec
