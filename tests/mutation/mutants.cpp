#include "tests/mutation/mutants.h"

#include "tests/mutation/reading.h"

#include <algorithm>
#include <map>
#include <random>
#include <set>

#include <fmt/core.h>

namespace pipec::test {
namespace {

using parse::SyntaxToken;
using parse::TokenKind;

std::string_view piece(std::string_view text, Span span) { return text.substr(span.begin, span.size()); }

bool is_number(std::string_view word) { return word.front() >= '0' && word.front() <= '9'; }

// Tokens of one class can stand in for one another: numbers of one unit, severities, names, texts, signs.
std::string class_of(const SyntaxToken& token, std::string_view word) {
  switch (token.kind) {
    case TokenKind::word:
      if (is_number(word)) {
        const size_t unit = word.find_first_not_of("0123456789.");
        return "number " + std::string(unit == std::string_view::npos ? "" : word.substr(word.size() - 1));
      }
      return looseness(std::string(word)) >= 0 ? "severity" : "word";
    case TokenKind::text:
    case TokenKind::block_text:
      return "text";
    case TokenKind::sign:
      return "sign";
    case TokenKind::comment:
    case TokenKind::documentation:
      break;
  }
  return {};
}

// `4m` as `40m` and `1m`.
std::vector<std::string> other_numbers(std::string_view word) {
  const size_t digits = std::min(word.find_first_not_of("0123456789"), word.size());
  const std::string_view rest = word.substr(digits);
  if (rest.find_first_of("0123456789-.") != std::string_view::npos) return {};
  return {fmt::format("{}0{}", word.substr(0, digits), rest), fmt::format("1{}", rest)};
}

class Mutations {
 public:
  Mutations(std::string_view text, size_t replacements) : text_(text), replacements_(replacements) {
    SourceManager sources;
    DiagnosticSink sink;
    for (const SyntaxToken& token :
         parse::parse_with_tokens(sources.add("mutants.pipe", std::string(text)), sources, sink).tokens) {
      const std::string kind = class_of(token, piece(text_, token.span));
      if (kind.empty()) continue;
      tokens_.push_back(token);
      by_class_[kind].insert(std::string(piece(text_, token.span)));
    }
  }

  std::vector<Mutant> run() {
    lines();
    for (const SyntaxToken& token : tokens_) {
      change(token, "");
      for (const std::string& other : others(token))
        change(token, other);
    }
    return std::move(mutants_);
  }

 private:
  void lines() {
    uint32_t begin = 0;
    for (uint32_t line = 1; begin < text_.size(); ++line) {
      const auto end = static_cast<uint32_t>(std::min(text_.find('\n', begin), text_.size() - 1) + 1);
      const Span span{SourceId{}, begin, end};
      const size_t first = piece(text_, span).find_first_not_of(" \n");
      if (first != std::string_view::npos && piece(text_, span)[first] != '#')
        add(fmt::format("line {} left out: {}", line, piece(text_, {SourceId{}, begin, end - 1})), span, "");
      begin = end;
    }
  }

  std::vector<std::string> others(const SyntaxToken& token) {
    const std::string word(piece(text_, token.span));
    const std::string kind = class_of(token, word);
    if (kind == "severity") {
      std::vector<std::string> all{"critical", "high", "medium", "low"};
      std::erase(all, word);
      return all;
    }
    std::vector<std::string> found(by_class_[kind].begin(), by_class_[kind].end());
    std::erase(found, word);
    if (replacements_ > 0 && found.size() > replacements_) {
      std::shuffle(found.begin(), found.end(), random_);
      found.resize(replacements_);
    }
    if (is_number(word)) {
      for (std::string& number : other_numbers(word))
        if (number != word) found.push_back(std::move(number));
    }
    return found;
  }

  void change(const SyntaxToken& token, const std::string& other) {
    const std::string_view word = piece(text_, token.span);
    // A block text is named by its first line.
    const std::string_view name = word.substr(0, word.find('\n'));
    add(other.empty() ? fmt::format("`{}` of line {} left out", name, token.line)
                      : fmt::format("`{}` of line {} replaced by `{}`", name, token.line,
                                    other.substr(0, other.find('\n'))),
        token.span, other);
  }

  void add(std::string what, Span span, const std::string& other) {
    std::string text(text_);
    text.replace(span.begin, span.size(), other);
    const Span after{span.source, span.begin, static_cast<uint32_t>(span.begin + other.size())};
    mutants_.push_back({std::move(what), std::move(text), span, after});
  }

  std::string_view text_;
  size_t replacements_;
  std::vector<SyntaxToken> tokens_;
  std::map<std::string, std::set<std::string>> by_class_;
  std::mt19937 random_{20261121};
  std::vector<Mutant> mutants_;
};

}  // namespace

std::vector<Mutant> mutants_of(std::string_view text, size_t replacements) {
  return Mutations(text, replacements).run();
}

}  // namespace pipec::test
