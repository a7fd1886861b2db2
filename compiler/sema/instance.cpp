#include "compiler/sema/instance.h"

#include "compiler/diag/kinds/files.h"
#include "compiler/diag/kinds/types.h"
#include "compiler/sema/stage_use.h"
#include "compiler/support/counters.h"

#include <algorithm>
#include <map>

#include <fmt/core.h>

namespace pipec::sema {

class Instance::Body : public Names {
 public:
  Body(Instance& instance, size_t definition) : instance_(instance), definition_(definition) {}

  std::optional<Value> value(std::string_view name, Span span) override {
    for (const Key& key : {Key{definition_, name}, Key{no_definition, name}}) {
      Slot* slot = instance_.find(key);
      if (slot == nullptr) continue;
      Value value = instance_.evaluate(key, *slot);
      value.span = span;
      return value;
    }
    return std::nullopt;
  }
  std::optional<std::string> reference(Space, std::string_view) override { return std::nullopt; }
  std::vector<std::string_view> value_names() const override {
    std::vector<std::string_view> names;
    for (const auto& [key, slot] : instance_.slots_) {
      if (key.first == definition_ || key.first == no_definition) names.push_back(key.second);
    }
    return names;
  }
  std::vector<std::string_view> reference_names(Space) const override { return {}; }
  std::optional<ArtifactValue> output(std::string_view) override { return std::nullopt; }

 private:
  Instance& instance_;
  size_t definition_;
};

Instance::Instance(Declarations& declarations, Evaluator& evaluator, PipelineNames& names,
                   const Profile* profile, const RawElement& element, bool open)
    : declarations_(declarations),
      evaluator_(evaluator),
      sink_(declarations.sink()),
      names_(names),
      profile_(profile),
      raw_(element),
      open_(open) {
  for (const Definition* d = element.definition; d != nullptr; d = d->base)
    chain_.push_back(d);
  for (size_t i = chain_.size(); i-- > 0;) {
    const Definition& definition = *chain_[i];
    sources_.push_back({&definition.node->properties, &definition.node->lowerings, definition.entity->module,
                        fmt::format("the definition `{}`", definition.name), i, nullptr});
  }
  for (const Layer& layer : element.layers) {
    std::shared_ptr<Names> inside;
    if (layer.use != nullptr) inside = std::make_shared<StageNames>(names_, *layer.use);
    sources_.push_back(
        {layer.fields, layer.lowerings, layer.module, layer.by, no_definition, std::move(inside)});
  }
  for (size_t i = 0; i < chain_.size(); ++i)
    bodies_.push_back(std::make_unique<Body>(*this, i));
  const auto& settables = declarations.settables(element.kind, element.capabilities, element.definition);
  slots_.reserve(settables.size());
  for (const Settable& settable : settables)
    slots_.push_back({settable.key, {settable.parameter, {}, false, std::nullopt}});
  collect_contributions();
}

Instance::~Instance() = default;

std::string Instance::owner() const { return fmt::format("{} `{}`", to_string(raw_.kind), raw_.name); }

Instance::Slot* Instance::find(const Key& key) {
  const auto at = std::lower_bound(slots_.begin(), slots_.end(), key,
                                   [](const auto& slot, const Key& wanted) { return slot.first < wanted; });
  return at == slots_.end() || at->first != key ? nullptr : &at->second;
}

std::optional<Instance::Key> Instance::key_for(std::string_view property, size_t first_definition) {
  for (size_t i = first_definition; i < chain_.size(); ++i) {
    if (find({i, property}) != nullptr) return Key{i, property};
  }
  if (find({no_definition, property}) != nullptr) return Key{no_definition, property};
  return std::nullopt;
}

std::vector<std::string_view> Instance::known_properties(size_t first_definition) const {
  std::vector<std::string_view> names;
  for (const auto& [key, slot] : slots_) {
    if (key.first == no_definition || key.first >= first_definition) names.push_back(key.second);
  }
  std::sort(names.begin(), names.end());
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

void Instance::report_unknown(const ast::Field& field, size_t source, size_t first_definition) {
  unknown_given_ = true;
  // What the element fulfils is not known, so neither are its properties.
  if (!raw_.what_known) return;
  const bool own = sources_[source].definition == no_definition;
  const auto meant = evaluator_.report_unknown_property(field.key, own ? owner() : sources_[source].by,
                                                        known_properties(first_definition));
  const auto key = meant ? key_for(*meant, first_definition) : std::nullopt;
  if (key && find(*key)->contributions.empty()) find(*key)->contributions.push_back({&field, source});
}

void Instance::collect_contributions() {
  for (size_t index = 0; index < sources_.size(); ++index) {
    const Source& source = sources_[index];
    const size_t first = source.definition == no_definition ? 0 : source.definition + 1;
    std::map<std::string_view, const ast::Field*> seen;
    for (const ast::Field& field : *source.fields) {
      const auto key = key_for(field.key.text, first);
      if (!key) {
        report_unknown(field, index, first);
        continue;
      }
      if (source.definition != no_definition && field.key.text == "outputs") {
        sink_.report(diag::outputs_in_definition, field.key.span);
        continue;
      }
      const auto [earlier, added] = seen.emplace(field.key.text, &field);
      if (!added && field.op == ast::AssignOp::set) {
        evaluator_.report_repeated(field, *earlier->second);
        continue;
      }
      find(*key)->contributions.push_back({&field, index});
    }
  }
}

Scope Instance::scope_of(const Source& source) {
  Names* names = &names_;
  if (source.names != nullptr) names = source.names.get();
  if (source.definition != no_definition) names = bodies_[source.definition].get();
  return {source.module, names, profile_ == nullptr ? nullptr : &profile_->vocabulary, open_,
          profile_ != nullptr};
}

const Value& Instance::evaluate(const Key& key, Slot& slot) {
  if (slot.value) return *slot.value;
  if (slot.evaluating) {
    sink_.report(diag::circular_definition, raw_.node->head, key.second);
    slot.value = error_at(raw_.node->head);
    return *slot.value;
  }
  if (waiting_ >= max_chain) {
    sink_.report(diag::chain_too_long, raw_.node->head, key.second, static_cast<int>(max_chain));
    slot.value = error_at(raw_.node->head);
    return *slot.value;
  }
  slot.evaluating = true;
  ++counters.properties;
  ++waiting_;
  Value value = fold(slot);
  if (Evaluator::lacks_items(*slot.parameter, value))
    sink_.report(diag::empty_list, value.span, slot.parameter->name, owner());
  --waiting_;
  slot.evaluating = false;
  if (!slot.value) slot.value = std::move(value);
  return *slot.value;
}

bool Instance::is_replaced(const Parameter& parameter, Contributions later, std::string_view entry) {
  return std::any_of(later.begin(), later.end(), [&](const Contribution& contribution) {
    const ast::Field& field = *contribution.field;
    if (parameter.type->kind != TypeKind::map) return field.op == ast::AssignOp::set;
    const auto* record = std::get_if<ast::RecordExpr>(&field.value.node);
    return record != nullptr && std::any_of(record->fields.begin(), record->fields.end(),
                                            [&](const ast::Field& f) { return f.key.text == entry; });
  });
}

Value Instance::fold_map(const Parameter& parameter, const Value& base, const ast::Field& field, Scope scope,
                         Contributions later) {
  NamedValues entries = base.entries();
  const auto put = [&](std::string_view name, Value value) {
    for (auto& entry : entries) {
      if (entry.first == name) {
        entry.second = std::move(value);
        return;
      }
    }
    entries.emplace_back(name, std::move(value));
  };
  const auto* record = std::get_if<ast::RecordExpr>(&field.value.node);
  if (record == nullptr) {
    Value value = evaluator_.evaluate(field.value, *parameter.type, scope);
    if (value.is_error()) return value;
    for (const auto& [name, entry] : value.entries())
      put(name, entry);
    return make_map(field.value.span, std::move(entries));
  }
  std::map<std::string_view, const ast::Field*> seen;
  bool failed = false;
  for (const ast::Field& entry : record->fields) {
    if (entry.op == ast::AssignOp::unset) {
      const auto found = std::find_if(entries.begin(), entries.end(),
                                      [&](const auto& e) { return e.first == entry.key.text; });
      if (found == entries.end()) {
        sink_.report(diag::nothing_to_unset, entry.span, entry.key.text);
      } else {
        entries.erase(found);
      }
      continue;
    }
    const auto [first, added] = seen.emplace(entry.key.text, &entry);
    if (!added) evaluator_.report_repeated(entry, *first->second);
    const bool replaced = is_replaced(parameter, later, entry.key.text);
    scope.open = open_ || replaced;
    Value value = evaluator_.evaluate(entry.value, *parameter.type->item, scope);
    failed = failed || (value.is_error() && !replaced);
    put(entry.key.text, std::move(value));
  }
  if (failed) return error_at(field.value.span);
  return make_map(field.value.span, std::move(entries));
}

Value Instance::fold(const Slot& slot) {
  const Parameter& parameter = *slot.parameter;
  const auto otherwise = [&]() -> std::optional<Value> {
    if (parameter.default_value == nullptr) return std::nullopt;
    return evaluator_.default_of(parameter, {parameter.module, nullptr, nullptr});
  };
  std::optional<Value> value = otherwise();
  bool set = false;
  for (size_t i = 0; i < slot.contributions.size(); ++i) {
    const ast::Field& field = *slot.contributions[i].field;
    Scope scope = scope_of(sources_[slot.contributions[i].source]);
    const Contributions later = Contributions(slot.contributions).subspan(i + 1);
    if (field.op == ast::AssignOp::unset) {
      value = otherwise();
      set = false;
      continue;
    }
    set = true;
    if (parameter.type->kind == TypeKind::map) {
      value = fold_map(parameter, value ? *value : make_map(field.span, {}), field, scope, later);
      continue;
    }
    scope.open = open_ || is_replaced(parameter, later, {});
    Value next = evaluator_.evaluate(field.value, *parameter.type, scope);
    if (field.op == ast::AssignOp::add) {
      if (parameter.type->kind != TypeKind::list) {
        sink_.report(diag::add_not_here, field.span, parameter.name);
      } else if (value && !next.is_error()) {
        std::vector<Value> items = value->items();
        items.insert(items.end(), next.items().begin(), next.items().end());
        next = make_list(field.span, std::move(items));
      }
    }
    value = std::move(next);
  }
  if (value) return *value;
  if (!set && !parameter.type->optional && !open_ && !unknown_given_) {
    sink_.report(diag::missing_property, raw_.node->head, owner(), parameter.name, describe(*parameter.type));
  }
  return error_at(raw_.node->head);
}

void Instance::collect_uses(const Value& value, Element& element) {
  const auto use = [&](const std::string& artifact) {
    if (used_.insert(artifact).second) element.consumes.push_back({artifact, value.span});
  };
  if (const auto* artifact = value.as<ArtifactValue>()) use(artifact->name);
  if (const auto* attribute = value.as<RunTimeValue>(); attribute != nullptr && !attribute->own)
    use(attribute->artifact);
  for (const Value& item : value.items())
    collect_uses(item, element);
  for (const auto& entry : value.entries())
    collect_uses(entry.second, element);
}

std::vector<std::string_view> Instance::variables_of_matrix() const {
  std::vector<std::string_view> variables;
  for (const Layer& layer : raw_.layers) {
    for (const ast::Field& field : *layer.fields) {
      const auto* record = std::get_if<ast::RecordExpr>(&field.value.node);
      if (field.key.text != "matrix" || record == nullptr) continue;
      for (const ast::Field& entry : record->fields)
        variables.push_back(entry.key.text);
    }
  }
  return variables;
}

size_t Instance::weight() const {
  size_t weight = 0;
  for (const auto& [key, slot] : slots_)
    weight += slot.contributions.size() + (slot.value ? slot.value->weight : 0);
  return weight;
}

std::shared_ptr<const Element> Instance::build(const Environment* environment) {
  ++counters.elements;
  auto element = std::make_shared<Element>();
  element->id = raw_.id;
  element->name = raw_.name;
  element->stage = raw_.stage;
  element->kind = raw_.kind;
  element->always = raw_.always;
  element->capabilities = raw_.capabilities;
  element->definition = raw_.definition;
  element->doc = raw_.node->doc;
  element->head = raw_.node->head;
  if (const auto& use = raw_.layers.front().use) element->use = use->call->span;
  element->span = raw_.node->span;
  names_.current_element = raw_.id;
  names_.current_variables = variables_of_matrix();
  element->properties.reserve(slots_.size());
  for (auto& [key, slot] : slots_) {
    const Value& value = evaluate(key, slot);
    // Parameters of an inner definition are set by the outer one; they are not properties of the element.
    const bool inner = key.first != no_definition && key.first > 0 && key_for(key.second, 0) != key;
    if (inner) {
      collect_uses(value, *element);
      continue;
    }
    for (const Contribution& contribution : slot.contributions) {
      element->settings[std::string(key.second)].push_back(
          {contribution.field->span, sources_[contribution.source].by,
           sources_[contribution.source].definition != no_definition});
    }
    if (!value.is_error()) element->properties.emplace_back(key.second, value);
    collect_uses(value, *element);
  }
  lower(*element);
  extract(*element, environment);
  check(*element);
  names_.current_element.clear();
  names_.current_variables.clear();
  return element;
}

void Instance::check_definition(Declarations& declarations, const Definition& definition) {
  RawElement element;
  element.name = definition.name;
  element.kind = definition.node->kind;
  element.node = definition.node;
  element.module = definition.entity->module;
  element.definition = &definition;
  element.capabilities = definition.capabilities;
  PipelineNames names;
  Evaluator evaluator(declarations);
  // Making the instance assigns every property to its declaration; nothing is evaluated.
  const Instance instance(declarations, evaluator, names, nullptr, element, false);
}

}  // namespace pipec::sema
