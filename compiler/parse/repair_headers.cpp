// Finds the headers whose `{` was left out, and the keywords before a `{` that are misspelt. Both would make
// the parser read a body as something else, with an error in every line of it.
#include "PipeLexer.h"
#include "compiler/diag/kinds/syntax.h"
#include "compiler/parse/keywords.h"
#include "compiler/parse/parse.h"
#include "compiler/parse/repair.h"

#include <string>

namespace pipec::parse {
namespace {

using Words = std::vector<const antlr4::Token*>;

// Reads headers: keyword, name, and what may stand between the name and the `{`.
class HeaderReader {
 public:
  explicit HeaderReader(const Words& words) : words_(words) {}

  // The index behind the header that begins at `first`; `first` itself where none does.
  size_t end(size_t first) {
    next_ = first;
    return read() ? next_ : first;
  }

 private:
  size_t type() const { return words_[next_]->getType(); }
  bool on_line_before() const { return words_[next_]->getLine() == words_[next_ - 1]->getLine(); }
  bool take(size_t wanted) {
    if (type() != wanted) return false;
    ++next_;
    return true;
  }
  bool name() {
    if (!is_name(type()) || !on_line_before()) return false;
    ++next_;
    return true;
  }
  bool path() {
    if (!is_name(type())) return false;
    ++next_;
    while (type() == PipeLexer::DOT && is_name(words_[next_ + 1]->getType()))
      next_ += 2;
    return true;
  }
  // A keyword and what it introduces; true where it does not stand here.
  bool may_have(size_t keyword) { return !take(keyword) || path(); }

  bool read() {
    const size_t keyword = type();
    if (!is_header(keyword)) return false;
    ++next_;
    switch (keyword) {
      case PipeLexer::HOTFIX:
      case PipeLexer::METRICS:
      case PipeLexer::NOTIFY:
        return true;
      case PipeLexer::PARALLEL:
      case PipeLexer::SEQUENCE:
      case PipeLexer::ALWAYS:
        if (is_name(type()) && (words_[next_ + 1]->getType() == PipeLexer::LB ||
                                (on_line_before() && words_[next_ + 1]->getType() != PipeLexer::EQ)))
          ++next_;
        return true;
      case PipeLexer::TEST:
        return take(PipeLexer::TEXT);
      case PipeLexer::BASE:
        return take(PipeLexer::PIPELINE) && name() && may_have(PipeLexer::COLON) &&
               may_have(PipeLexer::EXTENDS);
      case PipeLexer::PIPELINE:
        return name() && may_have(PipeLexer::COLON) && may_have(PipeLexer::EXTENDS);
      case PipeLexer::PROFILE:
        return name() && may_have(PipeLexer::EXTENDS);
      case PipeLexer::CAPABILITY:
        return name() && take(PipeLexer::COLON) && path() && may_have(PipeLexer::EXTENDS);
      case PipeLexer::STAGE:
        return name() && may_have(PipeLexer::COLON) && may_have(PipeLexer::IN);
      case PipeLexer::OVERRIDE:
        take(PipeLexer::STAGE);
        return path() && (!take(PipeLexer::BECAUSE) || take(PipeLexer::TEXT) || take(PipeLexer::RAW));
      case PipeLexer::ACTION:
      case PipeLexer::GATE:
      case PipeLexer::APPROVAL:
      case PipeLexer::DEPLOY:
        if (!name()) return false;
        if (!take(PipeLexer::COLON)) return true;
        while (path()) {
          if (!take(PipeLexer::COMMA)) return true;
        }
        return false;
      default:
        return name();
    }
  }

  const Words& words_;
  size_t next_ = 0;
};

// What stands behind it belongs to the same header or value.
bool continues_header(size_t type) {
  return type == PipeLexer::COLON || type == PipeLexer::COMMA || type == PipeLexer::DOT ||
         type == PipeLexer::EQ || type == PipeLexer::IN || type == PipeLexer::EXTENDS;
}

// A header of this kind is an error without its body.
bool needs_body(size_t keyword) {
  return keyword != PipeLexer::STAGE && (keyword < PipeLexer::ACTION || keyword > PipeLexer::DEPLOY);
}

bool takes_no_name(size_t keyword) {
  return keyword == PipeLexer::HOTFIX || keyword == PipeLexer::METRICS || keyword == PipeLexer::NOTIFY ||
         keyword == PipeLexer::PARALLEL || keyword == PipeLexer::SEQUENCE || keyword == PipeLexer::ALWAYS;
}

// What stands behind the name of a header.
bool begins_body(size_t type) {
  return type == PipeLexer::LB || type == PipeLexer::COLON || type == PipeLexer::IN ||
         type == PipeLexer::EXTENDS;
}

// Whether an item of a body begins here.
bool begins_item(const Words& words, size_t index) {
  if (!is_name(words[index]->getType())) return false;
  const size_t next = words[index + 1]->getType();
  return next != PipeLexer::LP && words[index + 1]->getLine() == words[index]->getLine();
}

}  // namespace

// What follows a header without `{`: where its body ends, when it is one.
std::optional<Repair::Missing> Repair::missing_after(const Words& words, size_t first, size_t end,
                                                     const std::vector<size_t>& indent_of,
                                                     bool surplus) const {
  const antlr4::Token& head = *words[first];
  const antlr4::Token& body = *words[end];
  if (!begins_item(words, end)) return std::nullopt;
  const bool needed = needs_body(head.getType());
  if (body.getLine() == words[end - 1]->getLine()) {
    // `environment beta account = "…" }`
    if (words[end + 1]->getType() != PipeLexer::EQ || (!needed && !surplus)) return std::nullopt;
    int64_t depth = 0;
    size_t next = end;
    for (; words[next]->getLine() == body.getLine() && words[next]->getType() != antlr4::Token::EOF; ++next) {
      depth += words[next]->getType() == PipeLexer::LB ? 1 : 0;
      depth -= words[next]->getType() == PipeLexer::RB ? 1 : 0;
    }
    if (depth == -1) return Missing{first, end, std::nullopt};
    if (depth == 0 && needed) return Missing{first, end, next};
    return std::nullopt;
  }
  const size_t indent = indent_of[head.getLine()];
  if (indent_of[body.getLine()] <= indent || (!needed && !surplus)) return std::nullopt;
  size_t next = end;
  const auto inside = [&](const antlr4::Token& token) {
    return token.getType() != antlr4::Token::EOF && indent_of[token.getLine()] > indent;
  };
  while (inside(*words[next]))
    ++next;
  const bool closed = words[next]->getType() == PipeLexer::RB && indent_of[words[next]->getLine()] == indent;
  if (closed) return Missing{first, end, std::nullopt};
  return needed ? std::optional(Missing{first, end, next}) : std::nullopt;
}

void Repair::report_missing(const Words& words, const Missing& missing, size_t indent) {
  const antlr4::Token& first = *words[missing.first];
  const antlr4::Token& last = *words[missing.body - 1];
  const Span head = tokens_.span(first, last);
  const std::string keyword(text_.substr(span(first).begin, span(first).size()));
  std::vector<Edit> edits{{{head.source, head.end, head.end}, " {"}};
  if (missing.end) {
    const bool one_line = words[missing.body]->getLine() == last.getLine();
    edits.push_back(
        {end_of_text_before(*words[*missing.end]), one_line ? " }" : "\n" + std::string(indent, ' ') + "}"});
  }
  sink_
      .report(diag::missing_opening_brace, head, shown_header(text_.substr(head.begin, head.size()), keyword))
      .fix(missing.end ? "put the body in braces" : "add `{`", std::move(edits));
}

bool Repair::mend_keyword(antlr4::Token& token, const antlr4::Token& next) {
  const bool bare = token.getType() == PipeLexer::NAME || token.getType() == PipeLexer::METRIC;
  if (!bare || next.getType() != PipeLexer::LB || next.getLine() != token.getLine()) return false;
  const std::string word(text_.substr(span(token).begin, span(token).size()));
  // What others call it.
  const bool finally = word == "finally" || word == "ensure";
  const auto keyword = finally ? std::optional<std::string_view>("always") : nearest_nameless_keyword(word);
  if (!keyword) return false;
  auto report = sink_.report(diag::unknown_keyword, span(token), word);
  report.replace(span(token), std::string(*keyword));
  if (finally) report.note("`always { … }` stands last in its stage");
  static_cast<antlr4::CommonToken&>(token).setType(keyword_or_name(*keyword));
  return true;
}

// What a `:` in front of a body was meant to be: nothing.
bool Repair::drop_colon(Words& words, size_t first) {
  const size_t keyword = words[first]->getType();
  const bool nameless = takes_no_name(keyword);
  // Behind a keyword it is a name: `gate always: check { … }`, also over two lines.
  const bool name = first > 0 && is_header(words[first - 1]->getType());
  if (!is_header(keyword) || is_element_kind(keyword) || name || first + 3 >= words.size()) return false;
  const auto type = [&](size_t distance) { return words[first + distance]->getType(); };
  size_t colon = 0;
  if (type(1) == PipeLexer::COLON) {
    if ((nameless && type(2) == PipeLexer::LB) || (is_name(type(2)) && begins_body(type(3)))) colon = 1;
  } else if (is_name(type(1)) && type(2) == PipeLexer::COLON && type(3) == PipeLexer::LB) {
    colon = 2;
  }
  if (colon == 0 || words[first + colon + 1]->getLine() != words[first]->getLine()) return false;
  const antlr4::Token& dropped = *words[first + colon];
  const antlr4::Token& behind = *words[first + colon + 1];
  const bool touches = dropped.getStopIndex() + 1 == behind.getStartIndex();
  sink_.report(diag::colon_in_header, span(dropped), text_.substr(span(behind).begin, span(behind).size()))
      .fix("remove it", {{span(dropped), touches ? " " : ""}}, true);
  const_cast<antlr4::CommonToken&>(static_cast<const antlr4::CommonToken&>(dropped))
      .setChannel(antlr4::Token::HIDDEN_CHANNEL);
  words.erase(words.begin() + static_cast<std::ptrdiff_t>(first + colon));
  return true;
}

void Repair::headers() {
  Words words;
  for (const TokenPtr& token : tokens_.all) {
    if (on_default_channel(*token)) words.push_back(token.get());
  }
  // Readers look one token ahead.
  if (words.empty()) return;
  words.push_back(words.back());
  const bool surplus = brace_balance() < 0;
  const std::vector<size_t> indent_of = indents();
  HeaderReader reader(words);
  // By the token in front of which they go.
  std::unordered_set<const antlr4::Token*> openings;
  std::unordered_map<const antlr4::Token*, size_t> closings;
  int parentheses = 0;
  size_t colons = 0;
  // As many as syntax errors are told; so the braces that are added nest no deeper than people write.
  for (size_t i = 0; i + 2 < words.size() && openings.size() < max_errors; ++i) {
    const size_t type = words[i]->getType();
    if (type == PipeLexer::LS || type == PipeLexer::LP) ++parentheses;
    if (type == PipeLexer::RS || type == PipeLexer::RP) --parentheses;
    // A list that was never closed ends with its block.
    if (type == PipeLexer::LB || type == PipeLexer::RB) parentheses = 0;
    const bool begins = i == 0 || words[i - 1]->getLine() != words[i]->getLine();
    const bool in_block = begins || words[i - 1]->getType() == PipeLexer::LB;
    if (!in_block || parentheses > 0) continue;
    // A name that another line of a header ends with, such as the kind of a capability.
    if (i > 0 && continues_header(words[i - 1]->getType())) continue;
    if (colons < max_errors && drop_colon(words, i)) ++colons;
    if (mend_keyword(const_cast<antlr4::Token&>(*words[i]), *words[i + 1]) || !begins) continue;
    const size_t end = reader.end(i);
    if (end == i || end + 1 >= words.size() || words[end]->getType() == PipeLexer::LB) continue;
    if (const auto missing = missing_after(words, i, end, indent_of, surplus)) {
      report_missing(words, *missing, indent_of[words[i]->getLine()]);
      openings.insert(words[missing->body]);
      if (missing->end) ++closings[words[*missing->end]];
    }
  }
  if (!openings.empty()) insert(openings, closings);
}

void Repair::insert(const std::unordered_set<const antlr4::Token*>& openings,
                    const std::unordered_map<const antlr4::Token*, size_t>& closings) {
  std::vector<TokenPtr> repaired;
  for (TokenPtr& token : tokens_.all) {
    const auto closing = closings.find(token.get());
    for (size_t i = 0; closing != closings.end() && i < closing->second; ++i)
      repaired.push_back(make_bracket(PipeLexer::RB, *token));
    if (openings.contains(token.get())) repaired.push_back(make_bracket(PipeLexer::LB, *token));
    repaired.push_back(std::move(token));
  }
  tokens_.all = std::move(repaired);
}

}  // namespace pipec::parse
