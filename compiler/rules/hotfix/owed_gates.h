// Which final gates of one route another route owes.
#pragma once

#include "compiler/sema/model.h"

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace pipec::rules {

// What a route owes besides the final gates that stand, in the route they come from, before a deployment to
// an environment to which it deploys too.
struct GateDuties {
  // An environment to which the origin does not deploy owes every final gate. Otherwise it owes those that
  // stand before every deployment of the origin, and those that examine an artifact before anything deploys
  // it.
  bool unknown_owes_all = false;
  // The origin holds stages of which routes choose: one whose `stages` leave out an environment owes none of
  // the gates that stand in it.
  bool chooses_environments = false;
  // Gates that guard nothing and stand in no environment are owed.
  bool all_stay = false;
};

// Which gates were reported where, so that routes that share a mistake are not told it once each.
using ReportedGates = std::set<std::string>;

// Whether what stands there is a deployment, or an action that may change an environment.
bool changes_something(const sema::Route& route, sema::Route::Position at);

// The place of every element by its id: quick also for a route whose elements were not indexed.
using Places = std::map<std::string, sema::Route::Position>;

std::optional<sema::Route::Position> place_in(const Places& places, const std::string& id);

// What always ends before an element starts, in one route, and keeps it from starting when it fails. What
// stands in `always` runs after a failure of its own stage.
class Before {
 public:
  Before(const sema::Route& route, sema::Route::Position at)
      : stage_(at.stage),
        always_(route.at(at).always),
        in_stage_(route.stages[at.stage].order.all_before(at.element)) {}
  bool has(sema::Route::Position other) const {
    return other.stage != stage_ ? other.stage < stage_ : !always_ && in_stage_[other.element];
  }

 private:
  size_t stage_;
  bool always_;
  std::vector<bool> in_stage_;
};

class OwedGates {
 public:
  // `heir_changes`: what a pipeline changes of its base. Everything must outlive this.
  OwedGates(const sema::Route& origin, const sema::Route& route,
            const std::vector<sema::Change>& heir_changes, const GateDuties& duties);

  // The final gates of the origin, and the gates that the route itself marks as final.
  const std::vector<sema::Route::Position>& gates() const { return gates_; }
  // Where the origin deploys to an environment of that name.
  std::vector<sema::Route::Position> deployments_to(const sema::Environment* environment) const;
  // The indices of the gates that must stand before what stands there in the route: those of the origin for
  // what is as it was, and for a deployment that is new or changed those of every deployment to the place.
  std::vector<size_t> before(sema::Route::Position at) const;
  // The indices of those that must be in the route with it, because they examine the environment after it.
  std::vector<size_t> beside(sema::Route::Position at) const;
  // Whether the gate stands behind a deployment to its environment in the origin.
  bool is_behind_deployment(size_t gate) const;
  // The indices of those that guard nothing and stand in no environment.
  std::vector<size_t> unbound() const;

  const Places& in_origin() const { return in_origin_; }
  const Places& in_route() const { return in_route_; }

 private:
  void find_idle();
  bool is_first(size_t gate, const sema::Element& deployment) const;
  bool goes_elsewhere(size_t gate) const;

  const sema::Route& origin_;
  const sema::Route& route_;
  const std::vector<sema::Change>& heir_changes_;
  GateDuties duties_;
  std::vector<sema::Route::Position> gates_;
  std::vector<sema::Route::Position> deployments_;
  std::vector<Before> before_deployments_;
  // By the index of the gate: nothing that changes something stands behind it.
  std::vector<bool> idle_;
  // By the index of the gate: the route chose not to go to its environment.
  std::vector<bool> elsewhere_;
  Places in_origin_;
  Places in_route_;
};

}  // namespace pipec::rules
