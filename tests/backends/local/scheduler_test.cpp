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

local::Element always(const std::string& id, std::vector<std::string> needs) {
  local::Element made = element(id, std::move(needs));
  made.always = true;
  return made;
}

class GraphTest : public testing::Test {
 protected:
  explicit GraphTest(std::vector<local::Stage> stages)
      : stages_(std::move(stages)), graph_(graph_of(stages_)) {}

  // The ids of all that may start now, in order.
  std::string starts(Scheduler& scheduler) const {
    std::string ids;
    while (const auto task = scheduler.next())
      ids += graph_.tasks[*task].id();
    return ids;
  }

  static Graph graph_of(const std::vector<local::Stage>& stages) {
    std::vector<const local::Stage*> pointers;
    for (const local::Stage& stage : stages)
      pointers.push_back(&stage);
    return make_graph(pointers);
  }

  std::vector<local::Stage> stages_;
  Graph graph_;
};

// Two stages around one without elements: a, then b and c at the same time, then d.
class SchedulerTest : public GraphTest {
 protected:
  SchedulerTest()
      : GraphTest({{.name = std::string("one"),
                    .elements = {element("a"), element("b", {"a"}), element("c", {"a"})}},
                   {.name = std::string("two")},
                   {.name = std::string("three"), .elements = {element("d")}}}) {}
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

// a, then b; always c, then d beside e; and a stage behind.
class AlwaysTest : public GraphTest {
 protected:
  AlwaysTest()
      : GraphTest({{.name = std::string("one"),
                    .elements = {element("a"), element("b", {"a"}), always("c", {"b"}), always("d", {"c"}),
                                 always("e", {"b"})}},
                   {.name = std::string("two"), .elements = {element("f"), always("g", {"f"})}}}) {}
};

TEST_F(AlwaysTest, ComesLastAndLetsTheNextStageBegin) {
  Scheduler scheduler(graph_, false);
  EXPECT_EQ(starts(scheduler), "a");
  scheduler.ended(0, true);
  EXPECT_EQ(starts(scheduler), "b");
  scheduler.ended(1, true);
  EXPECT_EQ(starts(scheduler), "ce");
  scheduler.ended(2, true);
  EXPECT_EQ(starts(scheduler), "d");
  scheduler.ended(3, true);
  EXPECT_EQ(starts(scheduler), "");
  scheduler.ended(4, true);
  EXPECT_EQ(starts(scheduler), "f");
  scheduler.ended(5, true);
  EXPECT_EQ(starts(scheduler), "g");
  scheduler.ended(6, true);
  EXPECT_TRUE(scheduler.done());
}

TEST_F(AlwaysTest, FollowsAFailureAndIsNotStoppedByItsLike) {
  for (const bool keep_going : {false, true}) {
    Scheduler scheduler(graph_, keep_going);
    starts(scheduler);
    scheduler.ended(0, false);
    EXPECT_FALSE(scheduler.done());
    EXPECT_EQ(starts(scheduler), "ce");
    scheduler.ended(2, false);
    EXPECT_EQ(starts(scheduler), "d");
    scheduler.ended(4, false);
    scheduler.ended(3, true);
    // The stage has failed, so the next one does not begin.
    EXPECT_EQ(starts(scheduler), "");
    EXPECT_TRUE(scheduler.done());
  }
}

TEST_F(AlwaysTest, StopsTheNextStageWhenItFails) {
  Scheduler scheduler(graph_, true);
  starts(scheduler);
  scheduler.ended(0, true);
  starts(scheduler);
  scheduler.ended(1, true);
  EXPECT_EQ(starts(scheduler), "ce");
  scheduler.ended(4, false);
  scheduler.ended(2, true);
  EXPECT_EQ(starts(scheduler), "d");
  scheduler.ended(3, true);
  EXPECT_EQ(starts(scheduler), "");
  EXPECT_TRUE(scheduler.done());
}

TEST_F(AlwaysTest, FollowsAStopButNoStopOfAll) {
  Scheduler scheduler(graph_, false);
  starts(scheduler);
  scheduler.stop();
  EXPECT_TRUE(scheduler.always_follows());
  EXPECT_EQ(starts(scheduler), "");
  scheduler.ended(0, false);
  ASSERT_EQ(scheduler.next(), 2u);
  scheduler.stop_all();
  EXPECT_FALSE(scheduler.always_follows());
  EXPECT_EQ(starts(scheduler), "");
  scheduler.ended(2, false);
  EXPECT_TRUE(scheduler.done());
}

TEST_F(AlwaysTest, NeedsSomethingThatHasBegun) {
  stages_[0].elements[0].kind = local::Kind::approval;
  const Graph graph = make_graph({&stages_[0], &stages_[1]});
  Scheduler scheduler(graph, false);
  starts(scheduler);
  scheduler.ended(0, false);
  EXPECT_EQ(starts(scheduler), "");
  EXPECT_TRUE(scheduler.done());

  Scheduler unstarted(graph, false);
  unstarted.stop();
  EXPECT_TRUE(unstarted.done());
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
