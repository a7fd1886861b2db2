#include "tests/mutation/promises.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::test {
namespace {

bool same_kind(ast::ElementKind read, ir::ElementKind compiled) {
  return static_cast<int>(read) == static_cast<int>(compiled);
}

std::string element_differs(const std::string& where, const ReadElement& read, const ir::Element& compiled) {
  if (!same_kind(read.kind, compiled.kind)) return where + " is of another kind";
  if (read.final != compiled.final) return where + (read.final ? " is not final any more" : " became final");
  if (read.blocking == compiled.continue_on_failure)
    return where + (read.blocking ? " does not block" : " blocks");
  if (read.fail_on != compiled.fail_on)
    return fmt::format("{} fails on `{}`, not `{}`", where, compiled.fail_on, read.fail_on);
  if (read.floor != compiled.floor)
    return fmt::format("{} has the floor `{}`, not `{}`", where, compiled.floor, read.floor);
  return {};
}

// Every pair that follows from the edges and from the order of the stages.
ReadOrders orders_of(const ir::Route& route) {
  ReadOrders orders;
  std::vector<std::string> earlier;
  for (const ir::Stage& stage : route.stages) {
    for (size_t element = 0; element < stage.elements.size(); ++element) {
      const std::string& id = stage.elements[element].id;
      for (const std::string& before : earlier)
        orders.emplace(before, id);
      std::vector<size_t> open = stage.before[element];
      while (!open.empty()) {
        const size_t before = open.back();
        open.pop_back();
        if (!orders.emplace(stage.elements[before].id, id).second) continue;
        open.insert(open.end(), stage.before[before].begin(), stage.before[before].end());
      }
    }
    for (const ir::Element& element : stage.elements)
      earlier.push_back(element.id);
  }
  return orders;
}

std::string route_differs(const ReadRoute& read, const ir::Route& compiled) {
  std::map<std::string, const ir::Element*> elements;
  for (const ir::Stage& stage : compiled.stages) {
    for (const ir::Element& element : stage.elements)
      elements.emplace(element.id, &element);
  }
  for (const auto& [id, element] : read.elements) {
    const std::string where = fmt::format("`{}` of the route `{}`", id, read.name);
    if (!elements.contains(id)) return where + " is not there";
    if (std::string why = element_differs(where, element, *elements.at(id)); !why.empty()) return why;
  }
  if (elements.size() != read.elements.size())
    return fmt::format("the route `{}` has {} elements, not {}", read.name, elements.size(),
                       read.elements.size());
  const ReadOrders orders = orders_of(compiled);
  for (const auto& [before, after] : read.orders) {
    if (!orders.contains({before, after}))
      return fmt::format("in the route `{}` `{}` does not wait for `{}`", read.name, after, before);
  }
  return {};
}

bool holds(const ReadRoute& route, const std::string& role, const std::string& capability) {
  return std::any_of(route.elements.begin(), route.elements.end(), [&](const auto& entry) {
    const ReadStage* stage = route.find_stage(entry.second.stage);
    return (role.empty() || stage->role == role) && entry.second.capabilities.contains(capability);
  });
}

bool is_met(const ReadPipeline& read, const ReadRequirement& requirement) {
  if (read.exempt.contains(requirement.code)) return true;
  return std::any_of(
      requirement.alternatives.begin(), requirement.alternatives.end(), [&](const std::string& name) {
        if (read.contained.contains(name) || holds(read.routes.front(), requirement.role, name)) return true;
        if (read.exempt.contains(requirement.role + "." + name)) return true;
        for (const ReadStage& stage : read.routes.front().stages) {
          if (stage.role == requirement.role && read.exempt.contains(stage.name + "." + name)) return true;
        }
        return std::any_of(read.workstation.begin(), read.workstation.end(),
                           [&](const ReadRoute& stage) { return holds(stage, requirement.role, name); });
      });
}

bool is_looser(const std::string& one, const std::string& other) {
  return !one.empty() && !other.empty() && looseness(one) > looseness(other);
}

std::string environment_of(const ReadRoute& route, const std::string& id) {
  return route.find_stage(route.elements.at(id).stage)->environment;
}

bool deploys(const ReadElement& element) { return element.kind == ast::ElementKind::deploy; }

// Whether trunk lets the gate stand before some deployment to the environment. One that trunk does not know
// owes all of them in a hotfix.
bool is_owed(const ReadRoute& trunk, const std::string& gate, const std::string& environment, bool hotfix) {
  bool known = false;
  for (const auto& [id, element] : trunk.elements) {
    if (!deploys(element) || environment_of(trunk, id) != environment) continue;
    known = true;
    if (trunk.orders.contains({gate, id})) return true;
  }
  return hotfix && !known;
}

// The gate examines an environment that the route does not go to.
bool goes_elsewhere(const ReadRoute& declared, const ReadRoute& route, const std::string& gate) {
  const std::string environment = environment_of(declared, gate);
  return !environment.empty() &&
         std::none_of(route.stages.begin(), route.stages.end(),
                      [&](const ReadStage& stage) { return stage.environment == environment; });
}

// `chooses`: the route need not go to every environment of the origin.
std::string final_gate_lost(const ReadRoute& origin, const ReadRoute& route, bool chooses) {
  for (const auto& [id, gate] : origin.elements) {
    if (!gate.final || gate.kind != ast::ElementKind::gate) continue;
    if (chooses && goes_elsewhere(origin, route, id)) continue;
    for (const auto& [deployment, element] : route.elements) {
      if (!deploys(element) ||
          !is_owed(origin, id, environment_of(route, deployment), route.name == "hotfix"))
        continue;
      const auto now = route.elements.find(id);
      if (now == route.elements.end())
        return fmt::format("the final gate `{}` is not in the route `{}`", id, route.name);
      if (!now->second.blocking)
        return fmt::format("the final gate `{}` stops nothing in the route `{}`", id, route.name);
      if (!route.orders.contains({id, deployment}))
        return fmt::format("the final gate `{}` does not stand before `{}`", id, deployment);
      if (is_looser(now->second.fail_on, gate.floor.empty() ? gate.fail_on : gate.floor))
        return fmt::format("the final gate `{}` is looser in the route `{}` than its floor", id, route.name);
    }
  }
  return {};
}

std::string approval_lost(const ReadPipeline& read, const ReadRoute& hotfix) {
  for (const auto& [id, element] : hotfix.elements) {
    if (!deploys(element) || !read.production_roles.contains(hotfix.find_stage(element.stage)->role))
      continue;
    const bool asked = std::any_of(hotfix.elements.begin(), hotfix.elements.end(), [&](const auto& other) {
      return other.second.kind == ast::ElementKind::approval && hotfix.orders.contains({other.first, id});
    });
    if (!asked) return fmt::format("nobody is asked before `{}` of the hotfix", id);
  }
  return {};
}

}  // namespace

std::string differs_from(const ReadPipeline& read, const ir::Pipeline& compiled) {
  for (const ReadRoute& route : read.routes) {
    const auto found = std::find_if(compiled.routes.begin(), compiled.routes.end(),
                                    [&](const ir::Route& candidate) { return candidate.name == route.name; });
    if (found == compiled.routes.end()) return fmt::format("the route `{}` is not there", route.name);
    if (std::string why = route_differs(route, *found); !why.empty()) return why;
  }
  return {};
}

std::string lacks_required(const ReadPipeline& read) {
  for (const ReadRequirement& requirement : read.requirements) {
    if (!is_met(read, requirement))
      return fmt::format("the required `{}` is not met", requirement.alternatives.front());
  }
  return {};
}

std::string loses_guard(const ReadPipeline& read) {
  for (const ReadRoute& route : read.routes) {
    for (const auto& [id, element] : route.elements) {
      if (is_looser(element.fail_on, element.floor))
        return fmt::format("`{}` of the route `{}` is looser than its floor", id, route.name);
    }
  }
  std::string why = final_gate_lost(read.declared, read.routes.front(), true);
  for (const ReadRoute& route : read.routes) {
    if (why.empty()) why = final_gate_lost(read.routes.front(), route, false);
  }
  if (!why.empty()) return why;
  const ReadRoute* hotfix = read.find_route("hotfix");
  return hotfix == nullptr ? std::string() : approval_lost(read, *hotfix);
}

std::string loss(const ReadPipeline& before, const ReadPipeline& after) {
  for (size_t i = 0; i < before.routes.size(); ++i) {
    const ReadRoute& route = before.routes[i];
    const ReadRoute* now = after.find_route(route.name);
    // One that only got another name is still there.
    if (now == nullptr && after.routes.size() == before.routes.size()) now = &after.routes[i];
    if (now == nullptr) return fmt::format("the route `{}` is gone", route.name);
    for (const auto& [id, element] : route.elements) {
      if (element.kind != ast::ElementKind::gate) continue;
      const auto found = now->elements.find(id);
      if (found == now->elements.end()) return fmt::format("`{}` of the route `{}` is gone", id, route.name);
      if (element.final && !found->second.final) return fmt::format("`{}` is not final any more", id);
      if (element.blocking && !found->second.blocking) return fmt::format("`{}` stops nothing any more", id);
      if (is_looser(found->second.fail_on, element.fail_on) ||
          is_looser(found->second.floor, element.floor) ||
          element.floor.empty() != found->second.floor.empty() ||
          element.fail_on.empty() != found->second.fail_on.empty())
        return fmt::format("`{}` is looser", id);
    }
  }
  return {};
}

}  // namespace pipec::test
