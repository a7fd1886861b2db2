#include "backends/codepipeline/buildspec.h"

#include "compiler/support/text.h"

#include <fmt/core.h>

namespace pipec::backends::codepipeline {
namespace {

// `out/**` of the language is `out/**/*` of CodeBuild.
std::string file_pattern(const std::string& pattern) {
  return pattern.ends_with("**") ? pattern + "/*" : pattern;
}

Node file_patterns(const std::vector<std::string>& patterns) {
  Node node = Node::sequence();
  for (const std::string& pattern : patterns)
    node.add(file_pattern(pattern));
  return node;
}

// One artifact stands at the top; several have names.
Node artifacts_node(const Buildspec& buildspec) {
  if (buildspec.artifacts.size() == 1)
    return map({{"files", file_patterns(buildspec.artifacts.front().second)}});
  Node secondary = Node::mapping();
  for (const auto& [name, files] : buildspec.artifacts)
    secondary.set(name, map({{"files", file_patterns(files)}}));
  return map({{"secondary-artifacts", std::move(secondary)}});
}

// The names of files have a form that is one plain word of a shell.
Node cache_node(const BuildspecCache& cache) {
  std::vector<std::string> paths;
  for (const std::string& path : cache.paths)
    paths.push_back(path + "/**/*");
  return map({{"key", fmt::format("{}-$(codebuild-hash-files {})", *cache.name, join(*cache.files, " "))},
              {"paths", texts(paths)}});
}

}  // namespace

std::string text_of(const Buildspec& buildspec) {
  Node environment = map({{"shell", "bash"}, {"variables", map({{"LANG", "C.UTF-8"}})}});
  if (!buildspec.secrets.empty()) {
    Node secrets = Node::mapping();
    for (const auto& [variable, name] : buildspec.secrets)
      secrets.set(variable, name);
    environment.set("secrets-manager", std::move(secrets));
  }
  if (!buildspec.exported.empty()) environment.set("exported-variables", texts(buildspec.exported));
  if (buildspec.git_credentials) environment.set("git-credential-helper", "yes");
  Node phases = Node::mapping();
  if (!buildspec.runtimes.empty()) {
    Node runtimes = Node::mapping();
    for (const auto& [name, version] : buildspec.runtimes)
      runtimes.set(name, version);
    phases.set("install", map({{"runtime-versions", std::move(runtimes)}}));
  }
  phases.set("build", map({{"commands", list({buildspec.script})}}));
  Node document = map({{"version", "0.2"}, {"env", std::move(environment)}, {"phases", std::move(phases)}});
  if (!buildspec.reports.empty()) {
    Node reports = Node::mapping();
    for (const BuildspecReport& report : buildspec.reports) {
      reports.set(*report.name,
                  map({{"files", file_patterns(*report.files)}, {"file-format", *report.format}}));
    }
    document.set("reports", std::move(reports));
  }
  if (!buildspec.artifacts.empty()) document.set("artifacts", artifacts_node(buildspec));
  if (buildspec.cache) document.set("cache", cache_node(*buildspec.cache));
  return yaml::write(document, "");
}

std::string report_format(std::string_view format) {
  if (format == "junit") return "JUNITXML";
  if (format == "cobertura") return "COBERTURAXML";
  if (format == "clover") return "CLOVERXML";
  return "";
}

std::pair<std::string, std::string> runtime_name(std::string_view name, const std::string& version) {
  if (name == "go") return {"golang", version};
  if (name == "node") return {"nodejs", version};
  if (name == "java") return {"java", "corretto" + version};
  return {std::string(name), version};
}

std::string shell_quoted(std::string_view text) {
  std::string quoted = "'";
  for (const char c : text)
    quoted += c == '\'' ? "'\\''" : std::string(1, c);
  return quoted + "'";
}

std::string script_body(std::string_view script) {
  std::string body;
  for (const std::string_view line : split_lines(script)) {
    if (!line.starts_with("#!") && !line.starts_with("# shellcheck shell=")) body += std::string(line) + "\n";
  }
  return body;
}

}  // namespace pipec::backends::codepipeline
