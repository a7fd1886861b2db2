#include "backends/local/runner/scheduler.h"

#include "backends/local/runner/graph.h"

#include <gtest/gtest.h>

namespace pipec::runner {
namespace {

local::Element element(const std::string& id, std::vector<std::string> needs = {}) {
  return {.id = id,
          .kind = local::Kind::action,
          .needs = std::move(needs),
          .work = local::Work(local::Script{.text = std::string("true")})};
}

class SchedulerTest : public testing::Test {
 protected:
  // Two stages around one without elements: a, then b and c at the same time, then d.
  SchedulerTest()
      : stages_{{.name = std::string("one"),
                 .elements = {element("a"), element("b", {"a"}), element("c", {"a"})}},
                {.name = std::string("two")},
                {.name = std::string("three"), .elements = {element("d")}}},
        graph_(make_graph({&stages_[0], &stages_[1], &stages_[2]})) {}

  // The ids of all that may start now, in order.
  std::string starts(Scheduler& scheduler) const {
    std::string ids;
    while (const auto task = scheduler.next())
      ids += graph_.tasks[*task].id();
    return ids;
  }

  std::vector<local::Stage> stages_;
  Graph graph_;
};

TEST_F(SchedulerTest, KeepsOrdersAndBarriers) {
  Scheduler scheduler(graph_, false);
  EXPECT_EQ(starts(scheduler), "a");
  scheduler.ended(0, true);
  EXPECT_EQ(starts(scheduler), "bc");
  scheduler.ended(2, true);
  EXPECT_EQ(starts(scheduler), "");
  scheduler.ended(1, true);
  EXPECT_EQ(starts(scheduler), "d");
  EXPECT_FALSE(scheduler.done());
  scheduler.ended(3, true);
  EXPECT_TRUE(scheduler.done());
}

TEST_F(SchedulerTest, StartsNothingAfterAFailure) {
  Scheduler scheduler(graph_, false);
  starts(scheduler);
  scheduler.ended(0, true);
  ASSERT_EQ(scheduler.next(), 1u);
  scheduler.ended(1, false);
  EXPECT_EQ(starts(scheduler), "");
  EXPECT_TRUE(scheduler.done());
}

TEST_F(SchedulerTest, KeepsGoingWithWhatDoesNotDependOnAFailure) {
  Scheduler scheduler(graph_, true);
  starts(scheduler);
  scheduler.ended(0, true);
  ASSERT_EQ(scheduler.next(), 1u);
  scheduler.ended(1, false);
  EXPECT_EQ(starts(scheduler), "c");
  scheduler.ended(2, true);
  // The next stage depends on everything of the one before.
  EXPECT_EQ(starts(scheduler), "");
  EXPECT_TRUE(scheduler.done());
}

TEST_F(SchedulerTest, IsDoneOnceStoppedAndEmpty) {
  Scheduler scheduler(graph_, false);
  starts(scheduler);
  scheduler.stop();
  EXPECT_FALSE(scheduler.done());
  scheduler.ended(0, true);
  EXPECT_EQ(starts(scheduler), "");
  EXPECT_TRUE(scheduler.done());
}

TEST(Graph, GrowsWithItsElements) {
  // A barrier between two stages of 1,000 elements each costs 2,000 edges, not 1,000,000.
  std::vector<local::Stage> stages{{.name = std::string("one")}, {.name = std::string("two")}};
  for (local::Stage& stage : stages) {
    for (int i = 0; i < 1000; ++i)
      stage.elements.push_back(element(*stage.name + "." + std::to_string(i)));
  }
  const Graph graph = make_graph({&stages[0], &stages[1]});
  size_t edges = 0;
  for (const auto& after : graph.after)
    edges += after.size();
  EXPECT_EQ(edges, 2000u);
}

}  // namespace
}  // namespace pipec::runner
