// Builds that run the commands of elements.
#include "backends/codepipeline/builds.h"
#include "backends/codepipeline/embedded.h"
#include "backends/common/values.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::backends::codepipeline {
namespace {

using Texts = std::vector<std::string>;

// A delimiter that is no line of the script.
std::string delimiter_of(std::string_view script) {
  std::string delimiter = "END";
  const std::string lines = "\n" + std::string(script) + "\n";
  while (lines.find("\n" + delimiter + "\n") != std::string::npos)
    delimiter += "_";
  return delimiter;
}

// CodeBuild's images run as root.
constexpr std::string_view build_home = "/root";

// Exports what commands may know of the run.
constexpr std::string_view run_variables =
    "export PIPEC_RUN_ID=\"$pipec_run\" PIPEC_REF=\"$pipec_ref\" PIPEC_PULL_REQUEST=''\n"
    "export PIPEC_ENVIRONMENT=\"${PIPEC_ENVIRONMENT:-}\" "
    "PIPEC_COMMIT=\"${CODEBUILD_RESOLVED_SOURCE_VERSION:-}\"\n";

template <class T>
void add_once(std::vector<T>& list, const T& item) {
  if (std::find(list.begin(), list.end(), item) == list.end()) list.push_back(item);
}

// Writes the script of a build and collects what it needs. Values reach commands by the environment only:
// those that are known when compiling are variables of the project, those of the run variables of the action
// or of the script.
class CommandBuild {
 public:
  CommandBuild(const Facts& facts, const RoutePlan& plan, const PlannedUnit& unit)
      : facts_(facts), plan_(plan), unit_(unit), artifacts_(facts.pipeline().artifacts) {}

  BuildPlan run() {
    take_artifacts();
    for (size_t i = 0; i < unit_.elements.size(); ++i)
      add_element(*unit_.elements[i], i);
    give_artifacts();
    if (unit_.always()) line(std::string(always_end));
    tell_run();
    std::string script = "set -euo pipefail\nmkdir -p /tmp/pipec/bin\n";
    script += run_variables;
    for (const std::string_view function : functions_)
      script += script_body(function);
    build_.buildspec_key = logical_id({unit_.stage->name, unit_.name});
    build_.buildspec.script = script + script_;
    const std::vector<Statement> registry = registry_statements(facts_, registry_);
    build_.statements.insert(build_.statements.end(), registry.begin(), registry.end());
    return std::move(build_);
  }

 private:
  void line(const std::string& text) { script_ += text + "\n"; }
  void need(std::string_view function) { add_once(functions_, function); }
  void set_variable(const std::string& name, const std::string& value) {
    const auto known = [&](const auto& variable) { return variable.first == name; };
    if (std::none_of(build_.variables.begin(), build_.variables.end(), known))
      build_.variables.emplace_back(name, value);
  }

  // What commands may know of the run, under the same names on every target. After a failure the function
  // `always` gives the values of the run.
  void tell_run() {
    const ir::Environment* environment = facts_.environment_of(*unit_.stage);
    set_variable("PIPEC_PIPELINE", facts_.pipeline().name);
    set_variable("PIPEC_ROUTE", plan_.route().name);
    if (environment != nullptr) set_variable("PIPEC_ENVIRONMENT", environment->name);
    add_run(build_);
    build_.run_variables.emplace_back("pipec_ref", facts_.uses_connection()
                                                       ? fmt::format("#{{{}.BranchName}}", source_variables)
                                                       : "#{variables.BRANCH}");
  }

  void take_artifacts() {
    for (const size_t index : plan_.taken(unit_)) {
      const ir::Artifact& artifact = artifacts_[index];
      const PlannedUnit* maker = plan_.maker(index);
      if (is_files(artifact)) {
        build_.taken_files.push_back(index);
        put_back(artifact);
      } else if (maker == nullptr) {
        set_variable(digest_variable(artifact), artifact.image.substr(artifact.image.find('@') + 1));
        set_uri(artifact);
      } else {
        build_.run_variables.emplace_back(digest_variable(artifact), digest_reference(*maker, artifact));
        add_once(registry_.pulled, artifact.repository);
        log_in();
        set_uri(artifact);
      }
    }
  }

  void put_back(const ir::Artifact& artifact) {
    const std::string folder = artifact.folder.empty() ? "." : artifact.folder;
    if (!artifact.folder.empty()) line("mkdir -p " + folder);
    line(fmt::format("cp -a \"$CODEBUILD_SRC_DIR_{}/.\" {}", encoded(artifact.name), folder));
  }

  void log_in() {
    if (logged_in_) return;
    logged_in_ = true;
    need(embedded::registry_sh);
    line(fmt::format("registry {} {}", facts_.names().registry(), facts_.names().region()));
  }

  void set_uri(const ir::Artifact& artifact) {
    const std::string name = encoded(artifact.name);
    set_variable("pipec_repository_" + name, repository_of(facts_, artifact));
    line(fmt::format("pipec_uri_{0}=$pipec_repository_{0}@${1}", name, digest_variable(artifact)));
  }

  void add_element(const ir::Element& element, size_t index) {
    const ir::Work& work = work_of(element);
    // Elements that share a build have variables of their own.
    const std::string prefix = unit_.fused() ? fmt::format("E{}_", index) : "";
    line("# element " + element.id);
    for (const ir::Tool& tool : work.tools)
      add_tool(tool, element);
    for (const size_t artifact : element.produces)
      name_image(artifacts_[artifact]);
    for (const size_t artifact : element.attaches_to)
      add_once(registry_.attached, artifacts_[artifact].repository);
    add_role(element);
    start_services(element);
    add_script(element.id, work.script);
    const std::string call = invocation(element, prefix, element.id);
    // When it runs after a failure, the lock is free already.
    if (changes(element) && !element.always && facts_.locked(*unit_.stage)) check_lock();
    if (element.kind == ir::ElementKind::deploy) {
      add_deployment(element, call, prefix);
    } else if (element.always) {
      line(always(element) + call);
    } else if (element.continue_on_failure) {
      line(fmt::format("{} || echo '{} failed; the pipeline goes on' >&2", call, element.id));
    } else {
      line(call);
    }
    for (const size_t artifact : element.produces)
      store_image(artifacts_[artifact]);
    collect(element, prefix);
    add_cache(work);
  }

  // What a run stores the next ones of the route find, whoever wrote their commits. So only runs of pushed
  // branches, tags and schedules have a cache: code of pull requests and hotfixes was not reviewed.
  void add_cache(const ir::Work& work) {
    const ir::Route& route = plan_.route();
    const bool reviewed = route.kind == ir::RouteKind::trunk ||
                          (route.kind == ir::RouteKind::other && route.trigger.pull_requests.empty());
    if (work.caches.empty() || unit_.fused() || !reviewed) return;
    Texts paths, files;
    for (const ir::Cache& one : work.caches) {
      for (const std::string& path : one.paths)
        add_once(paths, path.starts_with("~/") ? std::string(build_home) + path.substr(1) : path);
      for (const std::string& file : one.key)
        add_once(files, file);
    }
    build_.buildspec.cache = BuildspecCache{
        .paths = std::move(paths), .name = unit_.stage->name + "." + unit_.name, .files = std::move(files)};
  }

  // Directly before each change, and once for all attempts: the lock outlives a build, unless its run is
  // over.
  void check_lock() {
    script_ += lock_check;
    if (std::find(functions_.begin(), functions_.end(), embedded::lock_sh) != functions_.end()) return;
    need(embedded::lock_sh);
    add_lock_check(facts_, *unit_.stage, build_);
  }

  // What stands before a command of `always`, so that its failure is told at the end only.
  std::string always(const ir::Element& element) {
    need(embedded::always_sh);
    return fmt::format("always {} ", element.continue_on_failure ? "''" : element.id);
  }

  void add_tool(const ir::Tool& tool, const ir::Element& element) {
    need(embedded::tool_sh);
    std::string call =
        fmt::format("tool {} {} {}", shell_quoted(tool.name), shell_quoted(tool.url), tool.sha256);
    if (!tool.member.empty()) call += " " + shell_quoted(tool.member);
    line(element.always ? always(element) + call : call);
    // A part of `always` has a shell of its own, whose path is gone afterwards.
    if (element.always) line("PATH=/tmp/pipec/bin:$PATH");
  }

  // An image is pushed under a tag of its own build: tags are immutable, and a commit may be built more than
  // once.
  void name_image(const ir::Artifact& artifact) {
    if (is_files(artifact)) return;
    log_in();
    add_once(registry_.pushed, artifact.repository);
    const std::string name = encoded(artifact.name);
    set_variable("pipec_repository_" + name, repository_of(facts_, artifact));
    line("pipec_build=${CODEBUILD_BUILD_ID##*:}");
    line("pipec_tag=$(git rev-parse HEAD)-${pipec_build:0:8}");
    line(fmt::format("pipec_own_{0}=$pipec_repository_{0}:$pipec_tag", name));
  }

  void store_image(const ir::Artifact& artifact) {
    if (is_files(artifact)) return;
    need(embedded::digest_sh);
    const std::string variable = digest_variable(artifact);
    line(fmt::format("{}=$(digest \"${{pipec_repository_{}#*/}}\" \"$pipec_tag\" {})", variable,
                     encoded(artifact.name), facts_.names().region()));
    line("export " + variable);
    set_uri(artifact);
    build_.buildspec.exported.push_back(variable);
  }

  // The build ends with them, whatever becomes of the command.
  void start_services(const ir::Element& element) {
    const std::vector<ir::Service>& services = work_of(element).services;
    if (services.empty()) return;
    need(embedded::port_answers_sh);
    need(embedded::services_sh);
    build_.privileged = true;
    // Until an image is fetched and its port answers.
    build_.limit += Duration::minutes(4);
    line("PIPEC_SERVICES=/tmp/pipec/services");
    line("trap 'stop_services || echo \"services could not be removed\" >&2' EXIT");
    for (const ir::Service& service : services) {
      std::string call =
          fmt::format("start_service {} {} {} {}", service.name, service.prefix, service.image, service.port);
      for (const auto& [name, value] : service.environment) {
        set_variable(fmt::format("PIPEC_SERVICE_{}_{}", service.prefix, name), value);
        call += " " + name;
      }
      for (const auto& [name, secret] : service.secrets) {
        build_.buildspec.secrets.emplace_back(fmt::format("PIPEC_SERVICE_{}_{}", service.prefix, name),
                                              secret);
        call += " " + name;
      }
      line(call);
    }
  }

  void add_role(const ir::Element& element) {
    if (!has_role(*unit_.stage, element)) return;
    need(embedded::role_sh);
    const std::string& account = facts_.environment_of(*unit_.stage)->account;
    const std::string arn =
        facts_.names().role_arn(account, facts_.names().element_role(*unit_.stage, element));
    line(fmt::format("role /tmp/pipec/{}.aws {} {}", element.id, arn, region_of(element)));
    build_.statements.push_back(assume_statement(facts_, *unit_.stage, element));
  }

  // A deployment runs once for each region, a cell of `per_region` in its own; anything else looks at the
  // first one.
  static bool is_regional(const ir::Element& element) {
    return element.kind == ir::ElementKind::deploy || !element.region.empty();
  }
  std::string region_of(const ir::Element& element) const {
    if (is_regional(element)) return "\"$pipec_region\"";
    return waves_of(facts_.pipeline(), *unit_.stage, element).front().front();
  }

  void add_script(const std::string& name, const std::string& text) {
    const std::string delimiter = delimiter_of(text);
    line(fmt::format("cat >/tmp/pipec/{} <<'{}'", name, delimiter));
    line(text);
    line(delimiter);
  }

  // The call of a script with its environment, within its limit, as often as it may be tried.
  std::string invocation(const ir::Element& element, const std::string& prefix, const std::string& script) {
    const ir::Work& work = work_of(element);
    std::string call;
    if (element.retries > 0) {
      need(embedded::attempts_sh);
      call = fmt::format("attempts {} {} ", element.retries + 1, element.backoff.seconds);
    }
    std::string environment = assignments(element, prefix);
    if (work.working_directory != ".") {
      set_variable(prefix + "pipec_directory", work.working_directory);
      environment = fmt::format(" --chdir=\"${}pipec_directory\"", prefix) + environment;
    }
    if (!environment.empty()) call += "env" + environment + " ";
    const std::string_view shell = work.shell == ir::Shell::sh ? "sh -eu" : "bash -euo pipefail";
    return call + fmt::format("timeout --kill-after=10s {}s {} /tmp/pipec/{}", element.timeout.seconds, shell,
                              script);
  }

  std::string assignments(const ir::Element& element, const std::string& prefix) {
    std::string text;
    for (const auto& [name, value] : work_of(element).environment) {
      if (const auto* run_time = value.as<ir::RunTime>()) {
        text += fmt::format(" {}=\"${}\"", name, run_time_variable(*run_time));
      } else if (name == "AWS_REGION" && !element.region.empty()) {
        // CodeBuild has a variable of that name itself.
        set_variable("pipec_region", element.region);
      } else {
        set_variable(prefix + name, environment_text(value));
        if (!prefix.empty()) text += fmt::format(" {}=\"${}{}\"", name, prefix, name);
      }
    }
    for (const auto& [name, secret] : work_of(element).secrets) {
      if (!prefix.empty()) text += fmt::format(" {}=\"${}{}\"", name, prefix, name);
    }
    if (has_role(*unit_.stage, element))
      text += fmt::format(" AWS_CONFIG_FILE=/tmp/pipec/{}.aws", element.id);
    if (has_role(*unit_.stage, element) || is_regional(element)) text += " AWS_REGION=" + region_of(element);
    return text;
  }

  std::string run_time_variable(const ir::RunTime& value) {
    const ir::Artifact& artifact = artifacts_[value.artifact];
    const std::string name = encoded(artifact.name);
    if (value.attribute == "digest") return digest_variable(artifact);
    if (value.attribute == "uri") return (value.own ? "pipec_own_" : "pipec_uri_") + name;
    set_variable("pipec_path_" + name, artifact.paths.front());
    return "pipec_path_" + name;
  }

  // A deployment that fails, or that an alarm speaks against during the bake time, is taken back by the
  // author's own command.
  void add_deployment(const ir::Element& element, const std::string& call, const std::string& prefix) {
    const ir::Work& work = work_of(element);
    std::string undo;
    if (!work.undo.empty()) {
      const std::string name = element.id + ".undo";
      add_script(name, work.undo);
      undo = fmt::format("  {} || echo '{} could not be taken back' >&2\n", invocation(element, prefix, name),
                         element.id);
    }
    const bool bakes = element.wave_bake.seconds > 0;
    const std::string role =
        has_role(*unit_.stage, element) ? fmt::format("AWS_CONFIG_FILE=/tmp/pipec/{}.aws ", element.id) : "";
    if (bakes) {
      need(embedded::watch_sh);
      set_variable("pipec_alarms", environment_text(text_list(alarms_of(element))));
      line(fmt::format("pipec_watched=$({}alarms_to_watch \"$pipec_alarms\")", role));
    }
    line(fmt::format("if ! {}; then\n{}  exit 1\nfi", call, undo));
    if (!bakes) return;
    line(fmt::format("if ! {}watch_alarms \"$pipec_bake\" \"$pipec_watched\"; then\n{}  exit 1\nfi", role,
                     undo));
  }

  static ir::Value text_list(const Texts& items) {
    ir::List list;
    for (const std::string& item : items)
      list.items.push_back({item, {}});
    return {std::move(list), {}};
  }

  void collect(const ir::Element& element, const std::string& prefix) {
    const ir::Work& work = work_of(element);
    for (const auto& [name, secret] : work.secrets)
      build_.buildspec.secrets.emplace_back(prefix + name, secret);
    for (const ir::Runtime& runtime : work.runtimes) {
      add_once(build_.buildspec.runtimes, runtime_name(runtime.name, runtime.version));
    }
    size_t number = 0;
    for (const ir::ReportFile& report : work.reports) {
      const std::string format = report_format(report.format);
      if (format.empty()) continue;
      const std::string suffix = number++ == 0 ? "" : fmt::format("-{}", number);
      build_.buildspec.reports.push_back(
          {.name = plain_name(fmt::format("{}-{}{}", unit_.stage->name, element.name, suffix)),
           .files = report.paths,
           .format = format});
    }
    constexpr auto sizes = std::to_array<std::string_view>({"small", "medium", "large"});
    const auto rank = [&](std::string_view size) { return std::find(sizes.begin(), sizes.end(), size); };
    if (build_.compute.empty() || rank(work.compute) > rank(build_.compute)) build_.compute = work.compute;
    build_.privileged = build_.privileged || work.privileged;
    const Duration once =
        element.timeout +
        (element.kind == ir::ElementKind::deploy ? element.timeout + element.wave_bake : Duration{});
    build_.limit += once * (element.retries + 1) + element.backoff * element.retries;
  }

  void give_artifacts() {
    for (const size_t index : plan_.given(unit_)) {
      if (!is_files(artifacts_[index])) continue;
      build_.given_files.push_back(index);
      build_.buildspec.artifacts.emplace_back(encoded(artifacts_[index].name), artifacts_[index].paths);
    }
  }

  const Facts& facts_;
  const RoutePlan& plan_;
  const PlannedUnit& unit_;
  const std::vector<ir::Artifact>& artifacts_;
  BuildPlan build_;
  std::string script_;
  std::vector<std::string_view> functions_;
  RegistryUse registry_;
  bool logged_in_ = false;
};

}  // namespace

BuildPlan plan_commands(const Facts& facts, const RoutePlan& plan, const PlannedUnit& unit) {
  return CommandBuild(facts, plan, unit).run();
}

}  // namespace pipec::backends::codepipeline
