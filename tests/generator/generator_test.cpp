// Random pipelines: generate, compile, emit, read back, and compare with the naive reading.
#include "tests/generator/generator.h"

#include "backends/backend.h"
#include "tests/support/program.h"

#include <algorithm>
#include <functional>

#include <gtest/gtest.h>

namespace pipec::test {
namespace {

constexpr uint32_t pipelines_per_part = 250;
constexpr uint32_t parts = 8;

using Orders = std::set<std::pair<std::string, std::string>>;

// All orders that follow from the edges.
Orders closure(const backends::FoundRoute& route) {
  Orders orders;
  for (const backends::FoundEdge& edge : route.edges)
    orders.emplace(edge.before, edge.after);
  for (const auto& middle : route.elements) {
    for (const auto& first : route.elements) {
      if (!orders.contains({first.id, middle.id})) continue;
      for (const auto& last : route.elements) {
        if (orders.contains({middle.id, last.id})) orders.emplace(first.id, last.id);
      }
    }
  }
  return orders;
}

void compare(const GeneratedRoute& expected, const backends::FoundRoute& found, const std::string& target) {
  std::set<std::string> ids;
  for (const backends::FoundElement& element : found.elements) {
    EXPECT_TRUE(ids.insert(element.id).second) << element.id << " is there twice";
    const auto wanted = expected.elements.find(element.id);
    ASSERT_NE(wanted, expected.elements.end()) << element.id << " was not asked for";
    EXPECT_EQ(element.approval, wanted->second.kind == "approval") << element.id;
    EXPECT_EQ(element.blocking, wanted->second.blocking) << element.id;
    EXPECT_EQ(element.always, wanted->second.always) << element.id;
    if (element.approval) continue;
    EXPECT_EQ(element.work, wanted->second.command) << element.id;
    EXPECT_EQ(element.timeout.seconds, wanted->second.timeout_seconds) << element.id;
    for (const auto& [name, value] : wanted->second.environment) {
      ASSERT_TRUE(element.environment.contains(name)) << element.id << " " << name;
      EXPECT_EQ(element.environment.at(name), value) << element.id << " " << name;
    }
  }
  EXPECT_EQ(ids.size(), expected.elements.size());
  const Orders orders = closure(found);
  for (const auto& [first, second] : expected.orders) {
    EXPECT_TRUE(orders.contains({first, second})) << second << " does not wait for " << first;
  }
  // Where the target keeps the graph as it is, nothing waits without being asked to.
  if (target != "local") return;
  for (const auto& [first, second] : orders) {
    EXPECT_TRUE(expected.orders.contains({first, second})) << second << " waits for " << first;
  }
}

// The graph of the IR in the form of one that was read back.
backends::FoundRoute graph_of(const ir::Route& route) {
  backends::FoundRoute found{route.name, {}, {}};
  std::vector<std::string> earlier;
  for (const ir::Stage& stage : route.stages) {
    std::vector<std::string> here;
    for (size_t i = 0; i < stage.elements.size(); ++i) {
      const ir::Element& element = stage.elements[i];
      backends::FoundElement read{element.id,
                                  element.kind == ir::ElementKind::approval,
                                  !element.continue_on_failure,
                                  element.always,
                                  "",
                                  {},
                                  element.timeout};
      if (!read.approval) {
        const ir::Work& work = element.work.at("local");
        read.work = work.script;
        for (const auto& [name, value] : work.environment)
          read.environment.emplace(name, value.text());
      }
      found.elements.push_back(std::move(read));
      for (const size_t before : stage.before[i])
        found.edges.push_back({stage.elements[before].id, element.id});
      for (const std::string& id : earlier)
        found.edges.push_back({id, element.id});
      here.push_back(element.id);
    }
    earlier.insert(earlier.end(), here.begin(), here.end());
  }
  return found;
}

class Generated : public testing::TestWithParam<uint32_t> {
 protected:
  // Calls with each pipeline of the part and what it was compiled to, until a test fails.
  static void for_each(const std::function<void(const GeneratedPipeline&, const ir::Program&)>& call) {
    for (uint32_t i = 0; i < pipelines_per_part && !HasFailure(); ++i) {
      const uint32_t seed = GetParam() * pipelines_per_part + i;
      const GeneratedPipeline generated = generate(seed);
      SCOPED_TRACE("seed " + std::to_string(seed) + "\n" + generated.text);
      const ir::Program program = compile(generated.text);
      if (!HasFailure()) call(generated, program);
    }
  }
};

TEST_P(Generated, IsUnderstoodAsItWasMeant) {
  for_each([](const GeneratedPipeline& generated, const ir::Program& program) {
    for (const GeneratedRoute& expected : generated.routes) {
      for (const ir::Route& route : program.pipelines.front().routes) {
        if (route.name == expected.name) compare(expected, graph_of(route), "local");
      }
    }
  });
}

// One target's output, read back; false when the target refuses the pipeline: some have elements with more
// artifacts than it takes.
bool reads_back(const GeneratedPipeline& generated, const ir::Pipeline& pipeline, const std::string& target) {
  SCOPED_TRACE(target);
  const backends::Backend& backend = *backends::find_backend(target);
  DiagnosticSink sink;
  backend.check(pipeline, sink);
  if (sink.has_errors()) return false;
  const backends::FoundPipeline found = backend.read_back(backend.emit(pipeline, {}));
  for (const GeneratedRoute& route : generated.routes) {
    const auto emitted = std::find_if(found.routes.begin(), found.routes.end(),
                                      [&](const backends::FoundRoute& r) { return r.name == route.name; });
    if (emitted == found.routes.end()) {
      ADD_FAILURE() << route.name << " is not there";
    } else {
      compare(route, *emitted, target);
    }
  }
  return true;
}

TEST_P(Generated, ReadsBackAsItWasMeant) {
  uint32_t refused = 0;
  for_each([&](const GeneratedPipeline& generated, const ir::Program& program) {
    for (const std::string target : {"codepipeline", "github", "local"})
      refused += reads_back(generated, program.pipelines.front(), target) ? 0 : 1;
  });
  EXPECT_LT(refused, pipelines_per_part / 20);
}

INSTANTIATE_TEST_SUITE_P(Parts, Generated, testing::Range(0u, parts));

}  // namespace
}  // namespace pipec::test
