#include "backends/github/plan.h"

#include "compiler/support/text.h"

#include <algorithm>
#include <optional>
#include <set>

#include <fmt/core.h>

namespace pipec::backends::github {
namespace {

bool is_approval(const ir::Element& element) { return element.kind == ir::ElementKind::approval; }

bool is_approval_unit(const ir::Stage& stage, const ir::Unit& unit) {
  return unit.elements.size() == 1 && is_approval(stage.elements[unit.elements.front()]);
}

// Whether something else of the stage that needs the claim of production ends before each unit starts.
class BehindChanges {
 public:
  BehindChanges(const ir::StageSchedule& schedule, const std::vector<bool>& changes)
      : schedule_(schedule), changes_(changes), known_(changes.size()) {}

  bool operator()(size_t unit) {
    if (known_[unit]) return *known_[unit];
    bool behind = false;
    for (const size_t earlier : schedule_.units[unit].before)
      behind = changes_[earlier] || (*this)(earlier) || behind;
    known_[unit] = behind;
    return behind;
  }

 private:
  const ir::StageSchedule& schedule_;
  const std::vector<bool>& changes_;
  std::vector<std::optional<bool>> known_;
};

// Units whose job deploys, or is the first that may change production, so that the claim is taken in it.
std::vector<bool> claiming_units(const ir::Stage& stage, const ir::StageSchedule& schedule) {
  std::vector<bool> claiming(schedule.units.size()), changes(schedule.units.size());
  for (size_t u = 0; u < schedule.units.size(); ++u) {
    for (const size_t element : schedule.units[u].elements) {
      claiming[u] = claiming[u] || acts(stage.elements[element]);
      changes[u] = changes[u] || needs_claim(stage, stage.elements[element]);
    }
  }
  BehindChanges is_behind(schedule, changes);
  for (size_t u = 0; u < schedule.units.size(); ++u)
    claiming[u] = claiming[u] || (changes[u] && !is_behind(u));
  return claiming;
}

class Planner {
 public:
  Planner(const Context& context, const ir::Route& route) : context_(context), route_(route) {
    plan_.route = &route;
    for (const ir::Environment& environment : context.pipeline().environments)
      used_ids_.insert(lower_case(fmt::format("{}-{}", make_way_job, environment.name)));
  }

  RoutePlan run() {
    for (size_t s = 0; s < route_.stages.size(); ++s)
      add_stage(s);
    for (PlannedJob& job : plan_.jobs)
      time_approval(job);
    return std::move(plan_);
  }

 private:
  void add_stage(size_t index) {
    const ir::Stage& stage = route_.stages[index];
    const ir::StageSchedule& schedule = route_.schedules.at("github")[index];
    const size_t first = plan_.jobs.size();
    const std::vector<std::vector<size_t>> folded = fold_approvals(stage, schedule);
    claiming_ = claiming_units(stage, schedule);
    job_of_unit_.assign(schedule.units.size(), 0);
    for (size_t u = 0; u < schedule.units.size(); ++u) {
      if (folds_[u]) continue;
      job_of_unit_[u] = plan_.jobs.size();
      plan_.jobs.push_back(new_job(index, schedule, u, folded[u]));
    }
    for (size_t u = 0; u < schedule.units.size(); ++u) {
      if (folds_[u]) continue;
      PlannedJob& job = plan_.jobs[job_of_unit_[u]];
      std::set<size_t> before(schedule.units[u].before.begin(), schedule.units[u].before.end());
      for (const size_t approval : folded[u]) {
        before.erase(approval);
        before.insert(schedule.units[approval].before.begin(), schedule.units[approval].before.end());
      }
      for (const size_t earlier : before) {
        if (!folds_[earlier]) job.needs.push_back(job_of_unit_[earlier]);
      }
      if (job.needs.empty()) job.needs = barrier_;
    }
    for (size_t j = first; j < plan_.jobs.size(); ++j) {
      if (plan_.jobs[j].always) add_begun_by(plan_.jobs[j], first);
      std::sort(plan_.jobs[j].needs.begin(), plan_.jobs[j].needs.end());
    }
    if (plan_.jobs.size() > first) barrier_ = ends_of(first);
  }

  static bool begins(const PlannedJob& job) { return !job.always && job.kind != PlannedJob::Kind::approval; }

  // Whether something of the stage, whose first job is `first`, has begun before the job.
  bool is_begun_before(const PlannedJob& job, size_t first) const {
    return std::any_of(job.needs.begin(), job.needs.end(), [&](size_t earlier) {
      return earlier >= first && (begins(plan_.jobs[earlier]) || is_begun_before(plan_.jobs[earlier], first));
    });
  }

  // The jobs with which the stage can begin. A job knows the outputs only of those that it names.
  void add_begun_by(PlannedJob& job, size_t first) {
    for (size_t j = first; j < plan_.jobs.size(); ++j) {
      PlannedJob& other = plan_.jobs[j];
      if (!begins(other) || is_begun_before(other, first)) continue;
      other.says_begun = true;
      job.begun_by.push_back(j);
      if (std::find(job.needs.begin(), job.needs.end(), j) == job.needs.end()) job.needs.push_back(j);
    }
  }

  // For each unit the approvals that its job asks for; sets which units become part of another's job.
  std::vector<std::vector<size_t>> fold_approvals(const ir::Stage& stage, const ir::StageSchedule& schedule) {
    std::vector<std::vector<size_t>> folded(schedule.units.size());
    folds_.assign(schedule.units.size(), false);
    for (size_t u = 0; u < schedule.units.size() && stage.production; ++u) {
      if (!is_approval_unit(stage, schedule.units[u])) continue;
      const size_t next = approved_unit(stage, schedule, u);
      if (next == schedule.units.size()) continue;
      folded[next].push_back(u);
      folds_[u] = true;
    }
    return folded;
  }

  PlannedJob new_job(size_t index, const ir::StageSchedule& schedule, size_t unit,
                     const std::vector<size_t>& approvals) {
    const ir::Stage& stage = route_.stages[index];
    PlannedJob job;
    job.stage = index;
    for (const size_t approval : approvals)
      job.elements.push_back(&stage.elements[schedule.units[approval].elements.front()]);
    for (const size_t element : schedule.units[unit].elements)
      job.elements.push_back(&stage.elements[element]);
    if (is_approval_unit(stage, schedule.units[unit])) {
      job.kind = PlannedJob::Kind::approval;
    } else if (claiming_[unit]) {
      job.kind = PlannedJob::Kind::deployment;
    }
    job.always = job.elements.front()->always;
    job.id = unique_id(identifier(stage.elements[schedule.units[unit].elements.front()].id));
    give_rights(job, stage);
    return job;
  }

  void give_rights(PlannedJob& job, const ir::Stage& stage) {
    if (job.kind == PlannedJob::Kind::approval) {
      job.environment = Context::approval_environment(context_.environment(stage));
      return;
    }
    if (job.kind == PlannedJob::Kind::deployment) {
      job.environment = context_.environment(stage).name;
      if (!context_.environment(stage).account.empty()) job.roles = {RoleKind::deploy};
      return;
    }
    bool checks = false, pushes = false, pulls = false;
    for (const ir::Element* element : job.elements) {
      const ir::Work& work = element->work.at("github");
      checks = checks || !work.access.empty();
      for (const size_t a : element->produces)
        pushes = pushes || context_.pipeline().artifacts[a].type == "container";
      pushes = pushes || !element->attaches_to.empty();
      for (const size_t a : element->consumes) {
        const ir::Artifact& artifact = context_.pipeline().artifacts[a];
        pulls = pulls || (artifact.type == "container" && !artifact.maker.empty());
      }
    }
    if (checks) job.roles.push_back(RoleKind::check);
    if (pushes) job.roles.push_back(RoleKind::push);
    if (pulls && !pushes) job.roles.push_back(RoleKind::pull);
    if (checks) {
      job.environment = Context::checks_environment(context_.environment(stage));
    } else if (pushes || pulls) {
      job.environment = pushes ? Context::push_environment : Context::pull_environment;
    }
  }

  // The jobs from `first` on that no other of them waits for.
  std::vector<size_t> ends_of(size_t first) const {
    std::vector<size_t> ends;
    for (size_t j = first; j < plan_.jobs.size(); ++j) {
      if (!plan_.is_waited_for(j)) ends.push_back(j);
    }
    return ends;
  }

  void time_approval(const PlannedJob& job) {
    if (!std::any_of(job.elements.begin(), job.elements.end(), [](const auto* e) { return is_approval(*e); }))
      return;
    for (const size_t earlier : job.needs)
      plan_.jobs[earlier].times_approval = true;
  }

  std::string unique_id(const std::string& wanted) {
    std::string id = wanted;
    // An expression finds the outputs of a job by its id in any case.
    for (int n = 2; !used_ids_.insert(lower_case(id)).second; ++n)
      id = wanted + "-" + std::to_string(n);
    return id;
  }

  const Context& context_;
  const ir::Route& route_;
  RoutePlan plan_;
  // The jobs that end the stage before.
  std::vector<size_t> barrier_;
  std::vector<size_t> job_of_unit_;
  std::vector<bool> folds_;
  std::vector<bool> claiming_;
  std::set<std::string> used_ids_{"preflight",      "duties",         "make-way",     "follow-up",
                                  "notify-started", "notify-waiting", "notify-ended", "record-backfill"};
};

}  // namespace

bool PlannedJob::takes(RoleKind role) const {
  return std::find(roles.begin(), roles.end(), role) != roles.end();
}

bool PlannedJob::has(const ir::Element& element) const {
  return std::find(elements.begin(), elements.end(), &element) != elements.end();
}

std::string PlannedJob::name() const {
  std::vector<std::string> ids;
  for (const ir::Element* element : elements)
    ids.push_back(element->id);
  return join(ids, ", ");
}

const PlannedJob* RoutePlan::maker_of(const ir::Artifact& artifact) const {
  for (const PlannedJob& job : jobs) {
    for (const ir::Element* element : job.elements) {
      if (element->id == artifact.maker) return &job;
    }
  }
  return nullptr;
}

std::vector<const PlannedJob*> RoutePlan::production_jobs() const {
  std::vector<const PlannedJob*> found;
  for (const PlannedJob& job : jobs) {
    if (is_production(job)) found.push_back(&job);
  }
  return found;
}

bool RoutePlan::is_waited_for(size_t job) const {
  return std::any_of(jobs.begin(), jobs.end(), [&](const PlannedJob& other) {
    const bool tells = !other.always || jobs[job].always;
    return tells && std::find(other.needs.begin(), other.needs.end(), job) != other.needs.end();
  });
}

std::vector<std::string> RoutePlan::last_jobs() const {
  std::vector<std::string> ids;
  for (size_t j = 0; j < jobs.size(); ++j) {
    if (!is_waited_for(j)) ids.push_back(jobs[j].id);
  }
  return ids;
}

RoutePlan plan(const Context& context, const ir::Route& route) { return Planner(context, route).run(); }

size_t approved_unit(const ir::Stage& stage, const ir::StageSchedule& schedule, size_t approval_unit) {
  const size_t none = schedule.units.size();
  size_t next = none;
  for (size_t u = 0; u < schedule.units.size(); ++u) {
    // What always runs comes behind everything else of its stage in any case.
    if (stage.elements[schedule.units[u].elements.front()].always) continue;
    const auto& before = schedule.units[u].before;
    if (std::find(before.begin(), before.end(), approval_unit) == before.end()) continue;
    if (next != none) return none;
    next = u;
  }
  if (next == none) return none;
  return claiming_units(stage, schedule)[next] ? next : none;
}

}  // namespace pipec::backends::github
