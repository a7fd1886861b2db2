// What is emitted has no name that the search for same names does not know.
#include "backends/codepipeline/taken_names.h"

#include "backends/common/yaml.h"
#include "compiler/support/text.h"
#include "tests/support/program.h"

#include <set>

#include <gtest/gtest.h>

namespace pipec::backends::codepipeline {
namespace {

// The property of a resource that holds the name by which its account knows it. Names of log groups, queues,
// topics and tables hold nothing but that of the pipeline, or part names by `/`.
const std::map<std::string, std::string> naming{
    {"AWS::CodeBuild::Project", "Name"},
    {"AWS::CodeDeploy::Application", "ApplicationName"},
    {"AWS::CodePipeline::Pipeline", "Name"},
    {"AWS::Events::Rule", "Name"},
    {"AWS::IAM::ManagedPolicy", "ManagedPolicyName"},
    {"AWS::IAM::Role", "RoleName"},
    {"AWS::Lambda::Function", "FunctionName"},
    {"AWS::S3::Bucket", "BucketName"},
};

class Emitted : public testing::TestWithParam<const char*> {};

TEST_P(Emitted, NamesAreTaken) {
  const std::string path = std::string("tests/backends/codepipeline/") + GetParam();
  const ir::Program program = test::compile(test::source_file(path), {"codepipeline"});
  std::set<std::string> taken;
  for (const TakenName& name : names_of(program.pipelines.front()))
    taken.insert(lower_case(name.name));
  size_t found = 0;
  for (const auto& [file, text] : test::emit(program, "codepipeline")) {
    if (!file.ends_with(".yaml")) continue;
    const yaml::ReadDocument read = yaml::read(text);
    ASSERT_TRUE(read.document) << file;
    for (const auto& [id, resource] : read.document->at({"Resources"}).entries()) {
      const auto property = naming.find(resource.at({"Type"}).text());
      if (property == naming.end()) continue;
      const std::string name = resource.at({"Properties", property->second}).text();
      EXPECT_TRUE(taken.contains(lower_case(name))) << file << ": " << id << " is called " << name;
      ++found;
    }
  }
  EXPECT_GT(found, 10u);
}

INSTANTIATE_TEST_SUITE_P(Files, Emitted, testing::Values("actions.pipe", "builds.pipe", "everything.pipe"));

}  // namespace
}  // namespace pipec::backends::codepipeline
