// Input that is not a pipeline: every one gets a diagnostic and exit code 1 or 4, never a crash or a hang.
#include "compiler/parse/parse.h"
#include "tests/support/program.h"

#include <map>
#include <random>
#include <regex>

#include <gtest/gtest.h>

namespace pipec::test {
namespace {

RunResult lint(const std::string& text) { return run({"lint", "case.pipe"}, {{"case.pipe", text}}); }

// What was refused says why.
void expect_refused(const RunResult& result) {
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_NE(result.err.find("error["), std::string::npos);
}

class Truncated : public testing::TestWithParam<size_t> {};

// One of several parts of the file, so that they run side by side.
constexpr size_t parts = 8;

TEST_P(Truncated, AtEveryByteIsRefused) {
  const std::string text = source_file("samples/checkout/checkout.pipe");
  const size_t end = text.rfind('}');
  for (size_t length = GetParam(); length < end; length += parts) {
    const RunResult result = lint(text.substr(0, length));
    // A prefix that ends between two declarations is a file of its own.
    const bool whole = result.exit_code == 0;
    const std::string start = text.substr(0, length);
    const bool between = start.find("\npipeline ") == std::string::npos ||
                         start.substr(0, start.find_last_not_of(" \n") + 1).ends_with("\n}");
    EXPECT_TRUE(result.exit_code == 1 || (whole && between)) << length;
    if (result.exit_code == 1) {
      EXPECT_NE(result.err.find("error["), std::string::npos) << length;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Parts, Truncated, testing::Range(size_t{0}, parts));

TEST(Robustness, RandomBytesAreRefused) {
  std::mt19937 random(20261121);
  for (int i = 0; i < 300; ++i) {
    std::string text(random() % 400 + 1, '\0');
    for (char& c : text)
      c = static_cast<char>(random());
    expect_refused(lint(text));
  }
}

TEST(Robustness, RandomBytesInTheSampleAreSurvived) {
  const std::string original = source_file("samples/checkout/checkout.pipe");
  std::mt19937 random(7);
  constexpr std::string_view signs = "{}[]()=,.:\"'#\\|<>+-?\n a1%";
  for (int i = 0; i < 300; ++i) {
    std::string text = original;
    for (int change = 0; change < 3; ++change)
      text[random() % text.size()] = signs[random() % signs.size()];
    for (const std::string command : {"lint", "test"}) {
      const int exit_code = run({command, "case.pipe"}, {{"case.pipe", text}}).exit_code;
      EXPECT_TRUE(exit_code == 0 || exit_code == 1) << exit_code;
    }
  }
}

// The names in front of `=`, and where each first stands.
std::map<std::string, size_t> keys_of(const std::string& text) {
  const std::regex key(R"(([a-z_]+) *= )");
  std::map<std::string, size_t> keys;
  for (std::sregex_iterator match(text.begin(), text.end(), key), end; match != end; ++match)
    keys.try_emplace(match->str(1), static_cast<size_t>(match->position(1)));
  return keys;
}

TEST(Robustness, AMisspeltPropertyIsRefused) {
  const std::string text = source_file("samples/checkout/checkout.pipe");
  const auto keys = keys_of(text);
  EXPECT_GT(keys.size(), 40u);
  for (const auto& [key, at] : keys) {
    // One letter too few is taken for what was meant, one too many for it, too.
    for (const std::string& wrong : {key.substr(0, key.size() - 1), key + "s"}) {
      std::string misspelt = text;
      misspelt.replace(at, key.size(), wrong);
      SCOPED_TRACE(wrong);
      expect_refused(lint(misspelt));
    }
  }
}

TEST(Robustness, NulIsRefused) {
  const RunResult result = lint(std::string("pipe 1\n\0", 8));
  expect_refused(result);
  EXPECT_NE(result.err.find("[P0002]"), std::string::npos);
}

TEST(Robustness, BrokenUtf8IsRefusedWhereItBreaks) {
  // A lone continuation, an overlong slash, a surrogate, a cut sequence, a byte that never occurs.
  for (const std::string bytes : {"\x80", "\xC0\xAF", "\xED\xA0\x80", "\xE2\x82", "\xFF"}) {
    const RunResult result = lint("pipe 1\n# x " + bytes + "\n");
    expect_refused(result);
    EXPECT_NE(result.err.find("case.pipe:2:5: error[P0003]"), std::string::npos) << result.err;
  }
}

TEST(Robustness, AByteOrderMarkIsDropped) {
  EXPECT_EQ(lint("\xEF\xBB\xBFpipe 1\nlet a: int = 1\n").exit_code, 0);
  const RunResult result = lint("\xEF\xBB\xBFpipe 1\nlet ä: int = 1\n");
  EXPECT_NE(result.err.find("case.pipe:2:5: error[P0100]"), std::string::npos) << result.err;
}

TEST(Robustness, CarriageReturnsAreWhiteSpace) {
  EXPECT_EQ(lint("pipe 1\r\nlet a: string = \"\"\"\r\n  x\r\n  \"\"\"\r\n").exit_code, 0);
}

TEST(Robustness, DeepNestingIsRefused) {
  for (const char* bracket : {"{", "[", "("}) {
    std::string text = "pipe 1\nlet a: int = ";
    for (int i = 0; i < 300'000; ++i)
      text += bracket;
    const RunResult result = lint(text);
    expect_refused(result);
    EXPECT_NE(result.err.find("[P0004]"), std::string::npos);
  }
  std::string nested = "pipe 1\nlet a: list<int> = ";
  for (size_t i = 0; i < parse::max_nesting; ++i)
    nested += "[";
  for (size_t i = 0; i < parse::max_nesting; ++i)
    nested += "]";
  EXPECT_EQ(lint(nested).err.find("[P0004]"), std::string::npos);
}

TEST(Robustness, AHugeFileIsRefused) {
  const RunResult result = lint("pipe 1\n" + std::string(100'000'000, ' '));
  expect_refused(result);
  EXPECT_NE(result.err.find("[P0001]"), std::string::npos);
}

TEST(Robustness, ManyErrorsAreCounted) {
  std::string text = "pipe 1\n";
  for (int i = 0; i < 5000; ++i)
    text += "let a" + std::to_string(i) + ": duration = 3\n";
  const RunResult result = lint(text);
  expect_refused(result);
  EXPECT_NE(result.err.find("and 4900 more that are not shown"), std::string::npos);
}

}  // namespace
}  // namespace pipec::test
