#include "tests/support/frames.h"

#include <regex>

#include <fmt/core.h>
#include <gtest/gtest.h>

namespace pipec::test {
namespace {

constexpr std::string_view stages_of_hotfix = R"(
  environment prod { account = "222222222222"  regions = [eu-west-1]  approvers = team }
  stage build {
    parallel {
      action make: compile { run = "make"  typical = 1m  outputs = { binary = files("out/**") } }
      gate unit: check { run = "make unit"  typical = 4m }
    }
    gate scan: check { run = "make scan"  inputs = [binary]  typical = 20s  fail_on = high  floor = critical  final = true }
  }
  stage ship in prod {
    approval release
    deploy service: deliver { run = "./deploy.sh"  inputs = [binary]  rollback = on_failure  typical = 1m }
  }
  hotfix {
)";

constexpr std::string_view build_stage = R"(
  stage build {
    action make: compile { run = "make"  outputs = { binary = files("out/**") } }
    gate sizes: check { run = "make sizes"  inputs = [binary] }
  }
)";
constexpr std::string_view beta =
    "  environment beta { account = \"111111111111\"  regions = [eu-west-1, us-east-1] }\n";
constexpr std::string_view prod =
    "  environment prod { account = \"222222222222\"  regions = [eu-west-1, us-east-1]  approvers = team }\n";

// The text without texts and comments.
std::string code_of(const std::string& text) {
  return std::regex_replace(text, std::regex("\"[^\"\n]*\"|'[^'\n]*'|#[^\n]*"), "");
}

// Whether the code uses the name: neither as a property or constructor, nor as what it declares itself.
bool uses(const std::string& code, const std::string& name) {
  if (std::regex_search(code, std::regex("(capability|profile|group) " + name + "\\b"))) return false;
  return std::regex_search(code, std::regex("\\b" + name + "\\b(?! *[=(:])"));
}

// The names of small.pipe that the text uses.
std::string imports_of(const std::string& text) {
  if (text.find("\"./small.pipe\"") != std::string::npos) return "";
  const std::string code = code_of(text);
  std::string names;
  for (const char* name : {"small", "team", "code", "compile", "check", "clock", "deliver", "ask", "speed"}) {
    if (uses(code, name)) names += std::string(names.empty() ? "" : ", ") + name;
  }
  return names.empty() ? "" : "import \"./small.pipe\" { " + names + " }\n";
}

std::string settings_of(std::string_view target, const std::string& text) {
  const std::string head = fmt::format("  target {} {{", target);
  if (text.find(head.substr(2, head.size() - 4)) != std::string::npos) return "";
  if (target == "codepipeline") return head + " account = \"444444444444\"  region = eu-west-1 }\n";
  if (target == "github") {
    return head +
           " plan = enterprise  visibility = private  account = \"444444444444\"  region = eu-west-1 }\n";
  }
  return "";
}

}  // namespace

std::string framed(const std::string& text, std::string_view place, std::string_view target) {
  if (place == "file" || text.starts_with("pipe 1")) return text;
  if (place == "declarations") return "pipe 1\n" + imports_of(text) + text;
  const bool team = place == "hotfix" || place == "stage in prod" || uses(code_of(text), "team");
  const std::string head = fmt::format(
      "pipe 1\nimport \"./small.pipe\" {{ small{} }}\npipeline p: small {{\n", team ? ", team" : "");
  const bool sourced = place == "pipeline" && std::regex_search(text, std::regex("(^|\n) *source \\w+"));
  const std::string source = sourced ? "" : "  source app { repository = github(\"acme/app\") }\n";
  const std::string begin = head + source + settings_of(target, text);
  if (place == "hotfix") return fmt::format("{}{}{}  }}\n}}\n", begin, stages_of_hotfix, text);
  if (place == "stage") return fmt::format("{}  stage build {{\n{}  }}\n}}\n", begin, text);
  if (place == "stage in beta")
    return fmt::format("{}{}{}  stage test in beta {{\n{}  }}\n}}\n", begin, beta, build_stage, text);
  if (place == "stage in prod")
    return fmt::format("{}{}{}  stage ship in prod {{\n{}  }}\n}}\n", begin, prod, build_stage, text);
  EXPECT_EQ(place, "pipeline") << "there is no such frame";
  return begin + text + "}\n";
}

}  // namespace pipec::test
