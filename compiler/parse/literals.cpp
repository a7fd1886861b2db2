#include "compiler/parse/literals.h"

#include "compiler/diag/kinds/syntax.h"
#include "compiler/parse/conflicts.h"
#include "compiler/support/duration.h"
#include "compiler/support/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include <fmt/core.h>

namespace pipec::parse {
namespace {

Span part(Span span, size_t begin, size_t length) {
  const auto first = static_cast<uint32_t>(span.begin + begin);
  return {span.source, first, static_cast<uint32_t>(first + length)};
}

bool is_name_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_name_rest(char c) { return is_name_start(c) || (c >= '0' && c <= '9') || c == '_' || c == '-'; }

// The dotted name of `\(name)`; nothing when it is not one.
std::optional<ast::Path> reference(std::string_view text, Span span) {
  ast::Path path;
  path.span = span;
  size_t begin = 0;
  while (begin <= text.size()) {
    const size_t end = std::min(text.find('.', begin), text.size());
    const std::string_view name = text.substr(begin, end - begin);
    const bool valid =
        !name.empty() && is_name_start(name.front()) && std::all_of(name.begin(), name.end(), is_name_rest);
    if (!valid) return std::nullopt;
    path.parts.push_back({name, part(span, begin, name.size())});
    begin = end + 1;
  }
  return path;
}

void report_escape(std::string_view spelling, Span span, size_t offset, DiagnosticSink& sink, TextUse use) {
  const Span at = part(span, offset, 2);
  auto report = sink.report(diag::unknown_escape, at, spelling.substr(offset, 2));
  if (use == TextUse::expression) {
    // Expressions have no names of classes, in raw texts neither.
    if (spelling[offset + 1] == 'd') report.replace(at, "[0-9]");
    if (spelling[offset + 1] == 'w') report.replace(at, "[A-Za-z0-9_]");
    return;
  }
  const std::string_view inside = spelling.substr(1, spelling.size() - 2);
  const bool raw_possible = inside.find('\'') == std::string_view::npos &&
                            inside.find("\\\"") == std::string_view::npos &&
                            inside.find("\\(") == std::string_view::npos;
  if (raw_possible) report.fix("write a raw text", {{span, fmt::format("'{}'", inside)}});
}

// Reads `digits` as a number of at most a million million, so that no unit overflows it.
std::optional<int64_t> bounded_integer(std::string_view digits) {
  constexpr int64_t limit = 1'000'000'000'000;
  int64_t value = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (error != std::errc() || end != digits.data() + digits.size() || value > limit) return std::nullopt;
  return value;
}

struct UnitSpelling {
  std::string_view written;
  std::string_view unit;
};

// What people write for the language's units.
constexpr auto unit_spellings = std::to_array<UnitSpelling>(
    {{"sec", "s"},   {"secs", "s"},   {"second", "s"},  {"seconds", "s"}, {"S", "s"},     {"min", "m"},
     {"mins", "m"},  {"minute", "m"}, {"minutes", "m"}, {"hr", "h"},      {"hrs", "h"},   {"hour", "h"},
     {"hours", "h"}, {"H", "h"},      {"day", "d"},     {"days", "d"},    {"D", "d"},     {"KB", "KiB"},
     {"K", "KiB"},   {"kB", "KiB"},   {"MB", "MiB"},    {"M", "MiB"},     {"GB", "GiB"},  {"G", "GiB"},
     {"TB", "TiB"},  {"T", "TiB"},    {"kib", "KiB"},   {"mib", "MiB"},   {"gib", "GiB"}, {"s", "s"},
     {"m", "m"},     {"h", "h"},      {"d", "d"}});

// `31.12.2035`, `12/31/2035`, `2035/12/31`, `2035.12.31` as the language writes it. Of `01/02/2035` nobody
// knows which is the month: there it stays empty.
std::optional<std::string> likely_date(std::string_view spelling) {
  std::array<std::string_view, 3> parts;
  size_t count = 0;
  for (std::string_view rest = spelling; count < parts.size(); ++count) {
    const size_t end = rest.find_first_of("./");
    parts[count] = rest.substr(0, end);
    const bool digits =
        !parts[count].empty() && parts[count].find_first_not_of("0123456789") == std::string_view::npos;
    if (!digits) return std::nullopt;
    if (end == std::string_view::npos) {
      if (++count != parts.size()) return std::nullopt;
      break;
    }
    rest.remove_prefix(end + 1);
  }
  const bool year_last = parts[2].size() == 4;
  if (year_last) std::swap(parts[0], parts[2]);
  if (parts[0].size() != 4 || parts[1].size() > 2 || parts[2].size() > 2) return std::nullopt;
  const auto may_be_month = [](std::string_view part) { return part.size() == 1 || part <= "12"; };
  const bool slashes = year_last && spelling.find('/') != std::string_view::npos;
  if (slashes && may_be_month(parts[1]) && may_be_month(parts[2]) && parts[1] != parts[2]) return "";
  if (slashes && !may_be_month(parts[1])) std::swap(parts[1], parts[2]);
  return fmt::format("{}-{:0>2}-{:0>2}", parts[0], parts[1], parts[2]);
}

// What keeps it from being a number of the language.
std::string_view wrong_with(std::string_view spelling) {
  if (likely_date(spelling)) return "a date is written year-month-day";
  const size_t letters = spelling.find_first_not_of("0123456789.");
  if (letters == std::string_view::npos) return "there are no fractions; a version is a text in quotes";
  const std::string_view unit = spelling.substr(letters);
  if (unit == "ms" || unit == "us" || unit == "ns") return "the shortest time is a second, `1s`";
  if (spelling.substr(0, letters).find('.') != std::string_view::npos) return "there are no fractions";
  const bool known = std::any_of(unit_spellings.begin(), unit_spellings.end(),
                                 [&](const UnitSpelling& s) { return s.written == unit; });
  if (known) return "units are `s`, `m`, `h`, `d`, `%`, `KiB`, `MiB`, `GiB` and `TiB`";
  return "it is no number with a unit of the language, and a text stands in quotes";
}

std::optional<int64_t> duration_seconds(std::string_view spelling) {
  constexpr auto units =
      std::to_array<std::pair<char, int64_t>>({{'d', 86400}, {'h', 3600}, {'m', 60}, {'s', 1}});
  int64_t total = 0;
  size_t next_unit = 0;
  while (!spelling.empty()) {
    size_t digits = 0;
    while (digits < spelling.size() && std::isdigit(static_cast<unsigned char>(spelling[digits])))
      ++digits;
    if (digits == 0 || digits == spelling.size()) return std::nullopt;
    const char unit = spelling[digits];
    while (next_unit < units.size() && units[next_unit].first != unit)
      ++next_unit;
    if (next_unit == units.size()) return std::nullopt;
    const auto count = bounded_integer(spelling.substr(0, digits));
    if (!count) return std::nullopt;
    total += *count * units[next_unit].second;
    ++next_unit;
    spelling.remove_prefix(digits + 1);
  }
  return total;
}

// The spelling without the zeros that it begins with, where digits follow them.
std::string_view without_zeros(std::string_view spelling) {
  const auto digit = [](char c) { return c >= '0' && c <= '9'; };
  while (spelling.size() > 1 && spelling.front() == '0' && digit(spelling[1]))
    spelling.remove_prefix(1);
  return spelling;
}

// `012345678901`, which as a number would lose its zero.
void report_zeros(std::string_view spelling, Span span, bool in_record, DiagnosticSink& sink) {
  auto report = sink.report(diag::malformed_number, span, spelling, "a number does not begin with zeros");
  const std::string_view rest = without_zeros(spelling);
  const bool digits = spelling.find_first_not_of("0123456789") == std::string_view::npos;
  constexpr size_t most_digits_of_count = 4;
  if (!digits) {
    report.replace(span, std::string(rest));
  } else if (in_record || spelling.size() > most_digits_of_count) {
    report.fix("put it in quotes", {{span, fmt::format("\"{}\"", spelling)}});
  } else {
    report.note(fmt::format("the number is `{}`; with its zeros it is a text, `\"{}\"`", rest, spelling));
  }
}

// The value of what is a number of the language, whatever zeros it begins with.
std::optional<ast::NumberExpr> value_of(std::string_view spelling) {
  if (const auto value = bounded_integer(spelling)) return ast::NumberExpr{ast::Unit::none, *value};
  if (spelling.ends_with('%')) {
    if (const auto value = bounded_integer(spelling.substr(0, spelling.size() - 1))) {
      return ast::NumberExpr{ast::Unit::percent, *value};
    }
  }
  if (const auto seconds = duration_seconds(spelling)) return ast::NumberExpr{ast::Unit::duration, *seconds};
  constexpr auto sizes =
      std::to_array<std::pair<std::string_view, int>>({{"KiB", 10}, {"MiB", 20}, {"GiB", 30}, {"TiB", 40}});
  for (const auto& [unit, shift] : sizes) {
    if (!spelling.ends_with(unit)) continue;
    const auto value = bounded_integer(spelling.substr(0, spelling.size() - unit.size()));
    constexpr int64_t largest = int64_t{1} << 52;
    if (value && *value <= (largest >> shift)) return ast::NumberExpr{ast::Unit::size, *value << shift};
  }
  return std::nullopt;
}

}  // namespace

std::optional<std::string> likely_number(std::string_view spelling) {
  size_t digits = 0;
  while (digits < spelling.size() &&
         (std::isdigit(static_cast<unsigned char>(spelling[digits])) || spelling[digits] == '.')) {
    ++digits;
  }
  const std::string_view count = spelling.substr(0, digits);
  const std::string_view unit = spelling.substr(digits);
  const auto known = std::find_if(unit_spellings.begin(), unit_spellings.end(),
                                  [&](const UnitSpelling& s) { return s.written == unit; });
  if (known == unit_spellings.end() || count.empty()) return std::nullopt;
  if (count.find('.') == std::string_view::npos) return fmt::format("{}{}", count, known->unit);
  double value = 0;
  const auto [end, error] = std::from_chars(count.data(), count.data() + count.size(), value);
  constexpr auto seconds =
      std::to_array<std::pair<std::string_view, double>>({{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86400}});
  for (const auto& [name, size] : seconds) {
    const double total = value * size;
    const bool whole = error == std::errc() && end == count.data() + count.size() && total < 1e9 &&
                       std::floor(total) == total;
    if (name == known->unit && whole) return to_string(Duration{static_cast<int64_t>(total)});
  }
  return std::nullopt;
}

ast::TextExpr quoted_text(std::string_view spelling, Span span, DiagnosticSink& sink, TextUse use) {
  ast::TextExpr text;
  text.form = ast::TextExpr::Form::quoted;
  std::string current;
  bool escape_reported = false;
  for (size_t i = 1; i + 1 < spelling.size(); ++i) {
    if (spelling[i] != '\\') {
      current += spelling[i];
      continue;
    }
    ++i;
    switch (spelling[i]) {
      case 'n':
        current += '\n';
        break;
      case 't':
        current += '\t';
        break;
      case 'r':
        current += '\r';
        break;
      case '"':
        current += '"';
        break;
      case '\\':
        current += '\\';
        break;
      case '(': {
        const size_t close = spelling.find(')', i);
        const size_t length = close == std::string_view::npos ? 0 : close - i - 1;
        const auto path =
            length == 0 ? std::nullopt : reference(spelling.substr(i + 1, length), part(span, i + 1, length));
        if (!path) {
          sink.report(diag::bad_interpolation, part(span, i - 1, length == 0 ? 2 : length + 3));
        } else {
          text.texts.push_back(std::move(current));
          current.clear();
          text.references.push_back(*path);
        }
        if (length > 0) i = close;
        break;
      }
      default:
        if (!escape_reported) report_escape(spelling, span, i - 1, sink, use);
        escape_reported = true;
        current += spelling[i];
    }
  }
  text.texts.push_back(std::move(current));
  return text;
}

ast::TextExpr raw_text(std::string_view spelling) {
  ast::TextExpr text;
  text.form = ast::TextExpr::Form::raw;
  text.texts.emplace_back(spelling.substr(1, spelling.size() - 2));
  return text;
}

ast::TextExpr block_text(std::string_view spelling, Span span, DiagnosticSink& sink) {
  ast::TextExpr text;
  text.form = ast::TextExpr::Form::block;
  constexpr std::string_view quotes = "\"\"\"";
  std::string_view inside = spelling;
  inside.remove_prefix(quotes.size());
  if (inside.ends_with(quotes)) inside.remove_suffix(quotes.size());
  const size_t first_end = inside.find('\n');
  const bool opens_line = inside.substr(0, first_end).find_first_not_of(" \t\r") == std::string_view::npos;
  if (first_end == std::string_view::npos || !opens_line) {
    const size_t last_line = first_end == std::string_view::npos ? 0 : inside.rfind('\n') + 1;
    const std::string_view before_quotes = inside.substr(last_line);
    const bool closes_line = before_quotes.find_first_not_of(" \t") == std::string_view::npos;
    std::vector<Edit> edits{
        {part(span, quotes.size(), 0), "\n" + std::string(closes_line ? before_quotes : "")}};
    const bool closed = inside.size() + 2 * quotes.size() == spelling.size();
    if (closed && !closes_line) edits.push_back({part(span, spelling.size() - quotes.size(), 0), "\n"});
    const char* title =
        edits.size() > 1 ? "put the text on lines of its own" : "start the text on a line of its own";
    sink.report(diag::block_text_first_line, part(span, 0, quotes.size())).fix(title, std::move(edits));
    text.texts.emplace_back(inside);
    return text;
  }
  const size_t last_begin = inside.rfind('\n') + 1;
  const std::string_view margin = inside.substr(last_begin);
  if (margin.find_first_not_of(" \t") != std::string_view::npos) {
    sink.report(diag::block_text_last_line, part(span, spelling.size() - quotes.size(), quotes.size()))
        .fix("put the closing quotes on a line of their own",
             {{part(span, spelling.size() - quotes.size(), 0), "\n"}});
    text.texts.emplace_back(inside.substr(first_end + 1));
    return text;
  }
  std::string body;
  bool margin_reported = false;
  const size_t body_begin = first_end + 1;
  const std::string_view lines =
      last_begin > body_begin ? inside.substr(body_begin, last_begin - body_begin) : std::string_view();
  size_t offset = quotes.size() + body_begin;
  for (std::string_view line : split_lines(lines)) {
    const size_t begin = offset;
    offset += line.size() + 1;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.starts_with(margin)) {
      line.remove_prefix(margin.size());
    } else {
      const size_t blank = std::min(line.find_first_not_of(" \t"), line.size());
      const bool empty = blank == line.size();
      if (const std::string_view marker = conflict_marker(line); !marker.empty()) {
        if (!margin_reported) report_conflict(marker, part(span, begin, marker.size()), sink);
        margin_reported = true;
      } else if (!empty && !margin_reported) {
        margin_reported = true;
        sink.report(diag::block_text_margin, part(span, begin, blank))
            .label(part(span, spelling.size() - quotes.size(), quotes.size()), "the margin ends here")
            .fix("indent the line like the closing quotes",
                 {{part(span, begin, blank), std::string(margin)}});
      }
      line.remove_prefix(blank);
    }
    body += line;
    body += '\n';
  }
  if (!body.empty()) body.pop_back();
  text.texts.push_back(std::move(body));
  return text;
}

std::optional<ast::NumberExpr> number(std::string_view spelling, Span span, DiagnosticSink& sink,
                                      bool in_record) {
  if (auto value = value_of(spelling)) {
    if (without_zeros(spelling).size() == spelling.size()) return value;
    report_zeros(spelling, span, in_record, sink);
    return std::nullopt;
  }
  auto report = sink.report(diag::malformed_number, span, spelling, wrong_with(spelling));
  if (const auto date = likely_date(spelling)) {
    if (!date->empty()) report.replace(span, *date);
    return std::nullopt;
  }
  if (spelling.find_first_not_of("0123456789.") == std::string_view::npos)
    report.fix("put it in quotes", {{span, fmt::format("\"{}\"", spelling)}});
  if (const auto likely = likely_number(spelling)) {
    // `10min` says it all; whether `10KB` or `10S` means `10KiB` or `10s` is a guess.
    const bool spelled_out = std::islower(static_cast<unsigned char>(spelling.back())) != 0 &&
                             std::string_view("smhd").find(likely->back()) != std::string_view::npos;
    report.replace(span, *likely, spelled_out);
  }
  return std::nullopt;
}

std::optional<ast::DateExpr> date(std::string_view spelling, Span span, DiagnosticSink& sink) {
  const int year = static_cast<int>(bounded_integer(spelling.substr(0, 4)).value_or(0));
  const int month = static_cast<int>(bounded_integer(spelling.substr(5, 2)).value_or(0));
  const int day = static_cast<int>(bounded_integer(spelling.substr(8, 2)).value_or(0));
  const bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
  const std::array<int, 12> days{31, leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  const bool exists = month >= 1 && month <= 12 && day >= 1 && day <= days[static_cast<size_t>(month - 1)];
  if (!exists) {
    sink.report(diag::no_such_date, span, spelling);
    return std::nullopt;
  }
  return ast::DateExpr{static_cast<int16_t>(year), static_cast<uint8_t>(month), static_cast<uint8_t>(day)};
}

}  // namespace pipec::parse
