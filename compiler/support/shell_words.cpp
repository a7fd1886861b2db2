#include "compiler/support/shell_words.h"

#include "compiler/support/shell_text.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace pipec {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

bool is_assignment(std::string_view word) {
  const size_t equals = word.find('=');
  if (equals == 0 || equals == std::string_view::npos || std::isdigit(static_cast<unsigned char>(word[0])))
    return false;
  const std::string_view name = word.substr(0, word[equals - 1] == '+' ? equals - 1 : equals);
  return std::all_of(name.begin(), name.end(),
                     [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; });
}

template <size_t N>
bool is_one_of(std::string_view word, const std::array<std::string_view, N>& words) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

class Reader {
 public:
  explicit Reader(std::string_view text) : text_(text) {}

  ShellScript read() {
    while (!text_.at_end())
      step();
    finish(ShellJoin::sequence);
    return std::move(script_);
  }

 private:
  void step() {
    const char c = text_.peek();
    if (is_blank(c) || text_.take("\\\n")) {
      if (is_blank(c)) text_.skip();
    } else if (in_pattern_ && c != '#') {
      pattern();
    } else if (in_test() && operator_of_test()) {
      return;
    } else if (text_.take(";;&") || text_.take(";;") || text_.take(";&")) {
      end_list(false);
      in_pattern_ = true;
    } else if (c == '#') {
      text_.skip_line();
    } else if (c == '\n') {
      text_.skip();
      end_list(false);
      for (const std::string& end : std::exchange(documents_, {}))
        text_.skip_document(end);
    } else if (text_.take("&&")) {
      finish(ShellJoin::if_succeeded);
    } else if (text_.take("||")) {
      finish(ShellJoin::if_failed);
    } else if (text_.take("&>>") || text_.take("&>")) {
      redirect(ShellRedirection::both);
    } else if (text_.take("|&") || text_.take("|")) {
      finish(ShellJoin::pipe);
    } else if (c == ';' || c == '&') {
      text_.skip();
      end_list(c == '&');
    } else if (c == '(' || c == ')') {
      bracket();
    } else if (c == '<' || c == '>') {
      redirect(c == '<' ? 0 : 1);
    } else {
      word();
    }
  }

  // Between `[[` and `]]` operators are words.
  bool in_test() const {
    return !current_.words.empty() && current_.words.front() == "[[" && current_.words.back() != "]]";
  }
  bool operator_of_test() {
    for (const std::string_view token : {"&&", "||", "<", ">", "(", ")", "&", "|", ";", "\n"}) {
      if (!text_.take(token)) continue;
      if (token != "\n") current_.words.emplace_back(token);
      return true;
    }
    return false;
  }

  void bracket() {
    if (text_.take("()")) {
      // The name of a function that is defined.
      current_.words.clear();
      begun_ = false;
    } else if (text_.peek(1) == '(' && arithmetic()) {
      return;
    } else if (text_.take("(")) {
      finish(ShellJoin::sequence);
      open_block(ShellBlock::Kind::subshell);
      ++brackets_;
    } else {
      text_.skip();
      finish(ShellJoin::sequence);
      if (brackets_ == 0) return;
      --brackets_;
      close_block();
    }
  }

  // `((…))`, a command or the header of a `for`; otherwise the brackets are those of two subshells.
  bool arithmetic() {
    if (text_.peek() != '(' || !current_.words.empty()) return false;
    const size_t begin = text_.place();
    text_.take("((");
    // Nobody writes a longer one; what may be none is read twice.
    constexpr size_t longest = 1'000;
    const std::string_view inside = text_.balanced('(', ')', longest);
    if (!text_.take(")")) {
      text_.go_back(begin);
      return false;
    }
    if (!header_) current_.words = {"((", std::string(inside)};
    return true;
  }

  void open_block(ShellBlock::Kind kind) {
    open_.push_back({script_.blocks.size(), list_, part_});
    script_.blocks.push_back({kind, block(1), open_.back().part, {}});
    part_ = 0;
    list_ = script_.commands.size();
  }
  void close_block() {
    if (open_.empty()) return;
    list_ = open_.back().list;
    part_ = open_.back().part;
    open_.pop_back();
  }
  // The one that is open, or how many around it are.
  size_t block(size_t outwards = 0) const {
    return open_.size() <= outwards ? 0 : open_[open_.size() - 1 - outwards].id;
  }

  // Behind `;`, `&` and a line that does not go on.
  void end_list(bool background) {
    finish(ShellJoin::sequence);
    std::vector<ShellCommand>& commands = script_.commands;
    for (size_t i = list_; background && i < commands.size(); ++i)
      commands[i].background = true;
    if (current_.join == ShellJoin::sequence) list_ = commands.size();
  }

  // Of `case`, to the bracket behind it.
  void pattern() {
    const size_t begin = text_.place();
    const ShellWord word = text_.word(current_.substituted);
    if (text_.place() == begin) {
      if (text_.peek() == ')') {
        in_pattern_ = false;
        ++part_;
      }
      text_.skip();
    } else if (word.text == "esac" && !word.quoted) {
      in_pattern_ = false;
      close_block();
    }
  }

  void word() {
    ShellWord word = text_.word(current_.substituted);
    const bool descriptor = !word.quoted && word.text.size() == 1 && is_digit(word.text[0]);
    if (descriptor && (text_.peek() == '>' || text_.peek() == '<')) {
      redirect(word.text[0] - '0');
      return;
    }
    if (current_.words.empty() && !word.quoted && keyword(word.text)) return;
    begun_ = true;
    if (current_.words.empty() && is_assignment(word.text)) {
      assign(std::move(word.text));
    } else if (!header_) {
      current_.words.push_back(std::move(word.text));
    } else {
      std::string& header = script_.blocks[block()].header;
      header += (header.empty() ? "" : " ") + word.text;
    }
  }

  void assign(std::string word) {
    const size_t equals = word.find('=');
    std::string value = word.substr(equals + 1);
    // An array.
    if (value.empty() && text_.take("(")) value = text_.balanced('(', ')');
    word.resize(word[equals - 1] == '+' ? equals - 1 : equals);
    current_.assignments.emplace_back(std::move(word), std::move(value));
  }

  // Words of the shell itself; what follows most of them is a command of its own.
  bool keyword(const std::string& word) {
    using Kind = ShellBlock::Kind;
    static constexpr std::array<std::string_view, 4> conditions{"if", "elif", "while", "until"};
    static constexpr std::array<std::string_view, 3> headers{"for", "case", "select"};
    static constexpr std::array<std::string_view, 4> closing{"fi", "done", "esac", "}"};
    static constexpr std::array<std::string_view, 4> passed{"then", "do", "else", "in"};
    if (is_one_of(word, conditions)) {
      branches_ = word == "if" || word == "elif";
      if (word != "elif") open_block(branches_ ? Kind::branch : Kind::loop);
      if (!branches_) script_.blocks[block()].header = word;
      ++part_;
      condition_ = true;
    } else if (word == "!") {
      current_.condition = true;
      current_.negated = !current_.negated;
    } else if (is_one_of(word, headers)) {
      case_ = word == "case";
      open_block(case_ ? Kind::choice : Kind::loop);
      ++part_;
      header_ = true;
    } else if (word == "in" && header_ && case_) {
      header_ = false;
      in_pattern_ = true;
    } else if (word == "{") {
      open_block(Kind::braces);
    } else if (is_one_of(word, closing)) {
      close_block();
      condition_ = false;
    } else if (is_one_of(word, passed)) {
      if (word != "in") ++part_;
      condition_ = false;
    } else {
      return word == "time";
    }
    return true;
  }

  // Ends the command that was read; `join` is how the next one is joined to it.
  void finish(ShellJoin join) {
    const bool any = begun_ || !current_.words.empty() || !current_.redirections.empty();
    if (any && !header_) {
      current_.depth = open_.size();
      current_.block = block();
      current_.part = part_;
      current_.condition = current_.condition || condition_;
      current_.branches = condition_ && branches_;
      script_.commands.push_back(std::move(current_));
    }
    header_ = false;
    begun_ = false;
    // A line that ends behind `&&`, `||` or `|` goes on.
    const bool goes_on = !any && join == ShellJoin::sequence && !script_.commands.empty();
    const ShellJoin kept = current_.join;
    current_ = {};
    current_.join = goes_on ? kept : join;
  }

  void redirect(int from) {
    if (text_.take("<<<")) {
      text_.skip_blanks();
      text_.word(current_.substituted);
      begun_ = true;
      return;
    }
    if (text_.take("<<-") || text_.take("<<")) {
      text_.skip_blanks();
      documents_.push_back(text_.word(current_.substituted).text);
      begun_ = true;
      return;
    }
    for (const std::string_view token : {">>", ">|", ">&", "<>", "<&", ">", "<"}) {
      const bool copies = token.ends_with('&');
      if (!text_.take(token)) continue;
      text_.skip_blanks();
      std::string to = text_.word(current_.substituted).text;
      // `>(…)` and `<(…)` are files that a command fills or reads.
      if (to.empty() && text_.take("(")) {
        current_.substituted.emplace_back(text_.balanced('(', ')'));
        current_.words.emplace_back("/dev/fd");
        return;
      }
      if (copies) to.insert(0, "&");
      current_.redirections.push_back({from, std::move(to)});
      return;
    }
    // Of `&>`, whose token is read already.
    text_.skip_blanks();
    current_.redirections.push_back({from, text_.word(current_.substituted).text});
  }

  ShellText text_;
  struct Open {
    size_t id;
    // `list_` and `part_` of what is around it.
    size_t list;
    size_t part;
  };
  // `if`, loops, `case`, `{` and `(` that are open.
  std::vector<Open> open_;
  size_t part_ = 0;
  // The first command of what a `&` would send into the background.
  size_t list_ = 0;
  // `(` that are open; they count in `open_` too.
  size_t brackets_ = 0;
  // Behind `for x` and `case x`: words, not commands.
  bool header_ = false;
  bool case_ = false;
  // Before the `)` of a pattern of `case`.
  bool in_pattern_ = false;
  // Behind `if` and its kind.
  bool condition_ = false;
  // That kind is `if` or `elif`.
  bool branches_ = false;
  // Something of the command was read, be it only an assignment.
  bool begun_ = false;
  ShellCommand current_;
  std::vector<std::string> documents_;
  ShellScript script_{{}, {ShellBlock{}}};
};

}  // namespace

ShellScript shell_script(std::string_view text) { return Reader(text).read(); }

}  // namespace pipec
