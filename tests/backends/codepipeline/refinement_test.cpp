// Read back finds the graph again that was asked for, and every planted bug of a backend.
#include "backends/common/refine.h"
#include "backends/common/yaml.h"
#include "tests/support/program.h"

#include <functional>

#include <gtest/gtest.h>

namespace pipec {
namespace {

using Texts = std::vector<std::string>;
using yaml::Node;
using Change = std::function<Node(const Node&)>;

// The node with what `path` leads to changed. Items of a sequence are found by their `Name`; what is changed
// to a null node is removed.
Node changed(const Node& node, Texts path, const Change& change) {
  if (path.empty()) return change(node);
  const std::string step = path.front();
  path.erase(path.begin());
  bool found = false;
  Node result = node.kind() == Node::Kind::mapping ? Node::mapping() : Node::sequence();
  for (const auto& [key, value] : node.entries()) {
    found = found || key == step;
    result.set(key, key == step ? changed(value, path, change) : value);
  }
  for (const Node& item : node.items()) {
    const bool here = item.at({"Name"}).text() == step;
    found = found || here;
    Node kept = here ? changed(item, path, change) : item;
    if (kept.kind() != Node::Kind::null) result.add(std::move(kept));
  }
  EXPECT_TRUE(found) << step;
  return result;
}

Change to(Node value) {
  return [value](const Node&) { return value; };
}

// A text with one part replaced.
Change replaced(const std::string& part, const std::string& by) {
  return [part, by](const Node& node) {
    std::string text = node.text();
    const size_t at = text.find(part);
    EXPECT_NE(at, std::string::npos) << part;
    if (at != std::string::npos) text.replace(at, part.size(), by);
    return Node(text);
  };
}

Texts stages_of(const std::string& pipeline) { return {"Resources", pipeline, "Properties", "Stages"}; }

Texts action(const std::string& pipeline, const std::string& stage, const std::string& name) {
  Texts path = stages_of(pipeline);
  path.insert(path.end(), {stage, "Actions", name});
  return path;
}

Texts buildspec(const std::string& name) { return {"Mappings", "Buildspecs", name, "Text"}; }

Texts operator+(Texts path, const std::string& step) {
  path.push_back(step);
  return path;
}

class CodepipelineRefinement : public testing::Test {
 protected:
  explicit CodepipelineRefinement(std::string source = "samples/checkout/checkout.pipe")
      : source_(std::move(source)) {}

  void SetUp() override {
    program_ = test::compile(test::source_file(source_));
    ASSERT_EQ(program_.pipelines.size(), 1u);
    backend_ = backends::find_backend("codepipeline");
    output_ = backend_->emit(program_.pipelines.front(), {});
  }

  // Of the templates after somebody has changed one of them.
  backends::Refinement refinement_after(const Texts& path, const Change& change,
                                        const std::string& document = "/pipelines.yaml") const {
    backends::OutputSet output = output_;
    for (backends::OutputFile& file : output) {
      if (!file.path.ends_with(document)) continue;
      const yaml::ReadDocument read = yaml::read(file.text);
      EXPECT_TRUE(read.document) << read.error;
      file.text = yaml::write(changed(*read.document, path, change), "");
    }
    return backends::refine(program_.pipelines.front(), "codepipeline", {}, backend_->read_back(output));
  }
  Texts defects_after(const Texts& path, const Change& change) const {
    return refinement_after(path, change).defects;
  }

  std::string source_;
  ir::Program program_;
  const backends::Backend* backend_ = nullptr;
  backends::OutputSet output_;
};

TEST_F(CodepipelineRefinement, TheSampleRefines) {
  const backends::Refinement refinement = refinement_after({}, [](const Node& document) { return document; });
  EXPECT_EQ(refinement.defects, Texts{});
  // The gates of the hotfix share a build.
  ASSERT_EQ(refinement.extra.size(), 1u);
  EXPECT_EQ(refinement.extra[0].route, "hotfix");
  EXPECT_EQ(refinement.extra[0].before, "build.unit");
  EXPECT_EQ(refinement.extra[0].after, "build.secrets");
}

TEST_F(CodepipelineRefinement, FindsALostOrder) {
  EXPECT_EQ(defects_after(action("TrunkPipeline", "build", "scan") + "RunOrder", to(3)),
            (Texts{"route `trunk`: `build.bom` waits for `build.scan`, which nobody asked for",
                   "route `trunk`: `build.scan` does not wait for `build.image`",
                   "route `trunk`: `build.scan` does not wait for `build.bom`"}));
}

TEST_F(CodepipelineRefinement, FindsAnInventedOrder) {
  const Texts defects = defects_after(action("TrunkPipeline", "build", "lint") + "RunOrder", to(1));
  EXPECT_NE(std::find(defects.begin(), defects.end(),
                      "route `trunk`: `build.lint` does not wait for `build.compile`"),
            defects.end());
  EXPECT_NE(std::find(defects.begin(), defects.end(),
                      "route `trunk`: `build.unit` waits for `build.lint`, which nobody asked for"),
            defects.end());
}

TEST_F(CodepipelineRefinement, FindsALostGate) {
  EXPECT_EQ(defects_after(action("TrunkPipeline", "build", "scan"), to({})),
            Texts{"route `trunk`: `build.scan` is missing"});
}

TEST_F(CodepipelineRefinement, FindsAGateThatNobodyAskedFor) {
  const Change twice = [](const Node& actions) {
    Node more = actions;
    Node another = actions.items().front();
    more.add(another.set("Name", "invented").set("Configuration", Node::mapping()));
    return more;
  };
  const Texts path = stages_of("TrunkPipeline") + "build" + "Actions";
  EXPECT_EQ(defects_after(path, twice).front(),
            "route `trunk`: `build.invented` was emitted but not asked for");
}

TEST_F(CodepipelineRefinement, FindsALostApproval) {
  EXPECT_EQ(defects_after(stages_of("HotfixPipeline") + "prod.release", to({})),
            Texts{"route `hotfix`: `prod.release` is missing"});
}

TEST_F(CodepipelineRefinement, FindsAnApprovalBehindWhatItReleases) {
  const Change swapped = [](const Node& stages) {
    std::vector<Node> items = stages.items();
    std::swap(items[items.size() - 2], items.back());
    return Node::sequence(std::move(items));
  };
  EXPECT_EQ(defects_after(stages_of("HotfixPipeline"), swapped),
            (Texts{"route `hotfix`: `prod.release` waits for `prod.service`, which nobody asked for",
                   "route `hotfix`: `prod.release` waits for `prod.synthetic`, which nobody asked for",
                   "route `hotfix`: `prod.service` does not wait for `prod.release`",
                   "route `hotfix`: `prod.synthetic` does not wait for `prod.release`"}));
}

TEST_F(CodepipelineRefinement, FindsAnApprovalThatIsNone) {
  EXPECT_EQ(defects_after(action("TrunkPipeline", "prod.release", "release") + "ActionTypeId" + "Provider",
                          to("Lambda")),
            Texts{"route `trunk`: `prod.release` is not emitted as an approval"});
}

TEST_F(CodepipelineRefinement, FindsAnotherScript) {
  EXPECT_EQ(defects_after(buildspec("BuildLint"), replaced("golangci-lint run ./...", "true")),
            (Texts{"route `trunk`: `build.lint` does something else than it should",
                   "route `review`: `build.lint` does something else than it should",
                   "route `backfill`: `build.lint` does something else than it should"}));
}

TEST_F(CodepipelineRefinement, FindsAnotherTimeout) {
  EXPECT_EQ(defects_after(buildspec("BuildScan"), replaced("10s 300s", "10s 3000s")),
            (Texts{"route `trunk`: `build.scan` is limited to 50m, not to 5m",
                   "route `backfill`: `build.scan` is limited to 50m, not to 5m"}));
}

TEST_F(CodepipelineRefinement, FindsALoosenedThreshold) {
  const Change loosened = [](const Node& variables) {
    Node result = Node::sequence();
    for (Node variable : variables.items()) {
      result.add(variable.at({"Name"}).text() == "SEVERITIES" ? variable.set("Value", "CRITICAL") : variable);
    }
    return result;
  };
  EXPECT_EQ(
      defects_after({"Resources", "TrunkBuildScan", "Properties", "Environment", "EnvironmentVariables"},
                    loosened),
      Texts{"route `trunk`: `build.scan` does not get `CRITICAL,HIGH` as its variable `SEVERITIES`"});
}

TEST_F(CodepipelineRefinement, FindsAnImageThatIsNotTheOneThatWasMade) {
  EXPECT_EQ(defects_after(buildspec("BuildScan"),
                          replaced("IMAGE=\"$pipec_uri_image\"", "IMAGE=\"$pipec_uri_other\"")),
            (Texts{"route `trunk`: `build.scan` does not get `@image.uri` as its variable `IMAGE`",
                   "route `backfill`: `build.scan` does not get `@image.uri` as its variable `IMAGE`"}));
}

TEST_F(CodepipelineRefinement, FindsAGateThatNoLongerBlocks) {
  EXPECT_EQ(defects_after(buildspec("BuildSecrets"), replaced("pipefail /tmp/pipec/build.secrets",
                                                              "pipefail /tmp/pipec/build.secrets || true")),
            (Texts{"route `trunk`: `build.secrets` does not stop the pipeline",
                   "route `review`: `build.secrets` does not stop the pipeline"}));
}

TEST_F(CodepipelineRefinement, FindsAnOrderLostInABuildOfSeveral) {
  const Change swapped = [](const Node& node) {
    const std::string& text = node.text();
    const size_t first = text.rfind('\n', text.find("# element build.compile")) + 1;
    const size_t last = text.rfind('\n', text.find("# element build.bom")) + 1;
    const size_t end = text.find('\n', text.find("pipefail /tmp/pipec/build.bom")) + 1;
    return Node(text.substr(0, first) + text.substr(last, end - last) + text.substr(first, last - first) +
                text.substr(end));
  };
  const Texts defects = defects_after(buildspec("BuildCompileToBom"), swapped);
  EXPECT_NE(std::find(defects.begin(), defects.end(),
                      "route `hotfix`: `build.bom` does not wait for `build.image`"),
            defects.end());
}

TEST_F(CodepipelineRefinement, FindsAnElementLostInABuildOfSeveral) {
  EXPECT_EQ(
      defects_after(buildspec("BuildCompileToBom"), replaced("# element build.secrets", "# build.secrets"))
          .front(),
      "route `hotfix`: `build.secrets` is missing");
}

TEST_F(CodepipelineRefinement, FindsALostRoute) {
  EXPECT_EQ(defects_after({"Resources", "BackfillPipeline", "Type"}, to("AWS::CodePipeline::Webhook")),
            Texts{"route `backfill` is missing"});
}

class CodepipelineAlways : public CodepipelineRefinement {
 protected:
  CodepipelineAlways() : CodepipelineRefinement("tests/support/shared/always.pipe") {}

  Texts in_control(const Texts& path, const Change& change) const {
    return refinement_after(path, change, "/control.yaml").defects;
  }
  static Texts rule(const std::string& part) {
    return {"Resources", "AlwaysTrunkTryRule", "Properties", part};
  }
};

const Texts nothing_after_a_failure{"route `trunk`: `try.teardown` does not run after a failure",
                                    "route `trunk`: `try.tell` does not run after a failure",
                                    "route `trunk`: `try.gone` does not run after a failure"};

TEST_F(CodepipelineAlways, IsFoundAgain) {
  const backends::Refinement refinement = refinement_after({}, [](const Node& document) { return document; });
  EXPECT_EQ(refinement.defects, Texts{});
  // One build does what was asked for at the same time.
  ASSERT_FALSE(refinement.extra.empty());
  EXPECT_EQ(refinement.extra.front().before + " " + refinement.extra.front().after, "try.teardown try.tell");
}

TEST_F(CodepipelineAlways, IsMissedWithoutItsRule) {
  EXPECT_EQ(in_control({"Resources", "AlwaysTrunkTryRule", "Type"}, to("AWS::Events::Other")),
            nothing_after_a_failure);
}

TEST_F(CodepipelineAlways, IsMissedWhenARunCanEndWithoutIt) {
  const Change fewer = [](const Node& states) {
    Node kept = Node::sequence();
    for (const Node& state : states.items()) {
      if (state.text() != "SUPERSEDED") kept.add(state);
    }
    return kept;
  };
  EXPECT_EQ(in_control(rule("EventPattern") + "detail" + "state", fewer), nothing_after_a_failure);
}

TEST_F(CodepipelineAlways, IsMissedWhenAnotherPipelineIsMeant) {
  EXPECT_EQ(in_control(rule("EventPattern") + "detail" + "pipeline", to(Node::sequence({Node("other")}))),
            nothing_after_a_failure);
}

TEST_F(CodepipelineAlways, IsMissedWhenSomethingElseRunsAfterAFailure) {
  EXPECT_EQ(defects_after({"Resources", "TrunkTryAlways", "Properties", "Source", "BuildSpec"},
                          to("buildspec.yml")),
            nothing_after_a_failure);
}

TEST_F(CodepipelineAlways, IsMissedWhenItsValuesAreOthersAfterAFailure) {
  EXPECT_EQ(defects_after({"Resources", "TrunkTryAlways", "Properties", "Environment", "Image"}, to("other")),
            nothing_after_a_failure);
}

TEST_F(CodepipelineAlways, IsMissedWhenOneStopsTheOthers) {
  EXPECT_EQ(defects_after(buildspec("TryTeardownToGone"), replaced("always try.tell env", "env")),
            (Texts{"route `trunk`: `try.tell` does not run after a failure",
                   "route `backfill`: `try.tell` does not run after a failure"}));
}

TEST_F(CodepipelineAlways, IsMissedWhenItsFailureIsHidden) {
  EXPECT_EQ(defects_after(buildspec("LookStop"), replaced("        always_ended\n", "        true\n")),
            (Texts{"route `trunk`: `look.stop` does not stop the pipeline",
                   "route `backfill`: `look.stop` does not stop the pipeline"}));
}

}  // namespace
}  // namespace pipec
