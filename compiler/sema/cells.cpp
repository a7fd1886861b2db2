#include "compiler/sema/cells.h"

#include "compiler/sema/order.h"
#include "compiler/support/hash.h"

#include <algorithm>
#include <map>
#include <set>

namespace pipec::sema {
namespace {

// With the element's own name, of at most 40 characters where it matters, an action of CodePipeline has at
// most 100.
constexpr size_t longest_name = 40;
constexpr size_t hash_length = 8;

std::string readable(const std::string& value) {
  std::string text;
  for (const char c : value) {
    const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    text += plain ? c : '_';
  }
  return text.empty() ? "_" : text;
}

// The values of a cell, and what it would be called if no other were called so.
struct Combination {
  Cell cell;
  std::string exact;

  void add(const Axis& axis, const Value& value) {
    const std::string text = value.text();
    cell.name += (cell.name.empty() ? "" : "-") + readable(text);
    exact += std::to_string(text.size()) + ":" + text;
    cell.variables.emplace_back(axis.variable, value);
    if (axis.regions) cell.region = text;
  }
  void mark() {
    cell.name =
        cell.name.substr(0, longest_name - hash_length - 1) + "-" + sha256(exact).substr(0, hash_length);
  }
};

// The product of the axes, the last one changing fastest.
std::vector<Combination> combinations_of(const Element& element) {
  std::vector<Combination> all{{}};
  for (const Axis& axis : element.axes) {
    std::vector<Combination> longer;
    for (const Combination& shorter : all) {
      for (const Value& value : axis.values) {
        longer.push_back(shorter);
        longer.back().add(axis, value);
      }
    }
    all = std::move(longer);
  }
  return all;
}

std::vector<Cell> cells_of(const Element& element, const std::set<std::string>& names_of_stage) {
  std::vector<Combination> all = combinations_of(element);
  std::map<std::string, size_t> uses;
  for (const Combination& one : all)
    ++uses[one.cell.name];
  std::vector<Cell> cells;
  for (Combination& one : all) {
    const bool ambiguous = uses[one.cell.name] > 1 || one.cell.name.size() > longest_name ||
                           names_of_stage.contains(element.name + "-" + one.cell.name);
    if (ambiguous) one.mark();
    cells.push_back(std::move(one.cell));
  }
  return cells;
}

class StageExpansion {
 public:
  explicit StageExpansion(const Stage& whole) : whole_(whole), stage_(whole) {}

  Stage run() {
    const bool none = std::all_of(whole_.elements.begin(), whole_.elements.end(),
                                  [](const auto& element) { return element->axes.empty(); });
    if (none) return std::move(stage_);
    make_elements();
    make_order();
    return std::move(stage_);
  }

 private:
  void make_elements() {
    std::set<std::string> names;
    for (const auto& element : whole_.elements)
      names.insert(element->name);
    stage_.elements.clear();
    for (const auto& element : whole_.elements) {
      first_.push_back(stage_.elements.size());
      if (element->axes.empty()) {
        stage_.elements.push_back(element);
        continue;
      }
      for (Cell& cell : cells_of(*element, names)) {
        auto one = std::make_shared<Element>(*element);
        one->name += "@" + cell.name;
        one->id += "@" + cell.name;
        one->axes.clear();
        one->cell = std::move(cell);
        stage_.elements.push_back(std::move(one));
      }
    }
    first_.push_back(stage_.elements.size());
  }

  // The joins of the whole keep their places behind the elements; each element of several cells gets one.
  void make_order() {
    const StageOrder& whole = whole_.order;
    StageOrder& order = stage_.order;
    order.element_count = stage_.elements.size();
    std::vector<size_t> end(whole.before.size());
    size_t next = order.element_count + whole.before.size() - whole.element_count;
    for (size_t node = 0; node < whole.before.size(); ++node) {
      if (node >= whole.element_count) {
        end[node] = order.element_count + node - whole.element_count;
      } else {
        end[node] = count(node) == 1 ? first_[node] : next++;
      }
    }
    order.before.assign(next, {});
    for (size_t node = 0; node < whole.before.size(); ++node) {
      std::vector<size_t> before;
      for (const size_t earlier : whole.before[node])
        before.push_back(end[earlier]);
      if (node >= whole.element_count) {
        order.before[end[node]] = std::move(before);
      } else {
        connect(node, before, end[node]);
      }
    }
    sort(order);
  }

  void connect(size_t element, const std::vector<size_t>& before, size_t end) {
    const size_t lanes = whole_.elements[element]->max_parallel;
    for (size_t i = 0; i < count(element); ++i) {
      const size_t cell = first_[element] + i;
      stage_.order.before[cell] = before;
      if (lanes > 0 && i >= lanes) stage_.order.before[cell].push_back(cell - lanes);
      if (end != cell) stage_.order.before[end].push_back(cell);
    }
  }

  size_t count(size_t element) const { return first_[element + 1] - first_[element]; }

  const Stage& whole_;
  Stage stage_;
  // The first cell of each element, and the number of all.
  std::vector<size_t> first_;
};

}  // namespace

size_t cell_count(const Element& element) {
  size_t count = 1;
  for (const Axis& axis : element.axes)
    count = std::min(count * axis.values.size(), max_cells + 1);
  return count;
}

Route expanded(const Route& route) {
  Route graph = route;
  for (Stage& stage : graph.stages)
    stage = StageExpansion(stage).run();
  return graph;
}

}  // namespace pipec::sema
