// Typed access to the nodes of a plan file. Keys that nobody asked for are mistakes, like missing ones.
#pragma once

#include "backends/common/yaml.h"
#include "compiler/support/duration.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <fmt/core.h>

namespace pipec::local {

// Keeps the first mistake of a file; what comes after it may be its consequence.
class Mistakes {
 public:
  void report(std::string_view where, std::string_view what) {
    if (first_.empty()) first_ = fmt::format("{}: {}", where, what);
  }
  bool any() const { return !first_.empty(); }
  const std::string& first() const { return first_; }

 private:
  std::string first_;
};

// Where a node stands: `routes[0].stages[1]`.
std::string item_path(std::string_view path, size_t index);

// The items of a sequence; none (and a mistake) when it is anything else.
const std::vector<yaml::Node>& items_of(const yaml::Node& node, const std::string& path, Mistakes& mistakes);
// The text of a node; empty (and a mistake) when it is anything else.
std::string text_of(const yaml::Node& node, const std::string& path, Mistakes& mistakes);
std::vector<std::string> texts_of(const yaml::Node& node, const std::string& path, Mistakes& mistakes);

// A mapping of which every key is read once. `finish` reports those that were not.
class Mapping {
 public:
  Mapping(const yaml::Node& node, std::string path, Mistakes& mistakes);

  const std::string& path() const { return path_; }
  std::string path_of(std::string_view key) const { return fmt::format("{}.{}", path_, key); }

  // The entry, or null when there is none.
  const yaml::Node* optional(std::string_view key);
  // The entry; a null node (and a mistake) when there is none.
  const yaml::Node& required(std::string_view key);

  std::string text(std::string_view key) { return text_of(required(key), path_of(key), mistakes_); }
  std::string text_or(std::string_view key, std::string otherwise);
  std::vector<std::string> texts(std::string_view key);
  bool flag(std::string_view key);
  // From 0 to `most`; 0 when the key is not there.
  int64_t number(std::string_view key, int64_t most);
  // At most a year; none when the key is not there.
  Duration seconds(std::string_view key) { return {number(key, 366 * 24 * 60 * 60)}; }

  void mistake(std::string_view key, std::string_view what) { mistakes_.report(path_of(key), what); }
  Mistakes& mistakes() { return mistakes_; }
  void finish();

 private:
  const yaml::Node& node_;
  std::string path_;
  Mistakes& mistakes_;
  std::vector<std::string_view> read_;
};

}  // namespace pipec::local
