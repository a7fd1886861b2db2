#include "backends/common/yaml.h"

#include "compiler/support/check.h"
#include "compiler/support/text.h"
#include "compiler/support/utf8.h"

#include <algorithm>
#include <array>
#include <deque>

#include <fmt/core.h>
#include <yaml-cpp/yaml.h>

namespace pipec::yaml {
namespace {

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Words that YAML 1.1 reads as booleans or null.
bool is_reserved(std::string_view text) {
  constexpr auto words =
      std::to_array<std::string_view>({"y", "n", "yes", "no", "on", "off", "true", "false", "null"});
  std::string lower(text);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return std::find(words.begin(), words.end(), lower) != words.end();
}

// Provably a text without quotes: starts with a letter and holds nothing that YAML gives a meaning.
bool is_plain(std::string_view text) {
  return !text.empty() && is_letter(text.front()) && !is_reserved(text) &&
         std::all_of(text.begin(), text.end(), [](char c) {
           return is_letter(c) || is_digit(c) || c == '_' || c == '-' || c == '/' || c == '.';
         });
}

// Readers break lines at some of these, and refuse others that stand for themselves (YAML 1.1, 5.1 and 5.4).
bool needs_escape(char32_t c) {
  return (c < 0x20 && c != '\n' && c != '\t') || (c >= 0x7F && c <= 0x9F) || c == 0x2028 || c == 0x2029 ||
         c == 0xFEFF || c == 0xFFFE || c == 0xFFFF;
}

size_t bytes_of(char lead) {
  const auto byte = static_cast<unsigned char>(lead);
  if (byte < 0x80) return 1;
  if (byte < 0xE0) return 2;
  return byte < 0xF0 ? 3 : 4;
}

// Most of what is written. It needs no escape, and no decoding to see that.
bool is_printable_ascii(char c) { return c >= ' ' && c <= '~'; }

bool has_escapes(std::string_view text) {
  for (size_t i = 0; i < text.size(); i += bytes_of(text[i])) {
    if (!is_printable_ascii(text[i]) && needs_escape(character_at(text, i))) return true;
  }
  return false;
}

// In double quotes.
std::string quoted(std::string_view text) {
  std::string result = "\"";
  for (size_t i = 0; i < text.size();) {
    if (is_printable_ascii(text[i]) && text[i] != '"' && text[i] != '\\') {
      result += text[i++];
      continue;
    }
    const char32_t c = character_at(text, i);
    const size_t bytes = bytes_of(text[i]);
    if (c == '"' || c == '\\') {
      result += {'\\', text[i]};
    } else if (c == '\n') {
      result += "\\n";
    } else if (c == '\t') {
      result += "\\t";
    } else if (needs_escape(c)) {
      result += fmt::format("\\u{:04x}", static_cast<uint32_t>(c));
    } else {
      result += text.substr(i, bytes);
    }
    i += bytes;
  }
  return result += '"';
}

// A literal block keeps every line as it is; the first line must not begin with a space, which would be
// indentation.
bool is_literal(std::string_view text) {
  const bool lines = text.size() > 1 && text.ends_with('\n') && !text.ends_with("\n\n") &&
                     text.front() != ' ' && text.front() != '\n';
  return lines && !has_escapes(text);
}

// The text with `indent` before each of its lines but the first and the empty ones.
std::string indented(std::string_view text, std::string_view indent) {
  std::string result;
  for (size_t begin = 0; begin < text.size();) {
    const size_t end = std::min(text.find('\n', begin), text.size() - 1) + 1;
    if (begin > 0 && text[begin] != '\n') result += indent;
    result += text.substr(begin, end - begin);
    begin = end;
  }
  return result;
}

// yaml-cpp lays the document out. It would search a plain text for a reason to quote it, print all others
// letter by letter, which is most of the time of writing, and not escape all characters that readers do not
// keep as they are. So it prints one letter for each text, in whose place the text is put behind it.
class Writer {
 public:
  std::string write(const Node& document) {
    emitter_.SetIndent(2);
    emitter_.SetMapFormat(YAML::Block);
    emitter_.SetSeqFormat(YAML::Block);
    node(document);
    PIPEC_CHECK(emitter_.good());
    return filled();
  }

 private:
  struct Place {
    size_t offset;
    std::string_view text;
  };

  // The letter was printed last.
  void fill_with(std::string_view text) { places_.push_back({emitter_.size() - 1, text}); }

  std::string filled() const {
    const std::string_view letters(emitter_.c_str(), emitter_.size());
    std::string result;
    size_t copied = 0;
    for (const Place& place : places_) {
      result += letters.substr(copied, place.offset - copied);
      // Only a block has further lines, and it stands behind nothing but its indentation.
      const size_t line = letters.find_last_of('\n', place.offset) + 1;
      result += indented(place.text, letters.substr(line, place.offset - line));
      copied = place.offset + 1;
    }
    return result += letters.substr(copied);
  }

  void text(const std::string& value) {
    if (is_literal(value)) {
      emitter_ << YAML::Literal << "x";
      fill_with(std::string_view(value).substr(0, value.size() - 1));
    } else {
      line(value);
    }
  }

  void line(const std::string& value) {
    if (is_plain(value)) {
      emitter_ << 'x';
      fill_with(value);
    } else {
      emitter_ << 'x';
      fill_with(quoted_.emplace_back(quoted(value)));
    }
  }

  void node(const Node& value) {
    if (!value.tag().empty()) emitter_ << YAML::LocalTag(value.tag());
    switch (value.kind()) {
      case Node::Kind::null:
        emitter_ << YAML::Null;
        break;
      case Node::Kind::boolean:
        emitter_ << value.boolean();
        break;
      case Node::Kind::integer:
        emitter_ << value.integer();
        break;
      case Node::Kind::text:
        text(value.text());
        if (!value.comment().empty()) emitter_ << YAML::Comment(value.comment());
        break;
      case Node::Kind::sequence:
        if (value.items().empty()) emitter_ << YAML::Flow;
        emitter_ << YAML::BeginSeq;
        for (const Node& item : value.items())
          node(item);
        emitter_ << YAML::EndSeq;
        break;
      case Node::Kind::mapping:
        if (value.entries().empty()) emitter_ << YAML::Flow;
        emitter_ << YAML::BeginMap;
        for (const auto& [key, entry] : value.entries()) {
          emitter_ << YAML::Key;
          line(key);
          emitter_ << YAML::Value;
          node(entry);
        }
        emitter_ << YAML::EndMap;
        break;
    }
  }

  YAML::Emitter emitter_;
  // What places refer to that is no text of the document.
  std::deque<std::string> quoted_;
  std::vector<Place> places_;
};

}  // namespace

Node Node::sequence(std::vector<Node> items) {
  Node node;
  node.kind_ = Kind::sequence;
  if (!items.empty()) node.own_parts().items = std::move(items);
  return node;
}

Node Node::mapping(std::vector<std::pair<std::string, Node>> entries) {
  Node node;
  node.kind_ = Kind::mapping;
  for (auto& [key, value] : entries)
    node.set(std::move(key), std::move(value));
  return node;
}

Node Node::tagged(std::string tag, Node value) {
  value.tag_ = std::move(tag);
  return value;
}

Node Node::commented(Node value, std::string comment) {
  value.comment_ = std::move(comment);
  return value;
}

Node::Parts& Node::own_parts() {
  if (parts_ == nullptr) parts_ = std::make_shared<Parts>();
  if (parts_.use_count() > 1) parts_ = std::make_shared<Parts>(*parts_);
  return *parts_;
}

const std::vector<Node>& Node::items() const {
  static const std::vector<Node> none;
  return parts_ == nullptr ? none : parts_->items;
}

const std::vector<std::pair<std::string, Node>>& Node::entries() const {
  static const std::vector<std::pair<std::string, Node>> none;
  return parts_ == nullptr ? none : parts_->entries;
}

Node& Node::set(std::string key, Node value) {
  PIPEC_CHECK(kind_ == Kind::mapping);
  auto& entries = own_parts().entries;
  for (auto& [known, entry] : entries) {
    if (known != key) continue;
    entry = std::move(value);
    return *this;
  }
  entries.emplace_back(std::move(key), std::move(value));
  return *this;
}

Node& Node::add(Node value) {
  PIPEC_CHECK(kind_ == Kind::sequence);
  own_parts().items.push_back(std::move(value));
  return *this;
}

const Node* Node::find(std::string_view key) const {
  for (const auto& [known, entry] : entries()) {
    if (known == key) return &entry;
  }
  return nullptr;
}

const Node& Node::at(std::initializer_list<std::string_view> keys) const {
  static const Node missing;
  const Node* node = this;
  for (const std::string_view key : keys) {
    node = node->find(key);
    if (node == nullptr) return missing;
  }
  return *node;
}

std::string write(const Node& document, std::string_view header) {
  std::string text;
  for (const std::string_view line : split_lines(header))
    text += line.empty() ? "#\n" : "# " + std::string(line) + "\n";
  return text + Writer().write(document) + "\n";
}

}  // namespace pipec::yaml
