// The text of a plan: what is written is read again, and what is no plan is refused with the place and the
// reason.
#include "backends/local/plan.h"

#include "backends/local/lower_plan.h"
#include "tests/backends/local/plans.h"
#include "tests/support/program.h"

#include <gtest/gtest.h>

namespace pipec {
namespace {

TEST(LocalPlan, IsReadAsItWasWritten) {
  const local::Plan plan = test::rich_plan();
  const std::string text = local::write_plan(plan, "header");
  const local::ReadPlan read = local::read_plan(text);
  ASSERT_TRUE(read.plan) << read.error << "\n" << text;
  EXPECT_EQ(*read.plan, plan);
  EXPECT_EQ(local::write_plan(*read.plan, "header"), text);
}

TEST(LocalPlan, OfTheSampleIsReadAsItWasWritten) {
  const ir::Program program = test::compile(test::source_file("samples/checkout/checkout.pipe"));
  ASSERT_EQ(program.pipelines.size(), 1u);
  const local::Plan plan = local::lower_plan(program.pipelines.front(), {});
  const local::ReadPlan read = local::read_plan(local::write_plan(plan, ""));
  ASSERT_TRUE(read.plan) << read.error;
  EXPECT_EQ(*read.plan, plan);
}

TEST(LocalPlan, HoldsOnlyTheRoutesThatAreWanted) {
  const ir::Program program = test::compile(test::source_file("samples/checkout/checkout.pipe"));
  const local::Plan plan = local::lower_plan(program.pipelines.front(), {{"hotfix"}});
  ASSERT_EQ(plan.routes.size(), 2u);
  EXPECT_EQ(*plan.routes[0].name, "hotfix");
  EXPECT_EQ(*plan.routes[1].name, "backfill");
}

TEST(LocalPlan, SaysWhatALocalRunLeavesOut) {
  const ir::Program program = test::compile(test::source_file("samples/checkout/checkout.pipe"));
  const local::Plan plan = local::lower_plan(program.pipelines.front(), {});
  const std::vector<std::string> expected{
      "deployments and checks of real environments: they are simulated",
      "the claim and the guards of a hotfix (H6, H8, H9, H10): they protect real deployments",
      "notifications",
      "metrics",
      "versions of languages and tools: what is on the PATH is used",
  };
  EXPECT_EQ(plan.left_out, expected);
}

TEST(LocalPlan, NamesTheVariableOfASecret) {
  EXPECT_EQ(local::secret_variable("SLACK_WEBHOOK_URL"), "SLACK_WEBHOOK_URL");
  EXPECT_EQ(local::secret_variable("prod/db-password"), "prod_db_password");
  EXPECT_EQ(local::secret_variable("2fa"), "_2fa");
}

std::string error_of(const std::string& text) {
  const local::ReadPlan read = local::read_plan(text);
  EXPECT_FALSE(read.plan.has_value()) << text;
  return read.error;
}

std::string with_element(const std::string& element) {
  return "version: 1\npipeline: p\nartifacts: [{name: bin, type: files, paths: [x]}]\n"
         "routes: [{name: trunk, stages: [{name: s, elements: [" +
         element + "]}]}]\n";
}

TEST(LocalPlan, RefusesWhatIsNoPlan) {
  EXPECT_EQ(error_of("a: [1"), "line 2: did not find expected ',' or ']'");
  EXPECT_EQ(error_of("[]"), "plan: a mapping is needed here");
  EXPECT_EQ(error_of("version: 2\npipeline: p\nroutes: []\n"),
            "plan.version: this pipec runs plans of version 1 only");
  EXPECT_EQ(error_of("version: 1\nroutes: []\n"), "plan: `pipeline` is missing");
  EXPECT_EQ(error_of("version: 1\npipeline: p\n"), "plan: `routes` is missing");
  EXPECT_EQ(error_of("version: 1\npipeline: p\nroutes: []\nextra: 1\n"), "plan: there is no key `extra`");
}

TEST(LocalPlan, RefusesWhatYamlMakesAmbiguous) {
  EXPECT_EQ(error_of("version: &one 1\npipeline: *one\n"), "line 2: aliases are not read");
  EXPECT_EQ(error_of("version: 1\nversion: 1\n"), "line 2: `version` is there twice");
  EXPECT_EQ(error_of("[a]: 1\n"), "line 1: a key is a text");
  EXPECT_EQ(error_of("version: 1\n---\nversion: 1\n"), "line 2: there is a second document");
  EXPECT_EQ(error_of(std::string(200, '[') + std::string(200, ']')),
            "line 1: it is nested more than 100 deep");
}

TEST(LocalPlan, RefusesWhatIsNoElement) {
  const std::string at = "plan.routes[0].stages[0].elements[0]";
  const auto element = [](const std::string& rest) {
    return error_of(with_element("{id: s.a, kind: gate, " + rest + "}"));
  };
  EXPECT_EQ(element("timeout_seconds: 1"), at + ": `script` is missing");
  EXPECT_EQ(element("script: x, timeout_seconds: -1"),
            at + ".timeout_seconds: a number from 0 to 31622400 is needed here");
  EXPECT_EQ(element("script: x, timeout_seconds: soon"),
            at + ".timeout_seconds: a number from 0 to 31622400 is needed here");
  EXPECT_EQ(element("script: x, timeout_seconds: 1, shell: zsh"),
            at + ".shell: `bash` or `sh` is needed here");
  EXPECT_EQ(element("script: x, timeout_seconds: 1, retries: 101"),
            at + ".retries: a number from 0 to 100 is needed here");
  EXPECT_EQ(element("script: x, timeout_seconds: 1, window: {open: a, zone: b}"),
            at + ": there is no key `script`");
  EXPECT_EQ(element("script: x, timeout_seconds: 1, continue_on_failure: 1"),
            at + ".continue_on_failure: `true` or `false` is needed here");
  EXPECT_EQ(element("script: x, timeout_seconds: 1, secrets: {A: {artifact: bin, attribute: path}}"),
            at + ".secrets: the name of a variable is needed here");
  EXPECT_EQ(element("approval: {confirm: prod}"), at + ".approval: `within_seconds` is missing");
}

TEST(LocalPlan, RefusesWhatNoSchemaCanFind) {
  const auto element = [](const std::string& rest) {
    return error_of(with_element("{id: s.a, kind: gate, " + rest + "}"));
  };
  EXPECT_EQ(element("script: x"), "s.a: a script needs `timeout_seconds`");
  EXPECT_EQ(element("approval: {confirm: prod, within_seconds: 1}, retries: 1"),
            "s.a: only scripts have a timeout and further tries");
  EXPECT_EQ(element("script: x, timeout_seconds: 1, needs: [s.b]"), "s.a: `s.b` is no element of its stage");
  EXPECT_EQ(element("script: x, timeout_seconds: 1, needs: [s.a]"), "s: `needs` make a circle");
  EXPECT_EQ(element("script: x, timeout_seconds: 1, consumes: [none]"), "s.a: there is no artifact `none`");
  EXPECT_EQ(element("script: x, timeout_seconds: 1, environment: {A: {artifact: bin, attribute: uri}}"),
            "s.a: `bin` has the attribute `path` only");
  EXPECT_EQ(element("script: x, timeout_seconds: 1, environment: {A-B: x}"),
            "s.a: `A-B` is not a name of a variable");
  EXPECT_EQ(element("script: x, timeout_seconds: 1, working_directory: ../x"),
            "s.a: `../x` leaves the checkout");
  EXPECT_EQ(element("script: x, timeout_seconds: 1, rollout: {waves: [[]]}"), "s.a: a wave has no region");
  const auto service = [&](const std::string& rest) {
    return element("script: x, timeout_seconds: 1, services: [{name: db, " + rest + "}]");
  };
  EXPECT_EQ(service("prefix: DB, image: db:17, port: 1"), "s.a: `db:17` is not pinned by a digest");
  EXPECT_EQ(service("prefix: DB, image: --tag@sha256:00, port: 1"),
            "s.a: `--tag@sha256:00` is not pinned by a digest");
  EXPECT_EQ(service("prefix: D-B, image: db@sha256:00, port: 1"), "s.a: `D-B` is not a name of a variable");
  EXPECT_EQ(service("prefix: DB, image: db@sha256:00, port: 0"), "s.a: `db` has no port");
  EXPECT_EQ(service("prefix: DB, image: db@sha256:00, port: 1, environment: {A-B: x}"),
            "s.a: `A-B` is not a name of a variable");
  EXPECT_EQ(element("window: {open: always, zone: UTC}"), "s.a: `always` is not a window");
  EXPECT_EQ(element("window: {open: Mon 08:00-09:00, zone: ../../etc/passwd}"),
            "s.a: `../../etc/passwd` is not a time zone");
  EXPECT_EQ(element("simulation: {block: other, what: {}}"), "s.a: `other` is not known here");
  EXPECT_EQ(error_of(with_element("{id: ../a, kind: gate, script: x, timeout_seconds: 1}")),
            "trunk: `../a` is not a name");
  EXPECT_EQ(error_of(with_element("{id: a, kind: gate, script: x, timeout_seconds: 1}, "
                                  "{id: a, kind: gate, script: x, timeout_seconds: 1}")),
            "trunk: `a` is there twice");
}

}  // namespace
}  // namespace pipec
