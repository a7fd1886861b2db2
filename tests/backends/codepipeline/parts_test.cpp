// Parts of the backend that translate one notation into another.
#include "backends/codepipeline/buildspec.h"
#include "backends/codepipeline/facts.h"
#include "backends/codepipeline/names.h"
#include "backends/codepipeline/rules.h"
#include "tests/support/program.h"

#include <gtest/gtest.h>

namespace pipec::backends::codepipeline {
namespace {

TEST(CodepipelineNames, FitKeepsNamesApart) {
  EXPECT_EQ(fit("short", 10), "short");
  EXPECT_EQ(fit("exactly-ten", 11), "exactly-ten");
  const std::string one = fit(std::string(70, 'a') + "-one", 64);
  const std::string two = fit(std::string(70, 'a') + "-two", 64);
  EXPECT_EQ(one.size(), 64u);
  EXPECT_NE(one, two);
}

TEST(CodepipelineNames, EncodedIsOneToOne) {
  EXPECT_EQ(encoded("image"), "image");
  EXPECT_EQ(encoded("my-image"), "my_2Dimage");
  EXPECT_EQ(encoded("my_2Dimage"), "my_5F2Dimage");
  for (const char* name : {"image", "my-image", "my_image", "my_2Dimage", "a-", "a_"}) {
    EXPECT_EQ(decoded(encoded(name)), name);
  }
}

TEST(CodepipelineRules, SchedulesCountDaysFromOne) {
  EXPECT_EQ(schedule_expression("0 4 * * *"), "cron(0 4 * * ? *)");
  EXPECT_EQ(schedule_expression("0 4 1 * *"), "cron(0 4 1 * ? *)");
  EXPECT_EQ(schedule_expression("30 3 * * 1-5"), "cron(30 3 ? * 2-6 *)");
  EXPECT_EQ(schedule_expression("0 0 * * 0,6"), "cron(0 0 ? * 1,7 *)");
  EXPECT_EQ(schedule_expression("0 0 * * 1/2"), "cron(0 0 ? * 2/2 *)");
  EXPECT_EQ(schedule_expression("0 4 1 * 1"), "");
}

TEST(CodepipelineRules, EventsFollowNamesAndFolders) {
  EXPECT_TRUE(is_event_pattern("main"));
  EXPECT_TRUE(is_event_pattern("release/**"));
  EXPECT_FALSE(is_event_pattern("release/*"));
  EXPECT_FALSE(is_event_pattern("release-**"));
  EXPECT_FALSE(is_event_pattern("**/release"));
}

TEST(CodepipelineBuildspec, WordsOfTheShellStandForThemselves) {
  EXPECT_EQ(shell_quoted("plain"), "'plain'");
  EXPECT_EQ(shell_quoted("it's $HOME"), "'it'\\''s $HOME'");
}

TEST(CodepipelineBuildspec, LanguagesHaveTheNamesOfCodeBuild) {
  EXPECT_EQ(runtime_name("go", "1.26"), std::pair(std::string("golang"), std::string("1.26")));
  EXPECT_EQ(runtime_name("node", "24"), std::pair(std::string("nodejs"), std::string("24")));
  EXPECT_EQ(runtime_name("java", "21"), std::pair(std::string("java"), std::string("corretto21")));
  EXPECT_EQ(runtime_name("python", "3.13"), std::pair(std::string("python"), std::string("3.13")));
}

TEST(CodepipelineFacts, GuardsProductionAndLocksWhatSeveralRoutesDeployTo) {
  const ir::Program program = test::compile(test::source_file("samples/checkout/checkout.pipe"));
  const Facts facts(program.pipelines.front(), {});
  EXPECT_EQ(facts.guarded_environments(), std::set<std::string>{"prod"});
  EXPECT_EQ(facts.locked_environments(), (std::set<std::string>{"beta", "gamma", "prod"}));
  EXPECT_EQ(facts.artifact_regions(program.pipelines.front().trunk()),
            (std::vector<std::string>{"eu-west-1", "us-east-1"}));
}

}  // namespace
}  // namespace pipec::backends::codepipeline
