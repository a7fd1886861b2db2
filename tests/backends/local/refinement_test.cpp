// Read back finds the graph again that was asked for, and every planted bug of a backend.
#include "backends/common/refine.h"
#include "backends/common/values.h"
#include "backends/local/lower_plan.h"
#include "backends/local/plan.h"
#include "tests/support/program.h"

#include <functional>
#include <map>

#include <gtest/gtest.h>

namespace pipec {
namespace {

class LocalRefinement : public testing::Test {
 protected:
  void SetUp() override {
    program_ = test::compile(test::source_file("samples/checkout/checkout.pipe"));
    ASSERT_EQ(program_.pipelines.size(), 1u);
  }

  // The defects of the sample's plan after somebody has changed it.
  std::vector<std::string> defects_after(const std::function<void(local::Plan&)>& change) const {
    const ir::Pipeline& pipeline = program_.pipelines.front();
    local::Plan plan = local::lower_plan(pipeline, {});
    change(plan);
    const backends::OutputSet output{{"p.plan.yaml", local::write_plan(plan, ""), false}};
    const backends::FoundPipeline found = backends::find_backend("local")->read_back(output);
    const backends::Refinement refinement = backends::refine(pipeline, "local", {}, found);
    EXPECT_TRUE(refinement.extra.empty());
    return refinement.defects;
  }

  static local::Element& element(local::Plan& plan, std::string_view id) {
    for (local::Stage& stage : plan.routes.front().stages) {
      for (local::Element& element : stage.elements) {
        if (*element.id == id) return element;
      }
    }
    ADD_FAILURE() << id;
    return plan.routes.front().stages.front().elements.front();
  }
  static local::Script& script(local::Plan& plan, std::string_view id) {
    return std::get<local::Script>(element(plan, id).work.value);
  }

  ir::Program program_;
};

using Texts = std::vector<std::string>;

TEST_F(LocalRefinement, TheSampleRefines) {
  EXPECT_EQ(defects_after([](local::Plan&) {}), Texts{});
}

TEST_F(LocalRefinement, FindsALostOrder) {
  EXPECT_EQ(defects_after([](local::Plan& plan) { element(plan, "build.scan").needs.clear(); }),
            (Texts{"route `trunk`: `build.scan` does not wait for `build.compile`",
                   "route `trunk`: `build.scan` does not wait for `build.lint`",
                   "route `trunk`: `build.scan` does not wait for `build.unit`",
                   "route `trunk`: `build.scan` does not wait for `build.secrets`",
                   "route `trunk`: `build.scan` does not wait for `build.sast`",
                   "route `trunk`: `build.scan` does not wait for `build.image`",
                   "route `trunk`: `build.scan` does not wait for `build.bom`"}));
}

TEST_F(LocalRefinement, FindsAnInventedOrder) {
  EXPECT_EQ(
      defects_after([](local::Plan& plan) { element(plan, "build.unit").needs.push_back("build.lint"); }),
      Texts{"route `trunk`: `build.unit` waits for `build.lint`, which nobody asked for"});
}

TEST_F(LocalRefinement, FindsALostGate) {
  EXPECT_EQ(defects_after([](local::Plan& plan) {
              auto& elements = plan.routes.front().stages.front().elements;
              std::erase_if(elements, [](const local::Element& e) { return *e.id == "build.scan"; });
            }),
            Texts{"route `trunk`: `build.scan` is missing"});
}

TEST_F(LocalRefinement, FindsASwappedScript) {
  EXPECT_EQ(defects_after([](local::Plan& plan) {
              std::swap(script(plan, "build.lint").text, script(plan, "build.unit").text);
            }),
            (Texts{"route `trunk`: `build.lint` does something else than it should",
                   "route `trunk`: `build.unit` does something else than it should"}));
}

TEST_F(LocalRefinement, FindsSwappedStages) {
  const Texts defects = defects_after([](local::Plan& plan) {
    auto& stages = plan.routes.front().stages;
    std::swap(stages[0], stages[1]);
  });
  ASSERT_FALSE(defects.empty());
  EXPECT_NE(std::find(defects.begin(), defects.end(),
                      "route `trunk`: `sign.signature` does not wait for `build.scan`"),
            defects.end());
}

TEST_F(LocalRefinement, FindsALoosenedThreshold) {
  EXPECT_EQ(defects_after([](local::Plan& plan) {
              for (auto& [name, value] : script(plan, "build.scan").environment) {
                if (name == "SEVERITIES") value = "CRITICAL";
              }
            }),
            Texts{"route `trunk`: `build.scan` does not get `CRITICAL,HIGH` as its variable `SEVERITIES`"});
}

TEST_F(LocalRefinement, FindsAnotherTimeout) {
  EXPECT_EQ(defects_after([](local::Plan& plan) { element(plan, "build.lint").timeout = Duration{99}; }),
            Texts{"route `trunk`: `build.lint` is limited to 1m39s, not to 3m"});
}

TEST_F(LocalRefinement, FindsAGateThatNoLongerBlocks) {
  EXPECT_EQ(defects_after([](local::Plan& plan) { element(plan, "build.lint").continue_on_failure = true; }),
            Texts{"route `trunk`: `build.lint` does not stop the pipeline"});
}

TEST_F(LocalRefinement, FindsAnApprovalThatIsNone) {
  EXPECT_EQ(defects_after([](local::Plan& plan) {
              element(plan, "prod.release").work =
                  local::Work(local::Simulation{.block = std::string("simulated_check")});
            }),
            Texts{"route `trunk`: `prod.release` is not emitted as an approval"});
}

TEST_F(LocalRefinement, FindsWhatRunsAfterAFailureWithoutBeingAskedTo) {
  EXPECT_EQ(defects_after([](local::Plan& plan) { element(plan, "build.scan").always = true; }),
            Texts{"route `trunk`: `build.scan` runs after a failure although it should not"});
}

TEST(LocalAlways, IsFoundAgainAndMissedWhenItIsLost) {
  const ir::Program program = test::compile(test::source_file("tests/support/shared/always.pipe"));
  const ir::Pipeline& pipeline = program.pipelines.front();
  const backends::Backend& backend = *backends::find_backend("local");
  backends::OutputSet output = backend.emit(pipeline, {});
  EXPECT_EQ(backends::refine(pipeline, "local", {}, backend.read_back(output)).defects, Texts{});
  std::string& text = output.front().text;
  const size_t place = text.find("            always: true\n");
  ASSERT_NE(place, std::string::npos);
  text.replace(place, 25, "");
  const Texts defects = backends::refine(pipeline, "local", {}, backend.read_back(output)).defects;
  ASSERT_FALSE(defects.empty());
  EXPECT_EQ(defects.front(), "route `trunk`: `build.tidy` does not run after a failure");
}

TEST(LocalAlways, CommandsKnowHowLongTheirEnvironmentMayStand) {
  const ir::Program program = test::compile(test::source_file("tests/support/shared/always.pipe"));
  std::map<std::string, std::string> found;
  for (const ir::Stage& stage : program.pipelines.front().trunk().stages) {
    for (const ir::Element& element : stage.elements) {
      const auto work = element.work.find("local");
      if (work == element.work.end()) continue;
      for (const auto& [name, value] : work->second.environment) {
        if (name == "ENVIRONMENT_TTL") found[element.id] = backends::environment_text(value);
      }
    }
  }
  // What an element says itself counts.
  EXPECT_EQ(found, (std::map<std::string, std::string>{{"try.up", "18000"},
                                                       {"try.smoke", "600"},
                                                       {"try.teardown", "18000"},
                                                       {"try.tell", "18000"},
                                                       {"try.gone", "18000"}}));
}

TEST_F(LocalRefinement, FindsALostRoute) {
  EXPECT_EQ(defects_after([](local::Plan& plan) { plan.routes.pop_back(); }),
            Texts{"route `backfill` is missing"});
}

}  // namespace
}  // namespace pipec
