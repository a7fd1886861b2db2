#include "tests/generator/model.h"

namespace pipec::test::generator {
namespace {

Node deep_copy(const Node& node) {
  Node copy{node.kind, node.element == nullptr ? nullptr : std::make_shared<Element>(*node.element), {}};
  for (const Node& child : node.children)
    copy.children.push_back(deep_copy(child));
  return copy;
}

}  // namespace

Model deep_copy(const Model& model) {
  Model copy;
  for (const Stage& stage : model.stages)
    copy.stages.push_back({stage.name, stage.environment, stage.production, deep_copy(stage.root)});
  return copy;
}

void visit(Node& node, const std::function<void(Node&)>& call) {
  call(node);
  for (Node& child : node.children)
    visit(child, call);
}

std::vector<std::shared_ptr<Element>> elements_of(Node& root) {
  std::vector<std::shared_ptr<Element>> found;
  visit(root, [&](Node& node) {
    if (node.element != nullptr) found.push_back(node.element);
  });
  return found;
}

}  // namespace pipec::test::generator
