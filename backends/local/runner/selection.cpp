#include "backends/local/runner/selection.h"

#include "backends/local/runner/window_clock.h"
#include "compiler/support/text.h"

#include <algorithm>
#include <ctime>
#include <filesystem>
#include <map>

#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

namespace pipec::runner {
namespace {

class Selecting {
 public:
  Selecting(const local::Plan& plan, const Request& request) : request_(request) { selection_.plan = &plan; }

  Selection run() {
    choose_stages();
    if (!selection_.mistakes.empty()) return std::move(selection_);
    selection_.graph = make_graph(selection_.stages);
    for (const std::string& place : request_.approvals)
      approve(place);
    for (const std::string& environment : request_.deployments)
      deploy(environment);
    return std::move(selection_);
  }

 private:
  template <class... Args>
  void mistake(fmt::format_string<Args...> text, Args&&... args) {
    selection_.mistakes.push_back(fmt::format(text, std::forward<Args>(args)...));
  }

  // `there is no WHAT `NAME`; known are …`
  void unknown(std::string_view what, const std::string& name, const std::vector<std::string>& known) {
    mistake("there is no {} `{}`{}", what, name, known.empty() ? "" : "; known are " + quoted_list(known));
  }

  void choose_stages() {
    const local::Plan& plan = *selection_.plan;
    selection_.route = find_route(plan, request_.route);
    if (selection_.route == nullptr) {
      std::vector<std::string> known;
      for (const local::Route& route : plan.routes)
        known.push_back(*route.name);
      return unknown("route", request_.route, known);
    }
    std::vector<std::string> known;
    for (const local::Stage& stage : selection_.route->stages) {
      known.push_back(*stage.name);
      const auto& wanted = request_.stages;
      const bool chosen =
          wanted.empty() || std::find(wanted.begin(), wanted.end(), *stage.name) != wanted.end();
      if (chosen) selection_.stages.push_back(&stage);
    }
    for (const std::string& name : request_.stages) {
      if (std::find(known.begin(), known.end(), name) == known.end()) unknown("stage", name, known);
    }
  }

  void approve(const std::string& place) {
    std::vector<std::string> known;
    std::vector<std::string> meant;
    for (const Task& task : selection_.graph.tasks) {
      if (!std::holds_alternative<local::Approval>(*task.element->work)) continue;
      known.push_back(task.id());
      if (task.id() == place) meant = {place};
      if (task.id().ends_with("." + place)) meant.push_back(task.id());
    }
    if (meant.empty()) {
      unknown("approval", place, known);
    } else if (meant.size() > 1) {
      mistake("`{}` may be {}", place, quoted_list(meant, "or"));
    } else {
      selection_.approved.insert(meant.front());
    }
  }

  void deploy(const std::string& name) {
    const local::Environment* environment = find_environment(*selection_.plan, name);
    if (environment == nullptr) {
      std::vector<std::string> known;
      for (const local::Environment& other : selection_.plan->environments)
        known.push_back(*other.name);
      return unknown("environment", name, known);
    }
    // Otherwise the runner would be the way round every control of the real pipeline.
    if (!environment->approvers.empty()) {
      return mistake(
          "nothing is deployed to `{}` from here: its deployments need the approval of others, which the "
          "real "
          "pipeline asks for",
          name);
    }
    for (const Task& task : selection_.graph.tasks) {
      const auto* script = std::get_if<local::Script>(&*task.element->work);
      if (task.stage->environment != name || script == nullptr || !script->rollout) continue;
      selection_.deployed.insert(name);
      return;
    }
    mistake("nothing that is run deploys to `{}` by a command", name);
  }

  const Request& request_;
  Selection selection_;
};

// The elements of the selection that need each of a number of things, so that each is told once.
class Needs {
 public:
  void add(const std::string& what, const std::string& id) {
    auto& ids = by_what_[what];
    if (ids.empty() || ids.back() != id) ids.push_back(id);
  }
  std::vector<std::string> lines() const {
    constexpr size_t most_named = 4;
    std::vector<std::string> lines;
    for (const auto& [what, ids] : by_what_) {
      lines.push_back(fmt::format("{}, needed by {}", what, quoted_list(ids, "and", most_named)));
    }
    return lines;
  }

 private:
  std::map<std::string, std::vector<std::string>> by_what_;
};

}  // namespace

const local::Script* Selection::script_of(const Task& task) const {
  const auto* script = std::get_if<local::Script>(&*task.element->work);
  const std::string& place = task.stage->environment;
  const local::Environment* environment = place.empty() ? nullptr : find_environment(*plan, place);
  // Where people must approve, an action may change what they approve of as a deployment does.
  const bool changes =
      *task.element->kind == local::Kind::action && environment != nullptr && !environment->approvers.empty();
  if (script == nullptr || (!script->rollout && !changes)) return script;
  return deployed.contains(task.stage->environment) ? script : nullptr;
}

Selection select(const local::Plan& plan, const Request& request) { return Selecting(plan, request).run(); }

std::vector<std::string> missing_on_this_machine(const Selection& selection, const Console& console) {
  Needs needs;
  std::set<std::string> made;
  for (const Task& task : selection.graph.tasks)
    made.insert(task.element->produces.begin(), task.element->produces.end());
  std::map<std::string, bool> programs;
  const auto program = [&](const std::string& name, const Task& task) {
    auto [known, added] = programs.emplace(name, false);
    if (added) known->second = !find_program(name, console).empty();
    if (!known->second) needs.add(fmt::format("`{}` is not on the PATH", name), task.id());
  };
  for (const Task& task : selection.graph.tasks) {
    if (const auto* window = std::get_if<local::WindowGate>(&*task.element->work)) {
      const bool known = local_time(*window->zone, std::time(nullptr)).has_value();
      if (!known)
        needs.add(fmt::format("the time zone `{}` is not installed (package tzdata)", *window->zone),
                  task.id());
    }
    const local::Script* script = selection.script_of(task);
    if (script == nullptr) continue;
    program(script->shell == local::Shell::sh ? "sh" : "bash", task);
    for (const local::Program& needed : script->programs)
      program(needed.name, task);
    const auto secret = [&](const std::string& source) {
      if (!console.variable(source))
        needs.add(fmt::format("the secret `{}` is not in the environment", source), task.id());
    };
    for (const auto& [variable, source] : script->secrets)
      secret(source);
    // Containers that run beside a script.
    if (!script->services.empty()) program("docker", task);
    for (const local::Service& service : script->services) {
      for (const auto& [variable, source] : service.secrets)
        secret(source);
    }
    for (const std::string& name : task.element->consumes) {
      const local::Artifact* artifact = find_artifact(*selection.plan, name);
      const bool is_there = *artifact->type != "container" || !artifact->image.empty() || made.contains(name);
      if (!is_there)
        needs.add(fmt::format("the image `{}` is made by a stage that is left out", name), task.id());
    }
  }
  return needs.lines();
}

std::string find_program(const std::string& name, const Console& console) {
  const std::string path = console.variable("PATH").value_or("/usr/local/bin:/usr/bin:/bin");
  for (size_t at = 0; at <= path.size();) {
    const size_t end = std::min(path.find(':', at), path.size());
    const std::string folder = path.substr(at, end - at);
    const std::string file = std::filesystem::absolute(folder.empty() ? "." : folder) / name;
    struct stat status {};
    if (::stat(file.c_str(), &status) == 0 && S_ISREG(status.st_mode) && ::access(file.c_str(), X_OK) == 0)
      return file;
    at = end + 1;
  }
  return "";
}

}  // namespace pipec::runner
