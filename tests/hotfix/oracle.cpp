#include "tests/hotfix/oracle.h"

#include <algorithm>
#include <set>

#include <fmt/core.h>

namespace pipec::test {
namespace {

struct Placed {
  const ir::Element* element;
  const ir::Environment* environment;
  bool production;
  // The ids of all that has ended when it starts.
  std::set<std::string> before;
};

bool same_place(const ir::Environment& a, const ir::Environment& b) {
  const bool shares = std::any_of(a.regions.begin(), a.regions.end(), [&](const std::string& region) {
    return std::find(b.regions.begin(), b.regions.end(), region) != b.regions.end();
  });
  return a.name == b.name || (a.account == b.account && shares);
}

class Reading {
 public:
  Reading(const ir::Pipeline& pipeline, const ir::Route& route) : pipeline_(pipeline) {
    std::set<std::string> earlier;
    for (const ir::Stage& stage : route.stages) {
      const size_t first = placed.size();
      for (size_t i = 0; i < stage.elements.size(); ++i)
        place(stage, i, earlier);
      // Before what comes before it comes everything before that; a stage's length is enough rounds.
      for (size_t round = 0; round < stage.elements.size(); ++round) {
        for (size_t i = first; i < placed.size(); ++i)
          inherit(placed[i], first);
      }
      for (const ir::Element& element : stage.elements)
        earlier.insert(element.id);
    }
  }

  const Placed* find(const std::string& id) const {
    for (const Placed& p : placed) {
      if (p.element->id == id) return &p;
    }
    return nullptr;
  }

  std::vector<Placed> placed;

 private:
  void place(const ir::Stage& stage, size_t index, const std::set<std::string>& earlier) {
    Placed p{&stage.elements[index], nullptr, stage.production, earlier};
    if (stage.environment) p.environment = &pipeline_.environments[*stage.environment];
    for (const size_t other : stage.before[index])
      p.before.insert(stage.elements[other].id);
    placed.push_back(std::move(p));
  }

  void inherit(Placed& p, size_t first) const {
    for (size_t i = first; i < placed.size(); ++i) {
      if (p.before.contains(placed[i].element->id))
        p.before.insert(placed[i].before.begin(), placed[i].before.end());
    }
  }

  const ir::Pipeline& pipeline_;
};

// The position in the order of severities, the least strict first; a gate without a threshold stops at
// anything.
int strictness(const std::string& severity) {
  const std::vector<std::string> order{"critical", "high", "medium", "low", ""};
  return static_cast<int>(std::find(order.begin(), order.end(), severity) - order.begin());
}

const ir::Route& route_of(const ir::Pipeline& pipeline, ir::RouteKind kind) {
  return *std::find_if(pipeline.routes.begin(), pipeline.routes.end(),
                       [&](const ir::Route& route) { return route.kind == kind; });
}

bool same_work(const ir::Element& a, const ir::Element& b) {
  const ir::Work& one = a.work.begin()->second;
  const ir::Work& other = b.work.begin()->second;
  const auto texts = [](const ir::NamedValues& values) {
    std::set<std::pair<std::string, std::string>> read;
    for (const auto& [name, value] : values)
      read.emplace(name, value.text());
    return read;
  };
  return one.script == other.script && texts(one.environment) == texts(other.environment) &&
         one.working_directory == other.working_directory;
}

class Oracle {
 public:
  explicit Oracle(const ir::Pipeline& pipeline)
      : pipeline_(pipeline),
        trunk_(pipeline, pipeline.trunk()),
        hotfix_(pipeline, route_of(pipeline, ir::RouteKind::hotfix)),
        backfill_(pipeline, route_of(pipeline, ir::RouteKind::backfill)) {}

  std::vector<std::string> judge() {
    for (const Placed& p : hotfix_.placed) {
      if (p.element->kind == ir::ElementKind::deploy) judge_deployment(p);
      if (in_production(p)) judge_production(p);
    }
    for (const Placed& p : trunk_.placed)
      judge_debt(p);
    return std::move(broken_);
  }

 private:
  bool in_production(const Placed& p) const {
    if (p.production) return true;
    if (p.environment == nullptr) return false;
    return std::any_of(trunk_.placed.begin(), trunk_.placed.end(), [&](const Placed& t) {
      return t.production && t.environment != nullptr && same_place(*t.environment, *p.environment);
    });
  }

  // H1: what trunk calls final and puts before a deployment there is here too, before this one.
  void judge_deployment(const Placed& deployment) {
    for (const Placed& there : trunk_.placed) {
      if (there.element->kind != ir::ElementKind::deploy || there.environment == nullptr) continue;
      if (deployment.environment == nullptr || !same_place(*there.environment, *deployment.environment))
        continue;
      for (const std::string& id : there.before) {
        const Placed& gate = *trunk_.find(id);
        if (gate.element->final) judge_gate(*gate.element, deployment);
      }
    }
    for (const Placed& gate : trunk_.placed) {
      if (gate.element->final && examines(gate, deployment)) judge_examination(gate, deployment);
    }
  }

  // On trunk the gate stands behind a deployment to that environment.
  bool examines(const Placed& gate, const Placed& deployment) const {
    if (gate.environment == nullptr || deployment.environment == nullptr ||
        gate.environment->name != deployment.environment->name)
      return false;
    return std::any_of(gate.before.begin(), gate.before.end(), [&](const std::string& id) {
      const Placed& earlier = *trunk_.find(id);
      return earlier.element->kind == ir::ElementKind::deploy && earlier.environment == gate.environment;
    });
  }

  void judge_examination(const Placed& gate, const Placed& deployment) {
    const Placed* here = hotfix_.find(gate.element->id);
    if (here == nullptr) return broken("H1: {} is gone", gate.element->id);
    if (!here->before.contains(deployment.element->id))
      broken("H1: {} does not wait for {}", gate.element->id, deployment.element->id);
    if (deployment.element->continue_on_failure)
      broken("H1: {} runs although {} has failed", gate.element->id, deployment.element->id);
  }

  // All that went into the artifact.
  static std::set<size_t> made_of(const Reading& route, size_t artifact) {
    std::set<size_t> sources;
    for (const Placed& p : route.placed) {
      const auto& produces = p.element->produces;
      if (std::find(produces.begin(), produces.end(), artifact) == produces.end()) continue;
      for (const size_t source : p.element->consumes) {
        sources.insert(source);
        sources.merge(made_of(route, source));
      }
    }
    return sources;
  }

  void judge_gate(const ir::Element& gate, const Placed& deployment) {
    const Placed* here = hotfix_.find(gate.id);
    if (here == nullptr) return broken("H1: {} is gone", gate.id);
    const ir::Element& now = *here->element;
    if (!deployment.before.contains(gate.id))
      broken("H1: {} is not before {}", gate.id, deployment.element->id);
    if (now.kind != ir::ElementKind::gate) broken("H1: {} is no gate", gate.id);
    if (now.continue_on_failure) broken("H1: {} does not block", gate.id);
    if (now.consumes != gate.consumes) broken("H1: {} looks at something else", gate.id);
    if (!same_work(now, gate)) broken("H1: {} runs something else", gate.id);
    for (const size_t artifact : deployment.element->consumes) {
      const std::set<size_t> sources = made_of(hotfix_, artifact);
      for (const size_t source : made_of(trunk_, artifact)) {
        const bool examined =
            std::find(gate.consumes.begin(), gate.consumes.end(), source) != gate.consumes.end();
        if (examined && !sources.contains(source))
          broken("H1: {} looks at what {} is not made of", gate.id, deployment.element->id);
      }
    }
    const int least = std::min(strictness(gate.fail_on), strictness(gate.floor));
    if (strictness(now.fail_on) < least) broken("H1: {} lets more pass", gate.id);
  }

  void judge_production(const Placed& p) {
    const bool changes =
        p.element->kind == ir::ElementKind::deploy || p.element->kind == ir::ElementKind::action;
    if (!changes) return;
    // H4
    const bool approved = std::any_of(p.before.begin(), p.before.end(), [&](const std::string& id) {
      const Placed& earlier = *hotfix_.find(id);
      return earlier.element->kind == ir::ElementKind::approval && !earlier.element->continue_on_failure &&
             earlier.element->approvers.has_value();
    });
    if (!approved) broken("H4: nobody agrees before {}", p.element->id);
    // H5
    for (const size_t artifact : p.element->consumes) {
      const bool made = std::any_of(p.before.begin(), p.before.end(), [&](const std::string& id) {
        const auto& produces = hotfix_.find(id)->element->produces;
        return std::find(produces.begin(), produces.end(), artifact) != produces.end();
      });
      if (!made) broken("H5: {} takes what this run did not build", p.element->id);
    }
    if (p.element->kind != ir::ElementKind::deploy) return;
    if (p.element->consumes.empty()) broken("H5: {} deploys nothing that was built", p.element->id);
    // H7
    if (!p.element->rollback) broken("H7: {} has no way back", p.element->id);
  }

  // H2: what is missing or runs something else is made up for, at trunk's settings.
  void judge_debt(const Placed& there) {
    const Placed* here = hotfix_.find(there.element->id);
    const bool same = here != nullptr && here->element->kind == there.element->kind &&
                      (there.element->work.empty() || same_work(*here->element, *there.element)) &&
                      (there.element->continue_on_failure || !here->element->continue_on_failure) &&
                      strictness(here->element->fail_on) >= strictness(there.element->fail_on);
    if (same) return;
    if (in_production(there)) {
      const bool examines = there.element->kind == ir::ElementKind::gate && there.element->checks;
      if (examines && here == nullptr) substitute(there);
      return;
    }
    const Placed* later = backfill_.find(there.element->id);
    if (later == nullptr) return broken("H2: {} is never made up for", there.element->id);
    const bool as_on_trunk = there.element->work.empty() || same_work(*later->element, *there.element);
    if (!as_on_trunk) broken("H2: {} is not made up for as on trunk", there.element->id);
  }

  // A check of production that is left out needs another one in its place.
  void substitute(const Placed& there) {
    const bool another = std::any_of(hotfix_.placed.begin(), hotfix_.placed.end(), [&](const Placed& p) {
      return p.element->kind == ir::ElementKind::gate && in_production(p) && p.element->checks &&
             trunk_.find(p.element->id) == nullptr && !p.element->continue_on_failure;
    });
    if (!another) broken("H2: {} examined production and has no substitute", there.element->id);
  }

  template <class... T>
  void broken(fmt::format_string<T...> text, T&&... values) {
    broken_.push_back(fmt::format(text, std::forward<T>(values)...));
  }

  const ir::Pipeline& pipeline_;
  Reading trunk_;
  Reading hotfix_;
  Reading backfill_;
  std::vector<std::string> broken_;
};

}  // namespace

std::vector<std::string> broken_promises(const ir::Pipeline& pipeline) { return Oracle(pipeline).judge(); }

}  // namespace pipec::test
