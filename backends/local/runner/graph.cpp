#include "backends/local/runner/graph.h"

#include <map>
#include <string_view>

namespace pipec::runner {

Graph make_graph(const std::vector<const local::Stage*>& stages) {
  Graph graph;
  for (const local::Stage* stage : stages) {
    for (const local::Element& element : stage->elements)
      graph.tasks.push_back({stage, &element});
  }
  graph.after.resize(graph.tasks.size());
  graph.before_count.resize(graph.tasks.size());
  const auto connect = [&](size_t from, size_t to) {
    graph.after[from].push_back(to);
    ++graph.before_count[to];
  };

  std::map<std::string_view, size_t> node_of;
  for (size_t node = 0; node < graph.tasks.size(); ++node)
    node_of.emplace(graph.tasks[node].id(), node);
  size_t first = 0;
  std::optional<size_t> barrier;
  for (const local::Stage* stage : stages) {
    const size_t end = first + stage->elements.size();
    for (size_t node = first; node < end; ++node) {
      const local::Element& element = *graph.tasks[node].element;
      for (const std::string& need : element.needs)
        connect(node_of.at(need), node);
      if (barrier) connect(*barrier, node);
    }
    if (end == graph.tasks.size()) break;
    const size_t next_barrier = graph.after.size();
    graph.after.emplace_back();
    graph.before_count.push_back(0);
    for (size_t node = first; node < end; ++node)
      connect(node, next_barrier);
    // A stage without elements passes on the barrier before it.
    if (first == end && barrier) connect(*barrier, next_barrier);
    barrier = next_barrier;
    first = end;
  }
  return graph;
}

}  // namespace pipec::runner
