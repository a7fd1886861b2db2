// What the writer writes, the reader, which is another library, reads as it was.
#include "backends/common/yaml.h"

#include <string>

#include <gtest/gtest.h>

namespace pipec::test {
namespace {

using yaml::Node;

// Characters that readers break lines at, refuse, or leave out when they stand for themselves.
class Character : public testing::TestWithParam<const char*> {};

TEST_P(Character, IsReadBack) {
  const std::string character = GetParam();
  for (const std::string& text :
       {character, "a" + character + "b", "echo a" + character + "b\necho \"c\\d\"\n",
        "a\n" + character + "\n", character + "\tlast\n", "line\n\n" + character}) {
    const Node document = Node::mapping(
        {{"value", text}, {"key" + character, Node::sequence({text, Node::tagged("Sub", text)})}});
    const std::string written = yaml::write(document, "header");
    const yaml::ReadDocument read = yaml::read(written);
    ASSERT_TRUE(read.document.has_value()) << written << read.error;
    EXPECT_EQ(read.document->at({"value"}).text(), text) << written;
    const Node& items = read.document->at({"key" + character});
    ASSERT_EQ(items.items().size(), 2U) << written;
    EXPECT_EQ(items.items().front().text(), text) << written;
    EXPECT_EQ(items.items().back().text(), text) << written;
  }
}

INSTANTIATE_TEST_SUITE_P(Yaml, Character,
                         testing::Values("\x01", "\x1b", "\r", "\x7f", "\u0080", "\u0081", "\u0085", "\u009f",
                                         "\u00a0", "\u2028", "\u2029", "\ufeff", "\ufffe", "\uffff", "\u00fc",
                                         "\U0001f600", "\"", "\\", "#", ": ", "%"));

// A script stays readable.
TEST(Yaml, LinesAreABlock) {
  const std::string written = yaml::write(Node::mapping({{"run", "echo \u00fc\n\techo b\n"}}), "header");
  EXPECT_EQ(written, "# header\nrun: |\n  echo \u00fc\n  \techo b\n");
}

TEST(Yaml, NothingElseIsEscaped) {
  const Node document = Node::mapping({{"run", "a\x7f\u2028 \"\\\n\u00fc\n"}});
  EXPECT_EQ(yaml::write(document, "header"), "# header\nrun: \"a\\u007f\\u2028 \\\"\\\\\\n\u00fc\\n\"\n");
}

}  // namespace
}  // namespace pipec::test
