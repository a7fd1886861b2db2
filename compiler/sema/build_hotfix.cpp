// The route of a hotfix, and its backfill.
#include "compiler/diag/kinds/routes.h"
#include "compiler/sema/named_values.h"
#include "compiler/sema/order.h"
#include "compiler/sema/pipeline_analysis.h"
#include "compiler/support/expression.h"

#include <algorithm>
#include <functional>
#include <set>

namespace pipec::sema {

void PipelineAnalysis::build_hotfix(const RoutePart& part) {
  const NamedValues values = bind_route(part, "hotfix", "`hotfix`");
  HotfixPolicy policy;
  if (const Value* name = find(values, "branches")) policy.branches = name->text();
  if (const Value* incident = find(values, "incident")) {
    const Value& expression = *incident->find("expression");
    policy.incident = expression.text();
    const bool in_one_word = policy.incident.find_first_of("/ ") == std::string::npos;
    if (!in_one_word || !Expression::parse(policy.incident)) {
      sink_.report(
          diag::incident_pattern, expression.span,
          "the pattern must be a regular expression of letters, digits, `-`, `_`, classes such as `[A-Z]`, "
          "groups, `|` and repetitions");
    }
  }
  if (const Value* limit = find(values, "limit")) {
    policy.limit = {*limit->find("count")->as<int64_t>(), *limit->find("per")->as<Duration>()};
  }
  if (const Value* backfill = find(values, "backfill")) {
    Backfill built;
    if (const Value* into = backfill->find("into")) {
      for (const Value& branch : into->items()) {
        built.into.push_back(branch.text());
        built.into_spans.push_back(branch.span);
      }
    }
    if (const Value* within = backfill->find("within");
        within != nullptr && within->as<Duration>() != nullptr) {
      built.within = *within->as<Duration>();
    }
    policy.backfill = std::move(built);
  }
  if (const Value* notify = find(values, "notify")) policy.notify = notify->items();
  const Value* runbook = find(values, "runbook");
  const auto* named = runbook == nullptr ? nullptr : runbook->as<ReferenceValue>();
  if (named != nullptr) policy.runbook = &declarations_.runbook(*named->entity);

  Route route = build_derived(RouteKind::hotfix, "hotfix", derive(part, "the hotfix", true, raw_trunk_),
                              part.node->head);
  route.trigger.branches = {policy.branches};
  const GivenField branches = evaluator_.given_field(part.layers(), "branches");
  policy.branches_span = branches.field == nullptr ? part.node->head : branches.field->span;
  route.budget = optional_of(values, "budget");
  pipeline_->hotfix = std::move(policy);
  build_backfill(route);
  // The backfill was put last; the hotfix belongs before it.
  pipeline_->routes.insert(pipeline_->routes.end() - 1, std::move(route));
}

// Trunk, restricted to what the hotfix skipped or loosened and what that needs, without production.
void PipelineAnalysis::build_backfill(const Route& hotfix) {
  const Route& trunk = pipeline_->trunk();
  std::set<std::string> wanted;
  std::vector<std::string> open;
  const auto want = [&](const std::string& id) {
    const auto position = trunk.find(id);
    if (!position || trunk.stages[position->stage].production()) return;
    if (wanted.insert(id).second) open.push_back(id);
  };
  for (const Change& change : hotfix.changes) {
    if (change.kind != ChangeKind::added) want(change.element);
  }
  const auto want_needs = [&] {
    while (!open.empty()) {
      const Route::Position position = *trunk.find(open.back());
      open.pop_back();
      const Stage& stage = trunk.stages[position.stage];
      for (const ArtifactUse& use : stage.elements[position.element]->consumes) {
        const auto artifact = names_.artifacts.find(use.artifact);
        if (artifact != names_.artifacts.end() && !artifact->second.maker.empty())
          want(artifact->second.maker);
      }
      // What a check of an environment looks at must have been brought there.
      const std::vector<bool> earlier = stage.order.all_before(position.element);
      for (size_t other = 0; stage.environment != nullptr && other < stage.elements.size(); ++other) {
        const bool prepares = stage.elements[other]->kind != ast::ElementKind::gate;
        if (prepares && earlier[other]) want(stage.elements[other]->id);
      }
      for (size_t s = 0; stage.environment != nullptr && s < position.stage; ++s) {
        if (trunk.stages[s].environment != stage.environment) continue;
        for (const auto& element : trunk.stages[s].elements) {
          if (element->kind != ast::ElementKind::gate && !element->always) want(element->id);
        }
      }
    }
  };
  want_needs();
  // A stage that begins ends with its `always`, and `always` needs something that begins. What is needed for
  // that is made in earlier stages.
  for (size_t s = trunk.stages.size(); s-- > 0;) {
    const Stage& stage = trunk.stages[s];
    const auto is_wanted = [&](const auto& element) { return wanted.contains(element->id); };
    if (std::none_of(stage.elements.begin(), stage.elements.end(), is_wanted)) continue;
    const bool begins = std::any_of(stage.elements.begin(), stage.elements.end(), [&](const auto& element) {
      return is_wanted(element) && !element->always && element->kind != ast::ElementKind::approval;
    });
    for (const auto& element : stage.elements) {
      if (element->always || !begins) want(element->id);
    }
    want_needs();
  }
  RawRoute raw = raw_trunk_;
  for (RawStage& stage : raw.stages) {
    const std::function<void(RawNode&)> keep = [&](RawNode& node) {
      const bool unwanted = node.kind == RawNode::Kind::element && !wanted.contains(node.element->id);
      if (unwanted) {
        auto removed = std::make_shared<RawElement>(*node.element);
        removed->removed = true;
        node.element = std::move(removed);
      }
      for (RawNode& child : node.children)
        keep(child);
    };
    keep(stage.root);
  }
  std::erase_if(raw.stages, [](const RawStage& stage) {
    bool empty = true;
    for_each_element(stage.root, [&](const auto&) { empty = false; });
    return empty;
  });
  pipeline_->routes.push_back(build_route(RouteKind::backfill, "backfill", raw, hotfix.head));
}

}  // namespace pipec::sema
