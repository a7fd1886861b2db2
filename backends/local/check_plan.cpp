#include "backends/local/check_plan.h"

#include "compiler/support/window.h"

#include <algorithm>
#include <map>
#include <set>

namespace pipec::local {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Names of elements and artifacts become names of files.
bool is_name(std::string_view text) {
  // With its ending a name stays within the 255 bytes of Linux file systems.
  constexpr size_t longest = 240;
  return !text.empty() && text.size() <= longest && is_letter(text.front()) &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return is_letter(c) || is_digit(c) || std::string_view("_-.@").find(c) != std::string_view::npos;
         });
}

bool is_variable(std::string_view text) {
  return !text.empty() && !is_digit(text.front()) && std::all_of(text.begin(), text.end(), [](char c) {
    return is_letter(c) || is_digit(c) || c == '_';
  });
}

class PlanCheck {
 public:
  PlanCheck(const Plan& plan, Mistakes& mistakes) : plan_(plan), mistakes_(mistakes) {}

  void run() {
    for (const Artifact& artifact : plan_.artifacts) {
      unique(artifacts_, *artifact.name, "artifacts");
      one_of({"files", "container", "package", "template", "sbom", "report"}, *artifact.type, *artifact.name);
      for (const std::string& path : artifact.paths)
        inside(path, *artifact.name);
      if (!artifact.folder.empty()) inside(artifact.folder, *artifact.name);
    }
    std::set<std::string> routes;
    for (const Route& route : plan_.routes) {
      unique(routes, *route.name, "routes");
      check(route);
    }
  }

 private:
  void unique(std::set<std::string>& seen, const std::string& name, std::string_view where) {
    if (!is_name(name)) mistakes_.report(where, fmt::format("`{}` is not a name", name));
    if (!seen.insert(name).second) mistakes_.report(where, fmt::format("`{}` is there twice", name));
  }

  void one_of(std::initializer_list<std::string_view> known, const std::string& word,
              const std::string& where) {
    if (std::find(known.begin(), known.end(), word) != known.end()) return;
    mistakes_.report(where, fmt::format("`{}` is not known here", word));
  }

  void inside(const std::string& path, const std::string& where) {
    if (!stays_inside(path)) mistakes_.report(where, fmt::format("`{}` leaves the checkout", path));
  }

  void check(const Route& route) {
    std::set<std::string> ids;
    std::set<std::string> stages;
    for (const Stage& stage : route.stages) {
      unique(stages, *stage.name, *route.name);
      if (!stage.environment.empty() && find_environment(plan_, stage.environment) == nullptr) {
        mistakes_.report(*stage.name, fmt::format("there is no environment `{}`", stage.environment));
      }
      for (const Element& element : stage.elements) {
        unique(ids, *element.id, *route.name);
        check(element);
      }
      check_needs(stage);
      check_always(stage);
    }
  }

  // Takes away what needs nothing, again and again; what stays is a circle.
  void check_needs(const Stage& stage) {
    std::map<std::string_view, size_t> index;
    for (size_t i = 0; i < stage.elements.size(); ++i)
      index.emplace(*stage.elements[i].id, i);
    std::vector<size_t> waiting(stage.elements.size());
    std::vector<std::vector<size_t>> after(stage.elements.size());
    std::vector<size_t> ready;
    for (size_t i = 0; i < stage.elements.size(); ++i) {
      for (const std::string& need : stage.elements[i].needs) {
        const auto found = index.find(need);
        if (found == index.end()) {
          mistakes_.report(*stage.elements[i].id, fmt::format("`{}` is no element of its stage", need));
          return;
        }
        after[found->second].push_back(i);
        ++waiting[i];
      }
      if (waiting[i] == 0) ready.push_back(i);
    }
    for (size_t next = 0; next < ready.size(); ++next) {
      for (const size_t later : after[ready[next]]) {
        if (--waiting[later] == 0) ready.push_back(later);
      }
    }
    if (ready.size() != stage.elements.size()) mistakes_.report(*stage.name, "`needs` make a circle");
  }

  // What always runs is begun by something else, and nothing waits for it but its like.
  void check_always(const Stage& stage) {
    std::set<std::string_view> always;
    bool can_begin = false;
    for (const Element& element : stage.elements) {
      const bool approval = std::holds_alternative<Approval>(*element.work);
      if (element.always) always.insert(*element.id);
      can_begin = can_begin || (!element.always && !approval);
      const auto* script = std::get_if<Script>(&*element.work);
      const bool deploys = *element.kind == Kind::deploy || (script != nullptr && script->rollout);
      const bool possible = !approval && !deploys && !std::holds_alternative<WindowGate>(*element.work);
      if (element.always && !possible) mistakes_.report(*element.id, "only actions and checks run always");
    }
    if (!always.empty() && !can_begin)
      mistakes_.report(*stage.name, "there is nothing that `always` could follow");
    for (const Element& element : stage.elements) {
      for (const std::string& need : element.needs) {
        if (!element.always && always.contains(need))
          mistakes_.report(*element.id, fmt::format("`{}` runs always, so it comes last", need));
      }
    }
  }

  void check(const Element& element) {
    for (const auto* names : {&element.consumes, &element.produces}) {
      for (const std::string& name : *names)
        artifact(name, *element.id);
    }
    const bool limits =
        element.timeout != Duration{} || element.retries != 0 || element.backoff != Duration{};
    const bool is_script = std::holds_alternative<Script>(*element.work);
    if (is_script && element.timeout == Duration{})
      mistakes_.report(*element.id, "a script needs `timeout_seconds`");
    if (!is_script && limits) mistakes_.report(*element.id, "only scripts have a timeout and further tries");
    std::visit([&](const auto& work) { check(work, *element.id); }, *element.work);
  }

  void artifact(const std::string& name, const std::string& where) {
    if (!artifacts_.contains(name)) mistakes_.report(where, fmt::format("there is no artifact `{}`", name));
  }

  void check(const Variables& variables, const std::string& where) {
    for (const auto& [name, value] : variables) {
      if (const auto* run_time = std::get_if<RunTime>(&value)) check(*run_time, where);
    }
  }

  void check(const RunTime& value, const std::string& where) {
    artifact(value.artifact, where);
    if (mistakes_.any()) return;
    const std::string_view known =
        *find_artifact(plan_, value.artifact)->type == "container" ? "uri" : "path";
    if (value.attribute == known) return;
    mistakes_.report(where, fmt::format("`{}` has the attribute `{}` only", value.artifact, known));
  }

  void check(const Script& script, const std::string& where) {
    check(script.environment, where);
    for (const auto& [name, value] : script.environment)
      variable(name, where);
    for (const auto& [name, source] : script.secrets) {
      variable(name, where);
      variable(source, where);
    }
    inside(script.working_directory, where);
    for (const ReportFile& report : script.reports) {
      for (const std::string& path : report.paths)
        inside(path, where);
    }
    for (const Service& service : script.services)
      check(service, where);
    if (!script.rollout) return;
    for (const auto& wave : script.rollout->waves) {
      if (wave.empty()) mistakes_.report(where, "a wave has no region");
    }
  }

  // Words of docker's command line.
  void check(const Service& service, const std::string& where) {
    if (!is_name(*service.name)) mistakes_.report(where, fmt::format("`{}` is not a name", *service.name));
    variable(*service.prefix, where);
    if (*service.port == 0) mistakes_.report(where, fmt::format("`{}` has no port", *service.name));
    if (service.image->find("@sha256:") == std::string::npos || service.image->starts_with('-'))
      mistakes_.report(where, fmt::format("`{}` is not pinned by a digest", *service.image));
    for (const auto& [name, value] : service.environment)
      variable(name, where);
    for (const auto& [name, source] : service.secrets) {
      variable(name, where);
      variable(source, where);
    }
  }

  void variable(const std::string& name, const std::string& where) {
    if (!is_variable(name)) mistakes_.report(where, fmt::format("`{}` is not a name of a variable", name));
  }

  void check(const WindowGate& window, const std::string& where) {
    if (!parse_window(*window.open))
      mistakes_.report(where, fmt::format("`{}` is not a window", *window.open));
    if (!is_zone_name(*window.zone))
      mistakes_.report(where, fmt::format("`{}` is not a time zone", *window.zone));
  }

  void check(const Approval& approval, const std::string& where) {
    if (approval.confirm->empty()) mistakes_.report(where, "there is nothing to type to approve");
  }

  void check(const Simulation& simulation, const std::string& where) {
    one_of({"simulated_deployment", "simulated_check"}, *simulation.block, where);
    check(simulation.what, where);
  }

  const Plan& plan_;
  Mistakes& mistakes_;
  std::set<std::string> artifacts_;
};

}  // namespace

bool stays_inside(std::string_view path) {
  if (path.empty() || path.front() == '/' || path.find('\0') != std::string_view::npos) return false;
  while (true) {
    const size_t slash = std::min(path.find('/'), path.size());
    if (path.substr(0, slash) == "..") return false;
    if (slash == path.size()) return true;
    path.remove_prefix(slash + 1);
  }
}

void check_plan(const Plan& plan, Mistakes& mistakes) { PlanCheck(plan, mistakes).run(); }

}  // namespace pipec::local
