#include "compiler/support/expression.h"

#include <algorithm>

namespace pipec {
namespace {

// Branches have at most 255 characters; counts multiply.
constexpr size_t most_states = 4096;
constexpr size_t most_nested = 16;
constexpr size_t unbounded = static_cast<size_t>(-1);

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_plain(char c) { return is_letter(c) || is_digit(c) || c == '-' || c == '_' || c == '/'; }

// What POSIX gives a meaning outside of classes, and lets a backslash take it away from.
bool is_special(char c) { return std::string_view("\\.[]()*+?{}|^$").find(c) != std::string_view::npos; }
bool is_ordinary(char c) { return c >= ' ' && c < 0x7F && !is_special(c); }

}  // namespace

// Reads an expression into parts, and those, the last first, into states.
class ExpressionParser {
 public:
  ExpressionParser(std::string_view text, Expression& expression) : text_(text), expression_(expression) {}

  bool run() {
    const auto whole = alternatives();
    if (!whole || position_ != text_.size()) return false;
    expression_.start_ = states_of(*whole, 0);
    return expression_.states_.size() <= most_states;
  }

 private:
  using State = Expression::State;
  struct Part {
    enum class Kind : uint8_t { characters, sequence, alternatives, repeated } kind = Kind::sequence;
    Expression::Characters characters;
    std::vector<Part> parts;
    size_t least = 0;
    size_t most = 0;
  };

  bool at(char c) const { return position_ < text_.size() && text_[position_] == c; }
  bool take(char c) {
    if (!at(c)) return false;
    ++position_;
    return true;
  }

  std::optional<Part> alternatives() {
    Part result{.kind = Part::Kind::alternatives};
    do {
      Part sequence;
      while (position_ < text_.size() && !at('|') && !at(')')) {
        auto part = repeated();
        if (!part) return std::nullopt;
        sequence.parts.push_back(std::move(*part));
      }
      if (sequence.parts.empty()) return std::nullopt;
      result.parts.push_back(std::move(sequence));
    } while (take('|'));
    return result;
  }

  std::optional<Part> repeated() {
    auto part = atom();
    if (!part) return std::nullopt;
    size_t least = 1;
    size_t most = 1;
    if (take('?')) {
      least = 0;
    } else if (take('*')) {
      least = 0;
      most = unbounded;
    } else if (take('+')) {
      most = unbounded;
    } else if (take('{')) {
      const auto first = number();
      if (!first) return std::nullopt;
      least = most = *first;
      if (take(',')) {
        const auto last = at('}') ? std::optional(unbounded) : number();
        if (!last) return std::nullopt;
        most = *last;
      }
      if (!take('}') || most < least || most == 0) return std::nullopt;
    } else {
      return part;
    }
    // Two in a row are a mistake, or mean something else somewhere.
    if (at('?') || at('*') || at('+') || at('{')) return std::nullopt;
    Part result{.kind = Part::Kind::repeated, .least = least, .most = most};
    result.parts.push_back(std::move(*part));
    return result;
  }

  std::optional<size_t> number() {
    size_t value = 0;
    size_t digits = 0;
    for (; position_ < text_.size() && is_digit(text_[position_]) && digits < 4; ++digits)
      value = value * 10 + static_cast<size_t>(text_[position_++] - '0');
    // RE_DUP_MAX of POSIX is at least 255.
    if (digits == 0 || value > 255) return std::nullopt;
    return value;
  }

  std::optional<Part> atom() {
    Part part{.kind = Part::Kind::characters};
    if (take('(')) {
      if (++depth_ > most_nested) return std::nullopt;
      auto group = alternatives();
      --depth_;
      if (!group || !take(')')) return std::nullopt;
      return group;
    }
    if (take('[')) {
      if (!characters(part.characters)) return std::nullopt;
    } else if (take('\\')) {
      if (position_ == text_.size() || !is_special(text_[position_])) return std::nullopt;
      part.characters.set(static_cast<size_t>(text_[position_++]));
    } else if (position_ < text_.size() && is_ordinary(text_[position_])) {
      part.characters.set(static_cast<size_t>(text_[position_++]));
    } else {
      return std::nullopt;
    }
    return part;
  }

  // The inside of `[…]`: letters, digits, `._/-` and ranges of letters or digits; `-` stands for itself at
  // the end.
  bool characters(Expression::Characters& set) {
    bool any = false;
    while (position_ < text_.size() && !at(']')) {
      const char first = text_[position_++];
      if (!is_plain(first) && first != '.') return false;
      any = true;
      const bool range = at('-') && position_ + 1 < text_.size() && text_[position_ + 1] != ']';
      if (!range) {
        if (first == '-' && !at(']')) return false;
        set.set(static_cast<size_t>(first));
        continue;
      }
      const char last = text_[position_ + 1];
      position_ += 2;
      const bool digits = is_digit(first) && is_digit(last);
      const bool upper = first >= 'A' && last <= 'Z';
      const bool lower = first >= 'a' && last <= 'z';
      if (first > last || !(digits || upper || lower)) return false;
      for (char c = first; c <= last; ++c)
        set.set(static_cast<size_t>(c));
    }
    return any && take(']');
  }

  size_t add(State state) {
    auto& states = expression_.states_;
    if (states.size() <= most_states) states.push_back(std::move(state));
    return states.size() - 1;
  }

  // The state at which `part` begins when `next` follows it.
  size_t states_of(const Part& part, size_t next) {
    switch (part.kind) {
      case Part::Kind::characters:
        return add({part.characters, next, next});
      case Part::Kind::sequence:
        for (size_t i = part.parts.size(); i-- > 0;)
          next = states_of(part.parts[i], next);
        return next;
      case Part::Kind::alternatives: {
        size_t begin = states_of(part.parts.back(), next);
        for (size_t i = part.parts.size() - 1; i-- > 0;) {
          const size_t first = states_of(part.parts[i], next);
          begin = add({std::nullopt, first, begin});
        }
        return begin;
      }
      case Part::Kind::repeated: {
        const Part& inner = part.parts.front();
        size_t begin = next;
        if (part.most == unbounded) {
          begin = add({std::nullopt, next, next});
          expression_.states_[begin].next = states_of(inner, begin);
        } else {
          for (size_t i = part.least; i < part.most && !full(); ++i)
            begin = add({std::nullopt, states_of(inner, begin), next});
        }
        for (size_t i = 0; i < part.least && !full(); ++i)
          begin = states_of(inner, begin);
        return begin;
      }
    }
    return next;
  }

  bool full() const { return expression_.states_.size() > most_states; }

  std::string_view text_;
  Expression& expression_;
  size_t position_ = 0;
  size_t depth_ = 0;
};

std::optional<Expression> Expression::parse(std::string_view text) {
  Expression expression;
  if (!ExpressionParser(text, expression).run()) return std::nullopt;
  return expression;
}

std::vector<bool> Expression::matching_starts(std::string_view text) const {
  std::vector<bool> found;
  found.reserve(text.size() + 1);
  std::vector<size_t> now;
  std::vector<size_t> before;
  std::vector<bool> seen(states_.size());
  std::vector<size_t> open;
  const auto reach = [&](size_t first) {
    open.push_back(first);
    while (!open.empty()) {
      const size_t state = open.back();
      open.pop_back();
      if (seen[state]) continue;
      seen[state] = true;
      now.push_back(state);
      if (state == 0 || states_[state].characters) continue;
      open.push_back(states_[state].next);
      open.push_back(states_[state].other);
    }
  };
  reach(start_);
  found.push_back(seen[0]);
  for (const char c : text) {
    std::swap(before, now);
    now.clear();
    seen.assign(states_.size(), false);
    const auto byte = static_cast<unsigned char>(c);
    for (const size_t state : before) {
      const auto& characters = states_[state].characters;
      if (characters && byte < characters->size() && characters->test(byte)) reach(states_[state].next);
    }
    found.push_back(seen[0]);
  }
  return found;
}

}  // namespace pipec
