#include "backends/local/plan.h"
#include "backends/local/runner/runner.h"
#include "compiler/diag/render.h"
#include "compiler/driver/emission.h"
#include "compiler/driver/runbook_plan.h"
#include "compiler/support/text.h"

#include <algorithm>

#include <fmt/core.h>
#include <unistd.h>

namespace pipec::driver {
namespace {

constexpr size_t largest_plan = size_t{64} << 20;

// Standard input has no ending: a plan is a mapping whose first key is `version`, which no pipeline begins
// with.
bool is_plan_text(std::string_view text) {
  for (const std::string_view line : split_lines(text)) {
    const size_t begin = line.find_first_not_of(" \t\r");
    if (begin == std::string_view::npos || line[begin] == '#' || line.starts_with("---")) continue;
    return line.starts_with("version:");
  }
  return false;
}

bool is_plan(const std::string& path, Environment& environment) {
  if (path != "-") return path.ends_with(".yaml") || path.ends_with(".yml");
  const ReadResult read = environment.files.read(path, largest_plan);
  return read.text && is_plan_text(*read.text);
}

// A stage that was asked for and that no plan has, since it is not part of the pipeline. Empty when there is
// none.
std::string stage_of_workstation(const sema::Model& model, const Options& options) {
  for (const auto& pipeline : model.pipelines) {
    for (const sema::Stage& stage : pipeline->workstation) {
      const auto& asked = options.stages;
      if (std::find(asked.begin(), asked.end(), stage.name) != asked.end()) return stage.name;
    }
  }
  return {};
}

// The plan that the pipeline compiles to. Exactly the text that `compile` would write is run.
std::optional<std::string> compile_plan(const Options& options, Environment& environment, int& exit_code) {
  Options local = options;
  local.targets = {"local"};
  local.routes.clear();
  const auto compilation = compile_input(local, environment, Purpose::use, exit_code);
  if (compilation == nullptr) return std::nullopt;
  require_pipeline(*compilation);
  exit_code = findings;
  if (compilation->sink().has_errors())
    return print_diagnostics(*compilation, local, environment), std::nullopt;
  const std::string workstation = stage_of_workstation(compilation->model(), options);
  if (!workstation.empty()) {
    exit_code = usage_error(
        environment,
        fmt::format("the stage `{0}` is for the workstation, where developers run its commands; no "
                    "target has it. `pipec explain {1} {0}` shows its elements",
                    workstation, options.inputs.front()));
    return std::nullopt;
  }
  const ir::Program program = lower(*compilation, environment.files);
  check_targets(*compilation, program);
  if (print_diagnostics(*compilation, local, environment) != ok) return std::nullopt;
  const Emission emission = emit(*compilation, program, local);
  for (const std::string& text : emission.defects)
    environment.err(fmt::format("pipec: a defect in pipec: {}\n", text));
  exit_code = defect;
  if (!emission.defects.empty()) return std::nullopt;
  const backends::OutputSet& plans = emission.targets.at("local");
  if (plans.size() == 1) return plans.front().text;
  exit_code =
      usage_error(environment, plans.empty() ? "the file declares no pipeline"
                                             : "the file declares several pipelines; compile it and run the "
                                               "plan of one of them");
  return std::nullopt;
}

std::optional<std::string> plan_text(const Options& options, Environment& environment, int& exit_code) {
  if (options.inputs.size() != 1 || !is_plan(options.inputs.front(), environment))
    return compile_plan(options, environment, exit_code);
  const std::string& path = options.inputs.front();
  ReadResult read = environment.files.read(path, largest_plan);
  if (read.text && read.text->size() > largest_plan) read = {std::nullopt, "it is larger than 64 MiB"};
  if (!read.text) exit_code = read_error(environment, path, read.error);
  return std::move(read.text);
}

int exit_code_of(runner::Outcome outcome) {
  switch (outcome) {
    case runner::Outcome::passed:
      return ok;
    case runner::Outcome::failed:
      return run_failed;
    case runner::Outcome::wrong_use:
      return wrong_use;
    case runner::Outcome::io_error:
      return io_error;
  }
  return defect;
}

// The runbook as a plan; nothing, and the exit code, when it cannot be run.
std::optional<local::Plan> plan_of_runbook(const Options& options, Environment& environment, int& exit_code) {
  Options local = options;
  local.targets = {"local"};
  local.routes.clear();
  const auto compilation = compile_input(local, environment, Purpose::use, exit_code);
  if (compilation == nullptr) return std::nullopt;
  exit_code = print_diagnostics(*compilation, local, environment);
  if (exit_code != ok) return std::nullopt;
  std::vector<std::string> known;
  for (const sema::Runbook* runbook : compilation->model().runbooks) {
    known.push_back(runbook->name);
    if (runbook->name != options.runbook) continue;
    if (!options.quiet)
      environment.err(fmt::format("runbook {}\n{}\n", runbook->name, runbook_text(*runbook)));
    return runbook_plan(*runbook);
  }
  exit_code = usage_error(environment, fmt::format("there is no runbook `{}`{}", options.runbook,
                                                   known.empty() ? "" : "; known are " + quoted_list(known)));
  return std::nullopt;
}

std::optional<local::Plan> plan_of(const Options& options, Environment& environment, int& exit_code) {
  if (!options.runbook.empty()) return plan_of_runbook(options, environment, exit_code);
  const auto text = plan_text(options, environment, exit_code);
  if (!text) return std::nullopt;
  local::ReadPlan read = local::read_plan(*text);
  if (!read.plan) {
    environment.err(fmt::format("pipec: `{}` is not a plan that can be run: {}\n",
                                printable(options.inputs.front()), printable(read.error)));
    exit_code = findings;
  }
  return std::move(read.plan);
}

// Of the runbook's plan: what is confirmed and is nothing that the runbook asks for. Empty when there is
// none.
std::string unknown_confirmation(const local::Plan& plan, const Options& options) {
  std::vector<std::string> known;
  for (const local::Element& element : plan.routes.front().stages.front().elements) {
    if (std::holds_alternative<local::Approval>(*element.work)) known.push_back(*element.id);
  }
  for (const std::string& given : options.confirmations) {
    if (std::find(known.begin(), known.end(), given) != known.end()) continue;
    return fmt::format("the runbook `{}` does not ask to confirm `{}`; {}", options.runbook, given,
                       known.empty() ? "it asks nothing" : "it asks " + quoted_list(known));
  }
  return {};
}

// Nothing when the options say what can be done.
std::string_view mistake_of(const Options& options) {
  if (options.routes.size() > 1) return "one route at a time";
  const bool selects = !options.routes.empty() || !options.stages.empty() || !options.approvals.empty() ||
                       !options.deployments.empty();
  if (options.runbook.empty() && !options.confirmations.empty()) return "--confirm belongs to --runbook";
  if (!options.runbook.empty() && selects) return "a runbook is run as a whole; of its own it has --confirm";
  return "";
}

}  // namespace

int cmd_run(const Options& options, Environment& environment) {
  if (const std::string_view mistake = mistake_of(options); !mistake.empty())
    return usage_error(environment, mistake);
  int exit_code = ok;
  const auto plan = plan_of(options, environment, exit_code);
  if (!plan) return exit_code;
  if (!options.confirmations.empty()) {
    if (const std::string unknown = unknown_confirmation(*plan, options); !unknown.empty())
      return usage_error(environment, unknown);
  }
  runner::Request request;
  if (!options.routes.empty()) request.route = options.routes.front();
  if (!options.runbook.empty()) request.route = runbook_route;
  request.stages = options.stages;
  request.approvals = options.runbook.empty() ? options.approvals : options.confirmations;
  request.deployments = options.deployments;
  request.jobs = static_cast<size_t>(options.jobs);
  request.keep_going = options.keep_going;
  if (!options.root.empty()) request.root = options.root;
  request.log_folder = options.log_folder;
  const runner::Console console{
      .out = environment.out,
      .err = environment.err,
      .err_is_terminal = understands_control(environment),
      .can_ask = environment.err_is_terminal && ::isatty(STDIN_FILENO) == 1,
      .color = wants_color(options, environment),
      .quiet = options.quiet,
      .variable = environment.variable,
  };
  if (!options.dry_run) return exit_code_of(runner::run(*plan, request, console));
  // Nothing ran, so nothing failed: what is missing is a finding.
  const runner::Outcome described = runner::describe(*plan, request, console);
  return described == runner::Outcome::failed ? findings : exit_code_of(described);
}

}  // namespace pipec::driver
