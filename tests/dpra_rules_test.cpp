// What the profiles of DPRA ask for across the stages, against small changes of the clean samples: each rule
// finds its mutant, and nothing else is found.
#include "compiler/diag/render.h"
#include "compiler/frontend/compilation.h"
#include "tests/support/program.h"

#include <algorithm>
#include <ostream>
#include <set>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include <fmt/core.h>
#include <gtest/gtest.h>

namespace pipec::test {
namespace {

std::string sample(const std::string& name) { return source_file(fmt::format("samples/{0}/{0}.pipe", name)); }

// A text compiled for the local target.
class Compiled {
 public:
  explicit Compiled(const std::string& text)
      : compilation_({"p.pipe", "", {"local"}, {ast::DateExpr{2026, 11, 21}}}, files_, standard_library()) {
    files_.files["p.pipe"] = text;
    EXPECT_TRUE(compilation_.run()) << compilation_.error();
  }

  std::vector<Diagnostic> findings() { return compilation_.sink().sorted(); }
  std::string printed() { return render_text(findings(), compilation_.sources(), {}); }
  const sema::Profile& profile() const { return *compilation_.model().pipelines.front()->profile; }

 private:
  MemoryFileSystem files_;
  Compilation compilation_;
};

// A small change of a clean sample, and what it breaks.
struct Mutant {
  std::string sample;
  // The rule that finds it.
  std::string code;
  // Text of the sample and what takes its place.
  std::vector<std::pair<std::string, std::string>> changes;
  // What it breaks besides, where one cannot be broken without the other.
  std::set<std::string> others = {};
};

std::ostream& operator<<(std::ostream& out, const Mutant& mutant) { return out << mutant.code; }

const std::string at_end_of_pipeline = "\n  metrics { publish";

Mutant added(std::string sample, std::string code, const std::string& text) {
  return {std::move(sample), std::move(code), {{at_end_of_pipeline, "\n" + text + at_end_of_pipeline}}};
}

// What both profiles ask for in the same words.
std::vector<Mutant> common_mutants(const std::string& sample, const std::string& prefix,
                                   const std::string& gate) {
  const std::string approval = "    approval wait { within = 1h  approvers = " +
                               std::string(sample == "checkout" ? "appsec" : "shop-oncall") + " }\n";
  return {
      {sample,
       prefix + "-X-06",
       {{"run     = \"make integration\"",
         "run     = \"make integration\"  secrets = { AWS_ACCESS_KEY_ID = secret(\"KEY\") }"}}},
      {sample, prefix + "-X-15", {{"    parallel checks {", approval + "    parallel checks {"}}},
      {sample, prefix + "-X-16", {{"reports = junit(\"reports/integration.xml\")", ""}}},
      {sample, prefix + "-X-18", {{gate, "gate secrets: gitleaks { continue_on_failure = true }"}}},
      {sample,
       prefix + "-X-22",
       {{"\"222222222222\"  regions = [eu-west-1, us-east-1]", "\"222222222222\"  regions = [eu-west-1]"}}},
      {sample,
       prefix + "-CODE-01",
       {{"      gate sast: semgrep {",
         "      gate sast: semgrep { on local { run = \"semgrep scan --error .\" }  "}}},
      {sample, prefix + "-BATCH-01", {{"  attest " + prefix + "-BATCH-01", "  waive nothing.at_all"}}},
      {sample,
       prefix + "-ORCHESTRATION-01",
       {{at_end_of_pipeline,
         "\n  environment shadow { account = \"333333333333\"  regions = [eu-west-1] }\n"
         "  stage look in shadow { gate smoke: acceptance_tests { run = \"npx playwright test\"  timeout = "
         "1m } }\n"
         "  route trunk { stages = [build, " +
             std::string(sample == "checkout" ? "sign, " : "") +
             "beta, gamma, prod] }\n"
             "  route early { manual = true  stages = [build, look] }\n" +
             at_end_of_pipeline}}},
      {sample,
       prefix + "-ORCHESTRATION-02",
       {{"    action launch: cloudformation", approval + "    action launch: cloudformation"}}},
      {sample,
       prefix + "-FEEDBACK-01",
       {{"notify { on = [failed, rolled_back]", "notify { on = [rolled_back]"}}},
      {sample, prefix + "-DEPLOYABLE-01", {{"repair_within = 30m", "repair_within = 2h"}}},
      {sample,
       prefix + "-MEASURED-01",
       {{"publish = [lead_time, deploy_frequency, mtbf, mttr]", "publish = [mttr]"}}},
  };
}

std::vector<Mutant> mutants() {
  const std::string contains =
      "contains   = [application, tests, infrastructure, static_assets, dependency_manifests, "
      "static_configuration]";
  const auto second_source = [&](const std::string& kind, const std::string& kept) {
    return std::vector<std::pair<std::string, std::string>>{
        {contains, kept},
        {"  environment beta ", "  source second { repository = github(\"acme/second\")  contains = [" +
                                    kind + "] }\n  environment beta "}};
  };
  // What is said of the database deployments of beta, gamma and production.
  std::string waived_database;
  std::string not_applicable;
  for (const std::string stage : {"beta", "gamma", "prod"}) {
    waived_database +=
        "  waive " + stage + ".database_deploy because \"by hand\" { owner = appsec  until = 2027-01-31 }\n";
    not_applicable += "  not_applicable " + stage +
                      ".database_deploy because \"the service keeps no state\" { owner = appsec }\n";
  }
  const std::string gamma_service =
      "    deploy service: ecs { image = image  cluster = \"checkout\"  service = "
      "\"checkout\"  timeout = 5m  typical = 90s }\n    parallel tests {\n      gate "
      "performance";
  const auto database = [](const std::string& rollback) {
    return "    deploy database: database_deploy { run = \"./migrate.sh\"  inputs = [binary]  timeout = 1m  "
           "typical = 1m  "
           "rollback = " +
           rollback + " }\n";
  };
  const std::string launch =
      "    action launch: cloudformation { template = infra  stack = \"checkout\"  timeout = 5m  typical = "
      "30s }\n";
  const std::string scan =
      "gate scan: trivy { of = image  bom = bom  fail_on = high  floor = critical  final = true }";
  const std::string own_scan =
      "gate scan: sca { run = 'trivy image --exit-code 1 \"$IMAGE\"'  env = { IMAGE = image.uri }  typical = "
      "10s  "
      "timeout = 3m  fail_on = high  floor = critical  final = true }";
  std::vector<Mutant> all{
      added("checkout", "DPRA-APP-X-01", "  route trunk { branches = \"main\"  tags = \"v*\" }\n"),
      {"checkout",
       "DPRA-APP-X-02",
       {{"timeout   = 10m\n      typical   = 105s", "timeout   = 110m\n      typical   = 100m"}}},
      {"checkout",
       "DPRA-APP-X-03",
       {{"      gate performance",
         "      action again: build_code { run = \"make\"  timeout = 1m  typical = 1m }\n      gate "
         "performance"}}},
      {"checkout",
       "DPRA-APP-X-04",
       {{"action signature: cosign {",
         "action signature: launch_environment { run = \"make\"  timeout = 1m  typical = 1m } #"}}},
      {"checkout", "DPRA-APP-X-05", {{"\"111111111111\"", "\"222222222222\""}}},
      {"checkout",
       "DPRA-APP-X-07",
       {{launch, ""},
        {"deploy service: ecs { image = image  cluster = \"checkout\"  service = \"checkout\"  timeout = 5m  "
         "typical = 90s }",
         "deploy service: deploy_software { run = \"./deploy.sh\"  env = { IMAGE = image.uri }  timeout = 5m "
         " typical = 1m "
         "}"}},
       {"DPRA-APP-BETA-01"}},
      {"checkout", "DPRA-APP-X-08",
       second_source("tests",
                     "contains   = [application, infrastructure, static_assets, dependency_manifests, "
                     "static_configuration]")},
      {"checkout", "DPRA-APP-X-09",
       second_source(
           "infrastructure",
           "contains   = [application, tests, static_assets, dependency_manifests, static_configuration]")},
      {"checkout",
       "DPRA-APP-X-10",
       {{not_applicable, waived_database},
        {"  environment beta ",
         "  source second { repository = github(\"acme/second\")  contains = [database] }\n  environment "
         "beta "}}},
      {"checkout",
       "DPRA-APP-X-11",
       {{gamma_service, database("on_failure  undo = \"./migrate.sh --back\"") + gamma_service}}},
      {"checkout", "DPRA-APP-X-12", {{"attest DPRA-APP-X-12", "waive nothing.at_all"}}},
      {"checkout", "DPRA-APP-X-13", {{"  owner         = payments-oncall\n", ""}}},
      {"checkout", "DPRA-APP-X-14", {{"runs = [lint, unit, secrets, sast]", "runs = [lint, unit, secrets]"}}},
      {"checkout",
       "DPRA-APP-X-17",
       {{"fail_on = high }\n    }", "fail_on = high  continue_on_failure = true }\n    }"}}},
      {"checkout", "DPRA-APP-X-19", {{scan, own_scan}}},
      {"checkout",
       "DPRA-APP-X-20",
       {{"static_configuration]", "static_configuration, database]"},
        {not_applicable, waived_database},
        {gamma_service, database("none(because = \"forward only\")") + gamma_service}}},
      {"checkout", "DPRA-APP-X-24", {{"rollback  = on_alarm(\"checkout-5xx\")", "rollback  = on_failure"}}},
      {"checkout", "DPRA-APP-X-25", {{"wave_bake = 90s", "wave_bake = 0s"}}},
      {"dynamic_configuration",
       "DPRA-DYN-X-07",
       {{"deploy flags: shop_flags {\n      inputs              = [values]\n      content             = "
         "\"out/beta/flags.json\"\n      deployment_strategy = quick",
         "deploy flags: deploy_feature_flags {\n      inputs              = [values]\n      run = "
         "\"./flags.sh\""},
        {"    action launch: cloudformation { template = infra  stack = \"shop-appconfig\"  timeout = 4m  "
         "typical = 30s }\n",
         ""}}},
      {"dynamic_configuration",
       "DPRA-DYN-X-09",
       {{"contains   = [infrastructure, feature_flags, operational_configuration]",
         "contains   = [feature_flags, operational_configuration]"},
        {"  environment beta ",
         "  source second { repository = github(\"acme/second\")  contains = [infrastructure] }\n  "
         "environment beta "}}},
      {"dynamic_configuration",
       "DPRA-DYN-X-14",
       {{"runs = [unit, lint, secrets, sast]", "runs = [unit, lint, secrets]"}}},
      {"dynamic_configuration",
       "DPRA-DYN-X-17",
       {{"config = \"p/python\"  fail_on = high",
         "config = \"p/python\"  fail_on = high  continue_on_failure = true"}}},
      {"dynamic_configuration",
       "DPRA-DYN-X-24",
       {{"content   = \"out/prod/flags.json\"",
         "content   = \"out/prod/flags.json\"  rollback = none(because = \"flags only\")"}}},
      {"dynamic_configuration",
       "DPRA-DYN-X-25",
       {{"      waves     = [[eu-west-1], [us-east-1]]\n      wave_bake = 10m",
         "      waves     = [[eu-west-1, us-east-1]]\n      wave_bake = 10m"}}},
      {"compute_image",
       "DPRA-IMG-X-14",
       {{"    gate unit: iac_unit_tests { run = \"python3 -m pytest tests/unit\"  runtime = python(\"3.13\") "
         " timeout = 3m }\n",
         ""}}},
      {"account_fleet",
       "DPRA-FLEET-X-14",
       {{"    gate unit: iac_unit_tests { run = \"npx jest\"  runtime = node(\"24\")  timeout = 5m }\n",
         ""}}},
      // The orders that follow from DPRA's descriptions.
      {"checkout",
       "DPRA-APP-BUILD-ORDER-01",
       {{"    action bom: syft { of = image  outputs = { bom = sbom(\"bom.json\") } }\n", ""},
        {scan, own_scan + "\n    action bom: syft { of = image  outputs = { bom = sbom(\"bom.json\") } }\n"}},
       {"DPRA-APP-X-19"}},
      {"checkout",
       "DPRA-APP-BUILD-ORDER-02",
       {{"      gate secrets: gitleaks\n", ""},
        {"    action bom: syft", "    gate secrets: gitleaks\n    action bom: syft"}}},
      {"checkout",
       "DPRA-APP-BUILD-ORDER-03",
       {{"      gate sast: semgrep { config = \"p/golang\"  fail_on = high }\n", ""},
        {"    action bom: syft",
         "    gate sast: semgrep { config = \"p/golang\"  fail_on = high }\n    action bom: syft"}}},
      {"checkout",
       "DPRA-APP-DIGEST-01",
       {{"    action bom: syft { of = image",
         "    action other: package_and_store {\n      run = \"make other\"  env = { OTHER = "
         "outputs.other.uri "
         "}\n      outputs = { other = container(ecr(\"other\")) }\n      privileged = true  timeout = 1m  "
         "typical = 1s\n    }\n    action bom: syft { of = other"}}},
      // The list of parts is of the image that is deployed, and another one is scanned.
      {"checkout",
       "DPRA-APP-DIGEST-01",
       {{"outputs    = { image = container(ecr(\"checkout-service\")) }",
         "outputs    = { image = container(ecr(\"checkout-service\"))  other = container(ecr(\"other\")) }"},
        {"gate scan: trivy { of = image", "gate scan: trivy { of = other"}}},
      {"checkout",
       "DPRA-APP-GAMMA-ORDER-01",
       {{launch + gamma_service, gamma_service},
        {"    parallel tests {\n      gate performance",
         launch + "    parallel tests {\n      gate performance"}}},
      {"checkout",
       "DPRA-APP-BETA-ORDER-02",
       {{"static_configuration]", "static_configuration, database]"},
        {not_applicable, waived_database},
        {"waive beta.database_deploy", "waive nothing.at_all"},
        {"    parallel tests {\n      gate integration",
         database("on_failure  undo = \"./migrate.sh --back\"") +
             "    parallel tests {\n      gate integration"}}},
  };
  for (const auto& [sample, prefix, gate] :
       {std::tuple("checkout", "DPRA-APP", "gate secrets: gitleaks"),
        std::tuple("dynamic_configuration", "DPRA-DYN", "gate secrets: gitleaks { final = true }")}) {
    const auto common = common_mutants(sample, prefix, gate);
    all.insert(all.end(), common.begin(), common.end());
  }
  return all;
}

class DpraRule : public testing::TestWithParam<Mutant> {};

TEST_P(DpraRule, FindsItsMutantAndNothingElse) {
  const Mutant& mutant = GetParam();
  std::string text = sample(mutant.sample);
  for (const auto& [from, to] : mutant.changes) {
    const size_t at = text.find(from);
    ASSERT_NE(at, std::string::npos) << from;
    text.replace(at, from.size(), to);
  }
  text.resize(std::min(text.find("\ntest \""), text.size()));
  Compiled changed(text);
  std::set<std::string> expected = mutant.others;
  expected.insert(mutant.code);
  std::set<std::string> found;
  for (const Diagnostic& finding : changed.findings()) {
    if (finding.code.starts_with("DPRA")) {
      found.insert(finding.code);
    } else {
      EXPECT_NE(finding.severity, Severity::error) << finding.code << " " << finding.message;
    }
  }
  EXPECT_EQ(found, expected) << changed.printed();
}

INSTANTIATE_TEST_SUITE_P(Dpra, DpraRule, testing::ValuesIn(mutants()), [](const auto& parameter) {
  std::string name = fmt::format("{}-{}", parameter.param.code, parameter.index);
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
});

// A strategy of the provider that goes out in waves of regions, and to all of a region at once.
TEST(DpraRules, KnowWhatReachesARegionAtOnce) {
  std::string text = sample("dynamic_configuration");
  const std::string content = "      content   = \"out/prod/flags.json\"\n";
  const size_t at = text.find(content);
  ASSERT_NE(at, std::string::npos);
  text.insert(at, "      deployment_strategy = \"AppConfig.AllAtOnce\"\n");
  text.resize(std::min(text.find("\ntest \""), text.size()));
  Compiled changed(text);
  const auto findings = changed.findings();
  ASSERT_EQ(findings.size(), 1u) << changed.printed();
  EXPECT_EQ(findings.front().code, "DPRA-DYN-X-25");
  EXPECT_TRUE(findings.front().message.starts_with("`prod.flags` reaches everybody of a region at once"))
      << findings.front().message;
}

// Every rule across the stages has a mutant.
TEST(DpraRules, HaveAMutantEach) {
  std::set<std::string> tried;
  for (const Mutant& mutant : mutants())
    tried.insert(mutant.code);
  for (const char* name : {"checkout", "dynamic_configuration", "compute_image", "account_fleet"}) {
    const Compiled compiled(sample(name));
    for (const sema::CheckRule& rule : compiled.profile().checks)
      EXPECT_TRUE(tried.contains(rule.rule.code)) << rule.rule.code;
    for (const sema::BudgetRule& rule : compiled.profile().budgets)
      EXPECT_TRUE(tried.contains(rule.rule.code)) << rule.rule.code;
  }
}

}  // namespace
}  // namespace pipec::test
