// What is emitted has no name that the search for same names does not know.
#include "backends/github/taken_names.h"

#include "backends/common/yaml.h"
#include "tests/support/program.h"

#include <algorithm>
#include <set>

#include <gtest/gtest.h>

namespace pipec::backends::github {
namespace {

constexpr std::string_view workflows = ".github/workflows/";

class Emitted : public testing::TestWithParam<const char*> {
 protected:
  void SetUp() override {
    const ir::Program program = test::compile(test::source_file(GetParam()), {"github"});
    for (const TakenName& name : names_of(program.pipelines.front()))
      taken_.insert(name.name);
    for (const auto& [file, text] : test::emit(program, "github")) {
      if (!file.starts_with(workflows)) continue;
      const yaml::ReadDocument read = yaml::read(text);
      ASSERT_TRUE(read.document) << file;
      files_.emplace(file.substr(workflows.size()), *read.document);
    }
    ASSERT_GT(files_.size(), 3u);
  }

  std::set<std::string> taken_;
  std::map<std::string, yaml::Node> files_;
};

TEST_P(Emitted, FilesAreTaken) {
  for (const auto& [file, workflow] : files_)
    EXPECT_TRUE(taken_.contains(file)) << file;
}

TEST_P(Emitted, ConcurrencyGroupsAreTaken) {
  size_t found = 0;
  const auto check = [&](const yaml::Node& node, const std::string& where) {
    std::string group = node.at({"concurrency", "group"}).text();
    if (group.empty()) return;
    const size_t expression = group.find("${{");
    if (expression != std::string::npos) group.replace(expression, std::string::npos, "NUMBER");
    EXPECT_TRUE(taken_.contains(group)) << where << ": " << group;
    ++found;
  };
  for (const auto& [file, workflow] : files_) {
    check(workflow, file);
    for (const auto& [id, job] : workflow.at({"jobs"}).entries())
      check(job, file + ": " + id);
  }
  EXPECT_GT(found, 2u);
}

// A job's own steps have no dash in their id; those of its elements and artifacts do.
TEST_P(Emitted, StepsAreTaken) {
  size_t found = 0;
  for (const auto& [file, workflow] : files_) {
    for (const auto& [id, job] : workflow.at({"jobs"}).entries()) {
      std::set<std::string> ids;
      for (const yaml::Node& step : job.at({"steps"}).items()) {
        const std::string name = step.at({"id"}).text();
        if (name.empty()) continue;
        EXPECT_TRUE(ids.insert(name).second) << file << ": " << id << " has two steps " << name;
        // Preflight has no element.
        const bool own = name.find('-') == std::string::npos || name.starts_with("guard-");
        EXPECT_TRUE(own || taken_.contains(name)) << file << ": " << id << ": " << name;
        ++found;
      }
    }
  }
  EXPECT_GT(found, 10u);
}

class Caches : public Emitted {};

TEST_P(Caches, HaveKeysThatBeginWithTakenNames) {
  size_t found = 0;
  for (const auto& [file, workflow] : files_) {
    for (const auto& [id, job] : workflow.at({"jobs"}).entries()) {
      for (const yaml::Node& step : job.at({"steps"}).items()) {
        const std::string key = step.at({"with", "key"}).text();
        if (key.empty()) continue;
        const bool known = std::any_of(taken_.begin(), taken_.end(),
                                       [&](const std::string& name) { return key.starts_with(name + "-"); });
        EXPECT_TRUE(known) << file << ": " << id << ": " << key;
        ++found;
      }
    }
  }
  EXPECT_GT(found, 0u);
}

INSTANTIATE_TEST_SUITE_P(Files, Emitted,
                         testing::Values("samples/checkout/checkout.pipe", "tests/backends/variants.pipe"));
INSTANTIATE_TEST_SUITE_P(Files, Caches, testing::Values("tests/backends/variants.pipe"));

}  // namespace
}  // namespace pipec::backends::github
