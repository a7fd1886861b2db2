#include "compiler/support/text.h"

#include <algorithm>
#include <limits>

namespace pipec {
namespace {

size_t edit_distance(std::string_view a, std::string_view b) {
  std::vector<std::vector<size_t>> cost(a.size() + 1, std::vector<size_t>(b.size() + 1));
  for (size_t i = 0; i <= a.size(); ++i)
    cost[i][0] = i;
  for (size_t j = 0; j <= b.size(); ++j)
    cost[0][j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t change = cost[i - 1][j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
      cost[i][j] = std::min({cost[i - 1][j] + 1, cost[i][j - 1] + 1, change});
      const bool swapped = i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1];
      if (swapped) cost[i][j] = std::min(cost[i][j], cost[i - 2][j - 2] + 1);
    }
  }
  return cost[a.size()][b.size()];
}

// `repo` for `repository`, where no other candidate begins so.
std::optional<std::string_view> only_completion(std::string_view word,
                                                std::span<const std::string_view> candidates) {
  constexpr size_t shortest = 3;
  if (word.size() < shortest) return std::nullopt;
  std::optional<std::string_view> found;
  for (const auto candidate : candidates) {
    if (!candidate.starts_with(word) || candidate == found) continue;
    if (found) return std::nullopt;
    found = candidate;
  }
  return found;
}

}  // namespace

std::optional<std::string_view> nearest(std::string_view word, std::span<const std::string_view> candidates) {
  constexpr size_t longest_word = 64;
  if (word.size() > longest_word) return std::nullopt;
  const size_t limit = std::max<size_t>(1, word.size() / 3);
  size_t best = std::numeric_limits<size_t>::max();
  std::optional<std::string_view> found;
  for (const auto candidate : candidates) {
    const size_t shorter = std::min(word.size(), candidate.size());
    const size_t longer = std::max(word.size(), candidate.size());
    if (longer - shorter > limit || longer > longest_word) continue;
    const size_t distance = edit_distance(word, candidate);
    if (distance <= limit && distance < best) {
      best = distance;
      found = candidate;
    }
  }
  return found ? found : only_completion(word, candidates);
}

std::string quoted_list(std::span<const std::string> items, std::string_view conjunction, size_t limit) {
  std::string text;
  const size_t shown = items.size() <= limit ? items.size() : limit - 1;
  const size_t rest = items.size() - shown;
  for (size_t i = 0; i < shown; ++i) {
    const bool last = i + 1 == items.size();
    if (i > 0) text += last ? " " + std::string(conjunction) + " " : ", ";
    text += "`" + items[i] + "`";
  }
  if (rest > 0) text += " " + std::string(conjunction) + " " + std::to_string(rest) + " more";
  return text;
}

std::string join(std::span<const std::string> items, std::string_view separator) {
  std::string text;
  for (size_t i = 0; i < items.size(); ++i) {
    if (i > 0) text += separator;
    text += items[i];
  }
  return text;
}

std::string lower_case(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return result;
}

std::string counted(size_t count, std::string_view noun) {
  return std::to_string(count) + " " + std::string(noun) + (count == 1 ? "" : "s");
}

std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    lines.push_back(text.substr(0, end));
    if (end == std::string_view::npos) break;
    text.remove_prefix(end + 1);
  }
  return lines;
}

}  // namespace pipec
