// What a local plan cannot express is an error at the place that asks for it.
#include "tests/support/program.h"

#include <gtest/gtest.h>

namespace pipec {
namespace {

// Lints a pipeline for the local target; `sources` and `stage` are parts of it.
std::string lint(const std::string& sources, const std::string& stage, const std::string& imports = "") {
  const std::string text = "pipe 1\n" + imports + R"(
capability work: action { title = "Work"  timeout = 1m }
profile small {
  title = "Small"  origin = "test"
  stage build { title = "Build" }
}
pipeline p: small {
)" + sources + "\n  stage build {\n" +
                           stage + "\n  }\n}\n";
  return test::run({"lint", "test.pipe", "--target", "local"}, {{"test.pipe", text}}).err;
}

constexpr const char* one_source = R"(  source app { repository = github("acme/app") })";

TEST(LocalCheck, AcceptsWhatItCanExpress) {
  EXPECT_EQ(lint(one_source, R"(    action a: work { run = "true" })"), "test.pipe: no findings\n");
}

TEST(LocalCheck, RefusesASecondSource) {
  EXPECT_EQ(lint(R"(  source app { repository = github("acme/app") }
  source infra { repository = github("acme/infra") })",
                 R"(    action a: work { run = "true" })"),
            R"(test.pipe:10:3: error[P0680]: a local plan runs in one checkout, and `infra` is a second source
 10 |   source infra { repository = github("acme/infra") }
    |   ^^^^^^^^^^^^
1 error in test.pipe
)");
}

TEST(LocalCheck, RefusesWhatIsNoZone) {
  EXPECT_EQ(
      lint(one_source, R"(    gate w: deployment_window { open = "Mon-Fri 08:00-16:00"  zone = "../UTC" })",
           "import controls { deployment_window }"),
      R"(test.pipe:11:5: error[P0681]: `../UTC` is not a name of the time zone database
 11 |     gate w: deployment_window { open = "Mon-Fri 08:00-16:00"  zone = "../UTC" }
    |     ^^^^^^^^^^^^^^^^^^^^^^^^^
1 error in test.pipe
)");
}

TEST(LocalCheck, RefusesTheDigestOfAnImage) {
  EXPECT_EQ(
      lint(one_source, R"(    action a: work { run = "true"  outputs = { image = container(ecr("app")) } }
    action b: work { run = "true"  env = { DIGEST = image.digest } })"),
      R"(test.pipe:12:53: error[P0682]: the digest of `image` is not known locally
 12 |     action b: work { run = "true"  env = { DIGEST = image.digest } }
    |                                                     ^^^^^^^^^^^^
1 error in test.pipe
)");
}

TEST(LocalCheck, RefusesSecretsThatWouldBeOneVariable) {
  EXPECT_EQ(
      lint(
          one_source,
          R"(    action a: work { run = "true"  secrets = { A = secret("db/token")  B = secret("db-token") } })"),
      R"(test.pipe:11:5: error[P0683]: the secrets `db/token` and `db-token` would be the same variable `db_token`
 11 |     action a: work { run = "true"  secrets = { A = secret("db/token")  B = secret("db-token") } }
    |     ^^^^^^^^^^^^^^
1 error in test.pipe
)");
}

TEST(LocalCheck, RefusesPathsThatLeaveTheCheckout) {
  const std::string found =
      lint(one_source, R"(    action a: work { run = "true"  outputs = { out = files("/etc/**") } }
    action b: work { run = "true"  inputs = [out]  working_directory = "../other" }
    action c: work { run = "true"  reports = junit("a/../../b.xml") })");
  EXPECT_NE(found.find("error[P0684]: `/etc/**` is outside of the checkout"), std::string::npos) << found;
  EXPECT_NE(found.find("error[P0684]: `../other` is outside of the checkout"), std::string::npos) << found;
  EXPECT_NE(found.find("error[P0684]: `a/../../b.xml` is outside of the checkout"), std::string::npos)
      << found;
}

}  // namespace
}  // namespace pipec
