#include "compiler/driver/explain_place.h"

#include "compiler/diag/render.h"
#include "compiler/driver/explain_name.h"
#include "compiler/driver/runbook_plan.h"
#include "compiler/support/text.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/core.h>

namespace pipec::driver {
namespace {

using sema::Element;
using sema::Parameter;
using sema::Route;

struct Place {
  std::vector<std::string> routes;
  std::string path;
};

struct Found {
  const Element* element = nullptr;
  // Empty for the element as a whole.
  std::string property;
};

class Explainer {
 public:
  Explainer(Compilation& compilation, Place place, Environment& environment)
      : compilation_(compilation), place_(std::move(place)), environment_(environment) {}

  int run(const Options& file) {
    const sema::Model& model = compilation_.model();
    for (const auto& pipeline : model.pipelines)
      look_in(*pipeline);
    // What heirs have in common is told at them.
    for (const auto& base : model.bases) {
      if (!found_) look_in(*base);
    }
    if (mistake_) return *mistake_;
    for (const auto& pipeline : model.pipelines) {
      if (!found_) look_for_skip(*pipeline);
    }
    if (found_) return ok;
    if (place_.routes.empty()) {
      if (const auto page = explain_name(compilation_, place_.path, environment_.library, names_)) {
        environment_.out(*page);
        return ok;
      }
    }
    if (compilation_.sink().has_errors()) return print_diagnostics(compilation_, file, environment_);
    return report_unknown();
  }

 private:
  // Whether an element stands in `always { … }`, which no line of its own says.
  static constexpr std::string_view always = "always";
  // Stands for the stages that are not part of the pipeline.
  static constexpr std::string_view workstation = "workstation";

  void look_in(const sema::Pipeline& pipeline) {
    for (const auto& stage : pipeline.workstation)
      names_in(stage);
    for (const Route& route : pipeline.routes) {
      routes_.insert(route.name);
      for (const sema::Stage& stage : route.stages)
        names_in(stage);
      const bool wanted = place_.routes.empty() || std::find(place_.routes.begin(), place_.routes.end(),
                                                             route.name) != place_.routes.end();
      if (wanted && !mistake_) explain(route);
    }
    Route own;
    own.stages = pipeline.workstation;
    own.name = workstation;
    if (place_.routes.empty() && !found_ && !mistake_) explain(own);
  }

  // What was asked for is left out of the route, or by the pipeline of what it extends.
  void look_for_skip(const sema::Pipeline& pipeline) {
    explain_skip(pipeline.changes, fmt::format("the pipeline `{}`", pipeline.name));
    for (const Route& route : pipeline.routes) {
      const bool wanted =
          std::find(place_.routes.begin(), place_.routes.end(), route.name) != place_.routes.end();
      if (wanted || place_.routes.empty())
        explain_skip(route.changes, fmt::format("the route `{}`", route.name));
    }
  }

  void explain_skip(const std::vector<sema::Change>& changes, const std::string& by) {
    for (const sema::Change& change : changes) {
      const std::string& id = change.element;
      const std::string name = id.substr(id.find('.') + 1);
      const std::string& path = place_.path;
      const bool named =
          path == id || path == name || path.starts_with(id + ".") || path.starts_with(name + ".");
      if (change.kind != sema::ChangeKind::skipped || !named) continue;
      found_ = true;
      const std::string because = change.reason.empty() ? "" : fmt::format(" because \"{}\"", change.reason);
      environment_.out(fmt::format("{}: left out by {}\n  {}: skip {}{}\n", id, by, where(change.span),
                                   written(change.span), because));
    }
  }

  void names_in(const sema::Stage& stage) {
    for (const auto& element : stage.elements)
      names_.insert({element->id, element->name});
  }

  void explain(const Route& route) {
    if (const auto budget = budget_of(route)) return print(route, *budget);
    const auto found = find(route);
    if (!found) return;
    if (found->property.empty()) return print(route, describe(*found->element));
    if (!is_property(*found->element, found->property)) return refuse(*found->element, found->property);
    print(route, describe(*found->element, found->property));
  }

  // The whole path is an element, or what stands before its last dot is. A bare name must be the only one.
  std::optional<Found> find(const Route& route) {
    if (const Element* element = find_element(route, place_.path)) return Found{element, ""};
    const size_t dot = place_.path.rfind('.');
    if (dot == std::string::npos || mistake_) return std::nullopt;
    const Element* element = find_element(route, place_.path.substr(0, dot));
    if (element == nullptr) return std::nullopt;
    return Found{element, place_.path.substr(dot + 1)};
  }

  const Element* find_element(const Route& route, const std::string& name) {
    std::vector<std::string> ids;
    const Element* found = nullptr;
    for (const sema::Stage& stage : route.stages) {
      for (const auto& element : stage.elements) {
        if (element->id == name) return element.get();
        if (element->name != name) continue;
        found = element.get();
        ids.push_back(element->id);
      }
    }
    if (ids.size() < 2) return found;
    mistake_ = usage_error(environment_, fmt::format("`{}` could be {}; write the stage before the name",
                                                     name, quoted_list(ids, "or")));
    return nullptr;
  }

  std::optional<std::string> budget_of(const Route& route) const {
    constexpr std::string_view property = ".budget";
    if (!place_.path.ends_with(property)) return std::nullopt;
    const std::string name = place_.path.substr(0, place_.path.size() - property.size());
    for (const sema::Stage& stage : route.stages) {
      if (stage.name == name) return budget(fmt::format("{}.budget", name), stage.budget, "stage");
    }
    if (route.name == name) return budget(fmt::format("{}.budget", name), route.budget, "route");
    return std::nullopt;
  }

  std::string budget(const std::string& name, const std::optional<sema::Value>& value,
                     std::string_view part) const {
    std::string text = fmt::format("{} = {}\n", name, value ? spell(*value) : "(not set)");
    if (value) text += fmt::format("  wins {}: {}\n", where(value->span), written(value->span));
    return text + doc_of(compilation_.declarations().schema("part", part).parameters, "budget");
  }

  std::string where(Span span) const {
    return fmt::format("{}:{}", printable(compilation_.sources().path(span.source)),
                       compilation_.sources().place(span).line);
  }

  // The first line of it.
  std::string written(Span span) const {
    std::string line(compilation_.sources().text(span));
    if (const size_t end = line.find('\n'); end != std::string::npos)
      line.replace(end, std::string::npos, " …");
    return line;
  }

  static std::string doc_of(const std::vector<Parameter>& parameters, std::string_view name) {
    for (const Parameter& parameter : parameters) {
      if (parameter.name == name && !parameter.doc.empty()) return fmt::format("  # {}\n", parameter.doc);
    }
    return {};
  }

  // Where the properties of an element are declared: its definitions, its capabilities, the language.
  std::vector<const std::vector<Parameter>*> schemas(const Element& element) const {
    std::vector<const std::vector<Parameter>*> found;
    for (const sema::Definition* d = element.definition; d != nullptr; d = d->base)
      found.push_back(&d->parameters);
    for (const sema::Capability* capability : element.capabilities)
      found.push_back(&capability->parameters);
    sema::Declarations& declarations = compilation_.declarations();
    found.push_back(&declarations.schema("element", to_string(element.kind)).parameters);
    found.push_back(&declarations.schema("element", "element").parameters);
    return found;
  }

  const Parameter* declaration(const Element& element, std::string_view property) const {
    for (const auto* parameters : schemas(element)) {
      for (const Parameter& parameter : *parameters) {
        if (parameter.name == property) return &parameter;
      }
    }
    return nullptr;
  }

  bool is_property(const Element& element, const std::string& property) const {
    return property == always || declaration(element, property) != nullptr;
  }

  void refuse(const Element& element, const std::string& property) {
    std::vector<std::string_view> known;
    for (const auto* parameters : schemas(element)) {
      for (const Parameter& parameter : *parameters)
        known.push_back(parameter.name);
    }
    const auto likely = nearest(property, known);
    mistake_ = usage_error(
        environment_, fmt::format("the {} `{}` has no property `{}`{}", to_string(element.kind), element.id,
                                  property, likely ? fmt::format("; did you mean `{}`?", *likely) : ""));
  }

  std::string default_line(const Element& element, const std::string& property) const {
    if (property == "timeout") {
      for (const sema::Capability* capability : element.capabilities) {
        if (capability->timeout)
          return fmt::format("  default of the capability `{}`, {}\n", capability->name,
                             where(capability->entity->span));
      }
      return "  default of the language\n";
    }
    const Parameter* parameter = declaration(element, property);
    return fmt::format("  default {}: {}\n", where(parameter->span), written(parameter->span));
  }

  std::string describe(const Element& element, const std::string& property) const {
    if (property == always && declaration(element, property) == nullptr) {
      return fmt::format("{}.{} = {}\n  it stands {} `always` of its stage\n", element.id, always,
                         element.always, element.always ? "in" : "outside of");
    }
    const sema::Value* value = element.property(property);
    const bool timeout = property == "timeout" && value == nullptr;
    const std::string spelled = value != nullptr ? spell(*value) : "(not set)";
    std::string text =
        fmt::format("{}.{} = {}\n", element.id, property, timeout ? to_string(element.timeout) : spelled);
    const auto settings = element.settings.find(property);
    const bool set = settings != element.settings.end() && !settings->second.empty();
    if (set) {
      text += layers(settings->second, value != nullptr && value->as<sema::MapValue>() != nullptr);
    } else if (timeout || value != nullptr) {
      text += default_line(element, property);
    }
    for (const auto& [target, lowering] : element.lowerings) {
      if (lowering.block && property == "run")
        text += fmt::format("  on {}: {} {} instead\n", target, where(lowering.span), lowering.block->text());
      for (const auto& [name, lowered] : lowering.properties) {
        if (name == property)
          text += fmt::format("  on {}: {} {}\n", target, where(lowering.span), spell(lowered));
      }
    }
    const Parameter* parameter = declaration(element, property);
    if (parameter != nullptr && !parameter->doc.empty()) text += fmt::format("  # {}\n", parameter->doc);
    return text;
  }

  std::string layers(const std::vector<sema::Setting>& settings, bool is_map) const {
    const bool merged = is_map && settings.size() > 1;
    std::string text;
    for (size_t i = settings.size(); i-- > 0;) {
      const bool last = i + 1 == settings.size();
      const std::string_view how = last ? (merged ? "last" : "wins") : (merged ? "then" : "over");
      text += fmt::format("  {} {}: {}: {}\n", how, where(settings[i].span), settings[i].by,
                          written(settings[i].span));
    }
    return merged ? text + "  merged key by key\n" : text;
  }

  // What it is, where it stands, and every property that some line sets.
  std::string describe(const Element& element) const {
    std::vector<std::string> capabilities;
    for (const sema::Capability* capability : element.capabilities)
      capabilities.emplace_back(capability->name);
    std::string text = fmt::format("{}: {} at {}", element.id, to_string(element.kind), where(element.head));
    if (!capabilities.empty()) text += fmt::format(", {}", quoted_list(capabilities));
    if (element.definition != nullptr)
      text += fmt::format(" by the definition `{}`", element.definition->name);
    text += "\n";
    std::vector<std::string> docs{element.doc};
    for (const sema::Definition* d = element.definition; d != nullptr; d = d->base)
      docs.push_back(d->node->doc);
    for (const sema::Capability* capability : element.capabilities)
      docs.push_back(capability->description);
    for (const std::string& doc : docs) {
      if (!doc.empty()) text += fmt::format("  # {}\n", doc);
    }
    for (const auto& [name, settings] : element.settings) {
      const sema::Value* value = element.property(name);
      if (value == nullptr || settings.empty()) continue;
      std::string spelled = spell(*value);
      constexpr size_t longest = 60;
      if (spelled.size() > longest || spelled.find('\n') != std::string::npos)
        spelled = written(settings.back().span);
      else
        spelled = fmt::format("{} = {}", name, spelled);
      text += fmt::format("  {}  ({}: {})\n", spelled, where(settings.back().span), settings.back().by);
    }
    for (const auto& [target, lowering] : element.lowerings) {
      if (lowering.block)
        text += fmt::format("  on {}: {}  ({})\n", target, lowering.block->text(), where(lowering.span));
    }
    return text;
  }

  void print(const Route& route, const std::string& text) {
    found_ = true;
    if (!printed_.insert(text).second) return;
    const bool own = text.starts_with(route.name + ".");
    const bool unnamed = route.kind == sema::RouteKind::trunk || route.name == workstation || own;
    const bool differs = !own && (printed_.size() > 1 || !unnamed);
    environment_.out(differs ? fmt::format("in the route `{}`: {}", route.name, text) : text);
  }

  int report_unknown() {
    for (const std::string& route : place_.routes) {
      if (routes_.contains(route)) continue;
      const std::vector<std::string> known(routes_.begin(), routes_.end());
      return usage_error(environment_,
                         fmt::format("there is no route `{}`; known are {}", route, quoted_list(known)));
    }
    const std::vector<std::string_view> known(names_.begin(), names_.end());
    const size_t dot = place_.path.rfind('.');
    auto likely = nearest(place_.path, known);
    if (!likely && dot != std::string::npos) likely = nearest(place_.path.substr(0, dot), known);
    std::string hint = likely ? fmt::format("; did you mean `{}`?", *likely) : "";
    if (likely == place_.path) hint = "; it stands in other routes";
    const std::string in =
        place_.routes.empty() ? "" : fmt::format(" in the route `{}`", place_.routes.front());
    environment_.err(fmt::format("pipec: there is nothing called `{}`{}{}\n", printable(place_.path),
                                 printable(in), hint));
    return usage_error(
        environment_,
        "a place is `[ROUTE:]ELEMENT[.PROPERTY]`, such as `hotfix:build.scan.fail_on`, the budget "
        "of a stage or route, such as `build.budget`, or a name: of a pipeline, a route, a stage, an "
        "environment, a source, a group, a definition or a capability");
  }

  Compilation& compilation_;
  Place place_;
  Environment& environment_;
  bool found_ = false;
  // Wrong use that was reported.
  std::optional<int> mistake_;
  std::set<std::string> printed_;
  std::set<std::string> names_;
  std::set<std::string> routes_;
};

}  // namespace

int explain_place(const Options& options, Environment& environment) {
  Place place{options.routes, options.inputs[1]};
  if (const size_t colon = place.path.find(':'); colon != std::string::npos) {
    place.routes.push_back(place.path.substr(0, colon));
    place.path.erase(0, colon + 1);
  }
  if (place.path.empty() || place.path.front() == '.' || place.path.back() == '.')
    return usage_error(environment,
                       "a place is `[ROUTE:]ELEMENT[.PROPERTY]`, such as `hotfix:build.scan.fail_on`");
  Options file = options;
  file.inputs.resize(1);
  int exit_code = ok;
  const auto compilation = compile_input(file, environment, Purpose::use, exit_code);
  if (compilation == nullptr) return exit_code;
  for (const sema::Runbook* runbook : compilation->model().runbooks) {
    if (runbook->name != place.path || !place.routes.empty()) continue;
    environment.out(fmt::format("runbook {}\n", runbook->name));
    if (!runbook->doc.empty()) environment.out(fmt::format("\n  {}\n", runbook->doc));
    environment.out(fmt::format("\n{}\nrun it: pipec run {} --runbook {}\n", runbook_text(*runbook),
                                printable(file.inputs.front()), runbook->name));
    return ok;
  }
  return Explainer(*compilation, std::move(place), environment).run(file);
}

}  // namespace pipec::driver
