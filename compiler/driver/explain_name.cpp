#include "compiler/driver/explain_name.h"

#include "compiler/diag/render.h"
#include "compiler/driver/language_pages.h"
#include "compiler/driver/word_pages.h"
#include "compiler/support/text.h"

#include <algorithm>
#include <vector>

#include <fmt/core.h>

namespace pipec::driver {
namespace {

std::string line(std::string_view key, const std::string& value) {
  return value.empty() ? "" : fmt::format("  {}: {}\n", key, value);
}

// The pages of the parts of pipelines that are called `name`, each once.
class Pages {
 public:
  Pages(Compilation& compilation, const std::string& name, std::set<std::string>& known)
      : compilation_(compilation), name_(name), known_(known) {}

  void add(const sema::Pipeline& pipeline) {
    if (is_meant(pipeline.name)) add_pipeline(pipeline);
    for (const sema::Route& route : pipeline.routes) {
      if (is_meant(route.name)) add(pipeline, route);
    }
    for (const sema::Source& source : pipeline.sources) {
      if (is_meant(source.name)) add(source);
    }
    for (const auto& environment : pipeline.environments) {
      if (is_meant(environment->name)) add(pipeline, *environment);
    }
    std::vector<const sema::Stage*> stages;
    for (const sema::Stage& stage : pipeline.workstation)
      stages.push_back(&stage);
    for (const sema::Route& route : pipeline.routes) {
      for (const sema::Stage& stage : route.stages)
        stages.push_back(&stage);
    }
    bool told = false;
    for (const sema::Stage* stage : stages) {
      const bool meant = is_meant(stage->name);
      if (meant && !told) add(pipeline, *stage);
      told = told || meant;
    }
  }

  void add_groups() {
    sema::Declarations& declarations = compilation_.declarations();
    for (const std::string_view name :
         declarations.visible(declarations.entry(), {sema::EntityKind::group})) {
      if (!is_meant(std::string(name))) continue;
      const sema::Entity* entity = declarations.find(declarations.entry(), name, {sema::EntityKind::group});
      add(declarations.group(*entity));
    }
  }

  const std::vector<std::string>& pages() const { return pages_; }

 private:
  bool is_meant(const std::string& name) {
    known_.insert(name);
    return name == name_;
  }

  void add(std::string page) {
    if (std::find(pages_.begin(), pages_.end(), page) == pages_.end()) pages_.push_back(std::move(page));
  }

  std::string where(Span span) const {
    return fmt::format("{}:{}", printable(compilation_.sources().path(span.source)),
                       compilation_.sources().place(span).line);
  }

  void add_pipeline(const sema::Pipeline& pipeline) {
    std::vector<std::string> environments;
    for (const auto& environment : pipeline.environments)
      environments.push_back(environment->name);
    std::vector<std::string> routes;
    for (const sema::Route& route : pipeline.routes)
      routes.push_back(route.name);
    add(fmt::format("{} {} at {}\n", pipeline.is_base ? "base pipeline" : "pipeline", pipeline.name,
                    where(pipeline.head)) +
        line("profile", pipeline.profile == nullptr ? "" : std::string(pipeline.profile->name)) +
        line("extends", pipeline.base == nullptr ? "" : pipeline.base->name) +
        line("description", pipeline.description) +
        line("owner", pipeline.owner == nullptr ? "" : std::string(pipeline.owner->name)) +
        line("environments", join(environments, ", ")) + line("stages", stages_of(pipeline.trunk())) +
        line("routes", join(routes, ", ")));
  }

  static std::string stages_of(const sema::Route& route) {
    std::vector<std::string> names;
    for (const sema::Stage& stage : route.stages)
      names.push_back(stage.name);
    return join(names, ", ");
  }

  // The elements that the route changes like this.
  static std::string changed(const sema::Route& route, sema::ChangeKind kind) {
    std::vector<std::string> elements;
    for (const sema::Change& change : route.changes) {
      if (change.kind == kind) elements.push_back(change.element);
    }
    return join(elements, ", ");
  }

  void add(const sema::Pipeline& pipeline, const sema::Route& route) {
    const sema::Trigger& trigger = route.trigger;
    const bool hotfix = route.kind == sema::RouteKind::hotfix && pipeline.hotfix;
    add(fmt::format("route {} at {}, of the pipeline `{}`\n", route.name, where(route.head), pipeline.name) +
        line("branches", hotfix ? pipeline.hotfix->branches : join(trigger.branches, ", ")) +
        line("pull requests into", join(trigger.pull_requests, ", ")) +
        line("tags", join(trigger.tags, ", ")) + line("schedule", trigger.schedule) +
        line("started", trigger.manual ? "by a person, too" : "") +
        line("only when changed", join(trigger.paths, ", ")) +
        line("budget", route.budget ? spell(*route.budget) : "") + line("stages", stages_of(route)) +
        line("leaves out", changed(route, sema::ChangeKind::skipped)) +
        line("overrides", changed(route, sema::ChangeKind::overridden)) +
        line("replaces", changed(route, sema::ChangeKind::replaced)) +
        line("adds", changed(route, sema::ChangeKind::added)));
  }

  void add(const sema::Source& source) {
    std::vector<std::string> contains;
    for (const sema::Contained& part : source.contains) {
      const std::string paths = part.paths.empty() ? "" : fmt::format(" ({})", join(part.paths, ", "));
      contains.push_back(fmt::format("{}{}", part.kind->name, paths));
    }
    add(fmt::format("source {} at {}\n", source.name, where(source.head)) +
        line("repository", spell(source.repository)) + line("branch", source.branch) +
        line("contains", join(contains, ", ")));
  }

  void add(const sema::Pipeline& pipeline, const sema::Environment& environment) {
    std::vector<std::string> stages;
    for (const sema::PlacedStage& stage : pipeline.stages) {
      if (stage.environment == environment.name) stages.push_back(stage.name);
    }
    const std::string approvers(environment.approvers == nullptr ? "" : environment.approvers->name);
    add(fmt::format("environment {} at {}{}\n", environment.name, where(environment.head),
                    environment.production ? ", production" : "") +
        line("account", environment.account) + line("regions", join(environment.regions, ", ")) +
        line("approvers", approvers) +
        line("separate", environment.separate ? "nobody agrees to a change of their own" : "") +
        line("torn down after", environment.ttl ? to_string(*environment.ttl) : "") +
        line("stages", join(stages, ", ")));
  }

  void add(const sema::Pipeline& pipeline, const sema::Stage& stage) {
    std::string role;
    if (stage.role != nullptr) {
      role = fmt::format("{}, {}{}", stage.role->name, stage.role->title,
                         stage.role->in_pipeline ? "" : "; on the workstation, not in the pipeline");
    }
    std::vector<std::string> elements;
    for (const auto& element : stage.elements)
      elements.push_back(element->name);
    std::vector<std::string> routes;
    for (const sema::Route& route : pipeline.routes) {
      const bool has = std::any_of(route.stages.begin(), route.stages.end(),
                                   [&](const sema::Stage& other) { return other.name == stage.name; });
      if (has) routes.push_back(route.name);
    }
    add(fmt::format("stage {} at {}{}\n", stage.name, where(stage.head),
                    stage.production() ? ", production" : "") +
        line("role", role) +
        line("environment", stage.environment == nullptr ? "" : stage.environment->name) +
        line("budget", stage.budget ? spell(*stage.budget) : "") + line("elements", join(elements, ", ")) +
        line("routes", join(routes, ", ")));
  }

  void add(const sema::Group& group) {
    std::string text = fmt::format("group {} at {}\n", group.name, where(group.span));
    const std::string& doc = std::get<ast::PeopleGroup>(*group.entity->node).doc;
    if (!doc.empty()) text += fmt::format("  # {}\n", doc);
    for (const auto& [target, people] : group.identities)
      text += line("on " + target, spell(people));
    add(text + line("at least", counted(static_cast<size_t>(group.minimum), "member")));
  }

  Compilation& compilation_;
  const std::string& name_;
  std::set<std::string>& known_;
  std::vector<std::string> pages_;
};

}  // namespace

std::optional<std::string> explain_name(Compilation& compilation, const std::string& name,
                                        std::span<const StandardFile> library, std::set<std::string>& known) {
  Pages parts(compilation, name, known);
  for (const auto* pipelines : {&compilation.model().pipelines, &compilation.model().bases}) {
    for (const auto& pipeline : *pipelines)
      parts.add(*pipeline);
  }
  parts.add_groups();
  std::vector<std::string> pages = parts.pages();
  // What the file declares or imports is meant before what the library has.
  for (const auto& words : {word_pages(compilation), word_pages(library)}) {
    if (!pages.empty()) break;
    for (const WordPage& page : words) {
      known.insert(page.name);
      if (page.name == name || page.module + "." + page.name == name) pages.push_back(to_text(page));
    }
  }
  if (pages.empty()) pages = language_pages(name, library, known);
  if (pages.empty()) return std::nullopt;
  return join(pages, "\n");
}

}  // namespace pipec::driver
