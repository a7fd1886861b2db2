#include "compiler/diag/render.h"
#include "compiler/report/document.h"
#include "compiler/support/markup.h"

#include <fmt/core.h>

namespace pipec::report {
namespace {

std::string told(std::string_view text) { return markdown_escaped(printable(text)); }

std::string told(const Line& line) {
  return line.at.empty() ? told(line.text) : fmt::format("{} ({})", told(line.text), told(line.at));
}

class Printer {
 public:
  std::string print(const Document& document) {
    out_ = fmt::format("# {}\n\n| | |\n|---|---|\n", told(document.title));
    for (const auto& [name, value] : document.facts)
      row({name, value});
    for (const Section& section : document.sections)
      print(section, 2);
    return std::move(out_);
  }

 private:
  void print(const Section& section, size_t depth) {
    const std::string note = section.note.empty() ? "" : ": " + told(section.note);
    out_ += fmt::format("\n{} {}{}\n", std::string(depth, '#'), told(section.title), note);
    for (const Block& block : section.blocks) {
      out_ += '\n';
      std::visit([&](const auto& node) { print(node); }, block);
    }
    for (const Section& inner : section.sections)
      print(inner, depth + 1);
  }

  void row(const std::vector<std::string>& cells) {
    out_ += "|";
    for (const std::string& cell : cells)
      out_ += fmt::format(" {} |", told(cell));
    out_ += "\n";
  }

  void print(const Paragraph& paragraph) { out_ += told(paragraph.text) + "\n"; }

  void print(const Bullet& bullet) {
    const std::string word = bullet.word.empty() ? "" : fmt::format("**{}** ", told(bullet.word));
    out_ += fmt::format("- {}{}\n", word, told(bullet.text));
    for (const std::string& more : bullet.more)
      out_ += fmt::format("  - {}\n", told(more));
  }

  void print(const Bullets& bullets) {
    for (const Bullet& bullet : bullets.items)
      print(bullet);
  }

  void print(const Table& table) {
    row(table.head);
    out_ += "|";
    for (size_t i = 0; i < table.head.size(); ++i)
      out_ += " --- |";
    out_ += "\n";
    for (const auto& cells : table.rows)
      row(cells);
  }

  void print(const Figures& figures) {
    out_ += "| rules | grade | meaning |\n| ---: | --- | --- |\n";
    for (const Figure& figure : figures.items)
      row({std::to_string(figure.count), figure.label, figure.meaning});
  }

  void print(const Verdicts& verdicts) {
    for (const Verdict& verdict : verdicts.items) {
      out_ += fmt::format("- **{}** {} {}: {}\n", told(verdict.word), told(verdict.code), told(verdict.note),
                          told(verdict.text));
      for (const Line& line : verdict.lines)
        out_ += fmt::format("  - {}\n", told(line));
    }
  }

  void print(const Questions& questions) {
    out_ += "| rule | statement | answer, 1 to 5 | figure, if known |\n| --- | --- | --- | --- |\n";
    for (const Question& question : questions.items)
      row({question.code, question.text, "", ""});
  }

  void print(const Folded& folded) {
    out_ += fmt::format("- {}\n", told(folded.summary));
    for (const Line& item : folded.items)
      out_ += fmt::format("  - {}\n", told(item));
  }

  std::string out_;
};

}  // namespace

std::string print_markdown(const Document& document) { return Printer().print(document); }

}  // namespace pipec::report
