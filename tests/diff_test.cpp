// Unified diffs: their exact form, and that they say what changed.
#include "compiler/support/diff.h"

#include "compiler/support/text.h"

#include <cstdlib>
#include <random>

#include <gtest/gtest.h>

namespace pipec {
namespace {

TEST(UnifiedDiff, OfEqualTextsIsEmpty) { EXPECT_EQ(unified_diff("f", "a\n", "a\n"), ""); }

TEST(UnifiedDiff, ShowsThreeLinesAroundAChange) {
  EXPECT_EQ(unified_diff("f", "1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n"),
            "--- f\n+++ f\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n");
}

TEST(UnifiedDiff, NamesTheLineBeforeAnEmptyRange) {
  EXPECT_EQ(unified_diff("f", "", "a\n"), "--- f\n+++ f\n@@ -0,0 +1 @@\n+a\n");
  EXPECT_EQ(unified_diff("f", "a\nb\n", ""), "--- f\n+++ f\n@@ -1,2 +0,0 @@\n-a\n-b\n");
}

TEST(UnifiedDiff, SaysWhereALineEndIsMissing) {
  EXPECT_EQ(unified_diff("f", "a", "a\n"),
            "--- f\n+++ f\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n");
}

TEST(UnifiedDiff, PartsDistantChanges) {
  const std::string diff = unified_diff("f", "a\n1\n2\n3\n4\n5\n6\n7\nb\n", "A\n1\n2\n3\n4\n5\n6\n7\nB\n");
  EXPECT_NE(diff.find("@@ -1,4 +1,4 @@\n"), std::string::npos) << diff;
  EXPECT_NE(diff.find("@@ -6,4 +6,4 @@\n"), std::string::npos) << diff;
  EXPECT_EQ(unified_diff("f", "a\n1\n2\n3\n4\n5\n6\nb\n", "A\n1\n2\n3\n4\n5\n6\nB\n").find("@@ -1,8 +1,8 @@"),
            12u);
}

// What the diff makes of `before`.
std::string patched(const std::string& before, const std::string& diff) {
  const auto old_lines = split_lines(before);
  std::string text;
  size_t next = 0;
  const auto keep_up_to = [&](size_t line) {
    for (; next < line; ++next)
      text += std::string(old_lines[next]) + "\n";
  };
  for (const std::string_view line : split_lines(diff)) {
    if (line.starts_with("---") || line.starts_with("+++")) continue;
    if (line.starts_with("@@")) {
      const size_t begin = std::strtoul(line.data() + 4, nullptr, 10);
      const bool empty = line.substr(0, line.find('+')).find(",0 ") != std::string_view::npos;
      keep_up_to(begin - (empty ? 0 : 1));
      continue;
    }
    if (line[0] == '+') text += std::string(line.substr(1)) + "\n";
    if (line[0] == '+') continue;
    EXPECT_EQ(old_lines.at(next), line.substr(1));
    if (line[0] == ' ') text += std::string(line.substr(1)) + "\n";
    ++next;
  }
  keep_up_to(old_lines.size());
  return text;
}

TEST(UnifiedDiff, LeadsFromOneTextToTheOther) {
  std::mt19937 random(3);
  for (int round = 0; round < 2000; ++round) {
    const auto text = [&](unsigned words) {
      std::string made;
      for (unsigned lines = random() % 30; lines > 0; --lines)
        made += "l" + std::to_string(random() % words) + "\n";
      return made;
    };
    const unsigned words = 1 + random() % 60;
    const std::string before = text(words);
    const std::string after = text(words);
    ASSERT_EQ(patched(before, unified_diff("f", before, after)), after) << before << "--\n" << after;
  }
}

TEST(UnifiedDiff, OfManyLinesIsQuick) {
  std::string before;
  std::string after;
  for (int i = 0; i < 50'000; ++i) {
    before += "a" + std::to_string(i % 3) + "\n";
    after += "b" + std::to_string(i % 3) + "\n";
  }
  // All of both, as there is no line that they share.
  EXPECT_EQ(unified_diff("f", before, after).find("\n+b"), before.size() + 50'000 + 35);
}

}  // namespace
}  // namespace pipec
