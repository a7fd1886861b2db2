// A CloudFormation template as values, and the functions of its language.
#pragma once

#include "backends/common/yaml.h"

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pipec::backends::codepipeline {

using yaml::Node;

// A member of a model that has no default: leaving it out of a designated initializer is a compile error.
template <class T>
class Required {
 public:
  template <class U>
  requires std::is_constructible_v<T, U> Required(U&& value) : value_(std::forward<U>(value)) {}

  const T& operator*() const { return value_; }
  const T* operator->() const { return &value_; }

 private:
  T value_;
};

Node map(std::vector<std::pair<std::string, Node>> entries);
Node list(std::vector<Node> items);
Node texts(const std::vector<std::string>& items);

// `!Ref`, `!GetAtt`, `!FindInMap`.
Node reference(std::string_view id);
Node get_att(std::string_view id, std::string_view attribute);
Node find_in_map(std::string_view mapping, std::string_view key, std::string_view attribute);

// CloudFormation's ids are letters and digits: `hotfix`, `build.unit` becomes `HotfixBuildUnit`.
std::string logical_id(std::initializer_list<std::string_view> parts);

struct Resource {
  Required<std::string> type;
  Node properties;
  // Kept when the stack is deleted or the resource replaced.
  bool retain = false;
  Node metadata;
};

class Template {
 public:
  explicit Template(std::string description) : description_(std::move(description)) {}

  // A parameter without a default must be given.
  void parameter(std::string name, std::string type, std::string description);
  // Keeps a buildspec in the mappings, once for all projects that run it; returns how a project refers to it.
  Node buildspec(std::string key, std::string text);
  // Returns the id, with a number when another resource has it already.
  std::string add(std::string id, const Resource& resource);
  void output(std::string name, Node value);

  std::vector<std::string> parameter_names() const;
  std::string parameter_description(const std::string& name) const;
  bool empty() const { return resources_.entries().empty(); }
  std::string text(std::string_view header) const;

 private:
  std::string description_;
  Node parameters_ = Node::mapping();
  std::vector<std::pair<std::string, std::string>> buildspecs_;
  Node resources_ = Node::mapping();
  Node outputs_ = Node::mapping();
};

}  // namespace pipec::backends::codepipeline
