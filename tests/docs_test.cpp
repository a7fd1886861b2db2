// Every example in a README is compiled, every command in one is run.
//
//   ```pipe            declarations, or a whole file when it begins with `pipe 1`: no errors
//   ```pipe pipeline   parts of a pipeline of the profile `small` (tests/support/shared/small.pipe)
//   ```pipe stage      elements of a stage of such a pipeline
//   … today=2027-01-15 is judged on that day
//   … fails            has errors; the ```text block behind it holds them, one per line, as `error[CODE]:
//   message`
//   ```console         `$ pipec ARGUMENTS` and what it prints, on the samples
#include "compiler/support/text.h"
#include "tests/support/frames.h"
#include "tests/support/program.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <regex>
#include <sstream>

#include <gtest/gtest.h>

namespace pipec::test {
namespace fs = std::filesystem;
namespace {

struct Block {
  size_t line = 0;
  std::vector<std::string> info;
  std::string text;
};

std::vector<Block> blocks_of(const std::string& document) {
  std::vector<Block> blocks;
  bool open = false;
  size_t number = 0;
  for (const std::string_view line : split_lines(document)) {
    ++number;
    if (line.starts_with("```")) {
      open = !open;
      if (!open) continue;
      blocks.push_back({number, {}, ""});
      std::istringstream info{std::string(line.substr(3))};
      for (std::string word; info >> word;)
        blocks.back().info.push_back(word);
    } else if (open) {
      blocks.back().text += std::string(line) + "\n";
    }
  }
  EXPECT_FALSE(open) << "a block is not closed";
  return blocks;
}

bool has(const Block& block, std::string_view word) {
  return std::find(block.info.begin(), block.info.end(), word) != block.info.end();
}

std::string whole_file(const Block& block) {
  if (has(block, "stage")) return framed(block.text, "stage");
  if (has(block, "pipeline")) return framed(block.text, "pipeline");
  // Imports are part of what is shown.
  return block.text.starts_with("pipe 1") ? block.text : "pipe 1\n" + block.text;
}

void check_example(const Block& block, const Block* after) {
  std::vector<std::string> arguments{"lint", "case.pipe", "--target", "local"};
  for (const std::string& word : block.info) {
    if (word.starts_with("today=")) arguments.push_back("--" + word);
  }
  const RunResult result = run(arguments, {{"case.pipe", whole_file(block)}, {"small.pipe", small_words()}});
  if (!has(block, "fails")) {
    EXPECT_EQ(result.exit_code, 0) << result.err;
    if (block.text.find("\ntest \"") == std::string::npos) return;
    const RunResult tested =
        run({"test", "case.pipe"}, {{"case.pipe", whole_file(block)}, {"small.pipe", small_words()}});
    EXPECT_EQ(tested.exit_code, 0) << tested.out << tested.err;
    return;
  }
  std::string errors;
  for (const std::string_view line : split_lines(result.err)) {
    const size_t at = line.find(": error[");
    if (at != std::string_view::npos && line.starts_with("case.pipe:"))
      errors += std::string(line.substr(at + 2)) + "\n";
  }
  ASSERT_TRUE(after != nullptr && after->info == std::vector<std::string>{"text"})
      << "the errors belong into a text block behind it";
  EXPECT_EQ(errors, after->text);
}

// In what is expected, a line `…` stands for any number of lines.
void expect_with_gaps(const std::string& printed, const std::string& expected) {
  static const std::string kGap = "…\n";
  size_t begin = 0;
  size_t at = 0;
  for (size_t gap; (gap = expected.find(kGap, begin)) != std::string::npos; begin = gap + kGap.size()) {
    const std::string part = expected.substr(begin, gap - begin);
    const size_t found =
        begin == 0 ? (printed.starts_with(part) ? 0 : std::string::npos) : printed.find(part, at);
    ASSERT_NE(found, std::string::npos) << "not printed:\n" << part << "but:\n" << printed;
    at = found + part.size();
  }
  if (begin == 0) {
    EXPECT_EQ(printed, expected);
  } else {
    EXPECT_TRUE(printed.substr(at).ends_with(expected.substr(begin))) << printed;
  }
}

void check_console(const Block& block) {
  std::map<std::string, std::string> files;
  for (const auto& entry : fs::recursive_directory_iterator(fs::path(PIPEC_SOURCE_DIR) / "samples")) {
    const std::string path = entry.path().lexically_relative(PIPEC_SOURCE_DIR).generic_string();
    if (entry.path().extension() == ".pipe") files[path] = source_file(path);
  }
  std::vector<std::string> arguments;
  std::string expected;
  const auto finish = [&] {
    if (arguments.empty()) return;
    const RunResult result = run({arguments.begin() + 1, arguments.end()}, files);
    expect_with_gaps(result.out + result.err, expected);
    files = result.files;
  };
  for (const std::string_view line : split_lines(block.text)) {
    if (!line.starts_with("$ ")) {
      expected += std::string(line) + "\n";
      continue;
    }
    finish();
    arguments.clear();
    expected.clear();
    std::istringstream words{std::string(line.substr(2))};
    for (std::string word; words >> word;)
      arguments.push_back(word);
    ASSERT_TRUE(arguments.front() == "pipec" || arguments.front() == "build/pipec") << line;
  }
  finish();
}

std::vector<std::string> documents() {
  std::vector<std::string> found;
  for (const std::string folder : {"", "grammar", "compiler", "backends", "stdlib", "tests", "samples"}) {
    const fs::path root = fs::path(PIPEC_SOURCE_DIR) / folder;
    const auto add = [&](const fs::path& path) {
      const std::string relative = path.lexically_relative(PIPEC_SOURCE_DIR).generic_string();
      if (path.filename() == "README.md" && relative.find("node_modules") == std::string::npos)
        found.push_back(relative);
    };
    if (folder.empty()) {
      for (const auto& entry : fs::directory_iterator(root))
        add(entry.path());
    } else {
      for (const auto& entry : fs::recursive_directory_iterator(root))
        add(entry.path());
    }
  }
  std::sort(found.begin(), found.end());
  return found;
}

class Document : public testing::TestWithParam<std::string> {};

TEST_P(Document, ExamplesAreTrue) {
  const std::vector<Block> blocks = blocks_of(source_file(GetParam()));
  for (size_t i = 0; i < blocks.size(); ++i) {
    SCOPED_TRACE(GetParam() + ":" + std::to_string(blocks[i].line));
    if (has(blocks[i], "pipe")) check_example(blocks[i], i + 1 < blocks.size() ? &blocks[i + 1] : nullptr);
    if (has(blocks[i], "console")) check_console(blocks[i]);
  }
}

// What `name` finds in a file of the standard library between two texts.
std::vector<std::string> declared(const std::string& file, const std::string& from, const std::string& to,
                                  const std::regex& name) {
  const std::string text = source_file(file);
  const size_t begin = text.find(from);
  EXPECT_NE(begin, std::string::npos) << from;
  const std::string part = text.substr(begin, to.empty() ? std::string::npos : text.find(to, begin) - begin);
  std::vector<std::string> names;
  for (std::sregex_iterator match(part.begin(), part.end(), name), end; match != end; ++match)
    names.push_back((*match)[1]);
  return names;
}

TEST(Reference, NamesEveryPropertyAndConstructor) {
  const std::string reference = source_file("grammar/README.md");
  std::vector<std::string> names = declared("stdlib/prelude/language.pipe", "## Parts of a pipeline.",
                                            "  target(\n", std::regex("\n    ([a-z_]+): "));
  EXPECT_GT(names.size(), 50u);
  const auto constructors = declared("stdlib/prelude/prelude.pipe", "## Where sources live.",
                                     "## The regions of AWS.", std::regex("\n  ([a-z_]+)[(\n]"));
  EXPECT_GT(constructors.size(), 30u);
  names.insert(names.end(), constructors.begin(), constructors.end());
  for (const std::string& name : names)
    EXPECT_TRUE(std::regex_search(reference, std::regex("\\b" + name + "\\b( *=|`|\\()"))) << name;
}

INSTANTIATE_TEST_SUITE_P(Readme, Document, testing::ValuesIn(documents()), [](const auto& parameter) {
  std::string name = parameter.param;
  std::replace_if(
      name.begin(), name.end(), [](char c) { return !std::isalnum(static_cast<unsigned char>(c)); }, '_');
  return name;
});

}  // namespace
}  // namespace pipec::test
