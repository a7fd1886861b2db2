#include "backends/codepipeline/read_back.h"

#include "backends/codepipeline/builds.h"
#include "backends/codepipeline/names.h"
#include "backends/common/yaml.h"
#include "compiler/support/text.h"

#include <algorithm>
#include <map>
#include <set>
#include <sstream>

#include <nlohmann/json.hpp>

namespace pipec::backends::codepipeline {
namespace {

using yaml::Node;
using Environment = std::map<std::string, std::string>;

// What a script says of one element.
struct ScriptElement {
  std::string id;
  std::string script;
  // NAME="$VARIABLE" of the call.
  std::vector<std::pair<std::string, std::string>> assignments;
  Duration timeout;
  bool blocking = true;
  // Its failure does not keep the others of the build from running.
  bool always = false;
};

struct Script {
  // Of a deployment by a building block.
  std::string block;
  // Whether its last line fails when one of `always` did.
  bool tells_failures = false;
  // Where parts of collections are put, by their encoded names.
  std::vector<std::pair<std::string, std::string>> folders;
  std::map<std::string, std::string> services;
  // Paths of the caches, as the language writes them.
  std::set<std::string> caches;
  std::vector<ScriptElement> elements;
};

// The word after `prefix` in the line; empty when it is not there.
std::string word_after(std::string_view line, std::string_view prefix) {
  const size_t at = line.find(prefix);
  if (at == std::string_view::npos) return "";
  const std::string_view rest = line.substr(at + prefix.size());
  return std::string(rest.substr(0, rest.find_first_of(" ;")));
}

// `… env A="$B" C="$D" timeout --kill-after=10s 240s bash … /tmp/pipec/ID`, or `if ! …; then` of a
// deployment. Whatever else follows decides on the failure instead of the build.
void read_call(std::string_view line, ScriptElement& element) {
  const std::string limit = word_after(line, "timeout --kill-after=10s ");
  element.timeout = {std::stoll(limit)};
  element.always = line.starts_with("always ");
  element.blocking =
      line.ends_with("/tmp/pipec/" + element.id) || (line.starts_with("if ! ") && line.ends_with("; then"));
  if (element.always) element.blocking = line.starts_with("always " + element.id + " ");
  for (size_t at = line.find("=\"$"); at != std::string_view::npos; at = line.find("=\"$", at + 1)) {
    const size_t name = line.rfind(' ', at) + 1;
    const size_t variable = at + 3;
    element.assignments.emplace_back(line.substr(name, at - name),
                                     line.substr(variable, line.find('"', variable) - variable));
  }
}

// NAME PREFIX IMAGE PORT VARIABLE…
void read_service(std::string_view words, Script& script) {
  std::istringstream stream{std::string(words)};
  std::string name, prefix, image, port;
  stream >> name >> prefix >> image >> port;
  script.services.emplace(name, image + " " + port);
}

Script read_script(std::string_view text) {
  Script script;
  const std::vector<std::string_view> lines = split_lines(text);
  script.tells_failures = !lines.empty() && lines.back() == always_end;
  for (size_t i = 0; i < lines.size(); ++i) {
    const std::string_view line = lines[i];
    constexpr std::string_view element = "# element ";
    constexpr std::string_view block = "# block ";
    constexpr std::string_view service = "start_service ";
    constexpr std::string_view part = "cp -a \"$CODEBUILD_SRC_DIR_";
    if (line.starts_with(part)) {
      const std::string folder(line.substr(line.rfind(' ') + 1));
      if (folder != ".")
        script.folders.emplace_back(line.substr(part.size(), line.find('/') - part.size()), folder);
    }
    if (line.starts_with(service)) read_service(line.substr(service.size()), script);
    if (line.starts_with(block)) script.block = line.substr(block.size());
    if (line.starts_with(element))
      script.elements.push_back({.id = std::string(line.substr(element.size()))});
    if (script.elements.empty()) continue;
    ScriptElement& current = script.elements.back();
    if (line.starts_with("cat >/tmp/pipec/")) {
      const size_t quote = line.find('\'');
      const std::string_view delimiter = line.substr(quote + 1, line.size() - quote - 2);
      std::string body;
      for (++i; i < lines.size() && lines[i] != delimiter; ++i)
        body += std::string(lines[i]) + "\n";
      // The last line end belongs to the delimiter.
      if (!body.empty()) body.pop_back();
      if (word_after(line, "cat >/tmp/pipec/") == current.id) current.script = body;
    } else if (line.find("timeout --kill-after=10s ") != std::string_view::npos &&
               word_after(line, " /tmp/pipec/") == current.id) {
      read_call(line, current);
    }
  }
  return script;
}

// `pipec_uri_my_2Dimage`: `@my-image.uri`; empty for a variable of the user.
std::string run_time_value(const std::string& variable) {
  for (const auto& [prefix, attribute] :
       std::initializer_list<std::pair<std::string_view, std::string_view>>{{"pipec_uri_", "uri"},
                                                                            {"pipec_own_", "uri"},
                                                                            {"pipec_digest_", "digest"},
                                                                            {"pipec_path_", "path"}}) {
    if (variable.starts_with(prefix))
      return "@" + decoded(variable.substr(prefix.size())) + "." + std::string(attribute);
  }
  return "";
}

// `/root/.cache/go/**/*`: `~/.cache/go`.
std::string cache_path(std::string_view pattern) {
  constexpr std::string_view home = "/root/";
  constexpr std::string_view everything = "/**/*";
  if (pattern.ends_with(everything)) pattern.remove_suffix(everything.size());
  if (!pattern.starts_with(home)) return std::string(pattern);
  return "~/" + std::string(pattern.substr(home.size()));
}

class TemplateReader {
 public:
  // `control`: the resources with the rules that clean up.
  TemplateReader(const Node& document, const Node& control)
      : document_(document), resources_(document.at({"Resources"})), control_(control) {}

  void read(FoundPipeline& found) {
    for (const auto& [id, resource] : resources_.entries()) {
      if (resource.at({"Type"}).text() == "AWS::CodePipeline::Pipeline")
        found.routes.push_back(read_pipeline(resource));
    }
  }

 private:
  // An element with the run orders of its actions in a stage.
  struct Placement {
    FoundElement element;
    int64_t first = 0;
    int64_t last = 0;
    // Of a build that runs several: its place among them.
    size_t index = 0;
  };

  FoundRoute read_pipeline(const Node& resource) {
    FoundRoute route{resource.at({"Metadata", "pipec", "route"}).text(), {}, {}};
    pipeline_ = resource.at({"Properties", "Name"}).text();
    std::vector<Placement> previous;
    for (const Node& stage : resource.at({"Properties", "Stages"}).items()) {
      std::vector<Placement> placed = read_stage(stage);
      if (placed.empty()) continue;
      connect(placed, route);
      // The ends of a stage and the beginnings of the next carry the order of all the others.
      for (const Placement& earlier : previous) {
        if (!is_end(previous, earlier)) continue;
        for (const Placement& later : placed) {
          if (is_beginning(placed, later)) route.edges.push_back({earlier.element.id, later.element.id});
        }
      }
      for (const Placement& placement : placed)
        route.elements.push_back(placement.element);
      previous = std::move(placed);
    }
    return route;
  }

  static bool precedes(const Placement& a, const Placement& b) {
    return a.last < b.first ||
           (a.first == b.first && a.last == b.last && a.index > 0 && b.index == a.index + 1);
  }
  static bool is_end(const std::vector<Placement>& all, const Placement& one) {
    return std::none_of(all.begin(), all.end(), [&](const Placement& other) { return precedes(one, other); });
  }
  static bool is_beginning(const std::vector<Placement>& all, const Placement& one) {
    return std::none_of(all.begin(), all.end(), [&](const Placement& other) { return precedes(other, one); });
  }
  static void connect(const std::vector<Placement>& placed, FoundRoute& route) {
    for (const Placement& earlier : placed) {
      for (const Placement& later : placed) {
        if (precedes(earlier, later)) route.edges.push_back({earlier.element.id, later.element.id});
      }
    }
  }

  std::vector<Placement> read_stage(const Node& stage) {
    const std::string name = stage.at({"Name"}).text().substr(0, stage.at({"Name"}).text().find('.'));
    std::vector<Placement> placed;
    for (const Node& action : stage.at({"Actions"}).items()) {
      const std::string& action_name = action.at({"Name"}).text();
      if (action_name.starts_with("pipec.")) continue;
      const std::string id = name + "." + action_name.substr(0, action_name.find('.'));
      const int64_t order = action.at({"RunOrder"}).integer();
      std::vector<FoundElement> elements = read_action(action, id);
      for (size_t i = 0; i < elements.size(); ++i) {
        // Elements that share a build are numbered from 1; 0 is alone.
        place(placed, {std::move(elements[i]), order, order, elements.size() > 1 ? i + 1 : 0});
      }
    }
    return placed;
  }

  static void place(std::vector<Placement>& placed, Placement placement) {
    for (Placement& known : placed) {
      if (known.element.id != placement.element.id) continue;
      known.first = std::min(known.first, placement.first);
      known.last = std::max(known.last, placement.last);
      return;
    }
    placed.push_back(std::move(placement));
  }

  std::vector<FoundElement> read_action(const Node& action, const std::string& id) {
    const std::string& provider = action.at({"ActionTypeId", "Provider"}).text();
    const Node& configuration = action.at({"Configuration"});
    if (provider == "Manual") return {{.id = id, .approval = true}};
    if (provider == "CloudFormation") return {{.id = id, .work = "change_set"}};
    if (provider == "Lambda") {
      const auto request = nlohmann::json::parse(configuration.at({"UserParameters"}).text(), nullptr, false);
      const bool steps = request.is_object() && request.contains("do") && !request["do"].empty();
      return {{.id = id, .work = steps ? request["do"].front().get<std::string>() : ""}};
    }
    const Node& project = resources_.at({configuration.at({"ProjectName"}).text(), "Properties"});
    const Script& script = script_of(project.at({"Source", "BuildSpec"}));
    if (!script.block.empty()) return {{.id = id, .work = script.block}};
    Environment variables;
    for (const Node& variable : project.at({"Environment", "EnvironmentVariables"}).items()) {
      variables[variable.at({"Name"}).text()] = variable.at({"Value"}).text();
    }
    std::vector<FoundElement> elements;
    const bool cleans =
        is_started_after_failures(id.substr(0, id.find('.')), action.at({"Name"}).text(), project);
    for (size_t i = 0; i < script.elements.size(); ++i) {
      elements.push_back(found_element(script, i, variables));
      elements.back().always = script.elements[i].always && cleans;
    }
    // A build that names no element is one that nobody asked for.
    if (elements.empty()) elements.push_back({.id = id});
    return elements;
  }

  // Whether a rule of the control template starts the same commands when the run ends before the action.
  bool is_started_after_failures(const std::string& stage, const std::string& action,
                                 const Node& project) const {
    for (const auto& [id, rule] : control_.entries()) {
      if (rule.at({"Type"}).text() != "AWS::Events::Rule") continue;
      const Node& pattern = rule.at({"Properties", "EventPattern"});
      const auto& targets = rule.at({"Properties", "Targets"}).items();
      const auto& of = pattern.at({"detail", "pipeline"}).items();
      if (of.size() != 1 || of.front().text() != pipeline_ || targets.size() != 1) continue;
      if (!targets.front().at({"Arn"}).text().starts_with("AlwaysFunction.")) continue;
      std::string input = targets.front().at({"InputTransformer", "InputTemplate"}).text();
      for (const std::string_view value : {"<pipeline>", "<run>"}) {
        const size_t at = input.find(value);
        if (at != std::string::npos) input.replace(at, value.size(), "0");
      }
      const auto request = nlohmann::json::parse(input, nullptr, false);
      if (!request.is_object() || request.value("stage", "") != stage ||
          request.value("action", "") != action)
        continue;
      std::set<std::string> states;
      for (const Node& state : pattern.at({"detail", "state"}).items())
        states.insert(state.text());
      const bool every = states == std::set<std::string>{"CANCELED", "FAILED", "STOPPED", "SUPERSEDED"};
      return every && runs_the_same(request.value("project", ""), project);
    }
    return false;
  }

  bool runs_the_same(const std::string& name, const Node& project) const {
    const auto text = [](const Node& node) { return yaml::write(Node::mapping({{"it", node}}), ""); };
    return std::any_of(resources_.entries().begin(), resources_.entries().end(), [&](const auto& resource) {
      const Node& other = resource.second.at({"Properties"});
      return resource.second.at({"Type"}).text() == "AWS::CodeBuild::Project" &&
             other.at({"Name"}).text() == name && other.at({"Source", "Type"}).text() != "CODEPIPELINE" &&
             text(other.at({"Source", "BuildSpec"})) == text(project.at({"Source", "BuildSpec"})) &&
             text(other.at({"Environment"})) == text(project.at({"Environment"}));
    });
  }

  static FoundElement found_element(const Script& script, size_t index, const Environment& variables) {
    const ScriptElement& element = script.elements[index];
    FoundElement found{.id = element.id,
                       .blocking = element.blocking,
                       .work = element.script,
                       .timeout = element.timeout,
                       .isolated = script.elements.size() == 1};
    if (element.always && !script.tells_failures) found.blocking = false;
    found.services = script.services;
    found.caches = script.caches;
    for (const auto& [artifact, folder] : script.folders)
      found.folders.emplace(decoded(artifact), folder);
    // Alone in a build, an element finds variables of the project under their own names.
    if (script.elements.size() == 1) found.environment = variables;
    for (const auto& [name, variable] : element.assignments) {
      const std::string value = run_time_value(variable);
      const auto known = variables.find(variable);
      if (!value.empty()) {
        found.environment[name] = value;
      } else if (known != variables.end()) {
        found.environment[name] = known->second;
      }
    }
    return found;
  }

  const Script& script_of(const Node& buildspec) {
    const auto& place = buildspec.items();
    const std::string key = place.size() == 3 ? place[0].text() + "." + place[1].text() : "";
    const auto known = scripts_.find(key);
    if (known != scripts_.end()) return known->second;
    Script script;
    if (place.size() == 3) {
      const yaml::ReadDocument read =
          yaml::read(document_.at({"Mappings", place[0].text(), place[1].text(), place[2].text()}).text());
      if (read.document) {
        const auto& commands = read.document->at({"phases", "build", "commands"}).items();
        if (!commands.empty()) script = read_script(commands.front().text());
        for (const Node& path : read.document->at({"cache", "paths"}).items())
          script.caches.insert(cache_path(path.text()));
      }
    }
    return scripts_.emplace(key, std::move(script)).first->second;
  }

  const Node& document_;
  const Node& resources_;
  const Node& control_;
  // The name of the one that is read.
  std::string pipeline_;
  std::map<std::string, Script> scripts_;
};

}  // namespace

FoundPipeline read_templates(const OutputSet& output) {
  FoundPipeline found;
  Node control = Node::mapping();
  for (const OutputFile& file : output) {
    if (!file.path.ends_with("/control.yaml")) continue;
    const yaml::ReadDocument read = yaml::read(file.text);
    if (read.document) control = read.document->at({"Resources"});
  }
  for (const OutputFile& file : output) {
    if (!file.path.ends_with("/pipelines.yaml")) continue;
    const yaml::ReadDocument read = yaml::read(file.text);
    if (read.document) TemplateReader(*read.document, control).read(found);
  }
  return found;
}

}  // namespace pipec::backends::codepipeline
