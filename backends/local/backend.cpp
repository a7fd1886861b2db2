#include "backends/backend.h"

#include "backends/common/values.h"
#include "backends/local/check_plan.h"
#include "backends/local/lower_plan.h"
#include "backends/local/plan.h"
#include "compiler/diag/kinds/local.h"
#include "compiler/support/check.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/core.h>

namespace pipec::backends {
namespace {

// Reports what a plan cannot express.
class PipelineCheck {
 public:
  PipelineCheck(const ir::Pipeline& pipeline, DiagnosticSink& sink) : pipeline_(pipeline), sink_(sink) {}

  void run() {
    for (size_t i = 1; i < pipeline_.sources.size(); ++i) {
      sink_.report(diag::local_second_source, pipeline_.sources[i].span, pipeline_.sources[i].name);
    }
    for (const ir::Route& route : pipeline_.routes) {
      for (const Placed& placed : elements_of(route)) {
        const auto work = placed.element->work.find("local");
        if (work != placed.element->work.end()) check(work->second, placed.element->span);
      }
    }
  }

 private:
  void check(const ir::Work& work, Span span) {
    for (const auto& [name, value] : work.environment)
      resolvable(value, span);
    if (work.block) check(*work.block, span);
    std::vector<std::pair<std::string, std::string>> secrets = work.secrets;
    for (const ir::Service& service : work.services)
      secrets.insert(secrets.end(), service.secrets.begin(), service.secrets.end());
    for (const auto& [variable, secret] : secrets) {
      const std::string source = local::secret_variable(secret);
      const auto [known, added] = secret_of_.emplace(source, secret);
      if (known->second != secret)
        sink_.report(diag::local_secret_names, span, known->second, secret, source);
    }
  }

  void check(const ir::Block& block, Span span) {
    const ir::Value* what = ir::find(block.fields, "what");
    const auto* named = what == nullptr ? nullptr : what->as<ir::Constructed>();
    if (named == nullptr) return;
    for (const auto& [name, value] : named->arguments)
      resolvable(value, span);
  }

  void resolvable(const ir::Value& value, Span span) {
    const auto* run_time = value.as<ir::RunTime>();
    if (run_time == nullptr || run_time->attribute != "digest") return;
    sink_.report(diag::local_image_digest, place_of(value, span),
                 pipeline_.artifacts[run_time->artifact].name);
  }

  // The value itself, unless it is written in a definition of another file: then the element that uses it.
  static Span place_of(const ir::Value& value, Span element) {
    return value.span.source == element.source ? value.span : element;
  }

  const ir::Pipeline& pipeline_;
  DiagnosticSink& sink_;
  // The secret that each variable of the runner's environment holds.
  std::map<std::string, std::string> secret_of_;
};

FoundElement found(const local::Plan& plan, const local::Element& element) {
  FoundElement found{.id = *element.id,
                     .blocking = !element.continue_on_failure,
                     .always = element.always,
                     .timeout = element.timeout,
                     .isolated = element.isolated};
  for (const std::string& name : element.consumes) {
    const local::Artifact& artifact = *find_artifact(plan, name);
    if (!artifact.folder.empty()) found.folders.emplace(name, artifact.folder);
  }
  struct Visitor {
    FoundElement& found;
    void operator()(const local::Script& script) const {
      found.work = *script.text;
      for (const local::Service& service : script.services)
        found.services.emplace(*service.name, fmt::format("{} {}", *service.image, *service.port));
      for (const auto& [name, value] : script.environment) {
        const auto* run_time = std::get_if<local::RunTime>(&value);
        found.environment[name] = run_time == nullptr
                                      ? std::get<std::string>(value)
                                      : fmt::format("@{}.{}", run_time->artifact, run_time->attribute);
      }
    }
    void operator()(const local::Approval&) const { found.approval = true; }
    void operator()(const local::WindowGate&) const { found.work = "window"; }
    void operator()(const local::Simulation& simulation) const { found.work = *simulation.block; }
  };
  std::visit(Visitor{found}, *element.work);
  return found;
}

// The elements of a stage that nothing of it waits for, or that wait for nothing of it.
std::vector<const local::Element*> last_of(const local::Stage& stage) {
  std::set<std::string_view> needed;
  for (const local::Element& element : stage.elements)
    needed.insert(element.needs.begin(), element.needs.end());
  std::vector<const local::Element*> last;
  for (const local::Element& element : stage.elements) {
    if (!needed.contains(*element.id)) last.push_back(&element);
  }
  return last;
}

FoundRoute found(const local::Plan& plan, const local::Route& route) {
  FoundRoute found_route{*route.name, {}, {}};
  // Of the nearest stage before that has elements.
  std::vector<const local::Element*> before;
  for (const local::Stage& stage : route.stages) {
    for (const local::Element& element : stage.elements) {
      found_route.elements.push_back(found(plan, element));
      for (const std::string& need : element.needs)
        found_route.edges.push_back({need, *element.id});
      if (!element.needs.empty()) continue;
      for (const local::Element* earlier : before)
        found_route.edges.push_back({*earlier->id, *element.id});
    }
    if (!stage.elements.empty()) before = last_of(stage);
  }
  return found_route;
}

class LocalBackend : public Backend {
 public:
  std::string_view name() const override { return "local"; }

  void check(const ir::Pipeline& pipeline, DiagnosticSink& sink) const override {
    PipelineCheck(pipeline, sink).run();
  }

  std::vector<TakenName> taken_names(const ir::Pipeline& pipeline) const override {
    return {{"plan", pipeline.name + ".plan.yaml", fmt::format("the pipeline `{}`", pipeline.name),
             pipeline.span}};
  }

  OutputSet emit(const ir::Pipeline& pipeline, const EmitOptions& options) const override {
    const local::Plan plan = local::lower_plan(pipeline, options);
    return {{pipeline.name + ".plan.yaml", local::write_plan(plan, header(pipeline)), false}};
  }

  FoundPipeline read_back(const OutputSet& output) const override {
    FoundPipeline pipeline;
    for (const OutputFile& file : output) {
      const local::ReadPlan read = local::read_plan(file.text);
      // A plan that cannot be read holds nothing: the comparison finds every route missing.
      if (!read.plan) continue;
      for (const local::Route& route : read.plan->routes)
        pipeline.routes.push_back(found(*read.plan, route));
    }
    return pipeline;
  }
};

}  // namespace

const Backend& local_backend() {
  static const LocalBackend backend;
  return backend;
}

}  // namespace pipec::backends
