// What the words of a shell script say, and what they must not seem to say.
#include "compiler/support/shell_words.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace pipec {
namespace {

// One line for each command: how it is joined, `*` for a condition, its depth, its words and redirections.
std::string read(std::string_view script) {
  std::string text;
  for (const ShellCommand& command : shell_script(script).commands) {
    constexpr const char* joins[] = {";", "&&", "||", "|"};
    text += joins[static_cast<size_t>(command.join)];
    if (command.condition) text += "*";
    if (command.depth > 0) text += std::to_string(command.depth);
    for (const std::string& word : command.words)
      text += " [" + word + "]";
    for (const ShellRedirection& redirection : command.redirections)
      text += " " + std::to_string(redirection.from) + ">" + redirection.to;
    text += "\n";
  }
  return text;
}

TEST(ShellWords, AreSplitAndUnquoted) {
  EXPECT_EQ(read("go test ./..."), "; [go] [test] [./...]\n");
  EXPECT_EQ(read(R"(echo 'a  b' "c $d" e\ f)"), "; [echo] [a  b] [c $d] [e f]\n");
  EXPECT_EQ(read(R"(echo "say \"x\"" a'b'"c")"), "; [echo] [say \"x\"] [abc]\n");
  EXPECT_EQ(read("a \\\n  b"), "; [a] [b]\n");
  EXPECT_EQ(read("''"), "; []\n");
}

TEST(ShellWords, AssignmentsAreNoPrograms) {
  EXPECT_EQ(read("CI=1 GO+=x go test"), "; [go] [test]\n");
  EXPECT_EQ(read("A=1"), ";\n");
  EXPECT_EQ(read("env A=1 b"), "; [env] [A=1] [b]\n");
}

TEST(ShellWords, CommandsAreJoined) {
  EXPECT_EQ(read("a && b || true"), "; [a]\n&& [b]\n|| [true]\n");
  EXPECT_EQ(read("a | b |& c; d & e"), "; [a]\n| [b]\n| [c]\n; [d]\n; [e]\n");
  EXPECT_EQ(read("a ||\n\n  true"), "; [a]\n|| [true]\n");
  EXPECT_EQ(read("a\nb"), "; [a]\n; [b]\n");
  EXPECT_EQ(read("a||b"), "; [a]\n|| [b]\n");
}

TEST(ShellWords, QuotedOperatorsAreText) {
  EXPECT_EQ(read(R"(grep "a || true" 'b; c' d\;e)"), "; [grep] [a || true] [b; c] [d;e]\n");
  EXPECT_EQ(read("echo it#s # a || true"), "; [echo] [it#s]\n");
}

TEST(ShellWords, SubstitutionsAreOpaque) {
  EXPECT_EQ(read("x=$(a || true); b"), ";\n; [b]\n");
  EXPECT_EQ(read(R"x(echo "$(a "b)" || true)" c)x"), "; [echo] [$(a \"b)\" || true)] [c]\n");
  EXPECT_EQ(read("echo `a; b` ${c:-d e} $((1 + (2)))"), "; [echo] [`a; b`] [${c:-d e}] [$((1 + (2)))]\n");
  EXPECT_EQ(read("diff <(a || b) c"), "; [diff] [/dev/fd] [c]\n");
  const auto substituted = [](std::string_view script) {
    return shell_script(script).commands[0].substituted;
  };
  EXPECT_EQ(substituted("a $(b c) `d` <(e)"), (std::vector<std::string>{"b c", "d", "e"}));
  EXPECT_EQ(substituted("x=$(a || true)"), (std::vector<std::string>{"a || true"}));
  EXPECT_EQ(substituted("a $(b"), (std::vector<std::string>{"b"}));
  EXPECT_TRUE(substituted("a ${b} $((1 - 1))").empty());
}

TEST(ShellWords, RedirectionsAreNoWords) {
  EXPECT_EQ(read("a >/dev/null 2>&1"), "; [a] 1>/dev/null 2>&1\n");
  EXPECT_EQ(read("a 2>&1 > /dev/null b"), "; [a] [b] 2>&1 1>/dev/null\n");
  EXPECT_EQ(read("a &> out"), "; [a] -1>out\n");
  EXPECT_EQ(read("a &>> out"), "; [a] -1>out\n");
  EXPECT_EQ(read("a >> out < in"), "; [a] 1>out 0>in\n");
  EXPECT_EQ(read("a 12"), "; [a] [12]\n");
  EXPECT_EQ(read("mapfile -t x <<<\"$LINES\" || b"), "; [mapfile] [-t] [x]\n|| [b]\n");
}

TEST(ShellWords, HereDocumentsAreOpaque) {
  EXPECT_EQ(read("cat <<EOF | a\nb || true\nEOF\nc"), "; [cat]\n| [a]\n; [c]\n");
  EXPECT_EQ(read("cat <<-'X Y'\n\tb; true\n\tX Y\nc"), "; [cat]\n; [c]\n");
  EXPECT_EQ(read("cat <<A <<B\na\nA\nb\nB\nc"), "; [cat]\n; [c]\n");
  EXPECT_EQ(read("cat <<EOF\nno end"), "; [cat]\n");
}

TEST(ShellWords, WordsOfTheShellOpenAndClose) {
  EXPECT_EQ(read("if a; then b; else c; fi\nd"), ";*1 [a]\n;1 [b]\n;1 [c]\n; [d]\n");
  EXPECT_EQ(read("for x in a b; do c; done; d"), ";1 [c]\n; [d]\n");
  EXPECT_EQ(read("while ! a; do b; done"), ";*1 [a]\n;1 [b]\n");
  EXPECT_EQ(read("case \"$x\" in\n  a*) b ;;\n  (c | \"e f\") d ;;\n  # end\nesac\ne"),
            ";1 [b]\n;1 [d]\n; [e]\n");
  EXPECT_EQ(read("case x in a) b; esac; c"), ";1 [b]\n; [c]\n");
  EXPECT_EQ(read("case x in a) b ;; esac || c"), ";1 [b]\n|| [c]\n");
  EXPECT_EQ(read("( a; b ) || c"), ";1 [a]\n;1 [b]\n|| [c]\n");
  EXPECT_EQ(read("f() { a; }\nf"), ";1 [a]\n; [f]\n");
  EXPECT_EQ(read("! a"), ";* [a]\n");
  EXPECT_EQ(read("echo if then done"), "; [echo] [if] [then] [done]\n");
}

// The first words of those in the background, and of those on which an `if` depends.
std::string marked(std::string_view script, bool ShellCommand::*mark) {
  std::string text;
  for (const ShellCommand& command : shell_script(script).commands) {
    if (command.*mark) text += command.words.front();
  }
  return text;
}

TEST(ShellWords, WhatEndsWithAnAmpersandIsInTheBackground) {
  const auto background = [](std::string_view script) { return marked(script, &ShellCommand::background); };
  EXPECT_EQ(background("a & b"), "a");
  EXPECT_EQ(background("a; b && c | d & e"), "bcd");
  EXPECT_EQ(background("a\n{ b; c; } & d"), "bc");
  EXPECT_EQ(background("a; (b; c) &\nd"), "bc");
  EXPECT_EQ(background("a; if b; then c; fi & d"), "bc");
  EXPECT_EQ(background("( a & b ); c"), "a");
  EXPECT_EQ(background("a ||\n b &"), "ab");
  EXPECT_EQ(background("a && b; c 2>&1; d &> x"), "");
}

TEST(ShellWords, BranchesAreToldFromLoops) {
  const auto branches = [](std::string_view script) { return marked(script, &ShellCommand::branches); };
  EXPECT_EQ(branches("if a; then b; elif ! c; then d; else e; fi; f"), "ac");
  EXPECT_EQ(branches("while a; do b; done; until c; do d; done; ! e"), "");
  const std::vector<ShellCommand> commands =
      shell_script("if a; then b; { c; }; fi; if d; then e; fi; f").commands;
  std::vector<size_t> blocks;
  for (const ShellCommand& command : commands)
    blocks.push_back(command.block);
  EXPECT_EQ(blocks, (std::vector<size_t>{1, 1, 2, 3, 3, 0}));
}

TEST(ShellWords, TestsAndArithmeticAreOneCommand) {
  EXPECT_EQ(read("[[ $a == b && $c < d ]] || e"), "; [[[] [$a] [==] [b] [&&] [$c] [<] [d] []]]\n|| [e]\n");
  EXPECT_EQ(read("(( a > (b) || c )) && d"), "; [((] [ a > (b) || c ]\n&& [d]\n");
  EXPECT_EQ(read("((a); b)"), ";2 [a]\n;1 [b]\n");
  EXPECT_EQ(read("for ((i = 0; i < 3; ++i)); do a; done"), ";1 [a]\n");
}

TEST(ShellWords, AssignmentsAreKept) {
  const auto assigned = [](std::string_view script) {
    std::string text;
    for (const ShellCommand& command : shell_script(script).commands) {
      for (const auto& [name, value] : command.assignments)
        text += name + "=" + value + ";";
    }
    return text;
  };
  EXPECT_EQ(assigned("a=1 b=\"c d\" e f=2"), "a=1;b=c d;");
  EXPECT_EQ(assigned("rc=$?; x=$((rc + 1))"), "rc=$?;x=$((rc + 1));");
  EXPECT_EQ(assigned("files=(a 'b c'); d"), "files=a 'b c';");
}

TEST(ShellWords, BlocksKnowWhatTheyAreIn) {
  const ShellScript script = shell_script("if a; then b; else (c); fi; case $x in d) e;; *) f;; esac");
  std::string text;
  for (const ShellCommand& command : script.commands)
    text += command.words.front() + std::to_string(command.block) + "." + std::to_string(command.part) + " ";
  EXPECT_EQ(text, "a1.1 b1.2 c2.0 e3.2 f3.3 ");
  ASSERT_EQ(script.blocks.size(), 4u);
  EXPECT_EQ(script.blocks[2].parent, 1u);
  EXPECT_EQ(script.blocks[2].part, 3u);
  EXPECT_EQ(script.blocks[2].kind, ShellBlock::Kind::subshell);
  EXPECT_EQ(script.blocks[3].header, "$x");
  EXPECT_TRUE(shell_script("! a; b").commands[0].negated);
  EXPECT_FALSE(shell_script("! a; b").commands[1].negated);
}

TEST(ShellWords, NoTextIsTooStrange) {
  for (const std::string script :
       {"",    " ",  "\n\n", "#",  "'",     "\"",   "$(",   "`",   "${", ")",
        ");;", "}",  "fi",   "||", "&& &&", "\\",   "a \\", ">",   "<<", "<<<",
        "2>",  "&>", "a(",   "((", "if",    "case", "$(\"", "$('", "<(", "a <<E\n"})
    shell_script(script);
  // Every text of some dangerous characters.
  const std::string alphabet = "a'\"$(){}<>|&;\\`#\n ";
  std::vector<std::string> texts{""};
  for (size_t begin = 0, length = 0; length < 4; ++length) {
    const size_t end = texts.size();
    for (; begin < end; ++begin) {
      for (const char c : alphabet)
        texts.push_back(texts[begin] + c);
    }
  }
  size_t commands = 0;
  for (const std::string& text : texts)
    commands += shell_script(text).commands.size();
  EXPECT_GT(commands, texts.size() / 2);
}

}  // namespace
}  // namespace pipec
