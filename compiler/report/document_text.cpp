#include "compiler/diag/render.h"
#include "compiler/report/document.h"
#include "compiler/support/wrap.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::report {
namespace {

constexpr size_t line_length = 110;

std::string told(const Line& line) {
  return line.at.empty() ? line.text : fmt::format("{} ({})", line.text, line.at);
}

class Printer {
 public:
  std::string print(const Document& document) {
    heading(document.title, '=');
    size_t width = 0;
    for (const auto& [name, value] : document.facts)
      width = std::max(width, name.size());
    for (const auto& [name, value] : document.facts)
      out_ += fmt::format("{:<{}}  {}\n", printable(name), width, printable(value));
    for (const Section& section : document.sections)
      print(section, 1);
    return std::move(out_);
  }

 private:
  void heading(const std::string& text, char under) {
    const std::string shown = printable(text);
    out_ += fmt::format("{}\n{}\n\n", shown, std::string(shown.size(), under));
  }

  void print(const Section& section, int depth) {
    begin_apart();
    const std::string title =
        section.note.empty() ? section.title : fmt::format("{}: {}", section.title, section.note);
    heading(title, depth == 1 ? '=' : depth == 2 ? '-' : '.');
    for (const Block& block : section.blocks)
      std::visit([&](const auto& node) { print(node); }, block);
    for (const Section& inner : section.sections)
      print(inner, depth + 1);
  }

  void begin_apart() {
    if (!out_.ends_with("\n\n")) out_ += '\n';
  }

  // `first` stands before the first line, as much white space before the others.
  void lines(const std::string& first, const std::string& text) {
    const std::string margin(first.size(), ' ');
    bool begun = false;
    for (const std::string& line : wrapped(printable(text), line_length - margin.size())) {
      out_ += (begun ? margin : first) + line + "\n";
      begun = true;
    }
  }

  void print(const Paragraph& paragraph) { lines("", paragraph.text); }

  void print(const Bullets& bullets) {
    for (const Bullet& bullet : bullets.items) {
      lines("- ", bullet.word.empty() ? bullet.text : fmt::format("{}: {}", bullet.word, bullet.text));
      for (const std::string& more : bullet.more)
        lines("  - ", more);
    }
  }

  void print(const Figures& figures) {
    begin_apart();
    for (const Figure& figure : figures.items)
      lines(fmt::format("{:>5}  {:<16}", figure.count, figure.label), figure.meaning);
  }

  void print(const Verdicts& verdicts) {
    for (const Verdict& verdict : verdicts.items) {
      lines(fmt::format("{:<16}", verdict.word),
            fmt::format("{} {}: {}", verdict.code, verdict.note, verdict.text));
      for (const Line& line : verdict.lines)
        lines(std::string(16, ' ') + "- ", told(line));
    }
  }

  void print(const Folded& folded) {
    lines("- ", folded.summary);
    for (const Line& item : folded.items)
      lines("  - ", told(item));
  }

  void print(const Questions& questions) {
    for (const Question& question : questions.items) {
      lines("[ ]  ", fmt::format("{} ({})", question.text, question.code));
    }
  }

  void print(const Table& table) {
    begin_apart();
    std::vector<size_t> widths;
    for (const std::string& cell : table.head)
      widths.push_back(cell.size());
    for (const auto& row : table.rows) {
      for (size_t i = 0; i < row.size(); ++i)
        widths[i] = std::max(widths[i], printable(row[i]).size());
    }
    print_row(table.head, widths);
    for (const auto& row : table.rows)
      print_row(row, widths);
  }

  void print_row(const std::vector<std::string>& row, const std::vector<size_t>& widths) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i)
      line += fmt::format("{:<{}}  ", printable(row[i]), widths[i]);
    line.erase(line.find_last_not_of(' ') + 1);
    out_ += line + "\n";
  }

  std::string out_;
};

}  // namespace

std::string print_text(const Document& document) { return Printer().print(document); }

}  // namespace pipec::report
