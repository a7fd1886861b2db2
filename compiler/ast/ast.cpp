#include "compiler/ast/ast.h"

#include <type_traits>

namespace pipec::ast {

std::string Path::text() const {
  std::string text;
  for (const Name& part : parts) {
    if (!text.empty()) text += '.';
    text += part.text;
  }
  return text;
}

Name name_of(const Declaration& declaration) {
  return std::visit(
      [](const auto& node) -> Name {
        using Node = std::decay_t<decltype(node)>;
        if constexpr (std::is_same_v<Node, StageDefinition>) {
          return node.stage.name;
        } else if constexpr (std::is_same_v<Node, Test> || std::is_same_v<Node, Severities>) {
          return {};
        } else {
          return node.name;
        }
      },
      declaration);
}

std::string Place::text() const { return (stage ? "stage " : "") + path.text(); }

std::string_view to_string(ElementKind kind) {
  switch (kind) {
    case ElementKind::action:
      return "action";
    case ElementKind::gate:
      return "gate";
    case ElementKind::approval:
      return "approval";
    case ElementKind::deploy:
      return "deploy";
  }
  return "";
}

std::string_view to_string(CapabilityKind kind) {
  switch (kind) {
    case CapabilityKind::action:
      return "action";
    case CapabilityKind::gate:
      return "gate";
    case CapabilityKind::approval:
      return "approval";
    case CapabilityKind::deploy:
      return "deploy";
    case CapabilityKind::source:
      return "source";
    case CapabilityKind::metric:
      return "metric";
  }
  return "";
}

std::string_view to_string(Exemption::Kind kind) {
  switch (kind) {
    case Exemption::Kind::waive:
      return "waive";
    case Exemption::Kind::not_applicable:
      return "not_applicable";
    case Exemption::Kind::attest:
      return "attest";
  }
  return "";
}

std::string_view to_string(Comparison comparison) {
  switch (comparison) {
    case Comparison::equal:
      return "=";
    case Comparison::not_equal:
      return "!=";
    case Comparison::less:
      return "<";
    case Comparison::less_equal:
      return "<=";
    case Comparison::greater:
      return ">";
    case Comparison::greater_equal:
      return ">=";
    case Comparison::contains:
      return "contains";
    case Comparison::lacks:
      return "lacks";
    case Comparison::before:
      return "before";
  }
  return "";
}

}  // namespace pipec::ast
