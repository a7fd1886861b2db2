#include "tests/fuzz/mutator.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <span>
#include <string_view>
#include <vector>

namespace pipec::fuzz {
namespace {

enum class Class : uint8_t { word, number, text, sign, comment, space };

struct Token {
  Class kind = Class::sign;
  std::string text;
};

using Tokens = std::vector<Token>;

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

size_t end_of_text(std::string_view text, size_t begin) {
  if (text.substr(begin, 3) == "\"\"\"") {
    const size_t close = text.find("\"\"\"", begin + 3);
    return close == std::string_view::npos ? text.size() : close + 3;
  }
  size_t end = begin + 1;
  while (end < text.size() && text[end] != text[begin] && text[end] != '\n')
    end += text[begin] == '"' && text[end] == '\\' && end + 1 < text.size() ? 2 : 1;
  return std::min(text.size(), end + 1);
}

size_t while_true(std::string_view text, size_t begin, bool (*belongs)(char)) {
  return static_cast<size_t>(
      std::find_if_not(text.begin() + static_cast<std::ptrdiff_t>(begin), text.end(), belongs) -
      text.begin());
}

// Nearly as the language has them; concatenated they are the text.
Tokens tokens_of(std::string_view text) {
  Tokens tokens;
  for (size_t begin = 0, end = 0; begin < text.size(); begin = end) {
    const char c = text[begin];
    Class kind = Class::sign;
    end = begin + 1;
    if (is_digit(c)) {
      kind = Class::number;
      end = while_true(text, begin, [](char d) { return is_word(d) || d == '%'; });
    } else if (is_word(c)) {
      kind = Class::word;
      end = while_true(text, begin, is_word);
    } else if (c == '"' || c == '\'') {
      kind = Class::text;
      end = end_of_text(text, begin);
    } else if (c == '#') {
      kind = Class::comment;
      end = while_true(text, begin, [](char d) { return d != '\n'; });
    } else if (c == ' ' || c == '\t' || c == '\n' || c == '\r') {
      kind = Class::space;
      end = while_true(text, begin, [](char d) { return d == ' ' || d == '\t' || d == '\n' || d == '\r'; });
    }
    tokens.push_back({kind, std::string(text.substr(begin, end - begin))});
  }
  return tokens;
}

std::string joined(const Tokens& tokens) {
  std::string text;
  for (const Token& token : tokens)
    text += token.text;
  return text;
}

constexpr auto words = std::to_array<std::string_view>({
#define PIPEC_KEYWORD(TOKEN, WORD, FOR) WORD,
#include "grammar/keywords.def"
#undef PIPEC_KEYWORD
    "true", "false", "critical", "low", "typical", "final", "floor", "fail_on", "timeout", "outputs",
    "inputs", "env"});
constexpr auto numbers = std::to_array<std::string_view>(
    {"0",  "1",    "2",    "3",      "10",         "64",         "999999999999", "0s",
     "1s", "90s",  "5m",   "24h",    "1d",         "366d",       "367d",         "1h30m",
     "0%", "100%", "101%", "512MiB", "2027-03-31", "2024-02-30", "10min",        "1.5"});
constexpr auto texts =
    std::to_array<std::string_view>({"\"\"", "''", "\"\\(a)\"", "\"\\n\"", "\"é\"", "\"\"\"\n  x\n  \"\"\"",
                                     "\"a/b\"", "\"111111111111\"", "\"**\"", "\"{incident}\""});
constexpr auto signs =
    std::to_array<std::string_view>({"{", "}",  "[",  "]", "(", ")",  "=",  ",",  ":", ".", "<",
                                     ">", "<=", ">=", "|", "?", "->", "+=", "!=", ";", "*"});

std::string_view any(std::span<const std::string_view> from, std::mt19937& random) {
  return from[random() % from.size()];
}

// A token of the class, from anywhere.
std::string invented(Class kind, std::mt19937& random) {
  switch (kind) {
    case Class::word:
      return std::string(any(words, random));
    case Class::number:
      return std::string(any(numbers, random));
    case Class::text:
      return std::string(any(texts, random));
    case Class::sign:
      return std::string(any(signs, random));
    case Class::comment:
      return random() % 2 == 0 ? "# c\n" : "## d\n";
    case Class::space:
      return random() % 2 == 0 ? " " : "\n";
  }
  return {};
}

// Tokens `begin` to `end`, without the end.
struct Range {
  size_t begin = 0;
  size_t end = 0;
};

// From a token that opens a bracket to the one that closes it; else the token alone.
Range bracketed(const Tokens& tokens, size_t begin) {
  size_t depth = 0;
  for (size_t i = begin; i < tokens.size(); ++i) {
    if (tokens[i].kind == Class::sign &&
        std::string_view("{[(").find(tokens[i].text) != std::string_view::npos)
      ++depth;
    if (tokens[i].kind == Class::sign &&
        std::string_view("}])").find(tokens[i].text) != std::string_view::npos && depth > 0)
      --depth;
    if (depth == 0) return {begin, i + 1};
  }
  return {begin, begin + 1};
}

// From somewhere to the end of the line, with what its last bracket holds: mostly a property or an element.
Range statement(const Tokens& tokens, size_t begin) {
  size_t end = begin;
  while (end < tokens.size()) {
    if (tokens[end].kind == Class::space && tokens[end].text.find('\n') != std::string::npos && end > begin)
      break;
    end = bracketed(tokens, end).end;
  }
  return {begin, std::max(end, begin + 1)};
}

Range line_of(const Tokens& tokens, size_t at) {
  while (at > 0 && tokens[at].text.find('\n') == std::string::npos)
    --at;
  return statement(tokens, at);
}

Range some_range(const Tokens& tokens, std::mt19937& random) {
  const size_t at = random() % tokens.size();
  switch (random() % 4) {
    case 0:
      return {at, at + 1};
    case 1:
      return bracketed(tokens, at);
    case 2:
      return line_of(tokens, at);
    default:
      return {at, std::min<size_t>(tokens.size(), at + 1 + random() % 6)};
  }
}

Tokens cut(const Tokens& tokens, Range range) {
  return {tokens.begin() + static_cast<std::ptrdiff_t>(range.begin),
          tokens.begin() + static_cast<std::ptrdiff_t>(range.end)};
}

void insert(Tokens& tokens, size_t at, const Tokens& what) {
  tokens.insert(tokens.begin() + static_cast<std::ptrdiff_t>(at), what.begin(), what.end());
}

void erase(Tokens& tokens, Range range) {
  tokens.erase(tokens.begin() + static_cast<std::ptrdiff_t>(range.begin),
               tokens.begin() + static_cast<std::ptrdiff_t>(range.end));
}

// A token of the class at random; the one at `otherwise` when there is none.
size_t of_class(const Tokens& tokens, Class kind, size_t otherwise, std::mt19937& random) {
  for (int attempt = 0; attempt < 20; ++attempt) {
    const size_t at = random() % tokens.size();
    if (tokens[at].kind == kind) return at;
  }
  return otherwise;
}

void replace_token(Tokens& tokens, std::mt19937& random) {
  size_t at = random() % tokens.size();
  if (tokens[at].kind == Class::space) at = (at + 1) % tokens.size();
  const Class kind = tokens[at].kind;
  tokens[at].text =
      random() % 3 == 0 ? invented(kind, random) : tokens[of_class(tokens, kind, at, random)].text;
}

void change(Tokens& tokens, std::mt19937& random) {
  const Range range = some_range(tokens, random);
  switch (random() % 8) {
    case 0:
      erase(tokens, range);
      break;
    case 1:
      insert(tokens, range.end, cut(tokens, range));
      break;
    case 2: {
      const Tokens moved = cut(tokens, range);
      erase(tokens, range);
      insert(tokens, tokens.empty() ? 0 : random() % tokens.size(), moved);
      break;
    }
    case 3:
      insert(tokens, random() % tokens.size(), cut(tokens, range));
      break;
    case 4:
      insert(tokens, range.begin,
             {{Class::space, " "},
              {Class::sign, invented(static_cast<Class>(random() % 6), random)},
              {Class::space, " "}});
      break;
    case 5: {
      const size_t other = of_class(tokens, tokens[range.begin].kind, range.begin, random);
      std::swap(tokens[range.begin], tokens[other]);
      break;
    }
    default:
      replace_token(tokens, random);
  }
}

}  // namespace

std::string mutated(const std::string& text, std::mt19937& random) {
  Tokens tokens = tokens_of(text);
  for (size_t count = 1 + random() % 4; count > 0; --count) {
    if (tokens.empty()) return "pipe 1\n";
    change(tokens, random);
  }
  return joined(tokens);
}

std::string crossed(const std::string& text, const std::string& other, std::mt19937& random) {
  Tokens tokens = tokens_of(text);
  const Tokens others = tokens_of(other);
  if (tokens.empty() || others.empty()) return text + other;
  const Tokens part = cut(others, some_range(others, random));
  const Range range = some_range(tokens, random);
  if (random() % 2 == 0) erase(tokens, range);
  insert(tokens, range.begin, part);
  return joined(tokens);
}

}  // namespace pipec::fuzz
