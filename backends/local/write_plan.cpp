// The text of a plan. Defaults are left out, so that a person reads what matters.
#include "backends/common/yaml.h"
#include "backends/local/plan.h"

namespace pipec::local {
namespace {

using yaml::Node;

Node texts(const std::vector<std::string>& from) {
  Node node = Node::sequence();
  for (const std::string& text : from)
    node.add(text);
  return node;
}

Node value(const VariableValue& from) {
  if (const auto* text = std::get_if<std::string>(&from)) return *text;
  const auto& run_time = std::get<RunTime>(from);
  return Node::mapping({{"artifact", run_time.artifact}, {"attribute", run_time.attribute}});
}

Node variables(const Variables& from) {
  Node node = Node::mapping();
  for (const auto& [name, variable] : from)
    node.set(name, value(variable));
  return node;
}

// Without its last newline a script would be written in quotes, which nobody can read. The reader takes it
// off again.
Node command(const std::string& text) { return text + "\n"; }

void set_text(Node& node, std::string key, const std::string& text) {
  if (!text.empty()) node.set(std::move(key), text);
}
void set_texts(Node& node, std::string key, const std::vector<std::string>& from) {
  if (!from.empty()) node.set(std::move(key), texts(from));
}
void set_seconds(Node& node, std::string key, Duration duration) {
  if (duration != Duration{}) node.set(std::move(key), duration.seconds);
}

void write(Node& node, const Rollout& rollout) {
  Node waves = Node::sequence();
  for (const auto& wave : rollout.waves)
    waves.add(texts(wave));
  Node inner = Node::mapping();
  if (!rollout.waves.empty()) inner.set("waves", std::move(waves));
  set_seconds(inner, "wave_bake_seconds", rollout.wave_bake);
  if (!rollout.undo.empty()) inner.set("undo", command(rollout.undo));
  node.set("rollout", std::move(inner));
}

Node texts(const std::vector<std::pair<std::string, std::string>>& from) {
  Node node = Node::mapping();
  for (const auto& [name, text] : from)
    node.set(name, text);
  return node;
}

Node services(const std::vector<Service>& from) {
  Node all = Node::sequence();
  for (const Service& service : from) {
    Node node = Node::mapping({{"name", *service.name},
                               {"prefix", *service.prefix},
                               {"image", *service.image},
                               {"port", *service.port}});
    if (!service.environment.empty()) node.set("environment", texts(service.environment));
    if (!service.secrets.empty()) node.set("secrets", texts(service.secrets));
    all.add(std::move(node));
  }
  return all;
}

void write(Node& node, const Script& script) {
  node.set("script", command(*script.text));
  if (script.shell == Shell::sh) node.set("shell", "sh");
  if (!script.environment.empty()) node.set("environment", variables(script.environment));
  if (!script.secrets.empty()) node.set("secrets", texts(script.secrets));
  if (script.working_directory != ".") node.set("working_directory", script.working_directory);
  if (!script.programs.empty()) {
    Node programs = Node::sequence();
    for (const Program& program : script.programs) {
      Node entry = Node::mapping({{"name", program.name}});
      set_text(entry, "version", program.version);
      programs.add(std::move(entry));
    }
    node.set("programs", std::move(programs));
  }
  if (!script.reports.empty()) {
    Node reports = Node::sequence();
    for (const ReportFile& report : script.reports) {
      reports.add(Node::mapping({{"format", report.format}, {"paths", texts(report.paths)}}));
    }
    node.set("reports", std::move(reports));
  }
  if (!script.services.empty()) node.set("services", services(script.services));
  if (script.rollout) write(node, *script.rollout);
}

void write(Node& node, const Approval& approval) {
  Node inner = Node::mapping({{"confirm", *approval.confirm}});
  set_texts(inner, "approvers", approval.approvers);
  inner.set("within_seconds", approval.within->seconds);
  node.set("approval", std::move(inner));
}

void write(Node& node, const WindowGate& window) {
  node.set("window", Node::mapping({{"open", *window.open}, {"zone", *window.zone}}));
}

void write(Node& node, const Simulation& simulation) {
  node.set("simulation", Node::mapping({{"block", *simulation.block}, {"what", variables(simulation.what)}}));
}

Node element(const Element& from) {
  Node node = Node::mapping({{"id", *from.id}, {"kind", to_string(*from.kind)}});
  set_text(node, "title", from.title);
  set_texts(node, "needs", from.needs);
  set_texts(node, "consumes", from.consumes);
  set_texts(node, "produces", from.produces);
  set_seconds(node, "timeout_seconds", from.timeout);
  if (from.retries != 0) node.set("retries", from.retries);
  set_seconds(node, "backoff_seconds", from.backoff);
  if (from.continue_on_failure) node.set("continue_on_failure", true);
  if (from.always) node.set("always", true);
  if (from.isolated) node.set("isolated", true);
  std::visit([&](const auto& work) { write(node, work); }, *from.work);
  return node;
}

Node stage(const Stage& from) {
  Node node = Node::mapping({{"name", *from.name}});
  set_text(node, "environment", from.environment);
  Node elements = Node::sequence();
  for (const Element& item : from.elements)
    elements.add(element(item));
  return node.set("elements", std::move(elements));
}

Node artifact(const Artifact& from) {
  Node node = Node::mapping({{"name", *from.name}, {"type", *from.type}});
  set_texts(node, "paths", from.paths);
  set_text(node, "folder", from.folder);
  set_text(node, "repository", from.repository);
  set_text(node, "image", from.image);
  return node;
}

template <class T, class Convert>
void set_all(Node& node, std::string key, const std::vector<T>& from, Convert&& convert) {
  if (from.empty()) return;
  Node all = Node::sequence();
  for (const T& item : from)
    all.add(convert(item));
  node.set(std::move(key), std::move(all));
}

}  // namespace

std::string write_plan(const Plan& plan, std::string_view header) {
  Node node = Node::mapping({{"version", plan_version}, {"pipeline", *plan.pipeline}});
  set_text(node, "description", plan.description);
  set_texts(node, "left_out", plan.left_out);
  set_all(node, "sources", plan.sources, [](const Source& source) {
    return Node::mapping({{"name", *source.name},
                          {"path", *source.path},
                          {"repository", *source.repository},
                          {"branch", *source.branch}});
  });
  set_all(node, "environments", plan.environments, [](const Environment& environment) {
    Node entry = Node::mapping({{"name", *environment.name}});
    set_texts(entry, "approvers", environment.approvers);
    return entry;
  });
  set_all(node, "artifacts", plan.artifacts, artifact);
  Node routes = Node::sequence();
  for (const Route& route : plan.routes) {
    Node entry = Node::mapping({{"name", *route.name}});
    set_all(entry, "stages", route.stages, stage);
    routes.add(std::move(entry));
  }
  node.set("routes", std::move(routes));
  return yaml::write(node, header);
}

}  // namespace pipec::local
