#include "compiler/sema/order.h"

#include <algorithm>
#include <functional>
#include <queue>

namespace pipec::sema {
namespace {

bool is_empty(const RawNode& node) {
  return node.kind != RawNode::Kind::element &&
         std::all_of(node.children.begin(), node.children.end(), is_empty);
}

class Connect {
 public:
  // Gives `index` the node of every element, of every removed one, and of the names that were replaced.
  Connect(StageOrder& order, const std::vector<std::shared_ptr<const Element>>& elements,
          std::map<std::string, size_t>& index)
      : order_(order), index_(index) {
    for (size_t i = 0; i < elements.size(); ++i)
      index_.emplace(elements[i]->id, i);
  }

  // Puts the subtree behind `entries` and gives the nodes at its end; `entries` itself when it is empty.
  std::vector<size_t> connect(const RawNode& node, std::vector<size_t> entries) {
    if (node.kind == RawNode::Kind::element) {
      const RawElement& element = *node.element;
      size_t index = order_.before.size();
      if (element.removed) {
        // A join in the place of the element: what stood before it stays before what stood behind it.
        order_.before.emplace_back();
        index_.emplace(element.id, index);
      } else {
        index = index_.at(element.id);
      }
      for (const std::string& replaced : element.replaces)
        index_.emplace(replaced, index);
      order_.before[index] = std::move(entries);
      return {index};
    }
    if (node.kind != RawNode::Kind::parallel) {
      for (const RawNode& child : node.children)
        entries = connect(child, std::move(entries));
      return entries;
    }
    // One join instead of an edge from each of the former to each of the latter.
    if (entries.size() > 1 && node.children.size() > 1) {
      order_.before.push_back(std::move(entries));
      entries = {order_.before.size() - 1};
    }
    std::vector<size_t> exits;
    for (const RawNode& child : node.children) {
      if (is_empty(child)) continue;
      const std::vector<size_t> ends = connect(child, entries);
      exits.insert(exits.end(), ends.begin(), ends.end());
    }
    return exits.empty() ? entries : exits;
  }

 private:
  StageOrder& order_;
  std::map<std::string, size_t>& index_;
};

// Adds the edge `from` → `to` between two nodes. False when it would make a cycle.
bool add_edge(StageOrder& order, size_t from, size_t to) {
  if (from == to || order.precedes(to, from)) return false;
  auto& before = order.before[to];
  if (std::find(before.begin(), before.end(), from) == before.end()) before.push_back(from);
  return true;
}

// Every leaf of the tree, the removed ones too.
void for_each_leaf(const RawNode& node, const std::function<void(const RawElement&)>& visit) {
  if (node.kind == RawNode::Kind::element) visit(*node.element);
  for (const RawNode& child : node.children)
    for_each_leaf(child, visit);
}

}  // namespace

StageOrder order_of(const RawNode& root, const std::vector<std::shared_ptr<const Element>>& elements,
                    PipelineNames& names, const std::function<bool(const std::string&)>& is_later,
                    DiagnosticSink& sink) {
  StageOrder order;
  order.element_count = elements.size();
  order.before.resize(elements.size());
  std::map<std::string, size_t> index;
  Connect(order, elements, index).connect(root, {});
  const auto add = [&](const std::string& earlier, const std::string& later, const Element* element) {
    const auto from = index.find(earlier);
    if (from == index.end()) {
      if (element != nullptr && is_later(earlier))
        sink.report(diag::after_later, element->property_span("after"), element->name, earlier);
      return;
    }
    if (add_edge(order, from->second, index.at(later)) || element == nullptr) return;
    sink.report(diag::order_cycle, element->property_span("after"), element->name,
                earlier.substr(earlier.find('.') + 1));
  };
  for (const auto& element : elements) {
    for (const std::string& id : element->after)
      add(id, element->id, element.get());
  }
  for_each_leaf(root, [&](const RawElement& element) {
    if (!element.removed) return;
    names.current_element = element.id;
    for (const std::string& name : names_after(element)) {
      if (const auto id = names.element(name)) add(*id, element.id, nullptr);
    }
    names.current_element.clear();
  });
  sort(order);
  return order;
}

void sort(StageOrder& order) {
  const size_t count = order.before.size();
  std::vector<size_t> waiting(count);
  std::vector<std::vector<size_t>> after(count);
  for (size_t node = 0; node < count; ++node) {
    waiting[node] = order.before[node].size();
    for (const size_t earlier : order.before[node])
      after[earlier].push_back(node);
  }
  std::priority_queue<size_t, std::vector<size_t>, std::greater<>> ready;
  for (size_t node = 0; node < count; ++node) {
    if (waiting[node] == 0) ready.push(node);
  }
  order.sequence.clear();
  while (!ready.empty()) {
    const size_t node = ready.top();
    ready.pop();
    order.sequence.push_back(node);
    for (const size_t later : after[node]) {
      if (--waiting[later] == 0) ready.push(later);
    }
  }
}

bool StageOrder::precedes(size_t a, size_t b) const { return all_before(b)[a]; }

std::vector<bool> StageOrder::all_before(size_t b) const {
  std::vector<bool> seen(before.size());
  std::vector<size_t> open{b};
  while (!open.empty()) {
    const size_t node = open.back();
    open.pop_back();
    for (const size_t earlier : before[node]) {
      if (!seen[earlier]) open.push_back(earlier);
      seen[earlier] = true;
    }
  }
  return seen;
}

std::vector<std::vector<size_t>> elements_before(const StageOrder& order) {
  std::vector<std::vector<size_t>> before(order.before.size());
  for (const size_t node : order.sequence) {
    for (const size_t earlier : order.before[node]) {
      if (earlier < order.element_count) {
        before[node].push_back(earlier);
      } else {
        before[node].insert(before[node].end(), before[earlier].begin(), before[earlier].end());
      }
    }
    std::sort(before[node].begin(), before[node].end());
    before[node].erase(std::unique(before[node].begin(), before[node].end()), before[node].end());
  }
  before.resize(order.element_count);
  return before;
}

}  // namespace pipec::sema
