// compiler/driver/README.md: every command with its options, as `--help` tells them.
#include "tests/support/program.h"

#include <array>
#include <cstdlib>
#include <fstream>

#include <fmt/core.h>
#include <gtest/gtest.h>

namespace pipec::test {
namespace {

constexpr auto commands = std::to_array<const char*>({
#define PIPEC_COMMAND(NAME, USAGE, DESCRIPTION) #NAME,
#include "compiler/driver/commands.def"
#undef PIPEC_COMMAND
});

std::string section(const std::string& title, const std::vector<std::string>& arguments) {
  const RunResult help = run(arguments, {});
  EXPECT_EQ(help.exit_code, 0) << help.err;
  std::string line = "$ pipec";
  for (const std::string& argument : arguments)
    line += " " + argument;
  return fmt::format("\n## {}\n\n```console\n{}\n{}```\n", title, line, help.out);
}

std::string reference() {
  std::string text =
      "<!-- Made by tests/command_line_test.cpp from the declarations in cli.cpp; the test holds it current. "
      "-->\n\n"
      "# The command line\n\n"
      "Each command is one `cmd_` file and one line in `commands.def`; options are declared in `cli.cpp`, "
      "the only file that knows\n"
      "LLVM, and reach commands as a plain struct (`options.h`). Exit status: 0 fine, 1 findings, 2 wrong "
      "use, 3 a run that failed,\n"
      "4 a file that cannot be read or written, 70 a defect in pipec.\n" +
      section("Commands", {"--help"});
  for (const char* command : commands)
    text += section(command, {command, "--help"});
  return text;
}

TEST(CommandLine, ReferenceIsCurrent) {
  const std::string path = "compiler/driver/README.md";
  const std::string made = reference();
  if (std::getenv("PIPEC_UPDATE") != nullptr)
    std::ofstream(fmt::format("{}/{}", PIPEC_SOURCE_DIR, path), std::ios::binary) << made;
  EXPECT_EQ(source_file(path), made) << "PIPEC_UPDATE=1 writes it anew";
}

TEST(CommandLine, EveryOptionSaysWhatItDoes) {
  for (const char* command : commands) {
    const std::string help = run({command, "--help"}, {}).out;
    size_t begin = help.find("options:\n") + 9;
    ASSERT_LT(begin, help.size()) << command;
    while (begin < help.size()) {
      const size_t end = help.find('\n', begin);
      const std::string line = help.substr(begin, end - begin);
      EXPECT_NE(line.find("  ", line.find_first_not_of(' ')), std::string::npos) << command << ": " << line;
      begin = end + 1;
    }
  }
}

}  // namespace
}  // namespace pipec::test
