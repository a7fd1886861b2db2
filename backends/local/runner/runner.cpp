#include "backends/local/runner/runner.h"

#include "backends/local/runner/execution.h"
#include "backends/local/runner/run_folder.h"
#include "backends/local/runner/selection.h"

#include <filesystem>

#include <fmt/core.h>

namespace pipec::runner {
namespace fs = std::filesystem;
namespace {

Outcome refuse(const Console& console, const std::vector<std::string>& lines, Outcome outcome) {
  for (const std::string& line : lines)
    console.err(fmt::format("pipec: {}\n", line));
  return outcome;
}

// Approvals that nobody can give.
std::vector<std::string> unanswerable(const Selection& selection, const Console& console) {
  std::vector<std::string> lines;
  for (const Task& task : selection.graph.tasks) {
    const bool asks = std::holds_alternative<local::Approval>(*task.element->work);
    if (!asks || console.can_ask || selection.approved.contains(task.id())) continue;
    const auto& approval = std::get<local::Approval>(*task.element->work);
    if (!approval.question.empty()) {
      lines.push_back(fmt::format(
          "`{0}` is to be confirmed, and there is no terminal to ask on; `--confirm \"{0}\"` confirms it",
          task.id()));
      continue;
    }
    lines.push_back(fmt::format(
        "`{0}` needs an approval, and there is no terminal to ask on; `--approve {0}` gives it", task.id()));
  }
  return lines;
}

}  // namespace

Outcome run(const local::Plan& plan, const Request& request, const Console& console) {
  const Selection selection = select(plan, request);
  if (!selection.mistakes.empty()) return refuse(console, selection.mistakes, Outcome::wrong_use);
  const auto questions = unanswerable(selection, console);
  if (!questions.empty()) return refuse(console, questions, Outcome::wrong_use);
  const auto missing = missing_on_this_machine(selection, console);
  if (!missing.empty()) {
    refuse(console, missing, Outcome::failed);
    return refuse(console, {"nothing was run"}, Outcome::failed);
  }
  std::error_code error;
  const fs::path root = fs::canonical(request.root, error);
  if (error || !fs::is_directory(root, error)) {
    return refuse(console, {fmt::format("there is no folder `{}`", request.root)}, Outcome::wrong_use);
  }
  const fs::path base = request.log_folder.empty() ? root / ".pipec/runs" : fs::absolute(request.log_folder);
  const RunFolder folder = RunFolder::make(base.lexically_normal().string());
  if (!folder.error().empty()) return refuse(console, {folder.error()}, Outcome::io_error);
  return Execution(selection, request, console, root.string(), folder).run();
}

}  // namespace pipec::runner
