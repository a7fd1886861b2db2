// A report as a document: what it says, apart from how a form prints it. Back-ticks in texts put code apart.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace pipec::report {

// What a word means at a glance. A form may show it by a colour, and always shows the word.
enum class Mark { none, good, fair, personal, let_off, idle, bad };

struct Paragraph {
  std::string text;
};

struct Bullet {
  std::string text;
  std::vector<std::string> more;
  Mark mark = Mark::none;
  // Stands before the text: "holds".
  std::string word;
};

struct Bullets {
  std::vector<Bullet> items;
};

struct Table {
  std::string caption;
  std::vector<std::string> head;
  std::vector<std::vector<std::string>> rows;
  // The page that the first cell of a row leads to, in HTML; empty for none. As many as rows, or none at all.
  std::vector<std::string> links = {};
};

// Numbers that are read first.
struct Figure {
  std::string label;
  size_t count = 0;
  Mark mark = Mark::none;
  std::string meaning;
};
struct Figures {
  std::string caption;
  std::vector<Figure> items;
};

// A sentence, and the place in a file that it speaks of; empty when there is none.
struct Line {
  std::string text;
  std::string at;
};

// What was judged, one by one.
struct Verdict {
  std::string word;
  Mark mark = Mark::none;
  std::string code;
  // Beside the code: "required by DPRA".
  std::string note;
  std::string text;
  std::vector<Line> lines;
};
struct Verdicts {
  std::string caption;
  std::vector<Verdict> items;
};

struct Section;

// What is folded away until somebody asks; printed on paper.
struct Folded {
  std::string summary;
  std::vector<Line> items;
};

// What people are asked; the answers are left empty.
struct Question {
  std::string code;
  std::string text;
};
struct Questions {
  std::string caption;
  std::vector<Question> items;
};

using Block = std::variant<Paragraph, Bullets, Table, Figures, Verdicts, Folded, Questions>;

struct Section {
  std::string title;
  // Beside the title.
  std::string note;
  std::vector<Block> blocks;
  std::vector<Section> sections;
};

struct Document {
  std::string title;
  // The page above it, by its title and its name; empty when there is none.
  std::pair<std::string, std::string> up = {};
  // Names and values that identify what it is about.
  std::vector<std::pair<std::string, std::string>> facts;
  std::vector<Section> sections;
};

std::string print_text(const Document& document);
std::string print_markdown(const Document& document);
std::string print_html(const Document& document);
// Whether a page of HTML says in its head that pipec has written it.
bool is_page_of_pipec(std::string_view html);

}  // namespace pipec::report
