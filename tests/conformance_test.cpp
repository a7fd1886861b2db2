// How well the samples keep their profiles, clause by clause, and on what that rests.
#include "compiler/rules/conformance.h"

#include "compiler/frontend/compilation.h"
#include "tests/support/program.h"

#include <map>
#include <memory>
#include <string>

#include <gtest/gtest.h>

namespace pipec::test {
namespace {

using rules::Clause;
using rules::Evidence;
using rules::Grade;

// A pipeline of one file on a day, judged for the local target.
class Judged {
 public:
  explicit Judged(const std::string& text, ast::DateExpr today = {2026, 11, 21}) {
    files_.files["p.pipe"] = text;
    compilation_ = std::make_unique<Compilation>(CompilationOptions{"p.pipe", "", {"local"}, {today}}, files_,
                                                 standard_library());
    EXPECT_TRUE(compilation_->run()) << compilation_->error();
    DiagnosticSink told;
    const rules::Prepared prepared(compilation_->model(), *compilation_->model().pipelines.front(), {today},
                                   told);
    const size_t before = told.sorted().size();
    conformance_ = rules::judge(prepared.context());
    EXPECT_EQ(told.sorted().size(), before) << "judging reports nothing";
  }

  const rules::Conformance& conformance() const { return conformance_; }
  const Clause& clause(const std::string& code) const {
    for (const Clause& clause : conformance_.clauses) {
      if (clause.rule->code == code) return clause;
    }
    ADD_FAILURE() << "no clause " << code;
    return conformance_.clauses.front();
  }
  size_t rules_of_the_profile() const {
    const sema::Profile& profile = *compilation_->model().pipelines.front()->profile;
    size_t count =
        profile.requirements.size() + profile.orders.size() + profile.budgets.size() + profile.checks.size();
    for (const sema::Role& role : profile.roles)
      count += role.requirements.size() + role.orders.size() + role.budgets.size() + role.checks.size();
    return count;
  }

 private:
  MemoryFileSystem files_;
  std::unique_ptr<Compilation> compilation_;
  rules::Conformance conformance_;
};

std::string sample(const std::string& name) { return source_file("samples/" + name + "/" + name + ".pipe"); }

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

TEST(Conformance, HasAClauseForEachRuleOfTheProfile) {
  for (const char* name :
       {"checkout", "dynamic_configuration", "compute_image", "account_fleet", "machine_learning"}) {
    const Judged judged(sample(name));
    EXPECT_EQ(judged.conformance().clauses.size(), judged.rules_of_the_profile()) << name;
    EXPECT_EQ(judged.conformance().count(Grade::missing), 0u) << name;
    for (const Clause& clause : judged.conformance().clauses) {
      // What is kept says by what; what is not says what is missing.
      const bool kept = clause.grade <= Grade::attested;
      EXPECT_TRUE(!kept || !clause.evidence.empty()) << clause.rule->code;
      EXPECT_EQ(clause.missing.empty(), kept || clause.exemption == nullptr) << clause.rule->code;
      for (const Evidence& evidence : clause.evidence)
        EXPECT_EQ(evidence.grade == Grade::enforced, evidence.because.empty()) << evidence.what;
    }
  }
}

TEST(Conformance, TellsWhatPipecSeesFromWhatIsSaid) {
  const Judged judged(sample("checkout"));
  const Clause& scan = judged.clause("DPRA-APP-BUILD-07");
  EXPECT_EQ(scan.grade, Grade::enforced);
  EXPECT_EQ(scan.evidence.front().what, "`build.scan`, by the definition `trivy`");
  const Clause& unit = judged.clause("DPRA-APP-BUILD-02");
  EXPECT_EQ(unit.grade, Grade::declared);
  EXPECT_EQ(unit.evidence.front().because, "its command is the pipeline's own");
  EXPECT_EQ(judged.clause("DPRA-APP-LOCAL-01").evidence.front().because,
            "nobody sees whether it runs on a workstation");
  EXPECT_EQ(judged.clause("DPRA-APP-SOURCE-02").grade, Grade::declared);
  EXPECT_EQ(judged.clause("DPRA-APP-PROD-01").grade, Grade::enforced);
  EXPECT_EQ(judged.clause("DPRA-APP-PROD-ORDER-02").grade, Grade::enforced);
  EXPECT_EQ(judged.clause("DPRA-APP-PROD-ORDER-02").evidence.front().what,
            "`prod.service` ends before `prod.synthetic`");
  // There is no database: nothing stands in an order.
  EXPECT_EQ(judged.clause("DPRA-APP-PROD-ORDER-01").grade, Grade::not_applicable);
  EXPECT_EQ(judged.clause("DPRA-APP-PROD-ORDER-01").exemption, nullptr);
  EXPECT_EQ(judged.clause("DPRA-APP-BUILD-00").grade, Grade::declared);
}

// The sample without its scan from outside, which is waived until the end of January.
std::string without_dast() {
  const std::string text = sample("checkout");
  const size_t at = text.find("      gate dast: zap {");
  const size_t end = text.find("      }\n", at) + 8;
  return replaced(replaced(text, text.substr(at, end - at), ""), "  not_applicable beta.database",
                  "  waive gamma.dast because \"later\" { owner = appsec  until = 2027-01-31 }\n"
                  "  not_applicable beta.database");
}

TEST(Conformance, NamesWhatCoversWhatIsMissing) {
  const Judged judged(without_dast());
  const Clause& dast = judged.clause("DPRA-APP-GAMMA-08");
  EXPECT_EQ(dast.grade, Grade::waived);
  ASSERT_NE(dast.exemption, nullptr);
  EXPECT_EQ(dast.exemption->place, "gamma.dast");
  EXPECT_EQ(dast.missing, "stage `gamma` has no Dynamic Application Security Testing (DAST)");
  EXPECT_EQ(judged.clause("DPRA-APP-PROD-02").grade, Grade::not_applicable);
}

TEST(Conformance, AWaiverThatDoesNotHoldCoversNothing) {
  const Judged ended(without_dast(), {2027, 2, 1});
  EXPECT_EQ(ended.clause("DPRA-APP-GAMMA-08").grade, Grade::missing);
  EXPECT_NE(ended.clause("DPRA-APP-GAMMA-08").exemption, nullptr);
  const Judged too_long(replaced(without_dast(), "until = 2027-01-31", "until = 2027-02-20"));
  EXPECT_EQ(too_long.clause("DPRA-APP-GAMMA-08").grade, Grade::missing);
  const Judged longest(replaced(without_dast(), "until = 2027-01-31", "until = 2027-02-19"));
  EXPECT_EQ(longest.clause("DPRA-APP-GAMMA-08").grade, Grade::waived);
  const Judged by_owner(
      replaced(without_dast(), "{ owner = appsec  until", "{ owner = payments-oncall  until"));
  EXPECT_EQ(by_owner.clause("DPRA-APP-GAMMA-08").grade, Grade::missing);
}

TEST(Conformance, APipelineThatReplacesACommandAnswersForIt) {
  const std::string text = sample("checkout");
  const Judged replacing(
      replaced(text, "gate secrets: gitleaks", R"(gate secrets: gitleaks { run = "true" })"));
  EXPECT_EQ(replacing.clause("DPRA-APP-BUILD-04").grade, Grade::declared);
  EXPECT_EQ(replacing.clause("DPRA-APP-BUILD-04").evidence.front().because,
            "the pipeline replaces the command of its definition");
  const Judged escaping(
      replaced(text, "gate secrets: gitleaks", R"(gate secrets: gitleaks { on local { run = "true" } })"));
  EXPECT_EQ(escaping.clause("DPRA-APP-BUILD-04").grade, Grade::declared);
  const Judged going_on(
      replaced(text, "gate secrets: gitleaks", "gate secrets: gitleaks { continue_on_failure = true }"));
  EXPECT_EQ(going_on.clause("DPRA-APP-BUILD-04").evidence.front().because,
            "the pipeline goes on when it fails");
}

TEST(Conformance, APipelineThatChangesWhatACommandFindsAnswersForIt) {
  const std::string text = sample("checkout");
  const std::pair<std::string, std::string> changes[] = {
      {"env", R"(env = { GITLEAKS_CONFIG = "none.toml" })"},
      {"working_directory", R"(working_directory = "docs")"},
      {"shell", "shell = sh"},
      {"tools", R"(tools = [binary("gitleaks", "https://example.com/x", ")" + std::string(64, '0') + "\")]"},
      {"cache", R"(cache = [paths(["bin"], key = ["go.sum"])])"},
      {"secrets", R"(secrets = { TOKEN = secret("token") })"},
  };
  for (const auto& [property, change] : changes) {
    const Judged judged(
        replaced(text, "gate secrets: gitleaks", "gate secrets: gitleaks { " + change + " }"));
    const Clause& clause = judged.clause("DPRA-APP-BUILD-04");
    EXPECT_EQ(clause.grade, Grade::declared) << property;
    EXPECT_EQ(clause.evidence.front().because, "the pipeline sets `" + property + "` of it");
  }
}

TEST(Conformance, ADefinitionOfTheTeamsOwnIsItsWord) {
  const std::string own = "gate own_leaks: gitleaks { typical = 9s }\n\n";
  const std::string text = replaced(sample("checkout"), "group appsec {", own + "group appsec {");
  const Judged judged(replaced(text, "gate secrets: gitleaks", "gate secrets: own_leaks"));
  const Clause& clause = judged.clause("DPRA-APP-BUILD-04");
  EXPECT_EQ(clause.grade, Grade::declared);
  EXPECT_EQ(clause.evidence.front().because, "the definition `own_leaks` is the team's own");
}

TEST(Conformance, ACommandThatCannotFailKeepsNothing) {
  const std::string text = sample("checkout");
  const std::string own =
      R"(gate secrets: secrets_detection { run = "gitleaks git . || true"  typical = 10s })";
  const Judged hidden(replaced(replaced(text, "gate secrets: gitleaks", own), "gitleaks, ", ""));
  const Clause& clause = hidden.clause("DPRA-APP-BUILD-04");
  EXPECT_EQ(clause.grade, Grade::missing);
  EXPECT_EQ(clause.missing, "`build.secrets`: `|| true` hides that `gitleaks` fails");
  // What is only unknown stays the author's word.
  const std::string script = R"(gate secrets: secrets_detection { run = "./secrets.sh"  typical = 10s })";
  const Judged unknown(replaced(replaced(text, "gate secrets: gitleaks", script), "gitleaks, ", ""));
  EXPECT_EQ(unknown.clause("DPRA-APP-BUILD-04").grade, Grade::declared);
  EXPECT_EQ(unknown.clause("DPRA-APP-BUILD-04").evidence.front().because,
            "pipec knows no program in it that does such work (Secrets Detection)");
}

TEST(Conformance, AWordHasAGradeOfItsOwn) {
  const Judged judged(sample("checkout"));
  const Clause& clause = judged.clause("DPRA-APP-X-12");
  EXPECT_EQ(clause.grade, Grade::attested);
  ASSERT_NE(clause.exemption, nullptr);
  EXPECT_EQ(clause.exemption->kind, ast::Exemption::Kind::attest);
  EXPECT_EQ(Judged(sample("checkout"), {2036, 1, 1}).clause("DPRA-APP-X-12").grade, Grade::missing);
}

TEST(Conformance, ACheckIsAsGoodAsTheWorstThatItRestsOn) {
  const Judged judged(sample("checkout"));
  EXPECT_EQ(judged.clause("DPRA-APP-X-17").grade, Grade::enforced);
  EXPECT_EQ(judged.clause("DPRA-APP-X-14").grade, Grade::declared);
  EXPECT_EQ(judged.clause("DPRA-APP-X-05").grade, Grade::enforced);
  EXPECT_EQ(judged.clause("DPRA-APP-X-20").grade, Grade::not_applicable);
  EXPECT_EQ(judged.clause("DPRA-APP-X-04").grade, Grade::enforced);
  const Judged unsigned_image(replaced(sample("checkout"), "action signature: cosign {",
                                       "action signature: build_code { run = \"x\" } #"));
  EXPECT_EQ(unsigned_image.clause("DPRA-APP-X-04").missing,
            "`beta.service` deploys `image`, which nothing signs, and 2 more");
}

TEST(Conformance, WhatIsMissingIsSaid) {
  const Judged judged(
      replaced(replaced(sample("checkout"), "gate secrets: gitleaks\n", ""), "secrets, ", ""));
  EXPECT_EQ(judged.conformance().count(Grade::missing), 1u);
  const Clause& clause = judged.clause("DPRA-APP-BUILD-04");
  EXPECT_EQ(clause.grade, Grade::missing);
  EXPECT_EQ(clause.missing, "stage `build` has no Secrets Detection");
}

}  // namespace
}  // namespace pipec::test
