// Inputs that try to exhaust time or memory: each meets a limit, which a diagnostic names, within seconds and
// a gibibyte. The limits are those of compiler/sema/limits.h, parse/parse.h, frontend/load.h and
// diag/diagnostic.h.
#include "compiler/sema/limits.h"

#include "compiler/frontend/load.h"
#include "compiler/parse/parse.h"
#include "tests/support/program.h"

#include <ctime>
#include <functional>

#include <fmt/core.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

namespace pipec::test {
namespace {

using Files = std::map<std::string, std::string>;

constexpr std::string_view words = R"(pipe 1
capability work: action { title = "Work"  timeout = 5m }
group team { github = team("a/b")  codepipeline = role("R")  local = users("u") }
profile big { title = "Big"  origin = "test" }
)";

// `count` lines, `{0}` being the number and `{1}` the next one.
std::string lines(size_t count, std::string_view line, size_t from = 0) {
  std::string text;
  for (size_t i = from; i < from + count; ++i)
    text += fmt::format(fmt::runtime(line), i, i + 1) + "\n";
  return text;
}

std::string repeated(std::string_view what, size_t count) {
  std::string text;
  for (size_t i = 0; i < count; ++i)
    text += what;
  return text;
}

std::string in_pipeline(const std::string& body) {
  return fmt::format("{}pipeline p: big {{\n  source app {{ repository = github(\"acme/app\") }}\n{}}}\n",
                     words, body);
}

// Stages of `per_stage` elements that run at the same time.
std::string stages(size_t elements, size_t per_stage, std::string_view more = "") {
  std::string text;
  for (size_t i = 0; i < elements; ++i) {
    if (i % per_stage == 0) text += fmt::format("  stage s{} {{ parallel {{\n", i / per_stage);
    text += fmt::format("    action e{}: work {{ run = \"x\" {} }}\n", i, more);
    if (i % per_stage == per_stage - 1 || i + 1 == elements) text += "  } }\n";
  }
  return text;
}

std::string route_of(const std::string& changes) {
  return in_pipeline(stages(1000, 100) + "  route r {\n    branches = \"b\"\n" + changes + "  }\n");
}

struct Hostile {
  std::string name;
  std::string code;
  std::function<std::string()> text;
};

std::vector<Hostile> hostile_texts() {
  const size_t many = 20'000;
  return {
      // Depth.
      {"nested_brackets", "P0004", [=] { return "pipe 1\nlet a: int = " + repeated("[", 1'000'000); }},
      {"nested_types", "P0004", [=] { return "pipe 1\nlet a: " + repeated("list<", 1'000'000); }},
      {"nested_types_with_records", "P0004",
       [=] { return "pipe 1\nlet a: " + repeated("list<map<string, record { a: ", 200'000); }},
      {"values_forwards", "P0013",
       [=] { return "pipe 1\nlet a0: int = 1\n" + lines(many, "let a{1}: int = a{0}"); }},
      {"values_backwards", "P0013",
       [=] {
         return "pipe 1\n" + lines(many, "let a{0}: int = a{1}") + fmt::format("let a{}: int = 1\n", many);
       }},
      {"values_in_a_circle", "P0013",
       [=] {
         return "pipe 1\n" + lines(many, "let a{0}: int = a{1}") + fmt::format("let a{}: int = a0\n", many);
       }},
      {"capabilities_forwards", "P0013",
       [=] {
         return "pipe 1\ncapability c0: action { title = \"x\" }\n" +
                lines(many, "capability c{1}: action extends c{0} {{ title = \"x\"  param p{0}: int = 1 }}");
       }},
      {"capabilities_backwards", "P0013",
       [=] {
         return "pipe 1\n" + lines(many, "capability c{0}: action extends c{1} {{ title = \"x\" }}") +
                fmt::format("capability c{}: action {{ title = \"x\" }}\n", many);
       }},
      {"definitions_forwards", "P0013",
       [=] {
         return fmt::format("{}action d0: work {{ run = \"x\" }}\n", words) +
                lines(many, "action d{1}: d{0} {{ }}");
       }},
      {"definitions_backwards", "P0013",
       [=] {
         return std::string(words) + lines(many, "action d{0}: d{1} {{ }}") +
                fmt::format("action d{}: work {{ run = \"x\" }}\n", many);
       }},
      {"profiles_forwards", "P0013",
       [=] {
         return std::string(words) + "profile q0 { title = \"x\"  origin = \"y\" }\n" +
                lines(many,
                      "profile q{1} extends q{0} {{ title = \"x\"  origin = \"y\"  require work {{ code = "
                      "\"X-{0}\"  text = \"t\"  fix = "
                      "\"f\" }} }}");
       }},
      {"profiles_backwards", "P0013",
       [=] {
         return std::string(words) + lines(many, "profile q{0} extends q{1} {{ title = \"x\" }}") +
                fmt::format("profile q{} {{ title = \"x\"  origin = \"y\" }}\n", many);
       }},
      // Products.
      {"texts_of_texts", "P0017",
       [=] {
         return "pipe 1\nlet a: string = \"" + std::string(1'000'000, 'x') + "\"\n" +
                lines(many, "let b{0}: string = \"\\(a)\"");
       }},
      {"a_long_text", "P0210",
       [=] { return "pipe 1\nlet a: string = \"" + std::string((size_t{1} << 20) + 1, 'x') + "\"\n"; }},
      {"properties", "P0014",
       [=] {
         return std::string(words) + "pipeline p: q {\n  stage a { action b: c { env = {\n" +
                lines(many, "X{0} = \"a\"") + "} } }\n}\n";
       }},
      {"a_text_of_texts", "P0210",
       [=] {
         return "pipe 1\nlet a: string = \"" + std::string(1000, 'x') + "\"\nlet b: string = \"" +
                repeated("\\(a)", many) + "\"\n";
       }},
      {"a_name", "P0210",
       [=] {
         return in_pipeline("  stage s { action " + std::string(201, 'e') + ": work { run = \"x\" } }\n");
       }},
      {"a_variable", "P0210",
       [=] {
         return in_pipeline("  stage s { action e: work { run = \"x\"  env = { " + std::string(201, 'E') +
                            " = \"x\" } } }\n");
       }},
      {"a_key_in_quotes", "P0210",
       [=] {
         return in_pipeline("  stage s { action e: work { run = \"x\"  env = { \"" + std::string(1025, 'E') +
                            "\" = \"x\" } } }\n");
       }},
      {"lists_of_lists", "P0209",
       [=] {
         std::string text = "pipe 1\nlet a0: list<int> = [1]\n";
         for (size_t i = 1; i < 60; ++i)
           text += fmt::format("let a{}: {}int{} = [a{}, a{}]\n", i, repeated("list<", i + 1),
                               repeated(">", i + 1), i - 1, i - 1);
         return text;
       }},
      {"inherited_parameters", "P0016",
       [=] {
         return "pipe 1\ncapability c: action {\n title = \"x\"\n" + lines(1000, "param p{0}: int = 1") +
                "}\n" + lines(many, "capability d{0}: action extends c {{ title = \"x\" }}");
       }},
      {"inherited_rules", "P0016",
       [=] {
         return std::string(words) + "profile q { title = \"x\"  origin = \"y\"\n" +
                lines(900, "require work {{ code = \"X-{0}\"  text = \"t\"  fix = \"f\" }}") + "}\n" +
                lines(many, "profile q{0} extends q {{ title = \"x\"  origin = \"y\" }}");
       }},
      {"routes_of_many_elements", "P0015",
       [=] { return in_pipeline(stages(1000, 100) + lines(900, "route r{0} {{ branches = \"b{0}\" }}")); }},
      {"uses_of_a_large_stage", "P0015",
       [=] {
         return std::string(words) + "stage r() { parallel { " +
                lines(1000, "action e{0}: work {{ run = \"x\" }}") + "} }\n" +
                in_pipeline(lines(900, "stage s{0} = r()")).substr(words.size());
       }},
      {"orders_of_large_groups", "P0015",
       [=] {
         std::string body;
         for (size_t i = 0; i < 10; ++i)
           body += fmt::format("stage s{} {{ parallel {{ {} }} parallel {{ {} }} }}\n", i,
                               lines(450, "action e{0}: work {{ run = \"x\" }}"),
                               lines(450, "action e{0}: work {{ run = \"x\" }}", 450));
         return in_pipeline(body);
       }},
      {"elements_with_many_values", "P0015",
       [=] {
         return "pipe 1\nlet l: list<string> = [" + repeated("\"x\", ", 90'000) + "]\n" +
                in_pipeline(stages(900, 100, "env = { A = l }")).substr(std::string_view("pipe 1\n").size());
       }},
      // Numbers.
      {"parameters", "P0014",
       [=] {
         return "pipe 1\ncapability c: action { title = \"x\"\n" + lines(many, "param p{0}: int = 1") + "}\n";
       }},
      {"constructors", "P0014", [=] { return "pipe 1\nvariant v {\n" + lines(many, "c{0}") + "}\n"; }},
      {"members", "P0014", [=] { return "pipe 1\nlet a: enum { " + lines(many, "m{0},") + "} = m0\n"; }},
      {"fields", "P0014",
       [=] { return "pipe 1\nlet a: record { " + lines(many, "m{0}: int = 1,") + "} = { }\n"; }},
      {"rules", "P0014",
       [=] {
         return std::string(words) + "profile q { title = \"x\"  origin = \"y\"\n" +
                lines(many, "recommend work {{ code = \"X-{0}\"  text = \"t\"  fix = \"f\" }}") + "}\n";
       }},
      {"capabilities_of_an_element", "P0014",
       [=] {
         return in_pipeline("  stage s { action e: " + repeated("work, ", many) + "work { run = \"x\" } }\n");
       }},
      {"patterns_of_routes", "P0014",
       [=] {
         const std::string pattern = repeated("**a", 300);
         return in_pipeline("  stage s { action e: work { run = \"x\" } }\n" +
                            lines(100, "route r{0} {{ branches = \"" + pattern + "{0}**a\" }}"));
       }},
      {"stages", "P0014",
       [=] { return in_pipeline(lines(many, "stage s{0} {{ action e: work {{ run = \"x\" }} }}")); }},
      {"environments", "P0014", [=] { return in_pipeline(lines(many, "environment e{0} {{ }}")); }},
      {"waivers", "P0014",
       [=] {
         return in_pipeline(stages(10, 10) +
                            lines(many, "waive X-{0} because \"y\" {{ owner = team  until = 2030-01-01 }}"));
       }},
      {"elements_of_a_stage", "P0314", [=] { return in_pipeline(stages(100'000, 100'000)); }},
      {"names_in_after", "P0395",
       [=] {
         std::string body = "  stage s { parallel {\n";
         for (size_t i = 0; i < 1000; ++i) {
           body += fmt::format("action e{}: work {{ run = \"x\"  after = [", i);
           for (size_t j = 0; j < i; ++j)
             body += fmt::format("e{}, ", j);
           body += "] }\n";
         }
         return in_pipeline(body + "  } }\n");
       }},
      {"overrides", "P0018",
       [=] { return route_of(lines(many, "override e0 {{ env = {{ A{0} = \"x\" }} }}")); }},
      {"skips", "P0018", [=] { return route_of("skip " + repeated("e1, ", many) + "e2\n"); }},
      {"additions", "P0018",
       [=] {
         return route_of("add action f0: work { run = \"x\" } after e0\n" +
                         lines(many, "add action f{1}: work {{ run = \"x\" }} after f{0}"));
       }},
      {"replacements", "P0018",
       [=] {
         return route_of("replace e0 with action f0: work { run = \"x\" }\n" +
                         lines(many, "replace f{0} with action f{1}: work {{ run = \"x\" }}"));
       }},
      {"findings", "P0019", [=] { return "pipe 1\n" + lines(many, "let a{0}: duration = 3"); }},
      {"unknown_names", "P0019",
       [=] {
         return "pipe 1\n" + lines(many, "let abcdefgh{0}: int = 1") +
                lines(many, "let z{0}: int = abcdefxh{0}");
       }},
      {"unknown_words", "P0200",
       [=] {
         return "pipe 1\n" + lines(many, "capability cccccccc{0}: action {{ title = \"x\" }}") +
                in_pipeline(lines(900, "stage s{0} {{ action e: ccccccxc{0} {{ run = \"x\" }} }}"))
                    .substr(std::string_view("pipe 1\n").size());
       }},
      {"wrong_brackets", "P0107",
       [=] { return "pipe 1\npipeline p: bench {\n  x = " + repeated("[}", 1'000'000) + "\n}\n"; }},
      {"reasons_on_one_line", "P0111",
       [=] { return in_pipeline("  x = [" + repeated("because x ", 400'000) + "\n"); }},
      {"findings_on_one_line", "P0019",
       [=] { return "pipe 1 let a: list<duration> = [" + repeated("3, ", 1'000'000) + "]\n"; }},
  };
}

Files chain_of_files(size_t count) {
  Files files;
  for (size_t i = 0; i < count; ++i)
    files[fmt::format("f{}.pipe", i)] =
        fmt::format("pipe 1\nimport \"./f{}.pipe\" {{ a }}\nlet b: int = a\n", i + 1);
  files[fmt::format("f{}.pipe", count)] = "pipe 1\nlet a: int = 1\n";
  return files;
}

Files fan_of_files(size_t count, const std::string& text) {
  Files files;
  files["f0.pipe"] = "pipe 1\n" + lines(count, "import \"./f{1}.pipe\" {{ a as a{0} }}");
  for (size_t i = 1; i <= count; ++i)
    files[fmt::format("f{}.pipe", i)] = "pipe 1\nlet a: int = 1\n" + text;
  return files;
}

// What the compiler makes of the files, within the time and the memory that it may take.
RunResult survived(Files files, const std::string& entry) {
#ifndef __SANITIZE_ADDRESS__
  const rlimit memory{rlim_t{1} << 30, rlim_t{1} << 30};
  setrlimit(RLIMIT_AS, &memory);
#endif
  constexpr double longest_seconds = 10;
  const std::clock_t start = std::clock();
  RunResult result = run({"lint", entry}, std::move(files));
  EXPECT_LT(static_cast<double>(std::clock() - start) / CLOCKS_PER_SEC, longest_seconds);
  EXPECT_EQ(result.exit_code, 1) << result.err.substr(0, 1000);
  return result;
}

class Limit : public testing::TestWithParam<Hostile> {};

TEST_P(Limit, IsNamed) {
  const RunResult json = survived({{"case.pipe", GetParam().text()}}, "case.pipe");
  // Only the first hundred findings are printed; the note that there are more may be behind them.
  const bool many = GetParam().code == "P0019";
  const std::string& text =
      many ? run({"lint", "case.pipe", "--format", "json"}, {{"case.pipe", GetParam().text()}}).out
           : json.err;
  EXPECT_NE(text.find(GetParam().code), std::string::npos) << text.substr(0, 1000);
}

INSTANTIATE_TEST_SUITE_P(Hostile, Limit, testing::ValuesIn(hostile_texts()),
                         [](const auto& parameter) { return parameter.param.name; });

TEST(LimitOfImports, Depth) {
  const RunResult result = survived(chain_of_files(5000), "f0.pipe");
  EXPECT_NE(result.err.find("[P0010]"), std::string::npos) << result.err.substr(0, 1000);
}

TEST(LimitOfImports, Number) {
  const RunResult result = survived(fan_of_files(5000, ""), "f0.pipe");
  EXPECT_NE(result.err.find("[P0011]"), std::string::npos) << result.err.substr(0, 1000);
}

TEST(LimitOfImports, Size) {
  const RunResult result = survived(fan_of_files(100, "#" + std::string(1'000'000, ' ')), "f0.pipe");
  EXPECT_NE(result.err.find("[P0012]"), std::string::npos) << result.err.substr(0, 1000);
}

// The limits leave room for what people write.
TEST(Limit, AreFarAway) {
  const std::string chain = "pipe 1\nlet a0: int = 1\n" + lines(sema::max_chain - 2, "let a{1}: int = a{0}");
  EXPECT_EQ(run({"lint", "case.pipe"}, {{"case.pipe", chain}}).exit_code, 0);
  const std::string large = in_pipeline(stages(10'000, 100) + "  route r { branches = \"b\" }\n");
  const RunResult result = run({"lint", "case.pipe", "--target", "local"}, {{"case.pipe", large}});
  EXPECT_EQ(result.exit_code, 0) << result.err.substr(0, 1000);
}

}  // namespace
}  // namespace pipec::test
