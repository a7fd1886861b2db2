#include "compiler/sema/order.h"

#include "compiler/diag/kinds/structure.h"
#include "compiler/support/counters.h"

#include <algorithm>
#include <functional>
#include <queue>
#include <span>
#include <unordered_set>

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

// An order that is written with `after`, between two nodes.
struct AfterEdge {
  size_t from = 0;
  size_t to = 0;
  // Who says so; null for one of a removed element.
  const Element* element = nullptr;
  std::string earlier;
};

StageOrder with_edges(StageOrder order, std::span<const AfterEdge> edges) {
  for (const AfterEdge& edge : edges)
    order.before[edge.to].push_back(edge.from);
  for (auto& before : order.before) {
    std::unordered_set<size_t> seen;
    std::erase_if(before, [&](size_t node) { return !seen.insert(node).second; });
  }
  return order;
}

// The first edge that closes a cycle with those before it, which is found by halving.
size_t first_closing(const StageOrder& order, std::span<const AfterEdge> edges) {
  size_t fine = 0;
  size_t closed = edges.size();
  while (closed - fine > 1) {
    const size_t middle = fine + (closed - fine) / 2;
    StageOrder tried = with_edges(order, edges.first(middle));
    (sort(tried) ? fine : closed) = middle;
  }
  return closed - 1;
}

// Adds the edges and sorts. An edge that closes a cycle is reported and left out.
void add_edges(StageOrder& order, std::vector<AfterEdge> edges, DiagnosticSink& sink) {
  // More mistakes of one stage are not looked for: each costs a search.
  constexpr size_t max_reported = 10;
  for (size_t reported = 0; reported < max_reported; ++reported) {
    StageOrder tried = with_edges(order, edges);
    if (sort(tried)) {
      order = std::move(tried);
      return;
    }
    const auto closing = edges.begin() + static_cast<std::ptrdiff_t>(first_closing(order, edges));
    if (closing->element != nullptr) {
      sink.report(diag::order_cycle, closing->element->property_span("after"), closing->element->name,
                  closing->earlier.substr(closing->earlier.find('.') + 1));
    }
    edges.erase(closing);
  }
  sort(order);
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
  std::vector<AfterEdge> edges;
  const auto add = [&](const std::string& earlier, const std::string& later, const Element* element) {
    const auto from = index.find(earlier);
    if (from == index.end()) {
      if (element != nullptr && is_later(earlier))
        sink.report(diag::after_later, element->property_span("after"), element->name, earlier);
      return;
    }
    edges.push_back({from->second, index.at(later), element, earlier});
  };
  for (const auto& element : elements) {
    for (const std::string& id : element->after)
      add(id, element->id, element.get());
  }
  for_each_leaf(root, [&](const RawElement& element) {
    names.current_element = element.id;
    for (const std::string& name : element.removed ? names_after(element) : inherited_after(element)) {
      if (const auto id = names.element(name)) add(*id, element.id, nullptr);
    }
    names.current_element.clear();
  });
  add_edges(order, std::move(edges), sink);
  return order;
}

bool sort(StageOrder& order) {
  const size_t count = order.before.size();
  std::vector<size_t> waiting(count);
  std::vector<std::vector<size_t>> after(count);
  for (size_t node = 0; node < count; ++node) {
    waiting[node] = order.before[node].size();
    counters.orders += waiting[node];
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
  return order.sequence.size() == count;
}

bool StageOrder::precedes(size_t a, size_t b) const { return all_before(b)[a]; }

std::vector<bool> StageOrder::all_before(size_t b) const {
  std::vector<bool> seen(before.size());
  std::vector<size_t> open{b};
  while (!open.empty()) {
    const size_t node = open.back();
    open.pop_back();
    counters.orders += before[node].size();
    for (const size_t earlier : before[node]) {
      if (!seen[earlier]) open.push_back(earlier);
      seen[earlier] = true;
    }
  }
  return seen;
}

std::vector<bool> StageOrder::all_after(size_t a) const {
  std::vector<bool> after(before.size());
  for (const size_t node : sequence) {
    counters.orders += before[node].size();
    after[node] = std::any_of(before[node].begin(), before[node].end(),
                              [&](size_t earlier) { return earlier == a || after[earlier]; });
  }
  return after;
}

size_t direct_orders(const StageOrder& order) {
  std::vector<size_t> count(order.before.size());
  size_t all = 0;
  for (const size_t node : order.sequence) {
    for (const size_t earlier : order.before[node])
      count[node] += earlier < order.element_count ? 1 : count[earlier];
    if (node < order.element_count) all += count[node];
  }
  return all;
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
    counters.orders += before[node].size();
    std::sort(before[node].begin(), before[node].end());
    before[node].erase(std::unique(before[node].begin(), before[node].end()), before[node].end());
  }
  before.resize(order.element_count);
  return before;
}

}  // namespace pipec::sema
