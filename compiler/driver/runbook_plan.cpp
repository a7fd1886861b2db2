#include "compiler/driver/runbook_plan.h"

#include "backends/local/lower_plan.h"
#include "compiler/sema/property_values.h"
#include "compiler/support/text.h"

#include <cctype>

#include <fmt/core.h>

namespace pipec::driver {
namespace {

using Kind = ast::RunbookStep::Kind;

// The title as part of the name of a log.
std::string slug(std::string_view title) {
  constexpr size_t longest = 40;
  std::string text;
  for (const char c : title.substr(0, longest)) {
    const bool plain = std::isalnum(static_cast<unsigned char>(c)) != 0;
    if (plain) text += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    if (!plain && !text.empty() && text.back() != '-') text += '-';
  }
  while (!text.empty() && text.back() == '-')
    text.pop_back();
  return text;
}

const sema::Value* find(const sema::NamedValues& values, std::string_view name) {
  for (const auto& [key, value] : values) {
    if (key == name) return &value;
  }
  return nullptr;
}

local::Script script_of(const sema::RunbookStep& step) {
  local::Script script{.text = sema::string_of(step.properties, "run")};
  const auto* shell = sema::get_if<sema::MemberValue>(step.properties, "shell");
  if (shell != nullptr && shell->name == "sh") script.shell = local::Shell::sh;
  script.working_directory = sema::string_of(step.properties, "working_directory");
  if (const sema::Value* env = find(step.properties, "env")) {
    for (const auto& [variable, value] : env->entries())
      script.environment.emplace_back(variable, value.text());
  }
  if (const sema::Value* secrets = find(step.properties, "secrets")) {
    for (const auto& [variable, secret] : secrets->entries())
      script.secrets.emplace_back(variable, local::secret_variable(secret.find("name")->text()));
  }
  return script;
}

local::Element element_of(const sema::RunbookStep& step, const std::string& runbook, size_t number) {
  if (step.kind == Kind::confirm) {
    // Nobody is hurried in an incident.
    constexpr int64_t a_day = 24 * 60 * 60;
    local::Approval question{.confirm = std::string("yes"), .within = Duration{a_day}};
    question.question = step.title;
    return {
        .id = step.title, .kind = local::Kind::approval, .title = step.title, .work = local::Work(question)};
  }
  local::Element element{.id = fmt::format("{}.{}-{}", runbook, number, slug(step.title)),
                         .kind = local::Kind::action,
                         .title = step.title,
                         .work = local::Work(script_of(step))};
  if (const auto* timeout = sema::get_if<Duration>(step.properties, "timeout")) element.timeout = *timeout;
  return element;
}

}  // namespace

local::Plan runbook_plan(const sema::Runbook& runbook) {
  local::Stage stage{.name = runbook.name};
  size_t number = 0;
  for (const sema::RunbookStep& step : runbook.steps) {
    ++number;
    if (step.kind == Kind::link) continue;
    local::Element element = element_of(step, runbook.name, number);
    if (!stage.elements.empty()) element.needs.push_back(*stage.elements.back().id);
    stage.elements.push_back(std::move(element));
  }
  local::Plan plan{.pipeline = runbook.name};
  plan.routes.push_back({.name = std::string(runbook_route), .stages = {std::move(stage)}});
  return plan;
}

std::string runbook_text(const sema::Runbook& runbook) {
  std::string text;
  size_t number = 0;
  for (const sema::RunbookStep& step : runbook.steps) {
    text += fmt::format("{}. ", ++number);
    if (step.kind == Kind::link) text += fmt::format("see {}\n", step.title);
    if (step.kind == Kind::confirm) text += fmt::format("confirm: {}\n", step.title);
    if (step.kind != Kind::step) continue;
    const std::string command = sema::string_of(step.properties, "run");
    const std::string first = command.substr(0, command.find('\n'));
    text += fmt::format("{}: `{}`{}\n", step.title, first, first.size() < command.size() ? " …" : "");
  }
  return text;
}

}  // namespace pipec::driver
