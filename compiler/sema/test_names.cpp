#include "compiler/sema/test_names.h"

namespace pipec::sema {

TestNames::TestNames(const Pipeline& pipeline) : pipeline_(pipeline) {
  for (const Source& source : pipeline.sources)
    spaces_[Space::source].insert(source.name);
  for (const auto& environment : pipeline.environments)
    spaces_[Space::environment].insert(environment->name);
  for (const ExternalArtifact& artifact : pipeline.externals)
    artifacts_.emplace(artifact.name, artifact.type);
  for (const Route& route : pipeline.routes) {
    spaces_[Space::route].insert(route.name);
    for (const Stage& stage : route.stages) {
      spaces_[Space::stage].insert(stage.name);
      for (const auto& element : stage.elements) {
        elements_[element->name].insert(element->id);
        spaces_[Space::element].insert({element->name, element->id});
        artifacts_.insert(element->produces.begin(), element->produces.end());
      }
    }
  }
  for (const DiagnosticInfo* info : diag::all())
    spaces_[Space::rule].insert(info->code());
  if (pipeline.profile != nullptr) add_rules(*pipeline.profile);
  spaces_[Space::rule].insert(rules_.begin(), rules_.end());
}

void TestNames::add_rules(const Profile& profile) {
  const auto add = [&](const auto& rules) {
    for (const auto& rule : rules)
      rules_.insert(rule.rule.code);
  };
  add(profile.requirements);
  add(profile.orders);
  add(profile.budgets);
  add(profile.checks);
  for (const Role& role : profile.roles) {
    add(role.requirements);
    add(role.orders);
    add(role.budgets);
    add(role.checks);
  }
}

std::optional<std::string> TestNames::element(std::string_view path) const {
  const size_t dot = path.rfind('.');
  const auto found = elements_.find(dot == std::string_view::npos ? path : path.substr(dot + 1));
  if (found == elements_.end()) return std::nullopt;
  if (dot == std::string_view::npos)
    return found->second.size() == 1 ? std::optional(*found->second.begin()) : std::nullopt;
  return found->second.contains(path) ? std::optional(std::string(path)) : std::nullopt;
}

const Element* TestNames::find(const std::string& id, const Route* route) const {
  if (route != nullptr) {
    if (const auto position = route->find(id)) return &route->at(*position);
  }
  for (const Route& other : pipeline_.routes) {
    if (const auto position = other.find(id)) return &other.at(*position);
  }
  return nullptr;
}

std::optional<Value> TestNames::value(std::string_view name, Span span) {
  const auto artifact = artifacts_.find(name);
  if (artifact == artifacts_.end()) return std::nullopt;
  return Value{span, ArtifactValue{artifact->first, artifact->second}, 1};
}

std::optional<std::string> TestNames::reference(Space space, std::string_view path) {
  if (space == Space::element) return element(path);
  const auto names = spaces_.find(space);
  if (names == spaces_.end() || !names->second.contains(path)) return std::nullopt;
  return std::string(path);
}

std::vector<std::string_view> TestNames::value_names() const {
  std::vector<std::string_view> names;
  for (const auto& artifact : artifacts_)
    names.push_back(artifact.first);
  return names;
}

std::vector<std::string_view> TestNames::reference_names(Space space) const {
  const auto names = spaces_.find(space);
  if (names == spaces_.end()) return {};
  return {names->second.begin(), names->second.end()};
}

std::optional<ArtifactValue> TestNames::output(std::string_view) { return std::nullopt; }

}  // namespace pipec::sema
