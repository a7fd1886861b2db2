// Texts of others as parts of documents: nothing in them is more than text.
#include "compiler/support/markup.h"

#include <gtest/gtest.h>

namespace pipec {
namespace {

TEST(Markdown, CodeInBackTicksStaysCode) {
  EXPECT_EQ(markdown_escaped("`<a>` and <b>"), "`<a>` and \\<b\\>");
  EXPECT_EQ(markdown_escaped("`a|b`"), "`a\\|b`");
  EXPECT_EQ(markdown_escaped("``a ` <b>``"), "``a ` <b>``");
}

TEST(Markdown, RunsOfDifferentLengthsAreNoCode) {
  EXPECT_EQ(markdown_escaped("```<img src=x onerror=alert(1)>`"),
            "\\`\\`\\`\\<img src=x onerror=alert(1)\\>\\`");
  EXPECT_EQ(markdown_escaped("```[click](http://evil)`"), "\\`\\`\\`\\[click\\](http://evil)\\`");
  EXPECT_EQ(markdown_escaped("` `` <b>"), "\\` \\`\\` \\<b\\>");
}

// The first run has no partner; the others have.
TEST(Markdown, ALoneBackTickLeavesTheRestAsItIs) {
  EXPECT_EQ(markdown_escaped("`` `a` <b>"), "\\`\\` `a` \\<b\\>");
  EXPECT_EQ(markdown_escaped("`a` ` <b>"), "`a` \\` \\<b\\>");
}

TEST(Markdown, ABarBehindABackslashWouldEndACell) {
  EXPECT_EQ(markdown_escaped("`\\|<b>`"), "\\`\\\\\\|\\<b\\>\\`");
}

TEST(Xml, WhatIsNoUtf8IsReplaced) {
  EXPECT_EQ(xml_escaped("a\xFF\xC3(\xED\xA0\x80"), "a\uFFFD\uFFFD(\uFFFD\uFFFD\uFFFD");
  EXPECT_EQ(xml_escaped("ä€𝄞"), "ä€𝄞");
}

TEST(Markdown, LineEndsAreSpaces) { EXPECT_EQ(markdown_escaped("a\n`b\nc`"), "a `b c`"); }

TEST(Markdown, NothingClosesTheFenceOfASpan) {
  EXPECT_EQ(code_span("abc"), "`abc`");
  EXPECT_EQ(code_span("`<b>`"), "`` `<b>` ``");
  EXPECT_EQ(code_span("a``b"), "``` a``b ```");
  EXPECT_EQ(markdown_escaped(code_span("`<b>`")), "`` `<b>` ``");
}

TEST(CodeParts, AreTheWholeText) {
  const auto parts = code_parts("a `b` ``c");
  ASSERT_EQ(parts.size(), 3u);
  EXPECT_EQ(parts[0].text, "a ");
  EXPECT_EQ(parts[0].fence, 0u);
  EXPECT_EQ(parts[1].text, "b");
  EXPECT_EQ(parts[1].fence, 1u);
  EXPECT_EQ(parts[2].text, " ``c");
  EXPECT_EQ(parts[2].fence, 0u);
  EXPECT_TRUE(code_parts("").empty());
}

}  // namespace
}  // namespace pipec
