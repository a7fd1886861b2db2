#include "compiler/rules/hotfix/owed_gates.h"

#include <algorithm>

namespace pipec::rules {
namespace {

using sema::Element;
using sema::Environment;
using sema::Route;

// Environments of a base are other objects than those of its heirs.
bool same_place(const Environment* one, const Environment* other) {
  return one != nullptr && other != nullptr && one->name == other->name;
}

Places places_of(const Route& route) {
  Places places;
  for (size_t s = 0; s < route.stages.size(); ++s) {
    for (size_t e = 0; e < route.stages[s].elements.size(); ++e)
      places.emplace(route.stages[s].elements[e]->id, Route::Position{s, e});
  }
  return places;
}

bool changes(const std::vector<sema::Change>& changes, const std::string& id) {
  return std::any_of(changes.begin(), changes.end(),
                     [&](const sema::Change& change) { return change.element == id; });
}

}  // namespace

bool changes_something(const Route& route, Route::Position at) {
  const Element& element = route.at(at);
  const bool in_environment = route.stages[at.stage].environment != nullptr;
  return element.kind == ast::ElementKind::deploy || (in_environment && element.may_change());
}

std::optional<Route::Position> place_in(const Places& places, const std::string& id) {
  const auto found = places.find(id);
  return found == places.end() ? std::nullopt : std::optional(found->second);
}

OwedGates::OwedGates(const Route& origin, const Route& route, const std::vector<sema::Change>& heir_changes,
                     const GateDuties& duties)
    : origin_(origin),
      route_(route),
      heir_changes_(heir_changes),
      duties_(duties),
      in_origin_(places_of(origin)),
      in_route_(places_of(route)) {
  for (size_t s = 0; s < origin_.stages.size(); ++s) {
    for (size_t e = 0; e < origin_.stages[s].elements.size(); ++e) {
      const Element& element = *origin_.stages[s].elements[e];
      const bool final = element.final || route_.marked_final.contains(element.id);
      if (element.kind == ast::ElementKind::gate && final) gates_.push_back({s, e});
      if (element.kind == ast::ElementKind::deploy) deployments_.push_back({s, e});
    }
  }
  if (gates_.empty()) return;
  for (const Route::Position at : deployments_)
    before_deployments_.emplace_back(origin_, at);
  find_idle();
  for (size_t i = 0; i < gates_.size(); ++i)
    elsewhere_.push_back(goes_elsewhere(i));
}

// Only the last stage with something that changes needs a look at its order.
void OwedGates::find_idle() {
  std::vector<Route::Position> last;
  for (size_t s = origin_.stages.size(); s-- > 0 && last.empty();) {
    for (size_t e = 0; e < origin_.stages[s].elements.size(); ++e) {
      if (changes_something(origin_, {s, e})) last.push_back({s, e});
    }
  }
  std::vector<Before> before;
  for (const Route::Position at : last)
    before.emplace_back(origin_, at);
  for (const Route::Position gate : gates_) {
    idle_.push_back(
        std::none_of(before.begin(), before.end(), [&](const Before& one) { return one.has(gate); }));
  }
}

std::vector<Route::Position> OwedGates::deployments_to(const Environment* environment) const {
  std::vector<Route::Position> found;
  for (const Route::Position at : deployments_) {
    if (same_place(origin_.stages[at.stage].environment, environment)) found.push_back(at);
  }
  return found;
}

bool OwedGates::goes_elsewhere(size_t gate) const {
  const Element& element = origin_.at(gates_[gate]);
  const Environment* environment = origin_.stages[gates_[gate].stage].environment;
  if (!duties_.chooses_environments || environment == nullptr || in_route_.contains(element.id)) return false;
  const bool goes_there =
      std::any_of(route_.stages.begin(), route_.stages.end(),
                  [&](const sema::Stage& stage) { return same_place(stage.environment, environment); });
  return !goes_there && !changes(route_.changes, element.id) && !changes(heir_changes_, element.id);
}

// Whether the gate stands before every deployment of the origin, or examines an artifact of this one before
// anything of the origin deploys it.
bool OwedGates::is_first(size_t gate, const Element& deployment) const {
  const auto before_all = [&](const auto& counts) {
    for (size_t d = 0; d < deployments_.size(); ++d) {
      if (counts(origin_.at(deployments_[d])) && !before_deployments_[d].has(gates_[gate])) return false;
    }
    return true;
  };
  if (before_all([](const Element&) { return true; })) return true;
  return std::any_of(deployment.consumes.begin(), deployment.consumes.end(),
                     [&](const sema::ArtifactUse& use) {
                       return origin_.at(gates_[gate]).uses(use.artifact) &&
                              before_all([&](const Element& other) { return other.uses(use.artifact); });
                     });
}

std::vector<size_t> OwedGates::before(Route::Position at) const {
  const Element& element = route_.at(at);
  const Environment* environment = route_.stages[at.stage].environment;
  const auto origin = place_in(in_origin_, element.id);
  // An action of the origin owes what it owed there, and so does a deployment that nothing has changed: a
  // canary before the gate that watches it.
  const bool unchanged = origin && origin_.at(*origin).head == element.head &&
                         !changes(route_.changes, element.id) && !changes(heir_changes_, element.id);
  std::optional<Before> before_there;
  if (unchanged || (element.kind == ast::ElementKind::action && origin))
    before_there.emplace(origin_, *origin);
  std::vector<size_t> there;
  for (size_t d = 0; d < deployments_.size(); ++d) {
    if (same_place(origin_.stages[deployments_[d].stage].environment, environment)) there.push_back(d);
  }
  const bool known = !there.empty();
  std::vector<size_t> owed;
  for (size_t i = 0; i < gates_.size(); ++i) {
    if (elsewhere_[i]) continue;
    const bool is_owed = before_there ? before_there->has(gates_[i])
                         : known
                             ? std::any_of(there.begin(), there.end(),
                                           [&](size_t d) { return before_deployments_[d].has(gates_[i]); })
                             : duties_.unknown_owes_all || is_first(i, element);
    if (is_owed) owed.push_back(i);
  }
  return owed;
}

std::vector<size_t> OwedGates::beside(Route::Position at) const {
  const Element& element = route_.at(at);
  const Environment* environment = route_.stages[at.stage].environment;
  const auto origin = place_in(in_origin_, element.id);
  std::vector<size_t> owed;
  for (size_t i = 0; i < gates_.size(); ++i) {
    if (elsewhere_[i]) continue;
    if (!same_place(origin_.stages[gates_[i].stage].environment, environment)) continue;
    const bool is_owed =
        origin ? origin_.precedes(*origin, gates_[i]) : element.kind == ast::ElementKind::deploy;
    if (is_owed) owed.push_back(i);
  }
  return owed;
}

bool OwedGates::is_behind_deployment(size_t gate) const {
  const auto there = deployments_to(origin_.stages[gates_[gate].stage].environment);
  return std::any_of(there.begin(), there.end(),
                     [&](Route::Position at) { return origin_.precedes(at, gates_[gate]); });
}

std::vector<size_t> OwedGates::unbound() const {
  std::vector<size_t> found;
  for (size_t i = 0; i < gates_.size(); ++i) {
    if (idle_[i] && origin_.stages[gates_[i].stage].environment == nullptr) found.push_back(i);
  }
  return found;
}

}  // namespace pipec::rules
