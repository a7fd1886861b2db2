#include "backends/codepipeline/template.h"

#include <fmt/core.h>

namespace pipec::backends::codepipeline {
namespace {

// CloudFormation quotas: 200 entries in a mapping.
std::string mapping_name(size_t entry) {
  constexpr size_t most = 200;
  return entry < most ? "Buildspecs" : fmt::format("Buildspecs{}", entry / most + 1);
}

}  // namespace

Node map(std::vector<std::pair<std::string, Node>> entries) { return Node::mapping(std::move(entries)); }
Node list(std::vector<Node> items) { return Node::sequence(std::move(items)); }

Node texts(const std::vector<std::string>& items) {
  Node node = Node::sequence();
  for (const std::string& item : items)
    node.add(item);
  return node;
}

Node reference(std::string_view id) { return Node::tagged("Ref", id); }

Node get_att(std::string_view id, std::string_view attribute) {
  return Node::tagged("GetAtt", fmt::format("{}.{}", id, attribute));
}

Node find_in_map(std::string_view mapping, std::string_view key, std::string_view attribute) {
  return Node::tagged("FindInMap", list({mapping, key, attribute}));
}

std::string logical_id(std::initializer_list<std::string_view> parts) {
  std::string id;
  for (const std::string_view part : parts) {
    bool start = true;
    for (const char c : part) {
      const bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
      const bool digit = c >= '0' && c <= '9';
      if (letter || digit) id += start && c >= 'a' && c <= 'z' ? static_cast<char>(c - 32) : c;
      start = !letter && !digit;
    }
  }
  return id;
}

void Template::parameter(std::string name, std::string type, std::string description) {
  parameters_.set(std::move(name), map({{"Type", std::move(type)}, {"Description", std::move(description)}}));
}

std::vector<std::string> Template::parameter_names() const {
  std::vector<std::string> names;
  for (const auto& [name, parameter] : parameters_.entries())
    names.push_back(name);
  return names;
}

std::string Template::parameter_description(const std::string& name) const {
  return parameters_.at({name, "Description"}).text();
}

Node Template::buildspec(std::string key, std::string text) {
  const std::string wanted = key;
  size_t at = 0;
  for (size_t number = 2; at < buildspecs_.size(); ++at) {
    if (buildspecs_[at].first != key) continue;
    if (buildspecs_[at].second == text) break;
    // Another route runs the element in another way.
    key = fmt::format("{}{}", wanted, number++);
    at = static_cast<size_t>(-1);
  }
  if (at == buildspecs_.size()) buildspecs_.emplace_back(key, std::move(text));
  return find_in_map(mapping_name(at), key, "Text");
}

std::string Template::add(std::string id, const Resource& resource) {
  const std::string wanted = id;
  for (size_t number = 2; resources_.find(id) != nullptr; ++number)
    id = fmt::format("{}{}", wanted, number);
  Node node = map({{"Type", *resource.type}});
  if (resource.retain) {
    node.set("DeletionPolicy", "Retain");
    node.set("UpdateReplacePolicy", "Retain");
  }
  if (!resource.metadata.empty()) node.set("Metadata", resource.metadata);
  if (!resource.properties.empty()) node.set("Properties", resource.properties);
  resources_.set(id, std::move(node));
  return id;
}

void Template::output(std::string name, Node value) {
  outputs_.set(std::move(name), map({{"Value", std::move(value)}}));
}

std::string Template::text(std::string_view header) const {
  Node document = map({{"AWSTemplateFormatVersion", "2010-09-09"}, {"Description", description_}});
  if (!parameters_.empty()) document.set("Parameters", parameters_);
  Node mappings = Node::mapping();
  for (size_t first = 0; first < buildspecs_.size();) {
    const std::string name = mapping_name(first);
    Node entries = Node::mapping();
    for (; first < buildspecs_.size() && mapping_name(first) == name; ++first) {
      entries.set(buildspecs_[first].first, map({{"Text", buildspecs_[first].second}}));
    }
    mappings.set(name, std::move(entries));
  }
  if (!mappings.empty()) document.set("Mappings", std::move(mappings));
  document.set("Resources", resources_);
  if (!outputs_.empty()) document.set("Outputs", outputs_);
  return yaml::write(document, header);
}

}  // namespace pipec::backends::codepipeline
