#include "compiler/sema/value.h"

#include "compiler/support/text.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::sema {
namespace {

std::string spell_entries(const NamedValues& entries, std::string_view separator) {
  std::string text;
  for (const auto& [name, value] : entries) {
    if (!text.empty()) text += separator;
    text += fmt::format("{} = {}", name, spell(value));
  }
  return text;
}

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    if (c == '\n') {
      out += "\\n";
    } else if (c == '\t') {
      out += "\\t";
    } else {
      out += c;
    }
  }
  return out + "\"";
}

std::string spell_size(int64_t bytes) {
  constexpr std::array<std::pair<int, std::string_view>, 4> units{
      {{40, "TiB"}, {30, "GiB"}, {20, "MiB"}, {10, "KiB"}}};
  for (const auto& [shift, unit] : units) {
    const int64_t size = int64_t{1} << shift;
    if (bytes % size == 0 && bytes > 0) return fmt::format("{}{}", bytes / size, unit);
  }
  return fmt::format("{}B", bytes);
}

struct Spell {
  std::string operator()(std::monostate) const { return "?"; }
  std::string operator()(const TextValue& v) const { return quoted(v.text); }
  std::string operator()(int64_t v) const { return std::to_string(v); }
  std::string operator()(bool v) const { return v ? "true" : "false"; }
  std::string operator()(Duration v) const { return to_string(v); }
  std::string operator()(PercentValue v) const { return fmt::format("{}%", v.percent); }
  std::string operator()(SizeValue v) const { return spell_size(v.bytes); }
  std::string operator()(const ast::DateExpr& v) const {
    return fmt::format("{:04}-{:02}-{:02}", v.year, v.month, v.day);
  }
  std::string operator()(const ListValue& v) const {
    std::string text;
    for (const Value& item : *v.items)
      text += (text.empty() ? "" : ", ") + spell(item);
    return "[" + text + "]";
  }
  std::string operator()(const MapValue& v) const {
    return v.entries->empty() ? "{ }" : "{ " + spell_entries(*v.entries, "  ") + " }";
  }
  std::string operator()(const MemberValue& v) const { return v.name; }
  std::string operator()(const ConstructedValue& v) const {
    if (v.arguments->empty()) return v.constructor;
    const bool single = v.arguments->size() == 1;
    return fmt::format("{}({})", v.constructor,
                       single ? spell(v.arguments->front().second) : spell_entries(*v.arguments, ", "));
  }
  std::string operator()(const ReferenceValue& v) const {
    return v.paths.empty() ? v.name : fmt::format("{}(\"{}\")", v.name, pipec::join(v.paths, "\", \""));
  }
  std::string operator()(const ArtifactValue& v) const { return v.name; }
  std::string operator()(const RunTimeValue& v) const {
    return fmt::format("{}{}.{}", v.own ? "outputs." : "", v.artifact, v.attribute);
  }
};

size_t weight_of(const std::vector<Value>& items) {
  size_t weight = 1;
  for (const Value& item : items)
    weight += item.weight;
  return weight;
}

}  // namespace

const std::vector<Value>& Value::items() const {
  static const std::vector<Value> none;
  const auto* list = as<ListValue>();
  return list == nullptr ? none : *list->items;
}

const NamedValues& Value::entries() const {
  static const NamedValues none;
  if (const auto* map = as<MapValue>()) return *map->entries;
  if (const auto* constructed = as<ConstructedValue>()) return *constructed->arguments;
  return none;
}

const Value* Value::find(std::string_view name) const {
  for (const auto& [key, value] : entries()) {
    if (key == name) return &value;
  }
  return nullptr;
}

std::string Value::text() const {
  if (const auto* text = as<TextValue>()) return text->text;
  if (const auto* member = as<MemberValue>()) return member->name;
  if (const auto* constructed = as<ConstructedValue>()) return constructed->constructor;
  if (const auto* reference = as<ReferenceValue>()) return reference->name;
  if (const auto* artifact = as<ArtifactValue>()) return artifact->name;
  return spell(*this);
}

Value make_list(Span span, std::vector<Value> items) {
  const size_t weight = weight_of(items);
  return {span, ListValue{std::make_shared<const std::vector<Value>>(std::move(items))}, weight};
}

Value make_map(Span span, NamedValues entries) {
  size_t weight = 1;
  for (const auto& entry : entries)
    weight += entry.second.weight;
  return {span, MapValue{std::make_shared<const NamedValues>(std::move(entries))}, weight};
}

std::string spell(const Value& value) { return std::visit(Spell(), value.data); }

bool same(const Value& a, const Value& b) {
  if (a.data.index() != b.data.index()) return false;
  if (a.as<ListValue>() != nullptr) {
    return std::equal(a.items().begin(), a.items().end(), b.items().begin(), b.items().end(), same);
  }
  if (a.as<MapValue>() != nullptr || a.as<ConstructedValue>() != nullptr) {
    if (a.as<ConstructedValue>() != nullptr && a.text() != b.text()) return false;
    if (a.entries().size() != b.entries().size()) return false;
    return std::all_of(a.entries().begin(), a.entries().end(), [&](const auto& entry) {
      const Value* other = b.find(entry.first);
      return other != nullptr && same(entry.second, *other);
    });
  }
  if (const auto* one = a.as<ReferenceValue>();
      one != nullptr &&
      (one->entity != b.as<ReferenceValue>()->entity || one->paths != b.as<ReferenceValue>()->paths))
    return false;
  return spell(a) == spell(b);
}

std::string describe(const Value& value) {
  constexpr size_t longest_shown = 40;
  const std::string spelled = spell(value);
  struct Kind {
    std::string operator()(std::monostate) const { return "nothing"; }
    std::string operator()(const TextValue& v) const {
      return v.type == TypeKind::command ? "a command" : "a text";
    }
    std::string operator()(int64_t) const { return "a number"; }
    std::string operator()(bool) const { return "a boolean"; }
    std::string operator()(Duration) const { return "a duration"; }
    std::string operator()(PercentValue) const { return "a percentage"; }
    std::string operator()(SizeValue) const { return "a size"; }
    std::string operator()(const ast::DateExpr&) const { return "a date"; }
    std::string operator()(const ListValue&) const { return "a list"; }
    std::string operator()(const MapValue&) const { return "a record"; }
    std::string operator()(const MemberValue& v) const { return fmt::format("`{}`", v.name); }
    std::string operator()(const ConstructedValue& v) const { return fmt::format("`{}`", v.constructor); }
    std::string operator()(const ReferenceValue& v) const { return fmt::format("`{}`", v.name); }
    std::string operator()(const ArtifactValue& v) const {
      return fmt::format("the {} artifact `{}`", v.type, v.name);
    }
    std::string operator()(const RunTimeValue& v) const {
      return fmt::format("`{}.{}`, which is known only when the pipeline runs", v.artifact, v.attribute);
    }
  };
  std::string kind = std::visit(Kind(), value.data);
  const bool literal = value.as<TextValue>() != nullptr || value.as<int64_t>() != nullptr ||
                       value.as<Duration>() != nullptr || value.as<PercentValue>() != nullptr;
  if (literal && spelled.size() <= longest_shown) kind += fmt::format(" `{}`", spelled);
  return kind;
}

}  // namespace pipec::sema
