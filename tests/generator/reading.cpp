// The naive reading: which elements a model has and which must have ended before which starts.
#include "tests/generator/model.h"

#include <algorithm>
#include <set>

namespace pipec::test::generator {
namespace {

// An element, or one of those that a matrix makes of it.
struct Cell {
  std::string id;
  std::map<std::string, std::string> environment;
};

std::vector<Cell> cells_of(const Element& element) {
  auto axes = element.matrix;
  if (element.per_region) axes.push_back({"AWS_REGION", {"eu-west-1", "us-east-1"}});
  std::vector<Cell> cells{{element.id(), element.environment}};
  for (size_t axis = 0; axis < axes.size(); ++axis) {
    std::vector<Cell> more;
    for (const Cell& cell : cells) {
      for (const std::string& value : axes[axis].second) {
        Cell next = cell;
        std::string name = value;
        std::replace(name.begin(), name.end(), '.', '_');
        next.id += (axis == 0 ? "@" : "-") + name;
        next.environment[axes[axis].first] = value;
        more.push_back(std::move(next));
      }
    }
    cells = std::move(more);
  }
  return cells;
}

using Orders = std::set<std::pair<std::string, std::string>>;

// Everything of an earlier child of a sequence comes before everything of a later one.
std::vector<std::string> written_orders(const Node& node, Orders& orders) {
  if (node.kind == Node::Kind::element) return {node.element->name};
  std::vector<std::string> all;
  for (const Node& child : node.children) {
    const std::vector<std::string> inner = written_orders(child, orders);
    if (node.kind != Node::Kind::parallel) {
      for (const std::string& earlier : all) {
        for (const std::string& later : inner)
          orders.emplace(earlier, later);
      }
    }
    all.insert(all.end(), inner.begin(), inner.end());
  }
  return all;
}

Orders orders_of(Stage& stage) {
  Orders orders;
  const std::vector<std::string> names = written_orders(stage.root, orders);
  for (const auto& element : elements_of(stage.root)) {
    for (const std::string& earlier : element->after)
      orders.emplace(earlier, element->name);
  }
  // Whatever comes before something comes before what that comes before.
  for (const std::string& middle : names) {
    for (const std::string& first : names) {
      if (!orders.contains({first, middle})) continue;
      for (const std::string& last : names) {
        if (orders.contains({middle, last})) orders.emplace(first, last);
      }
    }
  }
  return orders;
}

}  // namespace

GeneratedRoute read(std::string name, Model& model) {
  GeneratedRoute route{std::move(name), {}, {}};
  std::vector<std::string> of_earlier_stages;
  for (Stage& stage : model.stages) {
    std::map<std::string, const Element*> present;
    const auto elements = elements_of(stage.root);
    for (const auto& element : elements) {
      if (!element->removed) present.emplace(element->name, element.get());
    }
    for (const auto& [first, second] : orders_of(stage)) {
      if (present.contains(first) && present.contains(second)) {
        for (const Cell& earlier : cells_of(*present[first])) {
          for (const Cell& later : cells_of(*present[second]))
            route.orders.emplace(earlier.id, later.id);
        }
      }
    }
    std::vector<std::string> here;
    for (const auto& [bare, element] : present) {
      const std::vector<Cell> cells = cells_of(*element);
      for (size_t i = 0; i < cells.size(); ++i) {
        for (const std::string& earlier : of_earlier_stages)
          route.orders.emplace(earlier, cells[i].id);
        // With a limit of N every Nth waits for the one before.
        for (size_t other = i; element->max_parallel > 0 && other >= element->max_parallel;) {
          other -= element->max_parallel;
          route.orders.emplace(cells[other].id, cells[i].id);
        }
        route.elements.emplace(cells[i].id, GeneratedElement{cells[i].id, element->kind, element->command,
                                                             cells[i].environment, element->minutes * 60,
                                                             !element->continue_on_failure, element->always});
        here.push_back(cells[i].id);
      }
    }
    of_earlier_stages.insert(of_earlier_stages.end(), here.begin(), here.end());
  }
  return route;
}

}  // namespace pipec::test::generator
