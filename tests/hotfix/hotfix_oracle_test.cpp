// Random hotfixes, most of them bad: what the compiler accepts keeps every promise, as a reading knows that
// shares nothing with the compiler's proof.
#include "compiler/driver/emission.h"
#include "compiler/frontend/compilation.h"
#include "tests/hotfix/oracle.h"
#include "tests/support/program.h"

#include <functional>
#include <optional>
#include <random>
#include <set>

#include <fmt/format.h>
#include <gtest/gtest.h>

namespace pipec::test {
namespace {

constexpr uint32_t hotfixes_per_part = 1500;
constexpr uint32_t parts = 4;

const std::vector<std::string> elements{
    "make",         "unit",         "scan",        "build.image", "test.install", "integration", "soak",
    "ship.release", "ship.prepare", "ship.signed", "ship.d",      "smoke",        "migrate",     "settle",
};
const std::vector<std::string> stages{"build", "test", "between", "ship"};

class Writer {
 public:
  explicit Writer(uint32_t seed) : random_(seed) {}

  // With `steps` random steps of a hotfix.
  std::string pipeline(uint32_t steps) {
    std::string text = small_words();
    text += R"(
pipeline p: small {
  source app { repository = github("acme/app")  contains = [code] }
  environment beta { account = "111111111111"  regions = [eu-west-1] }
  environment prod { account = "222222222222"  regions = [eu-west-1]  approvers = team }
  environment alias { account = "222222222222"  regions = [eu-west-1]  approvers = team }
  environment other { account = "333333333333"  regions = [eu-west-1]  approvers = team }
  stage build {
    action make: compile { run = "make"  typical = 10s  outputs = { bin = files("out") } }
    gate unit: check { run = "unit"  typical = 20s  timeout = 3m  reports = junit("unit.xml") }
    action image: compile { run = "pack"  typical = 10s  inputs = [bin]  outputs = { packed = files("packed") } }
)";
    text += fmt::format(
        "    gate scan: check {{ run = \"scan\"  inputs = [{}]  fail_on = {}  {}  final = true  typical = "
        "10s }}\n  }}\n",
        pick({"bin", "packed"}), pick({"high", "medium"}), pick({"floor = critical", "floor = high", ""}));
    text += R"(  stage test in beta {
    parallel {
      deploy install: deliver { run = "install"  inputs = [packed]  typical = 10s }
      action settle: compile { run = "settle"  typical = 1s  after = [install] }
      gate integration: check { run = "integration"  typical = 2m  after = [settle] }
      gate soak: check { run = "soak"  typical = 1m  after = [settle]  )" +
            pick({"", "final = true"}) + R"( }
    }
  }
  stage between )" +
            pick({"", "in other "}) + R"({ action migrate: compile { run = "migrate"  typical = 5s } }
  stage ship in prod {
    approval release
    action prepare: compile { run = "prepare"  typical = 5s }
    gate signed: check { run = "signed"  inputs = [packed]  typical = 1s  )" +
            pick({"", "final = true"}) + R"( }
    deploy d: deliver { run = "deploy"  inputs = [packed]  rollback = on_failure  typical = 10s }
    gate smoke: check { run = "smoke"  typical = 5s  )" +
            pick({"", "final = true"}) + R"( }
  }
  hotfix {
    branches = "hotfix/{incident}-*"
    incident = pattern("INC-[0-9]+")
    budget   = typical(1h)
    backfill = { into = ["main"]  within = 24h }
)";
    for (uint32_t i = 0; i < steps; ++i)
      text += "    " + step() + "\n";
    return text + "  }\n}\n";
  }

 private:
  uint32_t below(uint32_t limit) { return random_() % limit; }
  std::string pick(const std::vector<std::string>& choices) {
    return choices[below(static_cast<uint32_t>(choices.size()))];
  }

  std::string property() {
    return pick({"run = \"other\"",
                 "timeout = 1m",
                 "timeout = 20m",
                 "typical = 1s",
                 "fail_on = critical",
                 "fail_on = high",
                 "fail_on = low",
                 "floor = critical",
                 "floor = low",
                 "unset floor",
                 "final = false",
                 "unset final",
                 "continue_on_failure = true",
                 "inputs = [bin]",
                 "inputs = []",
                 "inputs = [packed]",
                 "env = { A = \"1\" }",
                 "retries = 2",
                 "within = 1h",
                 "rollback = none(because = \"no\")",
                 "unset rollback",
                 "rollback = on_failure",
                 "working_directory = \"sub\"",
                 "after = []",
                 "unset after",
                 "on local { run = \"true\" }",
                 "on local { run = \"other\" }",
                 "checks = false",
                 "outputs = { packed = files(\"elsewhere\") }",
                 "approvers = team",
                 "shell = sh"});
  }

  // `reason`: what stands before its properties, where it replaces something.
  std::string element(const std::string& reason = "") {
    const std::string name = pick({"extra", "scan", "signed", "d", "release", "smoke", "image", "make"});
    const std::string kind = pick({"action", "gate", "approval", "deploy"});
    const std::string capability = kind == "action"     ? "compile"
                                   : kind == "deploy"   ? "deliver"
                                   : kind == "approval" ? "ask"
                                                        : pick({"check", "clock"});
    if (kind == "approval") return fmt::format("approval {}: ask{}", name, reason);
    std::string body = fmt::format("run = \"{}\"  typical = 1s", pick({"scan", "deploy", "x", "pack"}));
    for (const std::string property :
         {"inputs = [bin]", "inputs = [packed]", "rollback = on_failure", "final = true", "fail_on = high",
          "outputs = { packed = files(\"packed\") }", "continue_on_failure = true"}) {
      if (below(4) == 0 && body.find(property.substr(0, 6)) == std::string::npos) body += "  " + property;
    }
    return fmt::format("{} {}: {}{} {{ {} }}", kind, name, capability, reason, body);
  }

  std::string step() {
    const std::string reason = below(12) == 0 ? "" : " because \"there is a reason\"";
    const std::string place = pick(elements);
    const std::string side = pick({"before", "after"});
    switch (below(8)) {
      case 0:
        return fmt::format("skip {}{}", place, reason);
      case 1:
        return fmt::format("skip stage {}{}", pick(stages), reason);
      case 2:
      case 3:
        return fmt::format("override {}{} {{ {}  {} }}", place, reason, property(),
                           below(2) == 0 ? "" : property());
      case 4:
        return fmt::format("replace {} with {}", place, element(reason));
      case 5:
        return fmt::format("add {} {} {}{}", element(), side, place, reason);
      case 6:
        return fmt::format("add stage more{}{} {{ {} }} {} stage {}{}",
                           pick({"", ": ship", ": test", ": build"}),
                           pick({"", " in prod", " in alias", " in other", " in beta"}), element(), side,
                           pick(stages), reason);
      default:
        return fmt::format("final [{}]", place);
    }
  }

  std::mt19937 random_;
};

std::optional<ir::Program> accepted(const std::string& text) {
  MemoryFileSystem files;
  files.files["test.pipe"] = text;
  Compilation compilation({"test.pipe", "", {"local"}, {}}, files, standard_library());
  compilation.run();
  if (compilation.sink().has_errors()) return std::nullopt;
  return driver::lower(compilation, files);
}

class Hotfixes : public testing::TestWithParam<uint32_t> {};

TEST_P(Hotfixes, ThatAreAcceptedKeepTheirPromises) {
  uint32_t accepted_ones = 0;
  for (uint32_t i = 0; i < hotfixes_per_part; ++i) {
    const uint32_t seed = GetParam() * hotfixes_per_part + i;
    const std::string text = Writer(seed).pipeline(1 + seed % 3);
    const auto program = accepted(text);
    if (!program) continue;
    ++accepted_ones;
    for (const std::string& promise : broken_promises(program->pipelines.front()))
      ADD_FAILURE() << "seed " << seed << ": " << promise << "\n" << text.substr(text.find("  hotfix {"));
  }
  // Otherwise it says nothing.
  RecordProperty("accepted", static_cast<int>(accepted_ones));
  EXPECT_GT(accepted_ones, hotfixes_per_part / 10);
}

// Every way to break one promise in an accepted hotfix is seen.
TEST(Oracle, SeesWhatIsBroken) {
  // One whose final gates look at what the image is made of, and at what was deployed.
  const auto has_both = [](const std::string& text) {
    const size_t soak = text.find("run = \"soak\"");
    const std::string line = text.substr(soak, text.find('\n', soak) - soak);
    return text.find("run = \"scan\"  inputs = [bin]") != std::string::npos &&
           line.find("final") != std::string::npos;
  };
  uint32_t seed = 0;
  while (!has_both(Writer(seed).pipeline(0)))
    ++seed;
  const auto program = accepted(Writer(seed).pipeline(0));
  ASSERT_TRUE(program.has_value());
  ASSERT_TRUE(broken_promises(program->pipelines.front()).empty());
  const auto broken_by = [&](const std::string& id, const std::function<void(ir::Stage&, size_t)>& change) {
    ir::Pipeline pipeline = program->pipelines.front();
    for (ir::Route& route : pipeline.routes) {
      if (route.kind != ir::RouteKind::hotfix) continue;
      for (ir::Stage& stage : route.stages) {
        for (size_t i = 0; i < stage.elements.size(); ++i) {
          if (stage.elements[i].id != id) continue;
          change(stage, i);
          break;
        }
      }
    }
    std::set<std::string> broken;
    for (const std::string& promise : broken_promises(pipeline))
      broken.insert(promise.substr(0, 2));
    return fmt::format("{}", fmt::join(broken, " "));
  };
  const auto gone = [](ir::Stage& stage, size_t i) { stage.elements[i].id = "another"; };
  EXPECT_EQ(broken_by("build.scan", gone), "H1 H2");
  EXPECT_EQ(broken_by("build.scan", [](auto& s, size_t i) { s.elements[i].continue_on_failure = true; }),
            "H1 H2");
  EXPECT_EQ(broken_by("build.scan", [](auto& s, size_t i) { s.elements[i].fail_on = "critical"; }), "H1 H2");
  EXPECT_EQ(broken_by("build.scan", [](auto& s, size_t i) { s.elements[i].consumes.clear(); }), "H1");
  EXPECT_EQ(
      broken_by("build.scan", [](auto& s, size_t i) { s.elements[i].work.at("local").script = "true"; }),
      "H1 H2");
  EXPECT_EQ(broken_by("build.image", [](auto& s, size_t i) { s.elements[i].consumes.clear(); }), "H1");
  EXPECT_EQ(broken_by("test.settle", [](auto& s, size_t i) { s.before[i].clear(); }), "H1");
  EXPECT_EQ(broken_by("build.unit", gone), "H2");
  EXPECT_EQ(broken_by("ship.smoke",
                      [](auto& s, size_t i) {
                        s.elements[i].id = "x";
                        s.elements[i].checks = false;
                      }),
            "H2");
  EXPECT_EQ(broken_by("ship.release", [](auto& s, size_t i) { s.elements[i].approvers.reset(); }), "H4");
  EXPECT_EQ(broken_by("ship.prepare", [](auto& s, size_t i) { s.before[i].clear(); }), "H4");
  EXPECT_EQ(broken_by("build.image", [](auto& s, size_t i) { s.elements[i].produces.clear(); }), "H1 H5");
  EXPECT_EQ(broken_by("ship.d", [](auto& s, size_t i) { s.elements[i].rollback.reset(); }), "H7");
}

INSTANTIATE_TEST_SUITE_P(Parts, Hotfixes, testing::Range(0u, parts));

}  // namespace
}  // namespace pipec::test
