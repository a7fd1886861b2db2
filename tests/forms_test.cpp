// The forms of checks: each is kept by one pipeline, and broken by a small change of it.
#include "compiler/frontend/compilation.h"
#include "tests/support/program.h"

#include <ostream>
#include <set>
#include <string>
#include <vector>

#include <fmt/core.h>
#include <gtest/gtest.h>

namespace pipec::test {
namespace {

constexpr std::string_view words = R"(pipe 1
capability code: source { title = "Code" }
capability code_tests: source { title = "Code of tests" }
capability schema: source { title = "Schema" }
capability build_it: action { title = "Build it"  timeout = 2m }
capability pack_it: action { title = "Pack it"  timeout = 2m }
capability sign_it: action { title = "Sign it"  timeout = 2m }
capability list_it: action { title = "List it"  timeout = 2m }
capability launch_it: action { title = "Launch it"  timeout = 2m }
capability hook_it: gate { title = "Hook it"  timeout = 2m  param runs: list<element> = [] }
capability test_it: gate { title = "Test it"  timeout = 2m }
capability scan_it: gate { title = "Scan it"  timeout = 2m }
capability verify_it: gate { title = "Verify it"  timeout = 2m }
capability ask_it: approval { title = "Ask it" }
capability deliver_it: deploy { title = "Deliver it"  timeout = 2m  param stack: string = "some" }
capability migrate_it: deploy { title = "Migrate it"  timeout = 2m }
capability speed: metric { title = "Speed" }
group team { github = team("acme/team")  minimum = 2 }
group seats { codepipeline = role("Seats")  minimum = 2 }
)";

// What keeps every form. `$CHECK` is the check under test.
constexpr std::string_view pipeline = R"(
profile rules {
  title  = "Rules"
  origin = "the tests"
  stage local { title = "Local"  in_pipeline = false }
  stage build { title = "Build" }
  stage beta { title = "Beta" }
  stage prod { title = "Prod"  production = true }
  rule F-01 { check = $CHECK  text = "it is kept" }
}

pipeline p: rules {
  owner         = team
  repair_within = 30m
  target github { plan = enterprise  visibility = private  account = "444444444444"  region = eu-west-1 }
  source app { repository = github("acme/app")  contains = [code, code_tests, schema] }
  environment beta { account = "111111111111"  regions = [eu-west-1, us-east-1] }
  environment prod { account = "333333333333"  regions = [eu-west-1, us-east-1]  approvers = team }
  stage local { gate hooks: hook_it { run = "./hooks"  runs = [unit, scan] } }
  stage build {
    action make: build_it { run = "make"  outputs = { binary = files("out/**")  infra = template("infra.yaml") } }
    gate unit: test_it { run = "make test"  reports = junit("unit.xml") }
    gate scan: scan_it { run = "make scan"  fail_on = high }
    action image: pack_it {
      run = "make image"  env = { IMAGE = outputs.image.uri }  inputs = [binary]  privileged = true
      outputs = { image = container(ecr("app")) }
    }
    action sign: sign_it { run = "make sign"  env = { IMAGE = image.uri } }
    action bom: list_it { run = "make bom"  env = { IMAGE = image.uri }  outputs = { bom = sbom("bom.json") } }
    gate parts: scan_it { run = "make parts"  inputs = [bom]  fail_on = high }
  }
  stage beta in beta {
    gate verified: verify_it { run = "make verify"  env = { IMAGE = image.uri } }
    action launch: launch_it { run = "make up"  inputs = [infra] }
    deploy tables: migrate_it { run = "make tables"  inputs = [binary]  rollback = on_failure  undo = "make back" }
    deploy service: deliver_it { run = "make deploy"  env = { IMAGE = image.uri } }
    gate e2e: test_it { run = "make e2e"  reports = junit("e2e.xml") }
  }
  stage prod in prod {
    approval release
    deploy service: deliver_it {
      run = "make deploy"  undo = "make back"  rollback = on_failure  env = { IMAGE = image.uri }
      waves = [[eu-west-1], [us-east-1]]  wave_bake = 1m
    }
  }
  route review { pull_requests = "main"  stages = [build]  skip image, sign, bom, parts because "nothing is published" }
  metrics { publish = [speed] }
  notify { on = [failed]  to = slack(secret("HOOK")) }
  $ATTEST
}
)";

struct Form {
  std::string check;
  // What is changed so that it is broken, and what is said then.
  std::string from;
  std::string to;
  std::string said;
};

std::ostream& operator<<(std::ostream& out, const Form& form) { return out << form.check; }

const std::string attestation = R"(attest F-01 because "we looked" { owner = team  until = 2035-12-31 })";

std::vector<Form> forms() {
  const std::string second =
      "  source second { repository = github(\"acme/second\")  contains = [code_tests] }\n";
  const std::string shadow =
      "  environment shadow { account = \"333333333333\"  regions = [eu-west-1] }\n"
      "  stage look in shadow { gate look: test_it { run = \"make look\"  reports = junit(\"look.xml\") } }\n"
      "  route trunk { stages = [build, beta, prod] }\n  route early { manual = true  stages = [look] }\n";
  return {
      {"triggers(trunk, only = push)", "  route review", "  route trunk { tags = \"v*\" }\n  route review",
       "route `trunk` starts on `tag`, not only on `push`"},
      {"triggers(trunk, only = push)", "  route review",
       "  route trunk { branches = \"main\"  paths = \"src/**\" }\n  route review",
       "trunk starts on a part of its commits only: `paths` leaves others out"},
      {"triggers(others, only = [pull_request])", "  metrics",
       "  route night { schedule = \"0 3 * * *\"  stages = [build] }\n  metrics",
       "route `night` starts on `schedule`, not only on `pull_request`"},
      {"reach([prod], routes = [trunk, hotfix])", "  metrics", shadow + "  metrics",
       "route `early` reaches the account and region of `prod` as `shadow`"},
      {"reach([beta], routes = [trunk])", "  metrics",
       "  route early { manual = true  stages = [build, beta] }\n  metrics", "route `early` reaches `beta`"},
      {"same_source([code, code_tests])", "contains = [code, code_tests, schema] }\n",
       "contains = [code, schema] }\n" + second, "`code_tests` is in the source `second`, `code` in `app`"},
      {"needs_source([migrate_it], kind = schema)", "code_tests, schema]", "code_tests]",
       "`beta.tables` needs `schema`, which no source holds"},
      {"produced_once([build_it, pack_it], roles = [build])", "action launch: launch_it",
       "action launch: build_it", "`beta.launch` makes something again, in the stage `beta`"},
      {"consumes([list_it], output_of = [pack_it, build_it])", "\"make bom\"  env = { IMAGE = image.uri }",
       "\"make bom\"", "`build.bom` uses nothing that Pack it or Build it has made"},
      {"verified([deliver_it], sign = sign_it, by = verify_it)", "\"make sign\"  env = { IMAGE = image.uri }",
       "\"make sign\"", "`beta.service` deploys `image`, which nothing signs"},
      {"examined([deliver_it], by = [scan_it, list_it])", "\"make bom\"  env = { IMAGE = image.uri }",
       "\"make bom\"  inputs = [infra]",
       "`beta.service` deploys `image`, about which no Scan it is before it"},
      {"examined([deliver_it], by = [list_it])", "\"make bom\"  env = { IMAGE = image.uri }", "\"make bom\"",
       "`beta.service` deploys `image`, about which no List it is before it"},
      {"examined([deliver_it], by = [list_it])", "\"make bom\"  env = { IMAGE = image.uri }",
       "\"make bom\"  inputs = [binary]",
       "`beta.service` deploys `image`, about which no List it is before it"},
      {"verified([deliver_it], sign = sign_it, by = verify_it)",
       "    gate verified: verify_it { run = \"make verify\"  env = { IMAGE = image.uri } }\n    action "
       "launch",
       "    action launch", "nothing verifies the signature of `image` before `beta.service`"},
      {"differ(accounts, roles = [beta, prod])", "\"111111111111\"", "\"333333333333\"",
       "environment `prod` shares its account with `beta`"},
      {"differ(accounts, roles = [beta], toolchain = true)", "\"111111111111\"", "\"444444444444\"",
       "environment `beta` is in the account of the pipeline itself"},
      {"equal(regions, role = beta, as = prod)", "\"111111111111\"  regions = [eu-west-1, us-east-1]",
       "\"111111111111\"  regions = [eu-west-1]",
       "environment `beta` has `eu-west-1`, `prod` has `eu-west-1` and `us-east-1`"},
      {"withholds([\"AWS_PROFILE\"], roles = [beta])", "run = \"make e2e\"",
       "run = \"make e2e\"  env = { AWS_PROFILE = \"beta\" }", "`beta.e2e` sets `AWS_PROFILE`"},
      {"covers(hook_it, property = \"runs\", role = build)", "runs = [unit, scan]", "runs = [unit]",
       "nothing on the workstation runs `build.scan`"},
      {"reports([test_it])", "  reports = junit(\"e2e.xml\")", "", "`beta.e2e` publishes no report"},
      {"sets([scan_it], properties = [\"fail_on\"])", "\"make scan\"  fail_on = high", "\"make scan\"",
       "`build.scan` does not set `fail_on`"},
      {"threshold([scan_it])", "\"make scan\"  fail_on = high", "\"make scan\"",
       "`build.scan` does not say by `fail_on` what it fails on"},
      {"threshold([scan_it])", "\"make scan\"", "\"make scan\"  continue_on_failure = true",
       "the pipeline goes on when `build.scan` fails"},
      {"stops([test_it])", "\"make e2e\"", "\"make e2e\"  continue_on_failure = true",
       "the pipeline goes on when `beta.e2e` fails"},
      {"automated([build, beta])", "    action launch",
       "    approval wait { approvers = team }\n    action launch", "`beta.wait` waits for a person"},
      {"escape_hatches(at_most = 0)", "\"make e2e\"", "\"make e2e\"  on local { run = \"make quick\" }",
       "`beta.e2e` says itself how it is done on a target"},
      {"deploys_through([deliver_it], behind = [launch_it], roles = [beta])",
       "    action launch: launch_it { run = \"make up\"  inputs = [infra] }\n", "",
       "`beta.service` changes its environment by a command of its own"},
      {"waves_and_bake([deliver_it], roles = [prod])", "wave_bake = 1m", "wave_bake = 0s",
       "`prod.service` does not wait between its waves"},
      {"waves_and_bake([deliver_it], roles = [prod])", "waves = [[eu-west-1], [us-east-1]]",
       "waves = [[eu-west-1, us-east-1]]", "`prod.service` reaches all regions at once"},
      {"waves_and_bake([deliver_it], roles = [prod], property = \"stack\", at_once = [\"all\"])",
       "wave_bake = 1m", "wave_bake = 1m  stack = \"all\"",
       "`prod.service` reaches everybody of a region at once"},
      {"rollback([migrate_it], by = [\"on_failure\"])", "rollback = on_failure  undo = \"make back\" }",
       "rollback = none(because = \"x\") }", "`beta.tables` is not taken back by `on_failure`"},
      {"notifies([failed])", "on = [failed]", "on = [started]",
       "pipeline `p` tells nobody when a run has failed"},
      {"publishes([speed])", "publish = [speed]", "publish = []", "pipeline `p` does not publish `speed`"},
      {"owned([team, role])", "  owner         = team\n", "", "pipeline `p` has no `owner`"},
      {"owned([team])", "owner         = team", "owner         = seats",
       "the owner `seats` is `team` on no platform"},
      {"owned([team, role])", "owner         = team", "owner         = seats",
       "the owner `seats` is no `team` on GitHub Actions"},
      {"repairs(30m)", "repair_within = 30m", "repair_within = 2h",
       "pipeline `p` is mended within 2h, not 30m"},
      {"repairs(30m)", "  repair_within = 30m\n", "", "pipeline `p` does not say `repair_within`"},
      {"attested(\"somebody looked\")", attestation, "", "nobody attests `F-01`"},
  };
}

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

std::string kept(const Form& form) {
  const bool attested = form.check.starts_with("attested");
  std::string text = replaced(std::string(words) + std::string(pipeline), "$CHECK", form.check);
  return replaced(std::move(text), "$ATTEST", attested ? attestation : "");
}

class Forms : public testing::TestWithParam<Form> {};

TEST_P(Forms, AreKept) {
  const RunResult result = run({"lint", "p.pipe", "--target", "github"}, {{"p.pipe", kept(GetParam())}});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_EQ(result.err.find("F-01"), std::string::npos) << result.err;
}

TEST_P(Forms, AreBroken) {
  const std::string text = replaced(kept(GetParam()), GetParam().from, GetParam().to);
  const RunResult result = run({"lint", "p.pipe", "--target", "github"}, {{"p.pipe", text}});
  EXPECT_NE(result.err.find("error[F-01]: " + GetParam().said + ": it is kept\n"), std::string::npos)
      << result.err;
  for (const char* other : {"error[P", "error[D"})
    EXPECT_EQ(result.err.find(other), std::string::npos) << result.err;
}

std::string form_name(const testing::TestParamInfo<Form>& info) {
  const std::string& check = info.param.check;
  return fmt::format("{}_{}", check.substr(0, check.find('(')), info.index);
}

INSTANTIATE_TEST_SUITE_P(Checks, Forms, testing::ValuesIn(forms()), form_name);

// The constructors of the prelude's variant `check`.
std::set<std::string> declared() {
  MemoryFileSystem files;
  files.files["p.pipe"] = "pipe 1\n";
  Compilation compilation({"p.pipe", "", {"local"}, {}}, files, standard_library());
  EXPECT_TRUE(compilation.run());
  std::set<std::string> names;
  for (const auto& constructor : compilation.declarations().prelude_variant("check").constructors)
    names.emplace(constructor.name);
  return names;
}

TEST(Checks, AllAreTriedAndDocumented) {
  std::set<std::string> tried;
  for (const Form& form : forms())
    tried.insert(form.check.substr(0, form.check.find('(')));
  EXPECT_EQ(tried, declared());
  const std::string document = source_file("stdlib/README.md");
  for (const std::string& name : declared())
    EXPECT_NE(document.find("check = " + name + "("), std::string::npos) << name;
}

}  // namespace
}  // namespace pipec::test
