#include "backends/backend.h"

#include "backends/common/values.h"
#include "backends/github/aws_templates.h"
#include "backends/github/check.h"
#include "backends/github/context.h"
#include "backends/github/plan.h"
#include "backends/github/read_back.h"
#include "backends/github/review_form.h"
#include "backends/github/settings.h"
#include "backends/github/taken_names.h"
#include "backends/github/workflows.h"

#include <algorithm>

namespace pipec::backends {
namespace {

using namespace github;

OutputSet workflow_files(const Context& context) {
  const std::string head = header(context.pipeline());
  OutputSet files;
  const auto add = [&](std::string_view suffix, const Workflow& workflow) {
    files.push_back({".github/workflows/" + context.workflow_file(suffix), print(workflow, head)});
  };
  const Settings wanted = settings(context);
  std::vector<Workflow> routes;
  for (const ir::Route* route : context.routes()) {
    const RoutePlan planned = plan(context, *route);
    routes.push_back(route_workflow(context, planned, environments_of(wanted, planned)));
    add(route->name, routes.back());
  }
  add("", caller_workflow(context, routes));
  if (has_monitor(context)) add(monitor_suffix, monitor_workflow(context));
  if (!context.production_environments().empty()) add(override_suffix, override_workflow(context));
  return files;
}

class GithubBackend : public Backend {
 public:
  std::string_view name() const override { return "github"; }

  void check(const ir::Pipeline& pipeline, DiagnosticSink& sink) const override {
    check_pipeline(pipeline, sink);
  }

  std::vector<TakenName> taken_names(const ir::Pipeline& pipeline) const override {
    return names_of(pipeline);
  }

  // Every emitted file comes from one of these lists.
  OutputSet emit(const ir::Pipeline& pipeline, const EmitOptions& options) const override {
    const Context context(pipeline, options);
    OutputSet files = workflow_files(context);
    const auto add = [&](OutputSet more) { files.insert(files.end(), more.begin(), more.end()); };
    if (context.find(ir::RouteKind::hotfix) != nullptr) {
      add({{review_form_path(context), review_form(context, header(pipeline))}});
    }
    add(settings_files(context));
    add(aws_templates(context));
    std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
    return files;
  }

  FoundPipeline read_back(const OutputSet& output) const override { return read_workflows(output); }
};

}  // namespace

const Backend& github_backend() {
  static const GithubBackend backend;
  return backend;
}

}  // namespace pipec::backends
