#include "compiler/diag/render.h"

#include "compiler/support/credential.h"
#include "compiler/support/text.h"
#include "compiler/support/utf8.h"
#include "compiler/support/wrap.h"

#include <algorithm>
#include <map>

#include <fmt/core.h>

namespace pipec {
namespace {

constexpr std::string_view bold = "\033[1m";
constexpr std::string_view red = "\033[1;31m";
constexpr std::string_view yellow = "\033[1;33m";
constexpr std::string_view cyan = "\033[1;36m";
constexpr std::string_view plain = "\033[0m";

// A line longer than this is shown around the place only, also on a wide terminal; on a narrow one at least
// so much is shown.
constexpr size_t widest_line = 160;
constexpr size_t narrowest_line = 40;

class TextRenderer {
 public:
  TextRenderer(const SourceManager& sources, const RenderOptions& options)
      : sources_(sources), options_(options) {}

  void add(const Diagnostic& diagnostic) {
    const Place place = sources_.place(diagnostic.span);
    const std::string_view shade = diagnostic.severity == Severity::error     ? red
                                   : diagnostic.severity == Severity::warning ? yellow
                                                                              : cyan;
    out_ += fmt::format("{}{}:{}:{}:{} {}{}[{}]{}: {}{}{}\n", color(bold),
                        printable(sources_.path(diagnostic.span.source)), place.line, place.column,
                        color(plain), color(shade), to_string(diagnostic.severity), diagnostic.code,
                        color(plain), color(bold), printable(diagnostic.message), color(plain));
    excerpts(diagnostic, shade);
    const std::string margin(margin_, ' ');
    for (const std::string& note : diagnostic.notes)
      out_ += fmt::format("{} {}= note:{} {}\n", margin, color(cyan), color(plain), printable(note));
    if (!diagnostic.fixes.empty()) {
      out_ += fmt::format("{} {}= fix:{} {}\n", margin, color(cyan), color(plain),
                          printable(diagnostic.fixes.front().title));
    }
  }

  std::string take() { return std::move(out_); }

 private:
  struct Mark {
    uint32_t line;
    uint32_t column;
    uint32_t width;
    bool primary;
    std::string text;
  };

  std::string_view color(std::string_view code) const { return options_.color ? code : std::string_view(); }

  Mark mark(Span span, bool primary, std::string_view text) const {
    const Place begin = sources_.place(span);
    const Place end = sources_.place(span.source, span.end);
    uint32_t width = 1;
    if (end.line == begin.line) {
      width = std::max(1U, end.column - begin.column);
    } else {
      const auto length = static_cast<uint32_t>(sources_.line(span.source, begin.line).size());
      width = std::max(1U, length + 1 - std::min(begin.column, length));
    }
    return {begin.line, begin.column, width, primary, printable(text)};
  }

  // The marked lines of one source after another, the primary source first.
  void excerpts(const Diagnostic& diagnostic, std::string_view shade) {
    std::map<SourceId, std::vector<Mark>> by_source;
    by_source[diagnostic.span.source].push_back(mark(diagnostic.span, true, diagnostic.label));
    for (const Label& label : diagnostic.labels)
      by_source[label.span.source].push_back(mark(label.span, false, label.text));
    uint32_t last_line = 1;
    for (auto& [source, marks] : by_source) {
      std::stable_sort(marks.begin(), marks.end(), [](const Mark& a, const Mark& b) {
        return std::pair(a.line, a.column) < std::pair(b.line, b.column);
      });
      last_line = std::max(last_line, marks.back().line);
    }
    margin_ = std::to_string(last_line).size() + 1;
    excerpt(diagnostic.span.source, by_source[diagnostic.span.source], shade);
    for (const auto& [source, marks] : by_source) {
      if (source == diagnostic.span.source) continue;
      out_ += fmt::format("{}{}-->{} {}\n", std::string(margin_, ' '), color(cyan), color(plain),
                          printable(sources_.path(source)));
      excerpt(source, marks, shade);
    }
  }

  void excerpt(SourceId source, const std::vector<Mark>& marks, std::string_view shade) {
    uint32_t previous = 0;
    for (size_t i = 0; i < marks.size(); ++i) {
      const Mark& mark = marks[i];
      if (mark.line != previous) {
        if (previous != 0 && mark.line > previous + 1)
          out_ += fmt::format("{}{}...{}\n", std::string(margin_ - 1, ' '), color(cyan), color(plain));
        show_line(source, mark);
      }
      previous = mark.line;
      const char sign = mark.primary ? '^' : '-';
      const std::string_view paint = mark.primary ? shade : cyan;
      const uint32_t column = std::min<uint32_t>(mark.column > shift_ ? mark.column - shift_ : 1,
                                                 static_cast<uint32_t>(widest()));
      const size_t width = std::min<size_t>(mark.width, widest() + 1 - column);
      const std::string margin(margin_, ' ');
      // A label that would be wrapped stands on lines of its own.
      const bool fits = options_.width == 0 || mark.text.empty() ||
                        margin_ + 3 + column + width + mark.text.size() < options_.width;
      out_ += fmt::format("{} {}|{} {}{}{}{}{}{}\n", margin, color(cyan), color(plain),
                          std::string(column - 1, ' '), color(paint), std::string(width, sign),
                          mark.text.empty() || !fits ? "" : " ", fits ? mark.text : "", color(plain));
      if (fits) continue;
      for (const std::string& line : wrapped(mark.text, widest()))
        out_ += fmt::format("{} {}|{} {}{}{}\n", margin, color(cyan), color(plain), color(paint), line,
                            color(plain));
    }
  }

  size_t widest() const {
    if (options_.width == 0) return widest_line;
    const size_t around = margin_ + 3;
    const size_t room = options_.width > around ? options_.width - around : 0;
    return std::clamp(room, narrowest_line, widest_line);
  }

  void show_line(SourceId source, const Mark& mark) {
    std::string line(sources_.line(source, mark.line));
    shift_ = 0;
    if (line.size() > widest()) {
      size_t begin = mark.column > widest() / 2 ? mark.column - widest() / 2 : 0;
      while (begin < line.size() && (static_cast<unsigned char>(line[begin]) & 0xC0) == 0x80)
        ++begin;
      size_t end = std::min(line.size(), begin + widest());
      while (end < line.size() && (static_cast<unsigned char>(line[end]) & 0xC0) == 0x80)
        ++end;
      shift_ = static_cast<uint32_t>(begin);
      line = line.substr(begin, end - begin);
    }
    out_ += fmt::format("{}{:>{}} |{} {}\n", color(cyan), mark.line, margin_, color(plain), printable(line));
  }

  const SourceManager& sources_;
  const RenderOptions& options_;
  std::string out_;
  size_t margin_ = 2;
  // How many characters of the shown line are cut off at its beginning.
  uint32_t shift_ = 0;
};

}  // namespace

std::string printable(std::string_view raw) {
  const std::string text = conceal_credentials(std::string(raw));
  std::string out;
  for (size_t i = 0; i < text.size();) {
    const auto byte = static_cast<unsigned char>(text[i]);
    const size_t length = byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
    const std::string character = text.substr(i, length);
    const bool control = (byte < 0x20 && byte != '\t') || byte == 0x7F ||
                         (byte >= 0x80 && is_bidi_control(character_at(text, i)));
    if (byte == '\t') {
      out += ' ';
    } else if (control) {
      out += '?';
    } else {
      out += character;
    }
    i += length;
  }
  return out;
}

std::string count_in_words(const std::vector<Diagnostic>& diagnostics) {
  size_t errors = 0;
  size_t warnings = 0;
  for (const Diagnostic& diagnostic : diagnostics) {
    if (diagnostic.severity == Severity::error) ++errors;
    if (diagnostic.severity == Severity::warning) ++warnings;
  }
  std::string text;
  if (errors > 0) text = counted(errors, "error");
  if (errors > 0 && warnings > 0) text += " and ";
  if (warnings > 0) text += counted(warnings, "warning");
  return text;
}

std::string render_text(const std::vector<Diagnostic>& diagnostics, const SourceManager& sources,
                        const RenderOptions& options) {
  TextRenderer renderer(sources, options);
  const size_t shown = std::min(diagnostics.size(), options.limit);
  for (size_t i = 0; i < shown; ++i)
    renderer.add(diagnostics[i]);
  std::string text = renderer.take();
  if (shown < diagnostics.size())
    text += fmt::format("and {} more that are not shown\n", diagnostics.size() - shown);
  return text;
}

}  // namespace pipec
