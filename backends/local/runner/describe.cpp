// What would run, for people.
#include "backends/local/runner/runner.h"
#include "backends/local/runner/selection.h"
#include "compiler/support/text.h"

#include <fmt/core.h>

namespace pipec::runner {
namespace {

std::string work_of(const Selection& selection, const Task& task) {
  struct Visitor {
    const Selection& selection;
    const Task& task;
    std::string operator()(const local::Approval& approval) const {
      if (!approval.question.empty())
        return selection.approved.contains(task.id()) ? "confirmed by --confirm" : "asks whether it is so";
      if (selection.approved.contains(task.id())) return "approved by --approve";
      return approval.approvers.empty() ? "asks for approval"
                                        : "asks for approval by " + quoted_list(approval.approvers, "or");
    }
    std::string operator()(const local::WindowGate& window) const {
      return fmt::format("passes in the window `{}`, {}", *window.open, *window.zone);
    }
    std::string operator()(const local::Simulation&) const { return "simulated"; }
    std::string operator()(const local::Script& script) const {
      if (selection.script_of(task) == nullptr) return "simulated";
      const std::string_view text = *script.text;
      const std::string first(text.substr(0, text.find('\n')));
      return fmt::format("{}{}, within {}", first, first.size() < text.size() ? " …" : "",
                         to_string(task.element->timeout));
    }
  };
  return std::visit(Visitor{selection, task}, *task.element->work);
}

}  // namespace

Outcome describe(const local::Plan& plan, const Request& request, const Console& console) {
  const Selection selection = select(plan, request);
  for (const std::string& mistake : selection.mistakes)
    console.err(fmt::format("pipec: {}\n", mistake));
  if (!selection.mistakes.empty()) return Outcome::wrong_use;
  std::string text = fmt::format("{}, route {}\n", *plan.pipeline, *selection.route->name);
  const local::Stage* stage = nullptr;
  for (const Task& task : selection.graph.tasks) {
    if (task.stage != stage) {
      stage = task.stage;
      text += fmt::format("stage {}{}\n", *stage->name,
                          stage->environment.empty() ? "" : " in " + stage->environment);
    }
    text += fmt::format("  {} ({}{}): {}\n", task.id(), to_string(*task.element->kind),
                        task.always() ? ", always" : "", work_of(selection, task));
    if (!task.element->needs.empty()) text += fmt::format("    after {}\n", quoted_list(task.element->needs));
  }
  for (const std::string& left_out : plan.left_out)
    text += fmt::format("left out: {}\n", left_out);
  console.out(text);
  const std::vector<std::string> missing = missing_on_this_machine(selection, console);
  for (const std::string& line : missing)
    console.err(fmt::format("missing: {}\n", line));
  return missing.empty() ? Outcome::passed : Outcome::failed;
}

}  // namespace pipec::runner
