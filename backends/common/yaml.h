// YAML documents as values. One writer (yaml.cpp, by yaml-cpp) and one reader (read_yaml.cpp, by libyaml) for
// all backends, and the only code that knows either library.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pipec::yaml {

class Node {
 public:
  enum class Kind : uint8_t { null, boolean, integer, text, sequence, mapping };

  Node() = default;
  Node(std::string text) : kind_(Kind::text), text_(std::move(text)) {}
  Node(std::string_view text) : Node(std::string(text)) {}
  Node(const char* text) : Node(std::string(text)) {}
  Node(bool value) : kind_(Kind::boolean), integer_(value ? 1 : 0) {}
  Node(int64_t value) : kind_(Kind::integer), integer_(value) {}
  Node(int value) : Node(static_cast<int64_t>(value)) {}
  Node(size_t value) : Node(static_cast<int64_t>(value)) {}

  static Node sequence(std::vector<Node> items = {});
  static Node mapping(std::vector<std::pair<std::string, Node>> entries = {});
  // `!Sub "…"`
  static Node tagged(std::string tag, Node value);
  // A text with a comment behind it, such as the version of a pinned commit. Reading leaves comments out.
  static Node commented(Node value, std::string comment);

  Kind kind() const { return kind_; }
  // Without the `!`; empty for none.
  const std::string& tag() const { return tag_; }
  const std::string& comment() const { return comment_; }

  // Adds to a mapping; the order is kept. An existing key is replaced.
  Node& set(std::string key, Node value);
  // Adds to a sequence.
  Node& add(Node value);

  const std::vector<Node>& items() const;
  const std::vector<std::pair<std::string, Node>>& entries() const;
  // The entry of a mapping; null when there is none.
  const Node* find(std::string_view key) const;
  // The entry reached by these keys; a null node when one is missing.
  const Node& at(std::initializer_list<std::string_view> keys) const;
  bool empty() const {
    return parts_ == nullptr && text_.empty() && kind_ != Kind::integer && kind_ != Kind::boolean;
  }

  // Of a text; empty for anything else.
  const std::string& text() const { return text_; }
  int64_t integer() const { return integer_; }
  bool boolean() const { return integer_ != 0; }

 private:
  struct Parts;
  // To be added to, by this node alone.
  Parts& own_parts();

  Kind kind_ = Kind::null;
  std::string tag_;
  std::string comment_;
  std::string text_;
  int64_t integer_ = 0;
  // Null when there are none. Shared among copies until one of them is added to.
  std::shared_ptr<Parts> parts_;
};

struct Node::Parts {
  std::vector<Node> items;
  std::vector<std::pair<std::string, Node>> entries;
};

// The document, after `header` as comment lines. Texts that a YAML 1.1 or 1.2 reader could take for anything
// else are quoted. A text of several lines that ends with a newline becomes a literal block.
std::string write(const Node& document, std::string_view header);

// What came of reading.
struct ReadDocument {
  std::optional<Node> document;
  // 1-based; of `error`.
  size_t line = 0;
  std::string error;
};
// Reads one document, by the rules of YAML 1.2 for texts without quotes. Aliases, a key that is there twice,
// and what is nested deeper than 100 are errors.
ReadDocument read(std::string_view text);

}  // namespace pipec::yaml
