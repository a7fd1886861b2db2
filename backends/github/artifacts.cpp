#include "backends/github/artifacts.h"

#include "backends/common/values.h"
#include "backends/github/scripts.h"
#include "compiler/support/check.h"
#include "compiler/support/text.h"

#include <algorithm>
#include <set>

#include <fmt/core.h>

namespace pipec::backends::github {
namespace {

// The variable of a workflow that holds a value of an artifact.
std::string variable(const ir::Artifact& artifact, std::string_view attribute) {
  return fmt::format("artifact-{}", artifact_output(artifact, attribute));
}

bool makes(const PlannedJob& job, const ir::Artifact& artifact) {
  return std::any_of(job.elements.begin(), job.elements.end(),
                     [&](const ir::Element* e) { return e->id == artifact.maker; });
}

// Calls `visit` with each artifact that the value names.
template <class Visit>
void visit_artifacts(const ir::Value& value, Visit&& visit) {
  if (const auto* run_time = value.as<ir::RunTime>()) visit(run_time->artifact);
  if (const auto* artifact = value.as<ir::ArtifactReference>()) visit(artifact->artifact);
  if (const auto* list = value.as<ir::List>()) {
    for (const ir::Value& item : list->items)
      visit_artifacts(item, visit);
  }
  if (const auto* constructed = value.as<ir::Constructed>()) {
    for (const auto& [name, argument] : constructed->arguments)
      visit_artifacts(argument, visit);
  }
}

// The artifacts whose values an element uses.
std::set<size_t> valued_by(const ir::Element& element) {
  std::set<size_t> found;
  const auto work = element.work.find("github");
  if (work == element.work.end()) return found;
  const auto add = [&](size_t artifact) { found.insert(artifact); };
  for (const auto& [name, value] : work->second.environment)
    visit_artifacts(value, add);
  if (work->second.block) {
    for (const auto& [name, value] : work->second.block->fields)
      visit_artifacts(value, add);
  }
  return found;
}

// Every artifact that an element needs: its inputs, and those whose values it uses.
std::set<size_t> artifacts_of(const ir::Element& element) {
  std::set<size_t> found = valued_by(element);
  found.insert(element.consumes.begin(), element.consumes.end());
  return found;
}

// `needs.build-image.outputs.image-uri`: what stands behind the last dot and before the last dash.
std::string name_of_output(std::string_view output) {
  const size_t dash = output.rfind('-');
  if (dash == std::string_view::npos) return "";
  return fmt::format("@{}.{}", output.substr(0, dash), output.substr(dash + 1));
}

}  // namespace

bool is_container(const ir::Artifact& artifact) { return artifact.type == "container"; }

std::string artifact_step(const ir::Artifact& artifact) { return identifier("artifact-" + artifact.name); }

std::string own_image_step(const ir::Artifact& artifact) { return "own-" + artifact.name; }

std::string artifact_output(const ir::Artifact& artifact, std::string_view attribute) {
  return identifier(fmt::format("{}-{}", artifact.name, attribute));
}

Text run_time_text(const Context& context, const RoutePlan& plan, const PlannedJob& job,
                   const ir::RunTime& value) {
  const ir::Artifact& artifact = context.pipeline().artifacts[value.artifact];
  if (!is_container(artifact) || artifact.maker.empty())
    return Text::expression("env." + variable(artifact, value.attribute));
  if (value.own)
    return Text::expression(fmt::format("steps.{}.outputs.{}", own_image_step(artifact), value.attribute));
  if (makes(job, artifact))
    return Text::expression(fmt::format("steps.{}.outputs.{}", artifact_step(artifact), value.attribute));
  const PlannedJob* maker = plan.maker_of(artifact);
  PIPEC_CHECK(maker != nullptr);
  return Text::expression(
      fmt::format("needs.{}.outputs.{}", maker->id, artifact_output(artifact, value.attribute)));
}

std::string run_time_name(std::string_view written) {
  constexpr std::string_view start = "${{ ";
  constexpr std::string_view end = " }}";
  if (!written.starts_with(start) || !written.ends_with(end)) return "";
  const std::string_view expression =
      written.substr(start.size(), written.size() - start.size() - end.size());
  const auto after = [&](std::string_view prefix) { return expression.substr(prefix.size()); };
  if (expression.starts_with("env.artifact-")) return name_of_output(after("env.artifact-"));
  if (expression.starts_with("needs.")) return name_of_output(expression.substr(expression.rfind('.') + 1));
  for (const std::string_view prefix : {"steps.own-", "steps.artifact-"}) {
    if (!expression.starts_with(prefix)) continue;
    const std::string_view rest = after(prefix);
    constexpr std::string_view outputs = ".outputs.";
    const size_t place = rest.find(outputs);
    if (place != std::string_view::npos)
      return fmt::format("@{}.{}", rest.substr(0, place), rest.substr(place + outputs.size()));
  }
  return "";
}

Text service_port(const ir::Service& service) {
  return Text::expression(fmt::format("job.services.{}.ports['{}']", service.name, service.port));
}

Environment known_values(const Context& context, const ir::Route& route) {
  std::set<size_t> used;
  for (const Placed& placed : elements_of(route))
    used.merge(valued_by(*placed.element));
  Environment values;
  for (const size_t index : used) {
    const ir::Artifact& artifact = context.pipeline().artifacts[index];
    if (!is_container(artifact)) {
      values.emplace_back(variable(artifact, "path"), join(artifact.paths, "\n"));
    } else if (artifact.maker.empty()) {
      values.emplace_back(variable(artifact, "uri"), artifact.image);
      values.emplace_back(variable(artifact, "digest"), artifact.image.substr(artifact.image.find('@') + 1));
    }
  }
  return values;
}

Text value_text(const Context& context, const RoutePlan& plan, const PlannedJob& job,
                const ir::Value& value) {
  if (const auto* run_time = value.as<ir::RunTime>()) return run_time_text(context, plan, job, *run_time);
  if (const auto* reference = value.as<ir::ArtifactReference>()) {
    const bool container = is_container(context.pipeline().artifacts[reference->artifact]);
    return run_time_text(context, plan, job, {reference->artifact, container ? "uri" : "path", false});
  }
  return environment_text(value);
}

Environment element_environment(const Context& context, const RoutePlan& plan, const PlannedJob& job,
                                const ir::Element& element) {
  const ir::Work& work = element.work.at("github");
  Environment environment;
  for (const auto& [name, value] : work.environment)
    environment.emplace_back(name, value_text(context, plan, job, value));
  for (const auto& [name, secret] : work.secrets)
    environment.emplace_back(name, Text::expression("secrets." + secret));
  for (const ir::Service& service : work.services) {
    environment.emplace_back(service.prefix + "_HOST", "127.0.0.1");
    environment.emplace_back(service.prefix + "_PORT", service_port(service));
  }
  return environment;
}

std::vector<const PlannedJob*> makers(const Context& context, const RoutePlan& plan,
                                      const PlannedJob& planned) {
  std::vector<const PlannedJob*> found;
  for (const ir::Element* element : planned.elements) {
    for (const size_t index : artifacts_of(*element)) {
      const PlannedJob* maker = plan.maker_of(context.pipeline().artifacts[index]);
      if (maker == nullptr || maker == &planned ||
          std::find(found.begin(), found.end(), maker) != found.end())
        continue;
      found.push_back(maker);
    }
  }
  return found;
}

void add_fetch_steps(const Context& context, const RoutePlan& plan, const PlannedJob& planned,
                     const ir::Element& element, std::vector<size_t>& known, std::vector<Step>& steps) {
  for (const size_t index : artifacts_of(element)) {
    const ir::Artifact& artifact = context.pipeline().artifacts[index];
    if (is_container(artifact) || makes(planned, artifact)) continue;
    if (std::find(known.begin(), known.end(), index) != known.end()) continue;
    known.push_back(index);
    const PlannedJob* maker = plan.maker_of(artifact);
    PIPEC_CHECK(maker != nullptr);
    steps.push_back({.name = "Fetch " + artifact.name,
                     .what = Use{.action = actions::download_artifact,
                                 .with = {{"name", artifact.name},
                                          {"path", Text::expression("runner.temp")},
                                          {"digest-mismatch", "error"}}}});
    Environment environment{{"NAME", artifact.name},
                            {"SHA256", Text::expression(fmt::format("needs.{}.outputs.{}", maker->id,
                                                                    artifact_output(artifact, "sha256")))}};
    if (!artifact.folder.empty()) environment.emplace_back("FOLDER", artifact.folder);
    steps.push_back({.name = fmt::format("Put {} in place", artifact.name),
                     .what = Run{.script = call_script("fetch_files.sh")},
                     .env = std::move(environment)});
  }
}

void add_store_steps(const Context& context, const ir::Element& element, std::vector<Step>& steps) {
  for (const size_t index : element.produces) {
    const ir::Artifact& artifact = context.pipeline().artifacts[index];
    if (is_container(artifact)) continue;
    steps.push_back({.name = "Pack " + artifact.name,
                     .id = artifact_step(artifact),
                     .what = Run{.script = call_script("store_files.sh")},
                     .env = {{"NAME", artifact.name}, {"PATHS", join(artifact.paths, "\n")}}});
    steps.push_back({.name = "Store " + artifact.name,
                     .what = Use{.action = actions::upload_artifact,
                                 .with = {{"name", artifact.name},
                                          {"path", Text::expression("runner.temp") +
                                                       fmt::format("/{}.tar.gz", artifact.name)},
                                          {"if-no-files-found", "error"},
                                          {"overwrite", "true"},
                                          {"compression-level", "0"}}}});
  }
}

void add_artifact_outputs(const Context& context, const PlannedJob& planned, Job& job) {
  for (const ir::Element* element : planned.elements) {
    for (const size_t index : element->produces) {
      const ir::Artifact& artifact = context.pipeline().artifacts[index];
      const auto add = [&](std::string_view attribute) {
        job.outputs.emplace_back(
            artifact_output(artifact, attribute),
            Text::expression(fmt::format("steps.{}.outputs.{}", artifact_step(artifact), attribute)));
      };
      if (is_container(artifact)) {
        add("uri");
        add("digest");
      } else {
        add("sha256");
      }
    }
  }
}

}  // namespace pipec::backends::github
