#include "backends/common/refine.h"

#include "backends/common/values.h"

#include <map>
#include <set>

#include <fmt/core.h>

namespace pipec::backends {
namespace {

// Which elements end before which start: the transitive closure, a row of bits for each element.
class Closure {
 public:
  explicit Closure(size_t size) : size_(size), words_((size + 63) / 64), before_(size * words_) {}

  void add(size_t earlier, size_t later) { edges_.emplace_back(earlier, later); }

  // Call once after the last edge. False when the edges make a circle.
  bool close() {
    std::vector<std::vector<size_t>> after(size_);
    std::vector<size_t> waiting(size_);
    for (const auto& [earlier, later] : edges_) {
      after[earlier].push_back(later);
      ++waiting[later];
    }
    std::vector<size_t> ready;
    for (size_t i = 0; i < size_; ++i) {
      if (waiting[i] == 0) ready.push_back(i);
    }
    for (size_t next = 0; next < ready.size(); ++next) {
      const size_t node = ready[next];
      for (const size_t later : after[node]) {
        for (size_t word = 0; word < words_; ++word)
          before_[later * words_ + word] |= before_[node * words_ + word];
        before_[later * words_ + node / 64] |= uint64_t{1} << (node % 64);
        if (--waiting[later] == 0) ready.push_back(later);
      }
    }
    return ready.size() == size_;
  }

  bool precedes(size_t earlier, size_t later) const {
    return (before_[later * words_ + earlier / 64] >> (earlier % 64) & 1) != 0;
  }

 private:
  size_t size_;
  size_t words_;
  std::vector<uint64_t> before_;
  std::vector<std::pair<size_t, size_t>> edges_;
};

class RouteComparison {
 public:
  RouteComparison(const ir::Pipeline& pipeline, const ir::Route& asked, std::string_view target,
                  const FoundRoute& found, Refinement& result)
      : pipeline_(pipeline),
        asked_(asked),
        target_(target),
        found_(found),
        result_(result),
        placed_(elements_of(asked)) {
    for (size_t i = 0; i < placed_.size(); ++i)
      index_.emplace(placed_[i].element->id, i);
  }

  void run() {
    elements();
    if (found_by_id_.size() == placed_.size()) orders();
  }

 private:
  template <class... Args>
  void defect(fmt::format_string<Args...> text, Args&&... args) {
    result_.defects.push_back(
        fmt::format("route `{}`: {}", asked_.name, fmt::format(text, std::forward<Args>(args)...)));
  }

  void elements() {
    for (const FoundElement& element : found_.elements) {
      if (!index_.contains(element.id)) {
        defect("`{}` was emitted but not asked for", element.id);
      } else if (!found_by_id_.emplace(element.id, &element).second) {
        defect("`{}` was emitted twice", element.id);
      }
    }
    for (const Placed& placed : placed_) {
      const auto found = found_by_id_.find(placed.element->id);
      if (found == found_by_id_.end()) {
        defect("`{}` is missing", placed.element->id);
      } else {
        compare(*placed.element, *found->second);
      }
    }
  }

  void compare(const ir::Element& asked, const FoundElement& found) {
    const bool approval = asked.kind == ir::ElementKind::approval;
    if (approval != found.approval) {
      defect("`{}` is {} approval", asked.id, found.approval ? "emitted as an" : "not emitted as an");
      return;
    }
    if (found.blocking == asked.continue_on_failure) {
      defect("`{}` {}", asked.id,
             found.blocking ? "stops the pipeline although it should not" : "does not stop the pipeline");
    }
    if (found.always != asked.always) {
      defect("`{}` {}", asked.id,
             found.always ? "runs after a failure although it should not" : "does not run after a failure");
    }
    if (approval) return;
    const ir::Work& work = asked.work.at(std::string(target_));
    const std::string& wanted = work.block ? work.block->name : work.script;
    if (found.work != wanted) defect("`{}` does something else than it should", asked.id);
    if (work.block) return;
    if (found.timeout != asked.timeout) {
      defect("`{}` is limited to {}, not to {}", asked.id, to_string(found.timeout),
             to_string(asked.timeout));
    }
    for (const auto& [name, value] : work.environment) {
      const auto* run_time = value.as<ir::RunTime>();
      const std::string text =
          run_time == nullptr ? environment_text(value) : run_time_name(pipeline_, *run_time);
      const auto variable = found.environment.find(name);
      if (variable == found.environment.end() || variable->second != text) {
        defect("`{}` does not get `{}` as its variable `{}`", asked.id, text, name);
      }
    }
    if (!asked.cell.empty() && !found.isolated) defect("`{}` shares its checkout with others", asked.id);
    compare_folders(asked, found);
    compare_services(asked, found);
    compare_caches(asked, found);
  }

  // One that is left out only takes time.
  void compare_caches(const ir::Element& asked, const FoundElement& found) {
    std::set<std::string> wanted;
    for (const ir::Cache& cache : asked.work.at(std::string(target_)).caches)
      wanted.insert(cache.paths.begin(), cache.paths.end());
    for (const std::string& path : found.caches) {
      if (!wanted.contains(path)) defect("`{}` finds the cache `{}`, which nobody asked for", asked.id, path);
    }
  }

  void compare_services(const ir::Element& asked, const FoundElement& found) {
    std::map<std::string, std::string> wanted;
    for (const ir::Service& service : asked.work.at(std::string(target_)).services)
      wanted.emplace(service.name, fmt::format("{} {}", service.image, service.port));
    if (found.services != wanted) defect("`{}` has other services beside it than it should", asked.id);
  }

  void compare_folders(const ir::Element& asked, const FoundElement& found) {
    for (const size_t index : asked.consumes) {
      const ir::Artifact& artifact = pipeline_.artifacts[index];
      if (artifact.folder.empty()) continue;
      const auto folder = found.folders.find(artifact.name);
      if (folder == found.folders.end() || folder->second != artifact.folder)
        defect("`{}` does not find `{}` in `{}`", asked.id, artifact.name, artifact.folder);
    }
  }

  void orders() {
    Closure found(placed_.size());
    for (const FoundEdge& edge : found_.edges) {
      const auto before = index_.find(edge.before);
      const auto after = index_.find(edge.after);
      if (before == index_.end() || after == index_.end()) {
        defect("an order names `{}` and `{}`", edge.before, edge.after);
      } else {
        found.add(before->second, after->second);
      }
    }
    if (!found.close()) {
      defect("the orders make a circle");
      return;
    }
    Closure asked(placed_.size());
    Closure planned(placed_.size());
    for (size_t i = 0; i < placed_.size(); ++i) {
      for (const size_t earlier : placed_[i].stage->before[placed_[i].element_index])
        asked.add(at(placed_[i].stage_index, earlier), i);
    }
    plan(planned);
    if (!asked.close() || !planned.close()) {
      defect("the planned order makes a circle");
      return;
    }
    for (size_t later = 0; later < placed_.size(); ++later) {
      for (size_t earlier = 0; earlier < placed_.size(); ++earlier) {
        const bool wanted =
            placed_[earlier].stage_index < placed_[later].stage_index || asked.precedes(earlier, later);
        const bool holds = found.precedes(earlier, later);
        if (wanted && !holds)
          defect("`{}` does not wait for `{}`", placed_[later].element->id, placed_[earlier].element->id);
        if (wanted || !holds) continue;
        if (!planned.precedes(earlier, later)) {
          defect("`{}` waits for `{}`, which nobody asked for", placed_[later].element->id,
                 placed_[earlier].element->id);
        } else {
          result_.extra.push_back({asked_.name, placed_[earlier].element->id, placed_[later].element->id});
        }
      }
    }
  }

  // The order that the schedule allows: units after those before them, levels after levels, the elements of a
  // unit one after the other.
  void plan(Closure& planned) {
    const auto schedules = asked_.schedules.find(std::string(target_));
    for (size_t s = 0; schedules != asked_.schedules.end() && s < asked_.stages.size(); ++s) {
      const auto& units = schedules->second[s].units;
      for (const ir::Unit& unit : units) {
        for (size_t i = 1; i < unit.elements.size(); ++i)
          planned.add(at(s, unit.elements[i - 1]), at(s, unit.elements[i]));
        for (const size_t before : unit.before)
          connect(planned, s, units[before], unit);
        for (const ir::Unit& other : units) {
          // Levels differ from 0 only where the target keeps order by them.
          if (other.level < unit.level) connect(planned, s, other, unit);
        }
      }
    }
  }

  void connect(Closure& planned, size_t stage, const ir::Unit& earlier, const ir::Unit& later) {
    planned.add(at(stage, earlier.elements.back()), at(stage, later.elements.front()));
  }

  size_t at(size_t stage, size_t element) const {
    return index_.at(asked_.stages[stage].elements[element].id);
  }

  const ir::Pipeline& pipeline_;
  const ir::Route& asked_;
  std::string_view target_;
  const FoundRoute& found_;
  Refinement& result_;
  std::vector<Placed> placed_;
  std::map<std::string, size_t, std::less<>> index_;
  std::map<std::string, const FoundElement*> found_by_id_;
};

}  // namespace

Refinement refine(const ir::Pipeline& asked, std::string_view target, const EmitOptions& options,
                  const FoundPipeline& found) {
  Refinement result;
  std::set<std::string> expected;
  for (const ir::Route& route : asked.routes) {
    if (!options.wants(route)) continue;
    expected.insert(route.name);
    const FoundRoute* emitted = nullptr;
    for (const FoundRoute& candidate : found.routes) {
      if (candidate.name == route.name) emitted = &candidate;
    }
    // What runs nothing may be left out.
    if (emitted == nullptr && route.stages.empty()) continue;
    if (emitted == nullptr) {
      result.defects.push_back(fmt::format("route `{}` is missing", route.name));
    } else {
      RouteComparison(asked, route, target, *emitted, result).run();
    }
  }
  for (const FoundRoute& route : found.routes) {
    if (!expected.contains(route.name))
      result.defects.push_back(fmt::format("route `{}` was emitted but not asked for", route.name));
  }
  return result;
}

}  // namespace pipec::backends
