#include "backends/local/runner/execution.h"

#include "backends/local/runner/base_environment.h"
#include "backends/local/runner/checkout_facts.h"
#include "backends/local/runner/window_clock.h"
#include "compiler/support/text.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <filesystem>
#include <thread>

#include <fmt/core.h>

namespace pipec::runner {
namespace {

size_t jobs_of(const Request& request) {
  // Each job holds a few descriptors, of which a process has 1,024 by default.
  constexpr size_t most_jobs = 256;
  const size_t wanted = request.jobs > 0 ? request.jobs : std::thread::hardware_concurrency();
  return std::clamp<size_t>(wanted, 1, most_jobs);
}

constexpr std::string_view green = "32";
constexpr std::string_view red = "31";

std::string interrupt_text(const std::vector<std::string>& ids, bool always) {
  if (!always) {
    return fmt::format("interrupted: ending {}; once more ends {} at once", quoted_list(ids),
                       ids.size() == 1 ? "it" : "them");
  }
  return fmt::format("interrupted: {}what always runs goes on; once more ends everything at once",
                     ids.empty() ? "" : "ending " + quoted_list(ids) + ", ");
}

// The text with every line indented.
std::string indented(std::string_view text) {
  std::string lines;
  for (const std::string_view line : split_lines(text))
    lines += "  " + std::string(line) + "\n";
  return lines;
}

}  // namespace

Execution::Execution(const Selection& selection, const Request& request, const Console& console,
                     const std::string& root, const RunFolder& folder)
    : selection_(selection),
      console_(console),
      folder_(folder),
      jobs_(jobs_of(request)),
      scheduler_(selection.graph, request.keep_going),
      secrets_(secrets_of(*selection.plan, console)),
      progress_(make_progress(console, loop_, selection.graph.tasks.size())),
      processes_(loop_),
      artifacts_(folder.artifacts()),
      record_(selection, folder.id(), folder.file("run.json")),
      shop_{.plan = *selection.plan,
            .console = console,
            .root = root,
            .folder = folder,
            .loop = loop_,
            .processes = processes_,
            .artifacts = artifacts_,
            .secrets = secrets_,
            .progress = *progress_,
            .record = record_,
            .bash = find_program("bash", console),
            .sh = find_program("sh", console),
            .environment = base_environment(*selection.plan, folder.temporary())},
      desk_(console, loop_, *progress_) {
  tell_run(root);
  loop_.on_interrupt([this] { interrupt(); });
}

// What commands may know of the run, under the same names on every target. Nothing asks for a pull request
// here.
void Execution::tell_run(const std::string& root) {
  const CheckoutFacts checkout = facts_of(root);
  shop_.environment["PIPEC_PIPELINE"] = *selection_.plan->pipeline;
  shop_.environment["PIPEC_ROUTE"] = *selection_.route->name;
  shop_.environment["PIPEC_RUN_ID"] = folder_.id();
  shop_.environment["PIPEC_COMMIT"] = checkout.commit;
  shop_.environment["PIPEC_REF"] = checkout.branch;
  shop_.environment["PIPEC_PULL_REQUEST"] = "";
}

Outcome Execution::run() {
  announce();
  write_record();
  while (true) {
    start_what_may();
    if (scheduler_.done()) break;
    if (record_.is_stale() && !record_timer_) {
      record_timer_ = loop_.after(std::chrono::milliseconds(250), [this] {
        record_timer_.reset();
        write_record();
      });
    }
    loop_.run_once();
    retired_.clear();
  }
  return finish();
}

void Execution::announce() {
  if (console_.quiet) return;
  const local::Plan& plan = *selection_.plan;
  progress_->line(fmt::format("{}, route {}: {}; logs in {}", *plan.pipeline, *selection_.route->name,
                              counted(selection_.graph.tasks.size(), "element"), shown(folder_.path())));
  if (!plan.left_out.empty()) progress_->line("a local run leaves out: " + join(plan.left_out, "; "));
}

void Execution::start_what_may() {
  while (scripts_running_ < jobs_) {
    const auto task = scheduler_.next();
    if (!task) return;
    start(*task);
    retired_.clear();
  }
}

void Execution::start(size_t task) {
  const Task& what = selection_.graph.tasks[task];
  Active& active = active_[task];
  active.log = std::make_unique<ElementLog>(folder_.file(what.id() + ".log"));
  record_.started(task);
  progress_->started(what.id(), active.log.get());
  if (const auto* approval = std::get_if<local::Approval>(&*what.element->work)) return ask(task, *approval);
  if (const auto* window = std::get_if<local::WindowGate>(&*what.element->work)) {
    return ended(task, pass_window(*window, *active.log));
  }
  if (selection_.script_of(what) == nullptr) return ended(task, simulate(what, *active.log));
  start_script(task, active);
}

void Execution::start_script(size_t task, Active& active) {
  ++scripts_running_;
  const Task& what = selection_.graph.tasks[task];
  active.script = std::make_unique<ScriptRun>(shop_, task, *what.element, what.stage->environment,
                                              *active.log, [this, task](const Result& result) {
                                                --scripts_running_;
                                                ended(task, result);
                                              });
  active.script->start();
}

void Execution::ask(size_t task, const local::Approval& approval) {
  const std::string& id = selection_.graph.tasks[task].id();
  if (selection_.approved.contains(id)) {
    return ended(task, {.approved_by = user_name(), .approved_how = "--approve"});
  }
  desk_.ask(id, approval, [this, task](const std::optional<std::string>& refusal) {
    if (!refusal) return ended(task, {.approved_by = user_name(), .approved_how = "terminal"});
    ended(task, {.state = interrupted_ ? State::interrupted : State::failed, .reason = *refusal});
  });
}

Result Execution::pass_window(const local::WindowGate& gate, ElementLog& log) const {
  const auto window = parse_window(*gate.open);
  const auto now = local_time(*gate.zone, std::time(nullptr));
  Result result;
  if (!window || !now) {
    result = {.state = State::failed, .reason = fmt::format("the time in `{}` is not known", *gate.zone)};
  } else if (!window->is_open(now->day, now->minute)) {
    const auto opening = next_opening(*window, *now);
    result = {
        .state = State::failed,
        .reason = fmt::format("the window `{}` is closed: it is {} in {}{}", *gate.open, to_string(*now),
                              *gate.zone, opening ? ", it opens " + to_string(*opening) : "")};
  }
  log.remark(result.reason.empty() ? fmt::format("the window `{}` is open", *gate.open) : result.reason);
  return result;
}

Result Execution::simulate(const Task& task, ElementLog& log) const {
  const std::string& environment = task.stage->environment;
  const std::string where = environment.empty() ? "" : fmt::format(" in `{}`", environment);
  if (const auto* simulation = std::get_if<local::Simulation>(&*task.element->work)) {
    const bool deploys = *simulation->block == "simulated_deployment";
    std::string lines =
        fmt::format("simulated: the real pipeline {}{}\n", deploys ? "deploys" : "checks", where);
    for (const auto& [name, value] : simulation->what) {
      std::string text = resolve(shop_, value, ".");
      std::replace(text.begin(), text.end(), '\n', ' ');
      lines += fmt::format("  {} = {}\n", name, text);
    }
    log.write(lines);
  } else {
    const auto& script = std::get<local::Script>(*task.element->work);
    log.write((script.rollout ? fmt::format("simulated: `--deploy {}` would run{}:\n", environment, where)
                              : fmt::format("simulated: only the real pipeline runs{}:\n", where)) +
              indented(*script.text));
  }
  return {.simulated = true};
}

void Execution::ended(size_t task, const Result& result) {
  const Task& what = selection_.graph.tasks[task];
  auto active = active_.extract(task);
  record_.ended(task, result);
  ++ended_;
  const bool passed = result.state == State::passed;
  const bool goes_on = passed || (what.element->continue_on_failure && result.state != State::interrupted);
  if (passed) ++passed_;
  if (!goes_on) failed_.push_back(what.id());
  if (io_error_.empty() && !active.mapped().log->error().empty()) {
    io_error_ =
        fmt::format("cannot write `{}`: {}", active.mapped().log->path(), active.mapped().log->error());
  }
  progress_->ended(what.id(), end_text(what, active.mapped(), result));
  scheduler_.ended(task, goes_on);
  retired_.push_back(std::move(active.mapped()));
}

std::string Execution::end_text(const Task& task, const Active& active, const Result& result) const {
  const std::string time = elapsed_text(Clock::now() - active.begin);
  const std::string without = result.missing_reports.empty()
                                  ? ""
                                  : printable(fmt::format("; it has written no report {}",
                                                          quoted_list(result.missing_reports, "or")));
  if (result.state == State::passed) {
    if (console_.quiet && without.empty()) return "";
    const std::string passed = colored(green, result.simulated ? "simulated" : "passed");
    if (result.simulated) return fmt::format("{}: {}", task.id(), passed);
    if (!result.approved_by.empty()) {
      return fmt::format("{}: {}, approved by {} (self-asserted)", task.id(), passed, result.approved_by);
    }
    return fmt::format("{}: {} in {}{}", task.id(), passed, time, without);
  }
  const bool tolerated = task.element->continue_on_failure && result.state != State::interrupted;
  std::string text =
      fmt::format("{}: {} after {}: {}", task.id(),
                  tolerated ? "failed, the run goes on," : colored(red, "FAILED"), time, result.reason);
  if (result.taken_back) text += *result.taken_back ? "; taken back" : "; could NOT be taken back";
  text += without;
  constexpr size_t most_bytes = 500;
  for (const std::string& line : active.log->tail())
    text += "\n    | " + printable(line).substr(0, most_bytes);
  return text + "\n    log: " + shown(active.log->path());
}

void Execution::interrupt() {
  const bool again = interrupted_;
  interrupted_ = true;
  if (again) {
    scheduler_.stop_all();
  } else {
    scheduler_.stop();
  }
  std::vector<std::string> ids;
  std::vector<ScriptRun*> scripts;
  bool always = scheduler_.always_follows();
  for (const auto& [task, active] : active_) {
    const bool goes_on = selection_.graph.tasks[task].always() && !again;
    always = always || goes_on;
    if (goes_on) continue;
    ids.push_back(selection_.graph.tasks[task].id());
    if (active.script) scripts.push_back(active.script.get());
  }
  if (!again) progress_->line(interrupt_text(ids, always));
  for (ScriptRun* script : scripts)
    script->interrupt();
  if (again) return processes_.kill();
  processes_.interrupt();
  desk_.close("interrupted");
}

void Execution::write_record() {
  const auto failed = record_.write();
  if (failed && io_error_.empty()) io_error_ = *failed;
}

Outcome Execution::finish() {
  const bool failed = !failed_.empty() || interrupted_;
  record_.finished(interrupted_ ? "interrupted" : failed ? "failed" : "passed");
  write_record();
  progress_->pause();
  const std::string time = elapsed_text(Clock::now() - begin_);
  const size_t total = selection_.graph.tasks.size();
  if (failed) {
    console_.err(fmt::format("{} after {}: {}; {} passed, {} not run; logs in {}\n",
                             colored(red, interrupted_ ? "interrupted" : "FAILED"), time,
                             failed_.empty() ? "nothing was running" : quoted_list(failed_), passed_,
                             total - ended_, shown(folder_.path())));
  } else if (!console_.quiet) {
    console_.err(fmt::format("{} in {}: {}\n", colored(green, "passed"), time, counted(total, "element")));
  }
  if (!io_error_.empty()) {
    console_.err(fmt::format("pipec: {}\n", io_error_));
    return Outcome::io_error;
  }
  return failed ? Outcome::failed : Outcome::passed;
}

// As short as it can be said from the current folder.
std::string Execution::shown(const std::string& path) const {
  std::error_code error;
  const auto here = std::filesystem::current_path(error);
  const auto relative = std::filesystem::path(path).lexically_relative(here);
  return error || relative.empty() || *relative.begin() == ".." ? path : relative.string();
}

std::string Execution::colored(std::string_view color, std::string_view text) const {
  return console_.color ? fmt::format("\x1b[{}m{}\x1b[0m", color, text) : std::string(text);
}

}  // namespace pipec::runner
