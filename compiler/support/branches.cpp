#include "compiler/support/branches.h"

#include "compiler/support/expression.h"

#include <algorithm>
#include <vector>

#include <fmt/core.h>

namespace pipec {
namespace {

// One sign of a pattern.
struct Sign {
  enum class Kind : uint8_t { character, any, segment, everything, folders } kind = Kind::character;
  char character = 0;
};

std::vector<Sign> signs_of(std::string_view glob) {
  using enum Sign::Kind;
  std::vector<Sign> signs;
  for (size_t i = 0; i < glob.size(); ++i) {
    if (glob[i] == '?') {
      signs.push_back({any});
    } else if (glob[i] != '*') {
      signs.push_back({character, glob[i]});
    } else if (!glob.substr(i).starts_with("**")) {
      signs.push_back({segment});
    } else if (glob.substr(i).starts_with("**/")) {
      signs.push_back({folders});
      i += 2;
    } else {
      signs.push_back({everything});
      i += 1;
    }
  }
  return signs;
}

// A pattern as states of an automaton: before each of its signs, and after the last. Inside of `folders`
// there is one more: some characters of a folder are read.
class GlobStates {
 public:
  explicit GlobStates(std::string_view glob) : signs_(signs_of(glob)) {}

  size_t count() const { return 2 * signs_.size() + 1; }
  size_t accepting() const { return 2 * signs_.size(); }

  // The states that are reached without reading.
  void skip(size_t state, std::vector<size_t>& reached) const {
    reached.push_back(state);
    const bool before = state % 2 == 0;
    if (!before || state == accepting()) return;
    const auto kind = signs_[state / 2].kind;
    const bool may_be_empty = kind != Sign::Kind::character && kind != Sign::Kind::any;
    if (may_be_empty) skip(state + 2, reached);
  }

  // Where `c` leads, or nowhere. A state leads to at most one, besides what is skipped.
  std::optional<size_t> after(size_t state, char c) const {
    if (state == accepting()) return std::nullopt;
    const Sign& sign = signs_[state / 2];
    switch (sign.kind) {
      case Sign::Kind::character:
        return c == sign.character ? std::optional(state + 2) : std::nullopt;
      case Sign::Kind::any:
        return c != '/' ? std::optional(state + 2) : std::nullopt;
      case Sign::Kind::segment:
        return c != '/' ? std::optional(state) : std::nullopt;
      case Sign::Kind::everything:
        return state;
      case Sign::Kind::folders:
        return c == '/' ? state / 2 * 2 : state / 2 * 2 + 1;
    }
    return std::nullopt;
  }

  // A character that each pattern treats like every character that it does not name: those it names besides.
  void collect(std::string& characters) const {
    for (const Sign& sign : signs_) {
      const bool is_new = characters.find(sign.character) == std::string::npos;
      if (sign.kind == Sign::Kind::character && is_new) characters += sign.character;
    }
  }

 private:
  std::vector<Sign> signs_;
};

// Some text would have to begin, or to end, in two ways.
bool told_apart_by_ends(std::string_view one, std::string_view other) {
  constexpr std::string_view wildcards = "*?";
  const std::string_view beginning = one.substr(0, one.find_first_of(wildcards));
  const std::string_view other_beginning = other.substr(0, other.find_first_of(wildcards));
  const size_t common = std::min(beginning.size(), other_beginning.size());
  if (beginning.substr(0, common) != other_beginning.substr(0, common)) return true;
  // Of a pattern without wildcards the end is all of it; `**/` at the end of the wildcards may be empty.
  const auto end_of = [&](std::string_view glob) {
    const size_t last = glob.find_last_of(wildcards);
    if (last == std::string_view::npos) return glob;
    const bool folders = glob.substr(last + 1).starts_with('/');
    return glob.substr(last + (folders ? 2 : 1));
  };
  const std::string_view end = end_of(one);
  const std::string_view other_end = end_of(other);
  return !end.ends_with(other_end) && !other_end.ends_with(end);
}

std::string wildcard_expression(std::string_view pattern) {
  constexpr std::string_view characters = "[A-Za-z0-9._-]";
  std::string expression;
  for (size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    const bool special = std::string_view("\\.[](){}+|^$").find(c) != std::string_view::npos;
    if (pattern.substr(i).starts_with("**")) {
      expression += "[A-Za-z0-9._/-]*";
      ++i;
    } else if (c == '*') {
      expression += fmt::format("{}*", characters);
    } else if (c == '?') {
      expression += characters;
    } else {
      expression += (special ? "\\" : "") + std::string(1, c);
    }
  }
  return expression;
}

// For every length whether so much of the beginning of a text matches the expression, which may be empty.
std::vector<bool> matching_starts(const std::string& expression, std::string_view text) {
  if (const auto parsed = Expression::parse(expression)) return parsed->matching_starts(text);
  std::vector<bool> found(text.size() + 1);
  found[0] = expression.empty();
  return found;
}

}  // namespace

bool glob_matches(std::string_view glob, std::string_view text) {
  const GlobStates states(glob);
  std::vector<bool> now(states.count());
  std::vector<size_t> reached;
  states.skip(0, reached);
  for (const size_t state : reached)
    now[state] = true;
  for (const char c : text) {
    std::vector<bool> next(states.count());
    for (size_t state = 0; state < now.size(); ++state) {
      const auto after = now[state] ? states.after(state, c) : std::nullopt;
      if (!after || next[*after]) continue;
      reached.clear();
      states.skip(*after, reached);
      for (const size_t other : reached)
        next[other] = true;
    }
    now = std::move(next);
  }
  return now[states.accepting()];
}

std::vector<std::string> glob_variants(std::string_view glob, size_t most) {
  constexpr std::string_view folders = "**/";
  std::vector<std::string> variants{""};
  while (true) {
    const size_t at = std::min(glob.find(folders), glob.size());
    for (std::string& variant : variants)
      variant += glob.substr(0, at);
    if (at == glob.size()) return variants;
    glob.remove_prefix(at + folders.size());
    const std::vector<std::string> without = variants;
    for (std::string& variant : variants)
      variant += folders;
    if (variants.size() <= most) variants.insert(variants.end(), without.begin(), without.end());
  }
}

size_t cost_of_overlap(std::string_view one, std::string_view other) {
  return told_apart_by_ends(one, other) ? 1 : (one.size() + 1) * (other.size() + 1);
}

bool globs_overlap(std::string_view one, std::string_view other) {
  if (told_apart_by_ends(one, other)) return false;
  const GlobStates a(one);
  const GlobStates b(other);
  std::string characters = "/\x01";
  a.collect(characters);
  b.collect(characters);
  std::vector<bool> seen(a.count() * b.count());
  std::vector<std::pair<size_t, size_t>> open;
  const auto reach = [&](size_t state_a, size_t state_b) {
    std::vector<size_t> reached_a, reached_b;
    a.skip(state_a, reached_a);
    b.skip(state_b, reached_b);
    for (const size_t x : reached_a) {
      for (const size_t y : reached_b) {
        if (seen[x * b.count() + y]) continue;
        seen[x * b.count() + y] = true;
        open.emplace_back(x, y);
      }
    }
  };
  reach(0, 0);
  while (!open.empty()) {
    const auto [x, y] = open.back();
    open.pop_back();
    if (x == a.accepting() && y == b.accepting()) return true;
    for (const char c : characters) {
      const auto after_a = a.after(x, c);
      const auto after_b = b.after(y, c);
      if (after_a && after_b) reach(*after_a, *after_b);
    }
  }
  return false;
}

std::string_view fixed_prefix(std::string_view branches) {
  return branches.substr(0, branches.find_first_of("*?{"));
}

std::string hotfix_expression(std::string_view branches, std::string_view incident) {
  const size_t place = branches.find(incident_placeholder);
  if (place == std::string_view::npos || incident.empty()) return wildcard_expression(branches);
  return fmt::format("{}({}){}", wildcard_expression(branches.substr(0, place)), incident,
                     wildcard_expression(branches.substr(place + incident_placeholder.size())));
}

std::optional<std::string> incident_of(std::string_view branches, std::string_view incident,
                                       std::string_view name) {
  // Git's limit on the length of a reference is that of a file name.
  constexpr size_t longest_name = 255;
  const bool named =
      name.size() <= longest_name && matching_starts(hotfix_expression(branches, incident), name).back();
  if (!named) return std::nullopt;
  const size_t place = branches.find(incident_placeholder);
  if (place == std::string_view::npos || incident.empty()) return "";
  const std::string after = wildcard_expression(branches.substr(place + incident_placeholder.size()));
  std::vector<bool> may_follow;
  for (size_t end = 0; end <= name.size(); ++end)
    may_follow.push_back(matching_starts(after, name.substr(end)).back());
  const std::vector<bool> may_precede = matching_starts(wildcard_expression(branches.substr(0, place)), name);
  for (size_t begin = name.size() + 1; begin-- > 0;) {
    if (!may_precede[begin]) continue;
    const std::vector<bool> is_incident = matching_starts(std::string(incident), name.substr(begin));
    for (size_t size = is_incident.size(); size-- > 0;) {
      if (is_incident[size] && may_follow[begin + size]) return std::string(name.substr(begin, size));
    }
  }
  return std::nullopt;
}

}  // namespace pipec
