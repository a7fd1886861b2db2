// What holds for every emitted workflow.
#include "backends/common/refine.h"
#include "backends/common/yaml.h"
#include "tests/support/program.h"

#include <functional>
#include <regex>
#include <set>

#include <gtest/gtest.h>

namespace pipec::test {
namespace {

using yaml::Node;

const ir::Program& checkout() {
  static const ir::Program program = compile(source_file("samples/checkout/checkout.pipe"), {"github"});
  return program;
}

// The workflows by their file names.
std::map<std::string, Node> workflows(const backends::OutputSet& output) {
  const std::string folder = ".github/workflows/";
  std::map<std::string, Node> found;
  for (const backends::OutputFile& file : output) {
    if (!file.path.starts_with(folder)) continue;
    const yaml::ReadDocument read = yaml::read(file.text);
    EXPECT_TRUE(read.document.has_value()) << file.path << " " << read.error;
    if (read.document) found.emplace(file.path.substr(folder.size()), *read.document);
  }
  return found;
}

const std::map<std::string, Node>& workflows() {
  static const auto found =
      workflows(backends::find_backend("github")->emit(checkout().pipelines.front(), {}));
  return found;
}

void each_job(const std::function<void(const std::string& place, const Node& job)>& visit) {
  for (const auto& [file, document] : workflows()) {
    for (const auto& [id, job] : document.at({"jobs"}).entries())
      visit(file + " " + id, job);
  }
}

TEST(GithubWorkflows, AreThoseOfTheRoutes) {
  std::set<std::string> names;
  for (const auto& [name, document] : workflows())
    names.insert(name);
  EXPECT_EQ(names,
            (std::set<std::string>{"pipec-checkout-service-backfill.yml", "pipec-checkout-service-hotfix.yml",
                                   "pipec-checkout-service-monitor.yml",
                                   "pipec-checkout-service-override.yml", "pipec-checkout-service-review.yml",
                                   "pipec-checkout-service-trunk.yml", "pipec-checkout-service.yml"}));
}

TEST(GithubWorkflows, HoldNoExpressionInAScript) {
  size_t scripts = 0;
  each_job([&](const std::string& place, const Node& job) {
    for (const Node& step : job.at({"steps"}).items()) {
      if (step.find("run") == nullptr) continue;
      ++scripts;
      EXPECT_EQ(step.at({"run"}).text().find("${{"), std::string::npos)
          << place << " " << step.at({"name"}).text();
    }
  });
  EXPECT_GT(scripts, 50u);
}

TEST(GithubWorkflows, UseOnlyWhatIsPinned) {
  const std::regex pinned("[A-Za-z0-9-]+/[A-Za-z0-9-]+@[0-9a-f]{40}");
  each_job([&](const std::string& place, const Node& job) {
    for (const Node& step : job.at({"steps"}).items()) {
      if (step.find("uses") == nullptr) continue;
      EXPECT_TRUE(std::regex_match(step.at({"uses"}).text(), pinned)) << place;
    }
  });
}

TEST(GithubWorkflows, CallOnlyTheProtectedBranch) {
  for (const auto& [id, job] : workflows().at("pipec-checkout-service.yml").at({"jobs"}).entries()) {
    if (id == "gate") continue;
    EXPECT_EQ(job.at({"uses"}).text(),
              "acme/checkout-service/.github/workflows/pipec-checkout-service-" + id + ".yml@main");
  }
}

TEST(GithubWorkflows, LimitEveryJob) {
  each_job([](const std::string& place, const Node& job) {
    if (job.find("uses") != nullptr) return;
    EXPECT_GT(job.at({"timeout-minutes"}).integer(), 0) << place;
  });
}

TEST(GithubWorkflows, WriteTheRepositoryOnlyWhereTheLedgerIsWritten) {
  std::set<std::string> found;
  each_job([&](const std::string& place, const Node& job) {
    if (job.find("uses") == nullptr && job.at({"permissions", "contents"}).text() == "write")
      found.insert(place);
  });
  EXPECT_EQ(
      found,
      (std::set<std::string>{
          "pipec-checkout-service-backfill.yml record-backfill",
          "pipec-checkout-service-hotfix.yml preflight", "pipec-checkout-service-hotfix.yml prod-service",
          "pipec-checkout-service-monitor.yml duties", "pipec-checkout-service-override.yml override-prod",
          "pipec-checkout-service-trunk.yml preflight", "pipec-checkout-service-trunk.yml prod-window"}));
}

TEST(GithubWorkflows, NameProductionInOneJobOfARun) {
  for (const std::string route : {"trunk", "hotfix"}) {
    std::vector<std::string> jobs;
    for (const auto& [id, job] :
         workflows().at("pipec-checkout-service-" + route + ".yml").at({"jobs"}).entries()) {
      if (job.at({"environment", "name"}).text() == "prod") jobs.push_back(id);
    }
    EXPECT_EQ(jobs.size(), 1u) << route;
  }
  for (const auto& [id, job] : workflows().at("pipec-checkout-service-backfill.yml").at({"jobs"}).entries()) {
    EXPECT_NE(job.at({"environment", "name"}).text(), "prod") << id;
  }
}

// The names of a job's steps.
std::vector<std::string> steps_of(const std::string& file, std::string_view job) {
  std::vector<std::string> names;
  for (const Node& step : workflows().at(file).at({"jobs", job, "steps"}).items())
    names.push_back(step.at({"name"}).text());
  return names;
}

TEST(GithubWorkflows, DeployToProductionStepByStep) {
  EXPECT_EQ(
      steps_of("pipec-checkout-service-trunk.yml", "prod-window"),
      (std::vector<std::string>{
          "Place the scripts of pipec", "prod.release", "Check out", "prod.window", "Check the guards again",
          "Record that it begins", "Take the role pipec-checkout-service-prod-deploy",
          "prod.service, wave 1 of 2", "Bake wave 1 of prod.service", "prod.service, wave 2 of 2",
          "Take back prod.service", "Record how it ended"}));
  EXPECT_EQ(steps_of("pipec-checkout-service-hotfix.yml", "prod-service"),
            (std::vector<std::string>{"Place the scripts of pipec", "prod.release", "Check out",
                                      "Check the guards again", "Claim the branch", "Record that it begins",
                                      "Take the role pipec-checkout-service-prod-deploy", "prod.service",
                                      "Take back prod.service", "Record how it ended"}));
}

TEST(GithubWorkflows, GiveTheLockOfAnEnvironmentToEveryRoute) {
  std::set<std::string> groups;
  for (const auto& [file, job] : {std::pair{"trunk", "prod-window"}, {"hotfix", "prod-service"}}) {
    const Node& concurrency = workflows()
                                  .at(std::string("pipec-checkout-service-") + file + ".yml")
                                  .at({"jobs", job, "concurrency"});
    groups.insert(concurrency.at({"group"}).text());
    EXPECT_EQ(concurrency.at({"queue"}).text(), "max");
    EXPECT_FALSE(concurrency.at({"cancel-in-progress"}).boolean());
  }
  EXPECT_EQ(groups, std::set<std::string>{"pipec-checkout-service-prod"});
}

TEST(GithubWorkflows, AreTheSameEveryTime) {
  const auto emit = [] {
    return backends::find_backend("github")->emit(
        compile(source_file("samples/checkout/checkout.pipe"), {"github"}).pipelines.front(), {});
  };
  const backends::OutputSet once = emit();
  const backends::OutputSet again = emit();
  ASSERT_EQ(once.size(), again.size());
  for (size_t i = 0; i < once.size(); ++i) {
    EXPECT_EQ(once[i].path, again[i].path);
    EXPECT_EQ(once[i].text, again[i].text);
  }
}

TEST(GithubWorkflows, MayBeThoseOfTheHotfixAlone) {
  const backends::EmitOptions options{{"hotfix"}};
  const ir::Pipeline& pipeline = checkout().pipelines.front();
  const backends::OutputSet output = backends::find_backend("github")->emit(pipeline, options);
  const auto found = workflows(output);
  std::vector<std::string> jobs;
  for (const auto& [id, job] : found.at("pipec-checkout-service.yml").at({"jobs"}).entries())
    jobs.push_back(id);
  EXPECT_EQ(jobs, (std::vector<std::string>{"hotfix", "backfill", "gate"}));
  EXPECT_FALSE(found.contains("pipec-checkout-service-trunk.yml"));
  const auto read = backends::find_backend("github")->read_back(output);
  EXPECT_EQ(backends::refine(pipeline, "github", options, read).defects, std::vector<std::string>{});
}

// A value of the pipeline that looks like an expression stays a text.
TEST(GithubWorkflows, EvaluateNoTextOfThePipeline) {
  const ir::Program program = compile(R"(pipe 1
capability work: action { title = "Work"  timeout = 1m }
profile small {
  title = "Small"  origin = "test"
  stage build { title = "Build" }
}
pipeline p: small {
  source app { repository = github("acme/app") }
  stage build { action a: work { run = "echo \"$A\""  env = { A = "${{ github.token }} and ${{" } } }
}
)",
                                      {"github"});
  const ir::Pipeline& pipeline = program.pipelines.front();
  const backends::OutputSet output = backends::find_backend("github")->emit(pipeline, {});
  EXPECT_EQ(
      backends::refine(pipeline, "github", {}, backends::find_backend("github")->read_back(output)).defects,
      std::vector<std::string>{});
  const auto found = workflows(output);
  const auto& steps = found.at("pipec-p-trunk.yml").at({"jobs", "build-a", "steps"}).items();
  EXPECT_EQ(steps.back().at({"env", "A"}).text(), "${{ '${{' }} github.token }} and ${{ '${{' }}");
}

}  // namespace
}  // namespace pipec::test
