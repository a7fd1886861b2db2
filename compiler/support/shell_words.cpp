#include "compiler/support/shell_words.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace pipec {
namespace {

bool is_blank(char c) { return c == ' ' || c == '\t'; }
bool ends_word(char c) {
  return is_blank(c) || c == '\n' || c == ';' || c == '&' || c == '|' || c == '<' || c == '>' || c == '(' ||
         c == ')';
}

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

  std::vector<ShellCommand> read() {
    while (at_ < text_.size())
      step();
    finish(ShellJoin::sequence);
    return std::move(commands_);
  }

 private:
  struct Word {
    std::string text;
    bool quoted = false;
  };

  char peek(size_t ahead = 0) const { return at_ + ahead < text_.size() ? text_[at_ + ahead] : '\0'; }
  bool take(std::string_view token) {
    if (!text_.substr(at_).starts_with(token)) return false;
    at_ += token.size();
    return true;
  }

  void step() {
    const char c = peek();
    if (is_blank(c) || take("\\\n")) {
      if (is_blank(c)) ++at_;
    } else if (in_pattern_ && c != '#') {
      pattern();
    } else if (take(";;&") || take(";;") || take(";&")) {
      end_list(false);
      in_pattern_ = true;
    } else if (c == '#') {
      at_ = std::min(text_.find('\n', at_), text_.size());
    } else if (c == '\n') {
      ++at_;
      end_list(false);
      skip_documents();
    } else if (take("&&")) {
      finish(ShellJoin::if_succeeded);
    } else if (take("||")) {
      finish(ShellJoin::if_failed);
    } else if (take("&>>") || take("&>")) {
      redirect(ShellRedirection::both);
    } else if (take("|&") || take("|")) {
      finish(ShellJoin::pipe);
    } else if (c == ';' || c == '&') {
      ++at_;
      end_list(c == '&');
    } else if (c == '(' || c == ')') {
      bracket();
    } else if (c == '<' || c == '>') {
      redirect(c == '<' ? 0 : 1);
    } else {
      word();
    }
  }

  void bracket() {
    if (take("()")) {
      // The name of a function that is defined.
      current_.words.clear();
      begun_ = false;
    } else if (take("(")) {
      finish(ShellJoin::sequence);
      open_block();
      ++brackets_;
    } else {
      ++at_;
      finish(ShellJoin::sequence);
      if (brackets_ == 0) return;
      --brackets_;
      close_block();
    }
  }

  void open_block() {
    blocks_.push_back({++last_block_, list_});
    list_ = commands_.size();
  }
  void close_block() {
    if (blocks_.empty()) return;
    list_ = blocks_.back().list;
    blocks_.pop_back();
  }

  // Behind `;`, `&` and a line that does not go on.
  void end_list(bool background) {
    finish(ShellJoin::sequence);
    for (size_t i = list_; background && i < commands_.size(); ++i)
      commands_[i].background = true;
    if (current_.join == ShellJoin::sequence) list_ = commands_.size();
  }

  // Of `case`, to the bracket behind it.
  void pattern() {
    const size_t begin = at_;
    const Word word = read_word();
    if (at_ == begin) {
      if (peek() == ')') in_pattern_ = false;
      ++at_;
    } else if (word.text == "esac" && !word.quoted) {
      in_pattern_ = false;
      close_block();
    }
  }

  void word() {
    Word word = read_word();
    const bool descriptor = !word.quoted && !word.text.empty() &&
                            std::all_of(word.text.begin(), word.text.end(),
                                        [](char c) { return std::isdigit(static_cast<unsigned char>(c)); });
    if (descriptor && word.text.size() == 1 && (peek() == '>' || peek() == '<')) {
      redirect(word.text[0] - '0');
      return;
    }
    if (current_.words.empty() && !word.quoted) {
      if (keyword(word.text)) return;
      if (is_assignment(word.text)) {
        begun_ = true;
        return;
      }
    }
    begun_ = true;
    if (!header_) current_.words.push_back(std::move(word.text));
  }

  // Words of the shell itself; what follows most of them is a command of its own.
  bool keyword(const std::string& word) {
    static constexpr std::array<std::string_view, 4> conditions{"if", "elif", "while", "until"};
    static constexpr std::array<std::string_view, 3> headers{"for", "case", "select"};
    static constexpr std::array<std::string_view, 4> closing{"fi", "done", "esac", "}"};
    static constexpr std::array<std::string_view, 4> passed{"then", "do", "else", "in"};
    if (is_one_of(word, conditions)) {
      if (word != "elif") open_block();
      condition_ = true;
      branches_ = word == "if" || word == "elif";
    } else if (word == "!") {
      current_.condition = true;
    } else if (is_one_of(word, headers)) {
      open_block();
      header_ = true;
      case_ = word == "case";
    } else if (word == "in" && header_ && case_) {
      header_ = false;
      in_pattern_ = true;
    } else if (word == "{") {
      open_block();
    } else if (is_one_of(word, closing)) {
      close_block();
      condition_ = false;
    } else if (is_one_of(word, passed)) {
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
      current_.depth = blocks_.size();
      current_.block = blocks_.empty() ? 0 : blocks_.back().id;
      current_.condition = current_.condition || condition_;
      current_.branches = condition_ && branches_;
      commands_.push_back(std::move(current_));
    }
    header_ = false;
    begun_ = false;
    // A line that ends behind `&&`, `||` or `|` goes on.
    const bool goes_on = !any && join == ShellJoin::sequence && !commands_.empty();
    const ShellJoin kept = current_.join;
    current_ = {};
    current_.join = goes_on ? kept : join;
  }

  Word read_word() {
    Word word;
    while (at_ < text_.size() && !ends_word(peek())) {
      const char c = peek();
      if (c == '\\') {
        if (!take("\\\n")) {
          word.text += peek(1);
          word.quoted = true;
          at_ = std::min(at_ + 2, text_.size());
        }
      } else if (c == '\'') {
        word.quoted = true;
        const size_t end = std::min(text_.find('\'', at_ + 1), text_.size());
        word.text += text_.substr(at_ + 1, end - at_ - 1);
        at_ = std::min(end + 1, text_.size());
      } else if (c == '"') {
        word.quoted = true;
        ++at_;
        double_quoted(word.text);
      } else if (c == '`' || (c == '$' && (peek(1) == '(' || peek(1) == '{'))) {
        substitution(word.text);
      } else {
        word.text += c;
        ++at_;
      }
    }
    return word;
  }

  void double_quoted(std::string& text) {
    while (at_ < text_.size() && peek() != '"') {
      const char c = peek();
      if (c == '\\' && at_ + 1 < text_.size()) {
        if (peek(1) != '\n') text += peek(1);
        at_ += 2;
      } else if (c == '`' || (c == '$' && (peek(1) == '(' || peek(1) == '{'))) {
        substitution(text);
      } else {
        text += c;
        ++at_;
      }
    }
    at_ = std::min(at_ + 1, text_.size());
  }

  // `…`, $(…) and ${…} as they are written.
  void substitution(std::string& text) {
    const size_t begin = at_;
    if (peek() == '`') {
      const size_t end = std::min(text_.find('`', at_ + 1), text_.size());
      current_.substituted.emplace_back(text_.substr(at_ + 1, end - at_ - 1));
      at_ = std::min(end + 1, text_.size());
    } else {
      const char open = peek(1);
      const bool arithmetic = open == '(' && peek(2) == '(';
      at_ += 2;
      const std::string_view inside = balanced(open, open == '(' ? ')' : '}');
      if (open == '(' && !arithmetic) current_.substituted.emplace_back(inside);
    }
    text += text_.substr(begin, at_ - begin);
  }

  // To behind the bracket that closes what was opened; quotes inside hide brackets. Gives what is inside.
  std::string_view balanced(char open, char close) {
    const size_t begin = at_;
    size_t depth = 1;
    for (; at_ < text_.size() && depth > 0; ++at_) {
      const char c = peek();
      if (c == '\\') {
        ++at_;
      } else if (c == '\'') {
        at_ = std::min(text_.find('\'', at_ + 1), text_.size());
      } else if (c == '"') {
        ++at_;
        while (at_ < text_.size() && peek() != '"')
          at_ += peek() == '\\' ? 2 : 1;
      } else if (c == open) {
        ++depth;
      } else if (c == close) {
        --depth;
      }
    }
    at_ = std::min(at_, text_.size());
    return text_.substr(begin, at_ - begin - (depth == 0 ? 1 : 0));
  }

  void redirect(int from) {
    if (take("<<<")) {
      skip_blanks();
      read_word();
      begun_ = true;
      return;
    }
    if (take("<<-") || take("<<")) {
      skip_blanks();
      documents_.push_back(read_word().text);
      begun_ = true;
      return;
    }
    for (const std::string_view token : {">>", ">|", ">&", "<>", "<&", ">", "<"}) {
      const bool copies = token.ends_with('&');
      if (!take(token)) continue;
      skip_blanks();
      std::string to = read_word().text;
      // `>(…)` and `<(…)` are files that a command fills or reads.
      if (to.empty() && peek() == '(') {
        ++at_;
        current_.substituted.emplace_back(balanced('(', ')'));
        current_.words.emplace_back("/dev/fd");
        return;
      }
      if (copies) to.insert(0, "&");
      current_.redirections.push_back({from, std::move(to)});
      return;
    }
    // Of `&>`, whose token is read already.
    skip_blanks();
    current_.redirections.push_back({from, read_word().text});
  }

  void skip_blanks() {
    while (is_blank(peek()))
      ++at_;
  }

  // The texts of here documents begin behind the line that names them.
  void skip_documents() {
    for (const std::string& end : std::exchange(documents_, {})) {
      while (at_ < text_.size()) {
        const size_t line_end = std::min(text_.find('\n', at_), text_.size());
        std::string_view line = text_.substr(at_, line_end - at_);
        at_ = std::min(line_end + 1, text_.size());
        line.remove_prefix(std::min(line.find_first_not_of('\t'), line.size()));
        if (line == end) break;
      }
    }
  }

  std::string_view text_;
  size_t at_ = 0;
  // `if`, loops, `case`, `{` and `(` that are open.
  struct Block {
    size_t id;
    // `list_` of what is around it.
    size_t list;
  };
  std::vector<Block> blocks_;
  size_t last_block_ = 0;
  // The first command of what a `&` would send into the background.
  size_t list_ = 0;
  // `(` that are open; they count in `blocks_` too.
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
  std::vector<ShellCommand> commands_;
};

}  // namespace

std::vector<ShellCommand> shell_commands(std::string_view script) { return Reader(script).read(); }

}  // namespace pipec
