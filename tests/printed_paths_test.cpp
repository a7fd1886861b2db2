// Names of files are printed as texts: they begin no line of a log and hold nothing that a terminal obeys.
#include "tests/support/program.h"

#include <gtest/gtest.h>

namespace pipec::test {
namespace {

constexpr const char* odd = "a\n::error::b\033[2J\rc.pipe";
constexpr const char* text = R"(pipe 1
pipeline p: small {
  source app { repository = github("acme/app") }
  stage build { action make: compile { run = "make" } }
}
)";

void expect_tame(const std::vector<std::string>& arguments, const std::map<std::string, std::string>& files) {
  const RunResult result = run(arguments, files);
  const std::string printed = result.out + result.err;
  EXPECT_NE(printed.find("::error::b"), std::string::npos) << arguments.front() << printed;
  EXPECT_EQ(printed.find("\n::error::"), std::string::npos) << arguments.front() << printed;
  EXPECT_FALSE(printed.starts_with("::error::")) << arguments.front() << printed;
  EXPECT_EQ(printed.find_first_of("\033\r"), std::string::npos) << arguments.front() << printed;
}

TEST(PrintedPaths, OfFilesWithMistakes) {
  for (const char* command : {"lint", "hotfix", "report", "test"})
    expect_tame({command, odd}, {{odd, text}});
  expect_tame({"check", odd, "-o", "out"}, {{odd, text}});
  expect_tame({"lint", odd, "b.pipe"}, {{odd, text}, {"b.pipe", text}});
}

TEST(PrintedPaths, OfFilesThatAreNotThere) {
  for (const char* command : {"lint", "hotfix", "report", "test", "fmt", "run"})
    expect_tame({command, odd}, {});
}

TEST(PrintedPaths, OfFormattedFiles) {
  expect_tame({"fmt", odd, "--check"}, {{odd, "pipe   1\n"}});
  expect_tame({"fmt", odd, "--diff"}, {{odd, "pipe   1\n"}});
  expect_tame({"fmt", odd}, {{odd, "pipe   1\n"}});
}

TEST(PrintedPaths, OfOptions) {
  expect_tame({"lint", "b.pipe", "--baseline", odd}, {{"b.pipe", text}});
  expect_tame({"report", "b.pipe", "-o", odd}, {{"b.pipe", text}});
}

}  // namespace
}  // namespace pipec::test
