#include "compiler/report/place.h"

#include <string_view>

#include <fmt/core.h>

namespace pipec::report {
namespace {

// An element that holds the span, in groups of groups, too.
const ast::Element* element_at(const std::vector<ast::StageItem>& items, Span span) {
  for (const ast::StageItem& item : items) {
    if (const auto* element = std::get_if<ast::Element>(&item.node)) {
      if (element->span.contains(span)) return element;
    } else if (const auto* group = std::get_if<ast::Group>(&item.node)) {
      if (group->span.contains(span)) return element_at(group->items, span);
    }
  }
  return nullptr;
}

std::string place_in_stage(const ast::Stage& stage, Span span) {
  const std::string name(stage.name.text);
  const ast::Element* element = element_at(stage.items, span);
  return element == nullptr ? name : fmt::format("{}.{}", name, element->name.text);
}

struct DerivationPlace {
  Span span;

  std::string operator()(const ast::Skip& skip) const {
    for (const ast::Place& place : skip.places) {
      if (place.span.contains(span)) return "skip " + place.text();
    }
    return "skip";
  }
  std::string operator()(const ast::Override& change) const { return "override " + change.place.text(); }
  std::string operator()(const ast::Replace& change) const { return "replace " + change.place.text(); }
  std::string operator()(const ast::Final& /*final*/) const { return "final"; }
  std::string operator()(const ast::Add& add) const {
    if (const auto* element = std::get_if<ast::Element>(&add.item))
      return "add " + std::string(element->name.text);
    return "add " + place_in_stage(std::get<ast::Stage>(add.item), span);
  }
};

Span span_of(const ast::Derivation& derivation) {
  return std::visit([](const auto& node) { return node.span; }, derivation);
}

std::string place_in_route(const ast::Route& route, Span span) {
  const std::string name = route.hotfix ? "hotfix" : fmt::format("route {}", route.name.text);
  for (const auto& item : route.items) {
    const auto* derivation = std::get_if<ast::Derivation>(&item);
    if (derivation != nullptr && span_of(*derivation).contains(span))
      return fmt::format("{}: {}", name, std::visit(DerivationPlace{span}, *derivation));
  }
  return name;
}

std::string_view word_of(ast::Block::Kind kind) {
  switch (kind) {
    case ast::Block::Kind::source:
      return "source";
    case ast::Block::Kind::environment:
      return "environment";
    case ast::Block::Kind::target:
      return "target";
    case ast::Block::Kind::metrics:
      return "metrics";
    case ast::Block::Kind::notify:
      return "notify";
  }
  return "";
}

// Empty when the span is not in the item.
struct ItemPlace {
  Span span;

  std::string operator()(const ast::Stage& stage) const {
    return stage.span.contains(span) ? place_in_stage(stage, span) : "";
  }
  std::string operator()(const ast::Route& route) const {
    return route.span.contains(span) ? place_in_route(route, span) : "";
  }
  std::string operator()(const ast::Block& block) const {
    if (!block.span.contains(span)) return "";
    const std::string word(word_of(block.kind));
    return block.name.text.empty() ? word : fmt::format("{} {}", word, block.name.text);
  }
  std::string operator()(const ast::ArtifactDecl& artifact) const {
    return artifact.span.contains(span) ? fmt::format("artifact {}", artifact.name.text) : "";
  }
  std::string operator()(const ast::Exemption& exemption) const {
    if (!exemption.span.contains(span)) return "";
    return fmt::format("{} {}", to_string(exemption.kind), exemption.place.text());
  }
  std::string operator()(const ast::Derivation& derivation) const {
    return span_of(derivation).contains(span) ? std::visit(DerivationPlace{span}, derivation) : "";
  }
  std::string operator()(const ast::Field& /*field*/) const { return ""; }
};

Span span_of(const ast::Declaration& declaration) {
  return std::visit(
      [](const auto& node) {
        using Node = std::decay_t<decltype(node)>;
        if constexpr (std::is_same_v<Node, ast::StageDefinition>) {
          return node.stage.span;
        } else {
          return node.span;
        }
      },
      declaration);
}

}  // namespace

StructurePlace place_in(const ast::File& file, Span span) {
  for (const ast::Declaration& declaration : file.declarations) {
    if (!span_of(declaration).contains(span)) continue;
    const auto* pipeline = std::get_if<ast::Pipeline>(&declaration);
    if (pipeline == nullptr) return {"", std::string(ast::name_of(declaration).text)};
    for (const ast::PipelineItem& item : pipeline->items) {
      std::string place = std::visit(ItemPlace{span}, item.node);
      if (!place.empty()) return {std::string(pipeline->name.text), std::move(place)};
    }
    return {std::string(pipeline->name.text), ""};
  }
  return {};
}

}  // namespace pipec::report
