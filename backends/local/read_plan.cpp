// The inverse of write_plan.
#include "backends/common/yaml.h"
#include "backends/local/check_plan.h"
#include "backends/local/plan.h"
#include "backends/local/plan_node.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::local {
namespace {

using yaml::Node;

std::string command_of(const Node& node, const std::string& path, Mistakes& mistakes) {
  std::string text = text_of(node, path, mistakes);
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

Variables variables_of(const Node& node, const std::string& path, Mistakes& mistakes) {
  if (node.kind() != Node::Kind::mapping) mistakes.report(path, "a mapping is needed here");
  Variables variables;
  for (const auto& [name, value] : node.entries()) {
    const std::string inner_path = fmt::format("{}.{}", path, name);
    if (value.kind() == Node::Kind::text) {
      variables.emplace_back(name, value.text());
      continue;
    }
    Mapping from(value, inner_path, mistakes);
    RunTime run_time;
    run_time.artifact = from.text("artifact");
    run_time.attribute = from.text("attribute");
    variables.emplace_back(name, std::move(run_time));
    from.finish();
  }
  return variables;
}

Rollout rollout_of(const Node& node, const std::string& path, Mistakes& mistakes) {
  Mapping from(node, path, mistakes);
  Rollout rollout;
  if (const Node* waves = from.optional("waves")) {
    for (const Node& wave : items_of(*waves, from.path_of("waves"), mistakes)) {
      rollout.waves.push_back(
          texts_of(wave, item_path(from.path_of("waves"), rollout.waves.size()), mistakes));
    }
  }
  rollout.wave_bake = from.seconds("wave_bake_seconds");
  if (const Node* undo = from.optional("undo"))
    rollout.undo = command_of(*undo, from.path_of("undo"), mistakes);
  from.finish();
  return rollout;
}

// `what`: what each entry must be.
std::vector<std::pair<std::string, std::string>> named_texts(Mapping& from, std::string_view key,
                                                             std::string_view what) {
  std::vector<std::pair<std::string, std::string>> texts;
  const Node* node = from.optional(key);
  if (node == nullptr) return texts;
  for (auto& [name, value] : variables_of(*node, from.path_of(key), from.mistakes())) {
    if (const auto* text = std::get_if<std::string>(&value)) {
      texts.emplace_back(name, *text);
    } else {
      from.mistake(key, fmt::format("{} is needed here", what));
    }
  }
  return texts;
}

std::vector<std::pair<std::string, std::string>> secrets_of(Mapping& from) {
  return named_texts(from, "secrets", "the name of a variable");
}

Service service_of(const Node& node, const std::string& path, Mistakes& mistakes) {
  constexpr int64_t last_port = 65535;
  Mapping from(node, path, mistakes);
  from.required("port");
  Service service{.name = from.text("name"),
                  .prefix = from.text("prefix"),
                  .image = from.text("image"),
                  .port = from.number("port", last_port),
                  .environment = named_texts(from, "environment", "a text"),
                  .secrets = secrets_of(from)};
  from.finish();
  return service;
}

// `from` is the mapping of the element, of which the script is a part.
Script script_of(Mapping& from) {
  Mistakes& mistakes = from.mistakes();
  Script script{.text = command_of(from.required("script"), from.path_of("script"), mistakes)};
  const std::string shell = from.text_or("shell", "bash");
  if (shell != "bash" && shell != "sh") from.mistake("shell", "`bash` or `sh` is needed here");
  script.shell = shell == "sh" ? Shell::sh : Shell::bash;
  if (const Node* environment = from.optional("environment")) {
    script.environment = variables_of(*environment, from.path_of("environment"), mistakes);
  }
  script.secrets = secrets_of(from);
  script.working_directory = from.text_or("working_directory", ".");
  if (const Node* programs = from.optional("programs")) {
    for (const Node& item : items_of(*programs, from.path_of("programs"), mistakes)) {
      Mapping program(item, item_path(from.path_of("programs"), script.programs.size()), mistakes);
      script.programs.push_back({program.text("name"), program.text_or("version", "")});
      program.finish();
    }
  }
  if (const Node* reports = from.optional("reports")) {
    for (const Node& item : items_of(*reports, from.path_of("reports"), mistakes)) {
      Mapping report(item, item_path(from.path_of("reports"), script.reports.size()), mistakes);
      script.reports.push_back({report.text("format"), report.texts("paths")});
      report.finish();
    }
  }
  if (const Node* services = from.optional("services")) {
    for (const Node& item : items_of(*services, from.path_of("services"), mistakes)) {
      script.services.push_back(
          service_of(item, item_path(from.path_of("services"), script.services.size()), mistakes));
    }
  }
  if (const Node* rollout = from.optional("rollout")) {
    script.rollout = rollout_of(*rollout, from.path_of("rollout"), mistakes);
  }
  return script;
}

Approval approval_of(const Node& node, const std::string& path, Mistakes& mistakes) {
  Mapping from(node, path, mistakes);
  from.required("within_seconds");
  Approval approval{.confirm = from.text("confirm"),
                    .approvers = from.texts("approvers"),
                    .within = from.seconds("within_seconds")};
  from.finish();
  return approval;
}

WindowGate window_of(const Node& node, const std::string& path, Mistakes& mistakes) {
  Mapping from(node, path, mistakes);
  WindowGate window{.open = from.text("open"), .zone = from.text("zone")};
  from.finish();
  return window;
}

Simulation simulation_of(const Node& node, const std::string& path, Mistakes& mistakes) {
  Mapping from(node, path, mistakes);
  Simulation simulation{.block = from.text("block"),
                        .what = variables_of(from.required("what"), from.path_of("what"), mistakes)};
  from.finish();
  return simulation;
}

// Two of them at once are found as keys that nobody reads.
Work work_of(Mapping& from) {
  Mistakes& mistakes = from.mistakes();
  if (const Node* approval = from.optional("approval")) {
    return approval_of(*approval, from.path_of("approval"), mistakes);
  }
  if (const Node* window = from.optional("window"))
    return window_of(*window, from.path_of("window"), mistakes);
  if (const Node* simulation = from.optional("simulation")) {
    return simulation_of(*simulation, from.path_of("simulation"), mistakes);
  }
  return script_of(from);
}

Kind kind_of(Mapping& from) {
  const std::string text = from.text("kind");
  for (const Kind kind : {Kind::action, Kind::gate, Kind::approval, Kind::deploy}) {
    if (text == to_string(kind)) return kind;
  }
  from.mistake("kind", "`action`, `gate`, `approval` or `deploy` is needed here");
  return Kind::action;
}

Element element_of(const Node& node, const std::string& path, Mistakes& mistakes) {
  constexpr int64_t most_retries = 100;
  Mapping from(node, path, mistakes);
  Element element{.id = from.text("id"),
                  .kind = kind_of(from),
                  .title = from.text_or("title", ""),
                  .needs = from.texts("needs"),
                  .consumes = from.texts("consumes"),
                  .produces = from.texts("produces"),
                  .timeout = from.seconds("timeout_seconds"),
                  .retries = from.number("retries", most_retries),
                  .backoff = from.seconds("backoff_seconds"),
                  .continue_on_failure = from.flag("continue_on_failure"),
                  .always = from.flag("always"),
                  .isolated = from.flag("isolated"),
                  .work = work_of(from)};
  from.finish();
  return element;
}

template <class T, class Convert>
std::vector<T> all_of(Mapping& from, std::string_view key, Convert&& convert) {
  std::vector<T> all;
  const Node* node = from.optional(key);
  if (node == nullptr) return all;
  const std::string path = from.path_of(key);
  for (const Node& item : items_of(*node, path, from.mistakes())) {
    all.push_back(convert(item, item_path(path, all.size()), from.mistakes()));
  }
  return all;
}

Stage stage_of(const Node& node, const std::string& path, Mistakes& mistakes) {
  Mapping from(node, path, mistakes);
  Stage stage{.name = from.text("name"),
              .environment = from.text_or("environment", ""),
              .elements = all_of<Element>(from, "elements", element_of)};
  from.finish();
  return stage;
}

Route route_of(const Node& node, const std::string& path, Mistakes& mistakes) {
  Mapping from(node, path, mistakes);
  Route route{.name = from.text("name"), .stages = all_of<Stage>(from, "stages", stage_of)};
  from.finish();
  return route;
}

Source source_of(const Node& node, const std::string& path, Mistakes& mistakes) {
  Mapping from(node, path, mistakes);
  Source source{.name = from.text("name"),
                .path = from.text("path"),
                .repository = from.text("repository"),
                .branch = from.text("branch")};
  from.finish();
  return source;
}

Environment environment_of(const Node& node, const std::string& path, Mistakes& mistakes) {
  Mapping from(node, path, mistakes);
  Environment environment{.name = from.text("name"), .approvers = from.texts("approvers")};
  from.finish();
  return environment;
}

Artifact artifact_of(const Node& node, const std::string& path, Mistakes& mistakes) {
  Mapping from(node, path, mistakes);
  Artifact artifact{.name = from.text("name"),
                    .type = from.text("type"),
                    .paths = from.texts("paths"),
                    .folder = from.text_or("folder", ""),
                    .repository = from.text_or("repository", ""),
                    .image = from.text_or("image", "")};
  from.finish();
  return artifact;
}

Plan plan_of(const Node& document, Mistakes& mistakes) {
  Mapping from(document, "plan", mistakes);
  const Node& version = from.required("version");
  if (version.kind() != Node::Kind::integer || version.integer() != plan_version) {
    mistakes.report("plan.version", fmt::format("this pipec runs plans of version {} only", plan_version));
  }
  from.required("routes");
  Plan plan{.pipeline = from.text("pipeline"),
            .description = from.text_or("description", ""),
            .left_out = from.texts("left_out"),
            .sources = all_of<Source>(from, "sources", source_of),
            .environments = all_of<Environment>(from, "environments", environment_of),
            .artifacts = all_of<Artifact>(from, "artifacts", artifact_of),
            .routes = all_of<Route>(from, "routes", route_of)};
  from.finish();
  return plan;
}

}  // namespace

ReadPlan read_plan(std::string_view text) {
  const yaml::ReadDocument read = yaml::read(text);
  if (!read.document) return {std::nullopt, fmt::format("line {}: {}", read.line, read.error)};
  Mistakes mistakes;
  Plan plan = plan_of(*read.document, mistakes);
  if (!mistakes.any()) check_plan(plan, mistakes);
  if (mistakes.any()) return {std::nullopt, mistakes.first()};
  return {std::move(plan), ""};
}

}  // namespace pipec::local
