#include "backends/local/runner/element_log.h"
#include "backends/local/runner/progress.h"

#include <gtest/gtest.h>

namespace pipec::runner {
namespace {

TEST(Printable, TakesControlOfTheTerminalAway) {
  EXPECT_EQ(printable("plain ä text"), "plain ä text");
  EXPECT_EQ(printable("\x1b[31mred\x1b[0m"), "red");
  EXPECT_EQ(printable("\x1b[2J\x1b[1;1Hgone"), "gone");
  EXPECT_EQ(printable("10%\r50%\r100%\r"), "100%");
  EXPECT_EQ(printable("a\tb\x07\x7f"), "a b");
  EXPECT_EQ(printable("title \x1b]0;x\x07y"), "title ]0;xy");
  EXPECT_EQ(printable("c1 \xc2\x9b"
                      "31m"),
            "c1 31m");
  EXPECT_EQ(printable("cut \x1b["), "cut ");
}

TEST(ElapsedText, IsShort) {
  using namespace std::chrono_literals;
  EXPECT_EQ(elapsed_text(0ms), "0.0s");
  EXPECT_EQ(elapsed_text(1250ms), "1.2s");
  EXPECT_EQ(elapsed_text(59999ms), "59.9s");
  EXPECT_EQ(elapsed_text(125s), "2m05s");
}

}  // namespace
}  // namespace pipec::runner
