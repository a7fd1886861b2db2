#include "backends/github/jobs.h"
#include "backends/github/scripts.h"
#include "backends/github/settings.h"
#include "backends/github/steps.h"
#include "backends/github/workflows.h"
#include "compiler/support/check.h"
#include "compiler/support/text.h"

#include <algorithm>
#include <set>

#include <fmt/core.h>

namespace pipec::backends::github {
namespace {

constexpr long gate_minutes = 10;

// An expression that is true for refs that the pattern means: `*` may stand at its end.
std::string matches(std::string_view ref, std::string_view folder, std::string_view pattern) {
  const size_t star = pattern.find('*');
  if (star == std::string_view::npos)
    return fmt::format("{} == {}", ref, quoted(fmt::format("{}{}", folder, pattern)));
  return fmt::format("startsWith({}, {})", ref, quoted(fmt::format("{}{}", folder, pattern.substr(0, star))));
}

std::string any_of(const std::vector<std::string>& conditions) {
  return conditions.size() == 1 ? conditions.front() : "(" + join(conditions, " || ") + ")";
}

class CallerLowering {
 public:
  CallerLowering(const Context& context, const std::vector<Workflow>& routes)
      : context_(context), routes_(routes) {}

  Workflow run() {
    const std::vector<const ir::Route*> wanted = context_.routes();
    PIPEC_CHECK(wanted.size() == routes_.size());
    for (size_t i = 0; i < wanted.size(); ++i)
      add_route(*wanted[i], routes_[i]);
    if (has_gate(context_)) {
      on_.merge_group = true;
      if (on_.pull_request_branches.empty()) on_.pull_request_branches = {context_.trunk_branch()};
      jobs_.emplace_back("gate", gate());
    }
    // A newer state of a pull request takes the place of an older one; nothing else is ever cancelled.
    const std::string who = "github.event.pull_request.number || github.run_id";
    return {.name = fmt::format("pipec {}", context_.pipeline().name),
            .on = std::move(on_),
            .concurrency = Concurrency{.group = Text(context_.concurrency_group("")) + Text::expression(who),
                                       .cancel_in_progress = true},
            .jobs = std::move(jobs_)};
  }

 private:
  void add_route(const ir::Route& route, const Workflow& workflow) {
    const std::string condition = this->condition(route);
    // A route that is started by hand only has a workflow of its own.
    if (condition.empty()) return;
    if (!route.trigger.pull_requests.empty()) reviews_.push_back({route.name, condition});
    jobs_.emplace_back(route.name, Call{.name = route.name,
                                        .condition = condition,
                                        .permissions = workflow.permissions(),
                                        .uses = context_.reusable(route),
                                        .secrets = workflow.on->secrets});
  }

  // Adds what starts the route, and says by which condition it is known.
  std::string condition(const ir::Route& route) {
    if (route.kind == ir::RouteKind::hotfix) {
      on_.push_branches.push_back(context_.pipeline().hotfix->prefix + "**");
      return "github.event_name == 'push' && " + on_hotfix_branch();
    }
    if (route.kind == ir::RouteKind::backfill) {
      on_.dispatch = true;
      return "github.event_name == 'workflow_dispatch' && " + on_hotfix_branch();
    }
    std::vector<std::string> ways;
    const ir::Trigger& trigger = route.trigger;
    std::vector<std::string> refs;
    for (const std::string& branch : trigger.branches) {
      add_new(on_.push_branches, branch);
      refs.push_back(matches("github.ref", "refs/heads/", branch));
    }
    for (const std::string& tag : trigger.tags) {
      add_new(on_.push_tags, tag);
      refs.push_back(matches("github.ref", "refs/tags/", tag));
    }
    for (const std::string& path : trigger.paths)
      add_new(on_.push_paths, path);
    if (!refs.empty()) ways.push_back("github.event_name == 'push' && " + any_of(refs));
    if (!trigger.pull_requests.empty()) ways.push_back(review_condition(trigger));
    if (!trigger.schedule.empty()) {
      add_new(on_.schedules, trigger.schedule);
      ways.push_back(fmt::format("github.event_name == 'schedule' && github.event.schedule == {}",
                                 quoted(trigger.schedule)));
    }
    return ways.size() == 1 ? ways.front() : join(ways, " || ");
  }

  std::string review_condition(const ir::Trigger& trigger) {
    std::vector<std::string> asked, queued;
    for (const std::string& base : trigger.pull_requests) {
      add_new(on_.pull_request_branches, base);
      asked.push_back(matches("github.base_ref", "", base));
      // The branch of a merge queue is `gh-readonly-queue/BASE/pr-NUMBER-COMMIT`.
      queued.push_back(
          matches("github.ref", "refs/heads/gh-readonly-queue/", base.ends_with('*') ? base : base + "/*"));
    }
    return fmt::format(
        "github.event_name == 'pull_request' && {} || github.event_name == 'merge_group' && {}",
        any_of(asked), any_of(queued));
  }

  std::string on_hotfix_branch() const {
    return fmt::format("startsWith(github.ref, {})",
                       quoted("refs/heads/" + context_.pipeline().hotfix->prefix));
  }

  static void add_new(std::vector<std::string>& list, const std::string& item) {
    if (std::find(list.begin(), list.end(), item) == list.end()) list.push_back(item);
  }

  Job gate() const {
    Job job{.name = context_.gate_name(),
            .condition =
                "always() && (github.event_name == 'pull_request' || github.event_name == 'merge_group')",
            .runs_on = context_.runner("small"),
            .timeout_minutes = gate_minutes,
            .permissions = Permissions{.contents = Access::read}};
    Text wanted;
    for (const auto& [route, condition] : reviews_) {
      job.needs.push_back(route);
      const Text line = Text(route + "=") + Text::expression(condition);
      wanted = wanted.written().empty() ? line : wanted + "\n" + line;
    }
    const bool hotfix = context_.find(ir::RouteKind::hotfix) != nullptr;
    job.steps.push_back({.name = "Judge the results",
                         .what = Run{.script = call_script("gate.sh")},
                         .env = {{"NEEDS", Text::expression("toJSON(needs)")},
                                 {"WANTED", wanted},
                                 {"HEAD_BRANCH", Text::expression("github.head_ref")},
                                 {"HEAD_COMMIT", Text::expression("github.event.pull_request.head.sha")},
                                 {"HOTFIX_PREFIX", hotfix ? context_.pipeline().hotfix->prefix : ""},
                                 {"PIPELINE", context_.pipeline().name},
                                 {"TRUNK", context_.trunk_branch()},
                                 token()}});
    place_called_scripts(job.steps);
    return job;
  }

  const Context& context_;
  const std::vector<Workflow>& routes_;
  Triggers on_;
  std::vector<std::pair<std::string, std::variant<Job, Call>>> jobs_;
  // Routes of pull requests, and when they must run.
  std::vector<std::pair<std::string, std::string>> reviews_;
};

}  // namespace

Workflow caller_workflow(const Context& context, const std::vector<Workflow>& routes) {
  return CallerLowering(context, routes).run();
}

}  // namespace pipec::backends::github
