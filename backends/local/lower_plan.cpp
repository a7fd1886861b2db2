#include "backends/local/lower_plan.h"

#include "backends/common/values.h"
#include "compiler/support/check.h"

#include <algorithm>
#include <array>

#include <fmt/core.h>

namespace pipec::local {
namespace {

// The program of each runtime of the prelude.
std::string program_of(std::string_view runtime) {
  constexpr auto programs = std::to_array<std::pair<std::string_view, std::string_view>>(
      {{"go", "go"}, {"node", "node"}, {"python", "python3"}, {"java", "java"}});
  for (const auto& [constructor, program] : programs) {
    if (constructor == runtime) return std::string(program);
  }
  PIPEC_CHECK(!"every runtime of the prelude has a program");
  return "";
}

Kind kind(ir::ElementKind from) {
  switch (from) {
    case ir::ElementKind::action:
      return Kind::action;
    case ir::ElementKind::gate:
      return Kind::gate;
    case ir::ElementKind::approval:
      return Kind::approval;
    case ir::ElementKind::deploy:
      return Kind::deploy;
  }
  return Kind::action;
}

class PlanLowering {
 public:
  PlanLowering(const ir::Pipeline& pipeline, const backends::EmitOptions& options)
      : from_(pipeline), options_(options) {}

  Plan run() {
    Plan plan{.pipeline = from_.name, .description = from_.description};
    for (const ir::Source& source : from_.sources) {
      const std::string repository = fmt::format("{}:{}", source.kind, source.repository);
      plan.sources.push_back(
          {.name = source.name, .path = std::string("."), .repository = repository, .branch = source.branch});
    }
    for (const ir::Environment& environment : from_.environments) {
      plan.environments.push_back({.name = environment.name, .approvers = people(environment.approvers)});
    }
    for (const ir::Artifact& artifact : from_.artifacts) {
      plan.artifacts.push_back({.name = artifact.name,
                                .type = artifact.type,
                                .paths = artifact.paths,
                                .folder = artifact.folder,
                                .repository = artifact.repository,
                                .image = artifact.image});
    }
    for (const ir::Route& route : from_.routes) {
      if (options_.wants(route)) plan.routes.push_back(lower(route));
    }
    plan.left_out = left_out();
    return plan;
  }

 private:
  std::vector<std::string> people(std::optional<size_t> group) const {
    if (!group) return {};
    const auto& identities = from_.groups[*group].identities;
    const auto names = identities.find("local");
    return names == identities.end() ? std::vector<std::string>{} : names->second;
  }

  Variables variables(const ir::NamedValues& values) const {
    Variables lowered;
    for (const auto& [name, value] : values) {
      if (const auto* run_time = value.as<ir::RunTime>()) {
        lowered.emplace_back(name, RunTime{from_.artifacts[run_time->artifact].name, run_time->attribute});
      } else {
        lowered.emplace_back(name, backends::environment_text(value));
      }
    }
    return lowered;
  }

  std::vector<std::string> names(const std::vector<size_t>& artifacts) const {
    std::vector<std::string> names;
    for (const size_t artifact : artifacts)
      names.push_back(from_.artifacts[artifact].name);
    return names;
  }

  Script script(const ir::Element& element, const ir::Work& work) {
    Script script{.text = work.script,
                  .shell = work.shell == ir::Shell::sh ? Shell::sh : Shell::bash,
                  .environment = variables(work.environment)};
    for (const auto& [variable, secret] : work.secrets) {
      script.secrets.emplace_back(variable, secret_variable(secret));
    }
    if (!work.working_directory.empty()) script.working_directory = work.working_directory;
    for (const ir::Runtime& runtime : work.runtimes) {
      script.programs.push_back({program_of(runtime.name), runtime.version});
      asks_for_versions_ = true;
    }
    for (const ir::Tool& tool : work.tools)
      script.programs.push_back({tool.name, ""});
    for (const ir::ReportFile& report : work.reports)
      script.reports.push_back({report.format, report.paths});
    for (const ir::Service& service : work.services) {
      std::vector<std::pair<std::string, std::string>> secrets;
      for (const auto& [variable, secret] : service.secrets)
        secrets.emplace_back(variable, secret_variable(secret));
      script.services.push_back({.name = service.name,
                                 .prefix = service.prefix,
                                 .image = service.image,
                                 .port = service.port,
                                 .environment = service.environment,
                                 .secrets = std::move(secrets)});
    }
    has_grants_ = has_grants_ || !work.access.empty();
    if (element.kind == ir::ElementKind::deploy) {
      const bool stays = element.rollback && element.rollback->constructor() == "none";
      script.rollout = Rollout{element.waves, element.wave_bake, stays ? "" : work.undo};
    }
    return script;
  }

  Work work(const ir::Stage& stage, const ir::Element& element) {
    if (element.kind == ir::ElementKind::approval) {
      const std::string place = stage.environment ? from_.environments[*stage.environment].name : stage.name;
      return Approval{.confirm = place, .approvers = people(element.approvers), .within = element.within};
    }
    const ir::Work& work = element.work.at("local");
    if (!work.block) return script(element, work);
    const ir::Block& block = *work.block;
    if (block.name == "window") {
      const auto field = [&](std::string_view name) {
        return std::string(ir::find(block.fields, name)->text());
      };
      return WindowGate{.open = field("open"), .zone = field("zone")};
    }
    simulates_ = true;
    const ir::Value* what = ir::find(block.fields, "what");
    const auto* named = what == nullptr ? nullptr : what->as<ir::Constructed>();
    return Simulation{.block = block.name,
                      .what = named == nullptr ? Variables{} : variables(named->arguments)};
  }

  Element lower(const ir::Stage& stage, size_t index) {
    const ir::Element& from = stage.elements[index];
    Element element{.id = from.id,
                    .kind = kind(from.kind),
                    .title = from.title,
                    .consumes = names(from.consumes),
                    .produces = names(from.produces),
                    .continue_on_failure = from.continue_on_failure,
                    .always = from.always,
                    .isolated = !from.cell.empty(),
                    .work = work(stage, from)};
    for (const size_t earlier : stage.before[index])
      element.needs.push_back(stage.elements[earlier].id);
    if (std::holds_alternative<Script>(*element.work)) {
      element.timeout = from.timeout;
      element.retries = from.retries;
      element.backoff = from.backoff;
    }
    return element;
  }

  Route lower(const ir::Route& from) {
    Route route{.name = from.name};
    for (const ir::Stage& stage : from.stages) {
      Stage lowered{.name = stage.name};
      if (stage.environment) lowered.environment = from_.environments[*stage.environment].name;
      for (size_t i = 0; i < stage.elements.size(); ++i)
        lowered.elements.push_back(lower(stage, i));
      route.stages.push_back(std::move(lowered));
    }
    return route;
  }

  std::vector<std::string> left_out() const {
    std::vector<std::string> texts;
    const auto add = [&](bool applies, std::string_view text) {
      if (applies) texts.emplace_back(text);
    };
    add(simulates_, "deployments and checks of real environments: they are simulated");
    add(from_.hotfix.has_value(),
        "the claim and the guards of a hotfix (H6, H8, H9, H10): they protect real deployments");
    add(!from_.notify.empty() || (from_.hotfix && !from_.hotfix->notify.empty()), "notifications");
    add(!from_.metrics.empty(), "metrics");
    add(has_grants_, "roles: scripts use the credentials of whoever runs the plan");
    add(asks_for_versions_, "versions of languages and tools: what is on the PATH is used");
    return texts;
  }

  const ir::Pipeline& from_;
  const backends::EmitOptions& options_;
  bool simulates_ = false;
  bool has_grants_ = false;
  bool asks_for_versions_ = false;
};

}  // namespace

std::string secret_variable(std::string_view secret) {
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  std::string variable;
  for (const char c : secret)
    variable += is_digit(c) || is_letter(c) ? c : '_';
  if (variable.empty() || is_digit(variable.front())) variable.insert(variable.begin(), '_');
  return variable;
}

Plan lower_plan(const ir::Pipeline& pipeline, const backends::EmitOptions& options) {
  return PlanLowering(pipeline, options).run();
}

}  // namespace pipec::local
