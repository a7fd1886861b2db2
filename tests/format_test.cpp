// `pipec fmt`: what the one form looks like (files in tests/format), and what formatting never does, on every
// `.pipe` text of the repository, on random pipelines, and on all of them with random line ends and comments
// put in.
#include "compiler/format/format.h"

#include "compiler/format/meaning.h"
#include "compiler/parse/parse.h"
#include "compiler/parse/syntax_tokens.h"
#include "compiler/support/text.h"
#include "tests/generator/generator.h"
#include "tests/support/case_file.h"
#include "tests/support/program.h"

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>

#include <gtest/gtest.h>

namespace pipec::test {
namespace {

namespace fs = std::filesystem;

// Nothing for a text with syntax errors.
std::optional<std::string> formatted(const std::string& text) {
  SourceManager sources;
  DiagnosticSink sink;
  return format::format(sources.add("test.pipe", text), sources, sink);
}

struct Parsed {
  SourceManager sources;
  DiagnosticSink sink;
  parse::SyntaxTokens tokens;

  explicit Parsed(const std::string& text) {
    tokens = parse::parse_with_tokens(sources.add("test.pipe", text), sources, sink);
  }
  std::string meaning() const { return format::meaning(tokens.file); }
  std::string comments() const { return format::comments(tokens.file, sources); }
};

std::vector<std::string> pipe_files(const std::string& folder) {
  std::vector<std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(PIPEC_SOURCE_DIR) / folder)) {
    if (entry.path().extension() == ".pipe")
      files.push_back(entry.path().lexically_relative(PIPEC_SOURCE_DIR).generic_string());
  }
  std::sort(files.begin(), files.end());
  return files;
}

// Every text that parses, by where it is from.
const std::map<std::string, std::string>& texts() {
  static const std::map<std::string, std::string> all = [] {
    std::map<std::string, std::string> found;
    const auto add = [&](const std::string& name, const std::string& text) {
      if (formatted(text)) found.emplace(name, text);
    };
    for (const std::string folder : {"samples", "stdlib", "tests/support", "tests/format"}) {
      for (const std::string& file : pipe_files(folder))
        add(file, source_file(file));
    }
    for (const std::string& name : all_cases()) {
      const CaseFile parsed = parse_case(source_file("tests/cases/" + name + ".pipe"));
      for (const auto& [file, text] : parsed.files)
        add(name + ":" + file, text);
    }
    for (uint32_t seed = 0; seed < 100; ++seed)
      add("seed " + std::to_string(seed), generate(seed).text);
    return found;
  }();
  return all;
}

TEST(Format, IsTriedOnManyTexts) { EXPECT_GT(texts().size(), 250u); }

TEST(Format, GivesTheFormOfTheExamples) {
  const char* update = std::getenv("PIPEC_UPDATE");
  size_t examples = 0;
  for (const std::string& file : pipe_files("tests/format")) {
    if (file.ends_with(".formatted.pipe")) continue;
    ++examples;
    const auto text = formatted(source_file(file));
    ASSERT_TRUE(text) << file;
    const std::string expected = fs::path(file).replace_extension(".formatted.pipe").string();
    if (update != nullptr && std::string_view(update) == "1" && std::getenv("CI") == nullptr) {
      std::ofstream(std::string(PIPEC_SOURCE_DIR) + "/" + expected, std::ios::binary) << *text;
    } else {
      EXPECT_EQ(*text, source_file(expected)) << "PIPEC_UPDATE=1 writes the expectation anew";
    }
  }
  EXPECT_GE(examples, 5u);
}

TEST(Format, OwnFilesHaveIt) {
  std::map<std::string, std::string> files;
  std::vector<std::string> arguments{"fmt", "--check"};
  for (const std::string folder : {"samples", "stdlib", "tests/support"}) {
    for (const std::string& file : pipe_files(folder)) {
      files.emplace(file, source_file(file));
      arguments.push_back(file);
    }
  }
  const RunResult result = run(arguments, files);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.out, "");
}

TEST(Format, EndsLinesWithLineFeedsAndDropsTheByteOrderMark) {
  for (const auto& [name, text] : texts()) {
    std::string foreign = "\xEF\xBB\xBF";
    for (const char c : text)
      foreign += c == '\n' ? "\r\n" : std::string(1, c);
    EXPECT_EQ(formatted(foreign), formatted(text)) << name;
  }
}

TEST(Format, KeepsALoneCarriageReturnInATextAndEndsACommentAtOne) {
  EXPECT_EQ(formatted("pipe 1\nlet a: string = \"\"\"\n  x\ry\r\r\n  \"\"\"\n"),
            "pipe 1\nlet a: string = \"\"\"\n  x\ry\r\r\n  \"\"\"\n");
  EXPECT_EQ(formatted("pipe 1\n## no documentation\rlet a: int = 1\n"),
            "pipe 1\n## no documentation\n\nlet a: int = 1\n");
}

TEST(Format, EndsWithOneLineEnd) {
  EXPECT_EQ(formatted("pipe 1"), "pipe 1\n");
  EXPECT_EQ(formatted("\n\n  pipe 1\n\n\n# c\n\n\n"), "pipe 1\n\n# c\n");
}

TEST(Format, IsStableAndKeepsMeaningAndComments) {
  for (const auto& [name, text] : texts()) {
    SCOPED_TRACE(name);
    const auto once = formatted(text);
    ASSERT_TRUE(once);
    EXPECT_EQ(formatted(*once), once);
    const Parsed before(text);
    const Parsed after(*once);
    EXPECT_EQ(before.meaning(), after.meaning());
    EXPECT_EQ(before.comments(), after.comments());
  }
}

TEST(Format, IsNotMovedByWhiteSpaceInLines) {
  std::mt19937 random(20261121);
  const auto white_space = [&](size_t least) {
    std::string space;
    for (size_t size = least + random() % 5; size > 0; --size)
      space += random() % 4 == 0 ? '\t' : ' ';
    return space;
  };
  for (const auto& [name, text] : texts()) {
    const Parsed parsed(text);
    std::string changed;
    size_t end = 0;
    uint32_t line = 0;
    for (const parse::SyntaxToken& token : parsed.tokens.tokens) {
      const std::string_view gap = std::string_view(text).substr(end, token.span.begin - end);
      if (token.line == line) {
        changed += white_space(gap.empty() ? 0 : 1);
      } else {
        for (const char c : gap) {
          if (c == '\n') changed += white_space(0) + "\n";
        }
        changed += white_space(0);
      }
      changed += text.substr(token.span.begin, token.span.size());
      end = token.span.end;
      line = token.end_line;
    }
    EXPECT_EQ(formatted(changed + "\n"), formatted(text)) << name << "\n" << changed;
  }
}

// Line ends and comments at random places; comments documenting something included.
TEST(Format, SurvivesLineEndsAndCommentsAnywhere) {
  std::mt19937 random(7);
  size_t tried = 0;
  for (const auto& [name, text] : texts()) {
    const Parsed parsed(text);
    for (int round = 0; round < 4; ++round) {
      std::string changed;
      size_t end = 0;
      for (const parse::SyntaxToken& token : parsed.tokens.tokens) {
        changed += text.substr(end, token.span.end - end);
        end = token.span.end;
        const uint32_t what = random() % 40;
        if (what == 0) changed += " # one " + std::to_string(random() % 1000) + "\n";
        if (what == 1) changed += " ## two\n";
        if (what == 2) changed += "\n# three\n\n\n";
        if (what == 3) changed += "\n## four\n";
        if (what <= 5) changed += "\n";
        if (what == 6) changed += "\n\n\n  ";
      }
      changed += "\n";
      // An element that was parted from its body may not be read any more.
      const auto once = formatted(changed);
      if (!once) continue;
      ++tried;
      ASSERT_EQ(formatted(*once), once) << name << "\n" << changed;
      const Parsed before(changed);
      const Parsed after(*once);
      ASSERT_EQ(before.meaning(), after.meaning()) << name << "\n" << changed;
      ASSERT_EQ(before.comments(), after.comments()) << name << "\n" << changed;
    }
  }
  EXPECT_GT(tried, 3 * texts().size());
}

// Whatever still parses is formatted: the check of the result ends the program when it fails.
TEST(Format, SurvivesRandomSigns) {
  std::mt19937 random(11);
  constexpr std::string_view signs = "{}[]()=,.:\"'#\\|<>+-?\n\r\t a1%";
  size_t tried = 0;
  for (const auto& [name, text] : texts()) {
    for (int round = 0; round < 5; ++round) {
      std::string changed = text;
      for (int change = 0; change < 2; ++change)
        changed[random() % text.size()] = signs[random() % signs.size()];
      const auto once = formatted(changed);
      if (!once) continue;
      ++tried;
      ASSERT_EQ(formatted(*once), once) << name << "\n" << changed;
    }
  }
  EXPECT_GT(tried, 100u);
}

TEST(Format, LeavesNoWhiteSpaceAtLineEndsAndNoTwoBlankLines) {
  for (const auto& [name, text] : texts()) {
    if (text.find("\"\"\"") != std::string::npos) continue;
    const std::string once = formatted(text).value();
    EXPECT_EQ(once.find(" \n"), std::string::npos) << name;
    EXPECT_EQ(once.find('\t'), std::string::npos) << name;
    EXPECT_EQ(once.find("\n\n\n"), std::string::npos) << name;
    EXPECT_NE(once.front(), '\n') << name;
  }
}

}  // namespace
}  // namespace pipec::test
