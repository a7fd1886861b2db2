#include "backends/local/plan_node.h"

#include <algorithm>

namespace pipec::local {

using yaml::Node;

std::string item_path(std::string_view path, size_t index) { return fmt::format("{}[{}]", path, index); }

const std::vector<Node>& items_of(const Node& node, const std::string& path, Mistakes& mistakes) {
  if (node.kind() != Node::Kind::sequence) mistakes.report(path, "a list is needed here");
  return node.items();
}

std::string text_of(const Node& node, const std::string& path, Mistakes& mistakes) {
  if (node.kind() != Node::Kind::text) mistakes.report(path, "a text is needed here");
  return node.text();
}

std::vector<std::string> texts_of(const Node& node, const std::string& path, Mistakes& mistakes) {
  std::vector<std::string> texts;
  for (const Node& item : items_of(node, path, mistakes)) {
    texts.push_back(text_of(item, item_path(path, texts.size()), mistakes));
  }
  return texts;
}

Mapping::Mapping(const Node& node, std::string path, Mistakes& mistakes)
    : node_(node), path_(std::move(path)), mistakes_(mistakes) {
  if (node.kind() != Node::Kind::mapping) mistakes.report(path_, "a mapping is needed here");
}

const Node* Mapping::optional(std::string_view key) {
  read_.push_back(key);
  return node_.find(key);
}

const Node& Mapping::required(std::string_view key) {
  static const Node missing;
  const Node* found = optional(key);
  if (found == nullptr) mistakes_.report(path_, fmt::format("`{}` is missing", key));
  return found == nullptr ? missing : *found;
}

std::string Mapping::text_or(std::string_view key, std::string otherwise) {
  const Node* found = optional(key);
  return found == nullptr ? std::move(otherwise) : text_of(*found, path_of(key), mistakes_);
}

std::vector<std::string> Mapping::texts(std::string_view key) {
  const Node* found = optional(key);
  return found == nullptr ? std::vector<std::string>{} : texts_of(*found, path_of(key), mistakes_);
}

bool Mapping::flag(std::string_view key) {
  const Node* found = optional(key);
  if (found == nullptr) return false;
  if (found->kind() != Node::Kind::boolean) mistake(key, "`true` or `false` is needed here");
  return found->boolean();
}

int64_t Mapping::number(std::string_view key, int64_t most) {
  const Node* found = optional(key);
  if (found == nullptr) return 0;
  const bool fits = found->kind() == Node::Kind::integer && found->integer() >= 0 && found->integer() <= most;
  if (!fits) mistake(key, fmt::format("a number from 0 to {} is needed here", most));
  return fits ? found->integer() : 0;
}

void Mapping::finish() {
  for (const auto& [key, value] : node_.entries()) {
    if (std::find(read_.begin(), read_.end(), key) == read_.end())
      mistakes_.report(path_, fmt::format("there is no key `{}`", key));
  }
}

}  // namespace pipec::local
