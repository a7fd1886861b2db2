#include "compiler/ir/lower.h"

#include "compiler/sema/cells.h"
#include "compiler/sema/order.h"
#include "compiler/sema/schedule.h"
#include "compiler/support/branches.h"
#include "compiler/support/check.h"
#include "compiler/support/counters.h"
#include "compiler/support/hash.h"
#include "compiler/support/text.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <unordered_map>

namespace pipec::ir {
namespace {

// Of the texts, each with its length, so that moving text between files shows.
std::string hash_of(const std::vector<SourceText>& sources) {
  std::string all;
  for (const SourceText& source : sources)
    all += std::to_string(source.text.size()) + ":" + std::string(source.text);
  return sha256(all);
}

class PipelineLowering {
 public:
  PipelineLowering(const sema::Model& model, const sema::Pipeline& pipeline)
      : model_(model), from_(pipeline) {}

  Pipeline run() {
    to_.name = from_.name;
    to_.description = from_.description;
    to_.owner = from_.owner == nullptr ? "" : std::string(from_.owner->name);
    to_.profile = from_.profile == nullptr ? "" : std::string(from_.profile->name);
    to_.span = from_.head;
    for (const sema::Source& source : from_.sources) {
      const sema::Value* name = source.repository.find("name");
      to_.sources.push_back({source.name, source.repository.text(), name == nullptr ? "" : name->text(),
                             source.branch, source.head});
    }
    for (const auto& environment : from_.environments)
      lower(*environment);
    std::vector<sema::Route> graphs;
    for (const sema::Route& route : from_.routes)
      graphs.push_back(sema::expanded(route));
    collect_artifacts(graphs);
    for (const sema::Route& graph : graphs)
      to_.routes.push_back(lower(graph));
    if (from_.hotfix) lower(*from_.hotfix);
    for (const sema::Value& channel : from_.notify)
      to_.notify.push_back(lower(channel));
    to_.notify_on = from_.notify_on;
    for (const sema::Capability* metric : from_.metrics)
      to_.metrics.emplace_back(metric->name);
    for (const auto& [target, values] : from_.settings)
      to_.settings.emplace(target, lower(values));
    return std::move(to_);
  }

 private:
  size_t group_index(const sema::Group& group) {
    for (size_t i = 0; i < to_.groups.size(); ++i) {
      if (to_.groups[i].name == group.name) return i;
    }
    Group lowered{std::string(group.name), group.minimum, {}};
    for (const auto& [target, people] : group.identities) {
      std::vector<std::string> names;
      for (const auto& [parameter, value] : people.entries()) {
        if (value.items().empty()) names.push_back(value.text());
        for (const sema::Value& item : value.items())
          names.push_back(item.text());
      }
      lowered.identities.emplace(target, std::move(names));
    }
    to_.groups.push_back(std::move(lowered));
    return to_.groups.size() - 1;
  }

  void lower(const sema::Environment& environment) {
    Environment lowered{environment.name, environment.account,  environment.regions,
                        std::nullopt,     environment.separate, environment.head};
    if (environment.approvers != nullptr) lowered.approvers = group_index(*environment.approvers);
    to_.environments.push_back(std::move(lowered));
  }

  void collect_artifacts(const std::vector<sema::Route>& graphs) {
    for (const sema::ExternalArtifact& external : from_.externals) {
      const sema::Value* image = external.value.find("image");
      artifacts_.emplace(external.name, to_.artifacts.size());
      to_.artifacts.push_back({.name = external.name,
                               .type = external.type,
                               .image = image == nullptr ? "" : image->text(),
                               .span = external.span});
    }
    for (const sema::Route& graph : graphs) {
      for (const sema::Stage& stage : graph.stages) {
        for (const auto& element : stage.elements) {
          const sema::Value* outputs = element->property("outputs");
          if (outputs == nullptr) continue;
          for (const auto& [name, output] : outputs->entries())
            add_artifact(name, output, *element);
        }
      }
    }
  }

  // What a cell makes of a collection is an artifact of its own.
  static std::string artifact_name(const std::string& name, const sema::Element& maker) {
    return maker.cell ? name + "@" + maker.cell->name : name;
  }

  void add_artifact(const std::string& output_name, const sema::Value& output, const sema::Element& maker) {
    const std::string name = artifact_name(output_name, maker);
    if (!artifacts_.emplace(name, to_.artifacts.size()).second) return;
    Artifact artifact{.name = name, .type = output.text(), .maker = maker.id, .span = output.span};
    if (maker.cell) artifact.folder = output_name + "/" + maker.cell->name;
    if (const sema::Value* paths = output.find("paths")) {
      for (const sema::Value& path : paths->items())
        artifact.paths.push_back(path.text());
    }
    if (const sema::Value* path = output.find("path")) artifact.paths.push_back(path->text());
    if (const sema::Value* registry = output.find("registry")) {
      artifact.registry = registry->text();
      artifact.repository = registry->find("repository")->text();
    }
    to_.artifacts.push_back(std::move(artifact));
  }

  size_t artifact_index(const std::string& name) const {
    const auto found = artifacts_.find(name);
    PIPEC_CHECK(found != artifacts_.end());
    return found->second;
  }

  Value lower(const sema::Value& value) const {
    ++counters.lowered;
    Value lowered;
    lowered.span = value.span;
    if (const auto* number = value.as<int64_t>()) {
      lowered.data = *number;
    } else if (const auto* boolean = value.as<bool>()) {
      lowered.data = *boolean;
    } else if (const auto* duration = value.as<Duration>()) {
      lowered.data = *duration;
    } else if (const auto* percent = value.as<sema::PercentValue>()) {
      lowered.data = percent->percent;
    } else if (const auto* size = value.as<sema::SizeValue>()) {
      lowered.data = size->bytes;
    } else if (value.as<sema::ListValue>() != nullptr) {
      List list;
      for (const sema::Value& item : value.items())
        list.items.push_back(lower(item));
      lowered.data = std::move(list);
    } else if (value.as<sema::MapValue>() != nullptr) {
      lowered.data = Constructed{"", lower(value.entries())};
    } else if (value.as<sema::ConstructedValue>() != nullptr) {
      lowered.data = Constructed{value.text(), lower(value.entries())};
    } else if (const auto* artifact = value.as<sema::ArtifactValue>()) {
      lowered.data = reference_to(artifact->name);
    } else if (const auto* run_time = value.as<sema::RunTimeValue>()) {
      lowered.data = run_time_value(*run_time);
    } else {
      lowered.data = value.text();
    }
    return lowered;
  }

  // A collection stands for the folder that holds those of its cells, as the command sees it.
  std::string folder_of(const std::string& collection) const {
    return std::filesystem::path(collection).lexically_relative(directory_).string();
  }

  decltype(Value::data) reference_to(const std::string& artifact) const {
    if (collections_.contains(artifact)) return folder_of(artifact);
    return ArtifactReference{artifact_index(artifact)};
  }

  decltype(Value::data) run_time_value(const sema::RunTimeValue& value) const {
    const auto collection = collections_.find(value.artifact);
    if (collection == collections_.end())
      return RunTime{artifact_index(value.artifact), value.attribute, value.own};
    // The cell that makes a part of it has the files where it wrote them.
    if (value.own) return join(to_.artifacts[collection->second.front()].paths, "\n");
    return folder_of(value.artifact);
  }

  NamedValues lower(const sema::NamedValues& values) const {
    NamedValues lowered;
    for (const auto& [name, value] : values) {
      if (!value.is_error()) lowered.emplace_back(name, lower(value));
    }
    return lowered;
  }

  // How long the environment of the stage may stand, for whoever tags what is made in it.
  static void add_time_to_live(const sema::Environment* environment, Work& work) {
    constexpr const char* variable = "ENVIRONMENT_TTL";
    const bool own = find(work.environment, variable) != nullptr ||
                     std::any_of(work.secrets.begin(), work.secrets.end(),
                                 [](const auto& secret) { return secret.first == variable; });
    if (environment == nullptr || !environment->ttl || work.block || own) return;
    work.environment.emplace_back(variable,
                                  Value{std::to_string(environment->ttl->seconds), environment->ttl_span});
  }

  Work work_on(const sema::Element& element, const sema::Target& target) {
    Work work;
    const auto lowering = element.lowerings.find(target.name);
    const auto property = [&](std::string_view name) { return element.property_on(target.name, name); };
    const auto text = [&](std::string_view name) {
      const sema::Value* value = property(name);
      return value == nullptr ? std::string() : value->text();
    };
    work.working_directory = text("working_directory");
    directory_ = work.working_directory;
    if (lowering != element.lowerings.end() && lowering->second.block) {
      const sema::Value& block = *lowering->second.block;
      work.block = Block{block.text(), lower(block.entries()), block.span};
    }
    work.script = text("run");
    work.undo = text("undo");
    work.shell = text("shell") == "sh" ? Shell::sh : Shell::bash;
    work.compute = text("compute");
    if (const sema::Value* privileged = property("privileged")) work.privileged = *privileged->as<bool>();
    if (const sema::Value* env = property("env")) work.environment = lower(env->entries());
    if (element.cell) {
      for (const auto& [variable, value] : element.cell->variables)
        work.environment.emplace_back(variable, lower(value));
    }
    if (const sema::Value* secrets = property("secrets")) {
      for (const auto& [variable, secret] : secrets->entries())
        work.secrets.emplace_back(variable, secret.find("name")->text());
    }
    if (const sema::Value* runtimes = property("runtime")) {
      for (const sema::Value& runtime : runtimes->items())
        work.runtimes.push_back({runtime.text(), runtime.find("version")->text()});
    }
    if (const sema::Value* tools = property("tools")) {
      for (const sema::Value& tool : tools->items()) {
        const sema::Value* member = tool.find("member");
        work.tools.push_back({tool.find("name")->text(), tool.find("url")->text(),
                              tool.find("sha256")->text(), member == nullptr ? "" : member->text()});
      }
    }
    if (const sema::Value* services = property("services")) {
      for (const auto& [name, service] : services->entries())
        work.services.push_back(lower_service(name, service));
    }
    if (const sema::Value* access = property("access")) {
      for (const sema::Value& grant : access->items()) {
        Grant lowered{{}, grant.find("resource")->text()};
        for (const sema::Value& action : grant.find("actions")->items())
          lowered.actions.push_back(action.text());
        work.access.push_back(std::move(lowered));
      }
    }
    if (const sema::Value* reports = property("reports")) {
      for (const sema::Value& report : reports->items()) {
        ReportFile lowered{report.text(), {}};
        for (const auto& [name, value] : report.entries()) {
          if (value.items().empty()) lowered.paths.push_back(value.text());
          for (const sema::Value& path : value.items())
            lowered.paths.push_back(path.text());
        }
        work.reports.push_back(std::move(lowered));
      }
    }
    return work;
  }

  static Service lower_service(const std::string& name, const sema::Value& from) {
    Service service{
        name, sema::service_prefix(name), from.find("image")->text(), *from.find("port")->as<int64_t>(), {},
        {}};
    for (const auto& [variable, value] : from.find("env")->entries())
      service.environment.emplace_back(variable, value.text());
    for (const auto& [variable, secret] : from.find("secrets")->entries())
      service.secrets.emplace_back(variable, secret.find("name")->text());
    return service;
  }

  Element lower(const sema::Element& element, const sema::Environment* environment) {
    Element lowered;
    lowered.id = element.id;
    lowered.name = element.name;
    if (element.cell) {
      lowered.cell = element.cell->name;
      lowered.region = element.cell->region;
    }
    lowered.kind = static_cast<ElementKind>(element.kind);
    lowered.title = element.capabilities.empty() ? element.name : element.capabilities.front()->title;
    lowered.doc = element.doc;
    for (const sema::ArtifactUse& use : element.consumes) {
      const auto collection = collections_.find(use.artifact);
      if (collection == collections_.end()) {
        lowered.consumes.push_back(artifact_index(use.artifact));
      } else {
        lowered.consumes.insert(lowered.consumes.end(), collection->second.begin(), collection->second.end());
      }
    }
    for (const auto& output : element.produces)
      lowered.produces.push_back(artifact_index(artifact_name(output.first, element)));
    lowered.timeout = element.timeout;
    lowered.retries = element.retries;
    lowered.backoff = element.backoff;
    lowered.continue_on_failure = element.continue_on_failure;
    lowered.always = element.always;
    lowered.checks = element.checks();
    lowered.final = element.final;
    if (element.fail_on) lowered.fail_on = sema::severities[*element.fail_on];
    if (element.floor) lowered.floor = sema::severities[*element.floor];
    lowered.within = element.within;
    if (element.approvers != nullptr) lowered.approvers = group_index(*element.approvers);
    lowered.waves = element.waves;
    lowered.wave_bake = element.wave_bake;
    if (const sema::Value* strategy = element.property("strategy")) lowered.strategy = lower(*strategy);
    if (const sema::Value* rollback = element.property("rollback")) lowered.rollback = lower(*rollback);
    if (element.kind != ast::ElementKind::approval) {
      for (const sema::Target* target : model_.targets) {
        Work& work = lowered.work.emplace(target->name, work_on(element, *target)).first->second;
        add_time_to_live(environment, work);
      }
    }
    lowered.span = element.head;
    return lowered;
  }

  Stage lower(const sema::Stage& stage) {
    Stage lowered;
    lowered.name = stage.name;
    lowered.production = stage.production();
    lowered.span = stage.head;
    for (size_t i = 0; i < from_.environments.size(); ++i) {
      if (from_.environments[i].get() == stage.environment) lowered.environment = i;
    }
    for (const auto& element : stage.elements)
      lowered.elements.push_back(lower(*element, stage.environment));
    lowered.before = sema::elements_before(stage.order);
    return lowered;
  }

  void find_collections(const sema::Route& graph) {
    collections_.clear();
    for (const sema::Stage& stage : graph.stages) {
      for (const auto& element : stage.elements) {
        if (!element->cell) continue;
        for (const auto& output : element->produces)
          collections_[output.first].push_back(artifact_index(artifact_name(output.first, *element)));
      }
    }
  }

  // `route`: as it runs.
  Route lower(const sema::Route& route) {
    find_collections(route);
    Route lowered;
    lowered.kind = static_cast<RouteKind>(route.kind);
    lowered.name = route.name;
    lowered.span = route.head;
    lowered.trigger = {route.trigger.branches, route.trigger.pull_requests, route.trigger.tags,
                       route.trigger.schedule, route.trigger.manual,        route.trigger.paths};
    for (const sema::Stage& stage : route.stages)
      lowered.stages.push_back(lower(stage));
    for (const sema::Change& change : route.changes) {
      constexpr std::array<const char*, 4> words{"skipped", "changed", "replaced", "added"};
      lowered.changes.push_back({words[static_cast<size_t>(change.kind)], change.element, change.reason});
    }
    DiagnosticSink reported_before;
    for (const sema::Target* target : model_.targets) {
      const sema::Schedule schedule = sema::schedule(route, *target, reported_before);
      auto& stages = lowered.schedules[std::string(target->name)];
      for (const sema::StageSchedule& stage : schedule.stages) {
        StageSchedule& units = stages.emplace_back();
        for (const sema::Unit& unit : stage.units)
          units.units.push_back({unit.elements, unit.level, unit.before});
      }
    }
    return lowered;
  }

  void lower(const sema::HotfixPolicy& policy) {
    HotfixPolicy lowered;
    lowered.branches = policy.branches;
    lowered.prefix = fixed_prefix(policy.branches);
    lowered.expression = hotfix_expression(policy.branches, policy.incident);
    if (policy.backfill) {
      lowered.backfill_into = policy.backfill->into;
      lowered.backfill_within = policy.backfill->within;
    }
    lowered.limit = policy.limit;
    for (const sema::Value& channel : policy.notify)
      lowered.notify.push_back(lower(channel));
    to_.hotfix = std::move(lowered);
  }

  const sema::Model& model_;
  const sema::Pipeline& from_;
  Pipeline to_;
  // Of the route that is lowered: the artifacts of each collection.
  std::map<std::string, std::vector<size_t>> collections_;
  // Of the command that is lowered, relative to the checkout.
  std::string directory_;
  // Their indices, by name.
  std::unordered_map<std::string, size_t> artifacts_;
};

}  // namespace

Program lower(const sema::Model& model, const std::vector<SourceText>& sources) {
  Program program;
  const std::string hash = hash_of(sources);
  for (const auto& pipeline : model.pipelines) {
    Pipeline lowered = PipelineLowering(model, *pipeline).run();
    for (const SourceText& source : sources) {
      // Emitted files name their sources, but no folder of this machine.
      const std::filesystem::path path(source.path);
      lowered.source_paths.push_back(path.is_absolute() ? path.filename().string()
                                                        : path.lexically_normal().string());
    }
    lowered.source_path = lowered.source_paths.front();
    lowered.source_hash = hash;
    program.pipelines.push_back(std::move(lowered));
  }
  return program;
}

}  // namespace pipec::ir
