// The reader is not the writer's library: what one of them gets wrong the other one notices.
#include "backends/common/yaml.h"
#include "compiler/support/check.h"

#include <algorithm>
#include <charconv>

#include <fmt/core.h>
#include <yaml.h>

namespace pipec::yaml {
namespace {

// Nothing that pipec writes is half as deep.
constexpr size_t max_depth = 100;

class Event {
 public:
  explicit Event(yaml_parser_t& parser) {
    if (yaml_parser_parse(&parser, &event_) == 0)
      throw ReadError{parser.problem_mark.line + 1,
                      parser.problem == nullptr ? "it is no YAML" : parser.problem};
  }
  ~Event() { yaml_event_delete(&event_); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  struct ReadError {
    size_t line = 0;
    std::string text;
  };

  yaml_event_type_t type() const { return event_.type; }
  const yaml_event_t* operator->() const { return &event_; }
  [[noreturn]] void refuse(std::string text) const {
    throw ReadError{event_.start_mark.line + 1, std::move(text)};
  }

 private:
  yaml_event_t event_{};
};

// `!Sub` without its `!`; empty for what has none, and for the tags of YAML itself.
std::string local_tag(const yaml_char_t* tag) {
  const std::string_view text = tag == nullptr ? "" : reinterpret_cast<const char*>(tag);
  return text.size() > 1 && text.front() == '!' ? std::string(text.substr(1)) : "";
}

std::string_view scalar_text(const Event& event) {
  return {reinterpret_cast<const char*>(event->data.scalar.value), event->data.scalar.length};
}

// What a text without quotes means.
Node plain_node(std::string_view text) {
  if (text.empty() || text == "~" || text == "null") return {};
  if (text == "true" || text == "false") return Node(text == "true");
  int64_t integer = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), integer);
  if (error == std::errc() && end == text.data() + text.size()) return Node(integer);
  return Node(text);
}

class Reader {
 public:
  explicit Reader(std::string_view text) {
    PIPEC_CHECK(yaml_parser_initialize(&parser_) == 1);
    yaml_parser_set_input_string(&parser_, reinterpret_cast<const unsigned char*>(text.data()), text.size());
    yaml_parser_set_encoding(&parser_, YAML_UTF8_ENCODING);
  }
  ~Reader() { yaml_parser_delete(&parser_); }
  Reader(const Reader&) = delete;
  Reader& operator=(const Reader&) = delete;

  Node document() {
    const Event stream(parser_);
    const Event start(parser_);
    if (start.type() == YAML_STREAM_END_EVENT) return {};
    Node root = node(Event(parser_), 0);
    const Event end(parser_);
    const Event last(parser_);
    if (last.type() != YAML_STREAM_END_EVENT) last.refuse("there is a second document");
    return root;
  }

 private:
  Node node(const Event& event, size_t depth) {
    if (depth > max_depth) event.refuse(fmt::format("it is nested more than {} deep", max_depth));
    switch (event.type()) {
      case YAML_SCALAR_EVENT: {
        const std::string tag = local_tag(event->data.scalar.tag);
        const bool is_text = !tag.empty() || event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
        return tagged(tag, is_text ? Node(scalar_text(event)) : plain_node(scalar_text(event)));
      }
      case YAML_SEQUENCE_START_EVENT:
        return tagged(local_tag(event->data.sequence_start.tag), sequence(depth));
      case YAML_MAPPING_START_EVENT:
        return tagged(local_tag(event->data.mapping_start.tag), mapping(depth));
      default:
        event.refuse("aliases are not read");
    }
  }

  static Node tagged(std::string tag, Node value) {
    return tag.empty() ? std::move(value) : Node::tagged(std::move(tag), std::move(value));
  }

  Node sequence(size_t depth) {
    Node read = Node::sequence();
    while (true) {
      const Event item(parser_);
      if (item.type() == YAML_SEQUENCE_END_EVENT) return read;
      read.add(node(item, depth + 1));
    }
  }

  Node mapping(size_t depth) {
    Node read = Node::mapping();
    while (true) {
      const Event key(parser_);
      if (key.type() == YAML_MAPPING_END_EVENT) return read;
      if (key.type() != YAML_SCALAR_EVENT) key.refuse("a key is a text");
      const std::string name(scalar_text(key));
      if (read.find(name) != nullptr) key.refuse(fmt::format("`{}` is there twice", name));
      read.set(name, node(Event(parser_), depth + 1));
    }
  }

  yaml_parser_t parser_{};
};

}  // namespace

ReadDocument read(std::string_view text) {
  try {
    return {Reader(text).document(), 0, ""};
  } catch (const Event::ReadError& error) {
    return {std::nullopt, error.line, error.text};
  }
}

}  // namespace pipec::yaml
