#include "compiler/support/diff.h"

#include <algorithm>
#include <unordered_map>
#include <vector>

#include <fmt/core.h>

namespace pipec {
namespace {

// With their line ends: the last line may have none.
std::vector<std::string_view> whole_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t size = std::min(text.find('\n'), text.size() - 1) + 1;
    lines.push_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return lines;
}

struct Match {
  size_t before;
  size_t after;
};

// Finds lines that both texts have, in one order: first those that are unique in both (patience diff), then
// between them. Small rests are compared exactly; large ones without a unique line count as changed.
class Matcher {
 public:
  Matcher(const std::vector<std::string_view>& before, const std::vector<std::string_view>& after)
      : before_(before), after_(after) {}

  std::vector<Match> run() {
    match(0, before_.size(), 0, after_.size(), 0);
    std::sort(matches_.begin(), matches_.end(),
              [](const Match& a, const Match& b) { return a.before < b.before; });
    return std::move(matches_);
  }

 private:
  static constexpr size_t most_compared = size_t{1} << 20;
  static constexpr int deepest = 64;

  void match(size_t b, size_t b_end, size_t a, size_t a_end, int depth) {
    while (b < b_end && a < a_end && before_[b] == after_[a])
      matches_.push_back({b++, a++});
    while (b < b_end && a < a_end && before_[b_end - 1] == after_[a_end - 1])
      matches_.push_back({--b_end, --a_end});
    if (b == b_end || a == a_end) return;
    const std::vector<Match> anchors =
        depth < deepest ? unique_lines(b, b_end, a, a_end) : std::vector<Match>();
    if (anchors.empty()) {
      if ((b_end - b) * (a_end - a) <= most_compared) compare(b, b_end, a, a_end);
      return;
    }
    for (const Match& anchor : anchors) {
      match(b, anchor.before, a, anchor.after, depth + 1);
      matches_.push_back(anchor);
      b = anchor.before + 1;
      a = anchor.after + 1;
    }
    match(b, b_end, a, a_end, depth + 1);
  }

  // The longest run of lines, unique in both parts, that come in the same order.
  std::vector<Match> unique_lines(size_t b, size_t b_end, size_t a, size_t a_end) const {
    struct Seen {
      size_t in_before = 0;
      size_t in_after = 0;
      size_t place = 0;
    };
    std::unordered_map<std::string_view, Seen> seen;
    for (size_t i = b; i < b_end; ++i)
      ++seen[before_[i]].in_before;
    for (size_t i = a; i < a_end; ++i) {
      Seen& line = seen[after_[i]];
      ++line.in_after;
      line.place = i;
    }
    // Patience: each pile's top is the smallest end of a run of the pile's length.
    std::vector<Match> candidates;
    std::vector<size_t> previous;
    std::vector<size_t> piles;
    for (size_t i = b; i < b_end; ++i) {
      const Seen& line = seen[before_[i]];
      if (line.in_before != 1 || line.in_after != 1) continue;
      const auto pile =
          std::lower_bound(piles.begin(), piles.end(), line.place,
                           [&](size_t top, size_t place) { return candidates[top].after < place; });
      previous.push_back(pile == piles.begin() ? static_cast<size_t>(-1) : *(pile - 1));
      const size_t added = candidates.size();
      candidates.push_back({i, line.place});
      if (pile == piles.end()) {
        piles.push_back(added);
      } else {
        *pile = added;
      }
    }
    std::vector<Match> run;
    for (size_t i = piles.empty() ? static_cast<size_t>(-1) : piles.back(); i != static_cast<size_t>(-1);
         i = previous[i]) {
      run.push_back(candidates[i]);
    }
    std::reverse(run.begin(), run.end());
    return run;
  }

  // The longest common subsequence.
  void compare(size_t b, size_t b_end, size_t a, size_t a_end) {
    const size_t width = a_end - a + 1;
    std::vector<uint32_t> longest((b_end - b + 1) * width);
    const auto at = [&](size_t i, size_t j) -> uint32_t& { return longest[(i - b) * width + (j - a)]; };
    for (size_t i = b_end; i-- > b;) {
      for (size_t j = a_end; j-- > a;) {
        at(i, j) = before_[i] == after_[j] ? at(i + 1, j + 1) + 1 : std::max(at(i + 1, j), at(i, j + 1));
      }
    }
    while (b < b_end && a < a_end) {
      if (before_[b] == after_[a]) {
        matches_.push_back({b++, a++});
      } else if (at(b + 1, a) >= at(b, a + 1)) {
        ++b;
      } else {
        ++a;
      }
    }
  }

  const std::vector<std::string_view>& before_;
  const std::vector<std::string_view>& after_;
  std::vector<Match> matches_;
};

// What became of lines `before` … `before_end`: lines `after` … `after_end`.
struct Change {
  size_t before;
  size_t before_end;
  size_t after;
  size_t after_end;
};

void add_line(std::string& text, char sign, std::string_view line) {
  text += sign;
  text += line;
  if (!line.ends_with('\n')) text += "\n\\ No newline at end of file\n";
}

// A range as diff(1) writes it: an empty one names the line before.
std::string range(size_t begin, size_t size) {
  return size == 1 ? fmt::format("{}", begin + 1) : fmt::format("{},{}", size == 0 ? begin : begin + 1, size);
}

}  // namespace

std::string unified_diff(std::string_view path, std::string_view before, std::string_view after) {
  if (before == after) return {};
  constexpr size_t context = 3;
  const auto old_lines = whole_lines(before);
  const auto new_lines = whole_lines(after);
  std::vector<Match> matches = Matcher(old_lines, new_lines).run();
  matches.push_back({old_lines.size(), new_lines.size()});
  std::vector<Change> changes;
  size_t b = 0;
  size_t a = 0;
  for (const Match& match : matches) {
    if (match.before > b || match.after > a) changes.push_back({b, match.before, a, match.after});
    b = match.before + 1;
    a = match.after + 1;
  }
  std::string text = fmt::format("--- {}\n+++ {}\n", path, path);
  for (size_t first = 0; first < changes.size();) {
    size_t last = first;
    while (last + 1 < changes.size() && changes[last + 1].before - changes[last].before_end <= 2 * context)
      ++last;
    const size_t lead = std::min(context, changes[first].before);
    const size_t begin = changes[first].before - lead;
    const size_t new_begin = changes[first].after - lead;
    const size_t tail = std::min(context, old_lines.size() - changes[last].before_end);
    const size_t end = changes[last].before_end + tail;
    const size_t new_end = changes[last].after_end + tail;
    text += fmt::format("@@ -{} +{} @@\n", range(begin, end - begin), range(new_begin, new_end - new_begin));
    size_t line = begin;
    for (; first <= last; ++first) {
      const Change& change = changes[first];
      for (; line < change.before; ++line)
        add_line(text, ' ', old_lines[line]);
      for (; line < change.before_end; ++line)
        add_line(text, '-', old_lines[line]);
      for (size_t i = change.after; i < change.after_end; ++i)
        add_line(text, '+', new_lines[i]);
    }
    for (; line < end; ++line)
      add_line(text, ' ', old_lines[line]);
  }
  return text;
}

}  // namespace pipec
