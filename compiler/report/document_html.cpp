// One page of HTML that needs nothing else: no script, no network. Everything that is not written here goes
// through `text`, which escapes it.
#include "compiler/diag/render.h"
#include "compiler/report/document.h"
#include "compiler/report/embedded.h"
#include "compiler/support/markup.h"
#include "compiler/support/version.h"

#include <algorithm>
#include <vector>

#include <fmt/core.h>

namespace pipec::report {
namespace {

// By it pipec knows its own pages.
constexpr std::string_view generator = "name=\"generator\" content=\"pipec\"";

std::string_view class_of(Mark mark) {
  switch (mark) {
    case Mark::none:
      return "plain";
    case Mark::good:
      return "good";
    case Mark::fair:
      return "fair";
    case Mark::personal:
      return "personal";
    case Mark::let_off:
      return "let-off";
    case Mark::idle:
      return "idle";
    case Mark::bad:
      return "bad";
  }
  return "plain";
}

// A tree of elements, written as it is opened and closed.
class Html {
 public:
  void open(std::string_view name, std::string_view attributes = {}) {
    out_ += attributes.empty() ? fmt::format("<{}>", name) : fmt::format("<{} {}>", name, attributes);
    open_.emplace_back(name);
  }
  void close() {
    out_ += fmt::format("</{}>", open_.back());
    open_.pop_back();
  }
  void line() { out_ += '\n'; }
  // Escaped; what stands in back-ticks is code.
  void text(std::string_view raw) {
    const std::string shown = printable(raw);
    for (const CodePart& part : code_parts(shown)) {
      const std::string text = xml_escaped(part.text);
      out_ += part.fence > 0 ? fmt::format("<code>{}</code>", text) : text;
    }
  }
  void element(std::string_view name, std::string_view content, std::string_view attributes = {}) {
    open(name, attributes);
    text(content);
    close();
  }
  // One that has no end.
  void lone(std::string_view name, std::string_view attributes) {
    out_ += fmt::format("<{} {}>\n", name, attributes);
  }
  void style(std::string_view css) { out_ += fmt::format("<style>\n{}</style>\n", css); }
  std::string take() { return std::move(out_); }

 private:
  std::string out_ = "<!DOCTYPE html>\n";
  std::vector<std::string> open_;
};

class Printer {
 public:
  std::string print(const Document& document) {
    html_.open("html", "lang=\"en\"");
    head(document);
    html_.open("body");
    html_.line();
    html_.element("a", "Skip to the report", "class=\"skip\" href=\"#report\"");
    html_.open("header");
    if (!document.up.second.empty()) {
      html_.open("p");
      html_.element("a", document.up.first, fmt::format("href=\"{}\"", xml_escaped(document.up.second)));
      html_.close();
    }
    html_.element("h1", document.title);
    facts(document);
    html_.close();
    html_.line();
    contents(document);
    html_.open("main", "id=\"report\"");
    for (const Section& section : document.sections)
      print(section, 2);
    html_.close();
    html_.line();
    html_.element("footer", fmt::format("Made by pipec {} from the files named above, and from nothing else.",
                                        version));
    html_.close();
    html_.close();
    html_.line();
    return html_.take();
  }

 private:
  void head(const Document& document) {
    html_.open("head");
    html_.line();
    html_.lone("meta", "charset=\"utf-8\"");
    html_.lone("meta", generator);
    html_.lone("meta", "name=\"viewport\" content=\"width=device-width, initial-scale=1\"");
    html_.lone("meta", "name=\"color-scheme\" content=\"light dark\"");
    // Nothing is loaded, whatever a text may hold.
    html_.lone(
        "meta",
        "http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'\"");
    html_.element("title", document.title);
    html_.line();
    html_.style(embedded::report_css);
    html_.close();
    html_.line();
  }

  void facts(const Document& document) {
    html_.open("dl");
    for (const auto& [name, value] : document.facts) {
      html_.open("div");
      html_.element("dt", name);
      html_.element("dd", value);
      html_.close();
      html_.line();
    }
    html_.close();
  }

  // Sections are numbered in the order in which they are met.
  void contents(const Document& document) {
    size_t number = 0;
    html_.open("nav", "aria-label=\"Contents\"");
    html_.open("ul");
    for (const Section& section : document.sections)
      contents(section, 0, number);
    html_.close();
    html_.close();
    html_.line();
  }

  void contents(const Section& section, size_t depth, size_t& number) {
    constexpr size_t deepest = 1;
    ++number;
    html_.open("li");
    html_.element("a", section.title, fmt::format("href=\"#s{}\"", number));
    const bool listed = depth < deepest && !section.sections.empty();
    if (listed) html_.open("ul");
    for (const Section& inner : section.sections) {
      if (listed) {
        contents(inner, depth + 1, number);
      } else {
        count(inner, number);
      }
    }
    if (listed) html_.close();
    html_.close();
    html_.line();
  }

  static void count(const Section& section, size_t& number) {
    ++number;
    for (const Section& inner : section.sections)
      count(inner, number);
  }

  void print(const Section& section, int level) {
    const std::string id = fmt::format("s{}", ++number_);
    html_.open("section", fmt::format("aria-labelledby=\"{}\"", id));
    html_.open(fmt::format("h{}", std::min(level, 6)), fmt::format("id=\"{}\"", id));
    html_.text(section.title);
    if (!section.note.empty()) html_.element("small", " " + section.note);
    html_.close();
    html_.line();
    for (const Block& block : section.blocks) {
      std::visit([&](const auto& node) { print(node); }, block);
      html_.line();
    }
    for (const Section& inner : section.sections)
      print(inner, level + 1);
    html_.close();
    html_.line();
  }

  void badge(std::string_view word, Mark mark) {
    html_.element("span", word, fmt::format("class=\"badge {}\"", class_of(mark)));
  }

  void print(const Paragraph& paragraph) { html_.element("p", paragraph.text); }

  void print(const Bullets& bullets) {
    html_.open("ul");
    for (const Bullet& bullet : bullets.items)
      print(bullet);
    html_.close();
  }

  void print(const Bullet& bullet) {
    html_.open("li");
    if (!bullet.word.empty()) badge(bullet.word, bullet.mark);
    html_.text((bullet.word.empty() ? "" : " ") + bullet.text);
    if (!bullet.more.empty()) {
      html_.open("ul");
      for (const std::string& more : bullet.more)
        html_.element("li", more);
      html_.close();
    }
    html_.close();
    html_.line();
  }

  void print(const Table& table) {
    // A wide table scrolls by itself, by keyboard too.
    html_.open("div", "class=\"wide\" tabindex=\"0\" role=\"region\" aria-label=\"Table\"");
    html_.open("table");
    html_.element("caption", table.caption);
    html_.open("thead");
    html_.open("tr");
    for (const std::string& cell : table.head)
      html_.element("th", cell, "scope=\"col\"");
    html_.close();
    html_.close();
    html_.open("tbody");
    for (size_t row = 0; row < table.rows.size(); ++row) {
      html_.open("tr");
      for (size_t i = 0; i < table.rows[row].size(); ++i) {
        html_.open(i == 0 ? "th" : "td", i == 0 ? "scope=\"row\"" : "");
        const bool leads = i == 0 && row < table.links.size() && !table.links[row].empty();
        if (leads) html_.open("a", fmt::format("href=\"{}\"", xml_escaped(table.links[row])));
        html_.text(table.rows[row][i]);
        if (leads) html_.close();
        html_.close();
      }
      html_.close();
      html_.line();
    }
    html_.close();
    html_.close();
    html_.close();
  }

  void print(const Figures& figures) {
    html_.open("ul", "class=\"figures\"");
    for (const Figure& figure : figures.items) {
      const std::string_view shown = figure.count == 0 ? "none" : class_of(figure.mark);
      html_.open("li", fmt::format("class=\"figure {}\"", shown));
      html_.element("strong", std::to_string(figure.count));
      html_.element("span", " " + figure.label, "class=\"label\"");
      html_.element("small", " " + figure.meaning);
      html_.close();
      html_.line();
    }
    html_.close();
  }

  void print(const Verdicts& verdicts) {
    html_.open("table", "class=\"verdicts\"");
    html_.element("caption", verdicts.caption);
    html_.open("thead");
    html_.open("tr");
    for (const std::string_view head : {"Grade", "Rule", "What it rests on"})
      html_.element("th", head, "scope=\"col\"");
    html_.close();
    html_.close();
    html_.open("tbody");
    for (const Verdict& verdict : verdicts.items)
      print(verdict);
    html_.close();
    html_.close();
  }

  void print(const Line& line) {
    html_.open("li");
    html_.text(line.text);
    if (!line.at.empty()) html_.element("span", " " + line.at, "class=\"at\"");
    html_.close();
  }

  void print(const Verdict& verdict) {
    html_.open("tr");
    html_.open("td");
    badge(verdict.word, verdict.mark);
    html_.close();
    html_.open("th", "scope=\"row\"");
    html_.text(verdict.text);
    html_.element("small", fmt::format("{}, {}", verdict.code, verdict.note));
    html_.close();
    html_.open("td");
    html_.open("ul");
    for (const Line& line : verdict.lines)
      print(line);
    html_.close();
    html_.close();
    html_.close();
    html_.line();
  }

  // Fields that are reached by keyboard, and are empty lines on paper. What is entered stays in the page.
  void print(const Questions& questions) {
    html_.open("table", "class=\"questions\"");
    html_.element("caption", questions.caption);
    html_.open("thead");
    html_.open("tr");
    for (const std::string_view head : {"Rule", "Statement", "Answer, 1 to 5", "Figure, if known"})
      html_.element("th", head, "scope=\"col\"");
    html_.close();
    html_.close();
    html_.open("tbody");
    for (const Question& question : questions.items) {
      const std::string id = fmt::format("q{}", ++question_);
      html_.open("tr");
      html_.element("td", question.code);
      html_.element("th", question.text, fmt::format("scope=\"row\" id=\"{}\"", id));
      answer("inputmode=\"numeric\" maxlength=\"1\" size=\"2\"", "a", id);
      answer("size=\"12\"", "f", id);
      html_.close();
      html_.line();
    }
    html_.close();
    html_.close();
  }

  // Named by its column and its row.
  void answer(std::string_view attributes, std::string_view column, const std::string& row) {
    html_.open("td");
    html_.lone("input",
               fmt::format("type=\"text\" autocomplete=\"off\" {} aria-label=\"{}\" aria-describedby=\"{}\"",
                           attributes, column == "a" ? "Answer, 1 to 5" : "Figure, if known", row));
    html_.close();
  }

  void print(const Folded& folded) {
    html_.open("details");
    html_.element("summary", folded.summary);
    html_.open("ul");
    for (const Line& item : folded.items)
      print(item);
    html_.close();
    html_.close();
  }

  Html html_;
  size_t number_ = 0;
  size_t question_ = 0;
};

}  // namespace

bool is_page_of_pipec(std::string_view html) {
  const std::string_view head = html.substr(0, html.find("</head>"));
  return head.find(fmt::format("<meta {}>", generator)) != std::string_view::npos;
}

std::string print_html(const Document& document) { return Printer().print(document); }

}  // namespace pipec::report
