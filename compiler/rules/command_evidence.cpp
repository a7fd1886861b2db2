// Commands do what their elements claim: they can fail, and fail on what the element says.
#include "compiler/diag/kinds/profiles.h"
#include "compiler/rules/evidence/evidence.h"
#include "compiler/rules/evidence/ignores.h"
#include "compiler/rules/evidence/origins.h"
#include "compiler/rules/rules.h"

#include <algorithm>
#include <array>

#include <fmt/core.h>

namespace pipec::rules {
namespace {

// Texts of a value that name an image or an action, and versions that a runtime is asked for.
void check_moving(const Context& context, const std::string& owner, const sema::Value& value) {
  const auto* constructed = value.as<sema::ConstructedValue>();
  if (constructed != nullptr) {
    for (const auto& [name, argument] : *constructed->arguments) {
      if (name == "version" && is_moving_version(argument.text()))
        context.sink.report(diag::moving_version, argument.span, owner,
                            fmt::format("`{}` moves", argument.text()));
    }
  }
  if (value.as<sema::TextValue>() != nullptr && moves(value.text()))
    context.sink.report(diag::moving_version, value.span, owner, fmt::format("`{}` moves", value.text()));
  for (const sema::Value& item : value.items())
    check_moving(context, owner, item);
  for (const auto& [name, entry] : value.entries())
    check_moving(context, owner, entry);
}

// Commands and what they are given are read by themselves; services must have a digest anyway.
bool is_read_elsewhere(std::string_view property) {
  constexpr auto properties = std::to_array<std::string_view>({"run", "undo", "env", "services"});
  return std::find(properties.begin(), properties.end(), property) != properties.end();
}

void check(const Context& context, const sema::Element& element) {
  for (const Weakness& weakness : weaknesses(context, element)) {
    const bool advice = weakness.kind->info->severity == Severity::note;
    if (!advice || context.policy.advice)
      context.sink.report(*weakness.kind, weakness.at, element.id, weakness.what);
  }
  for (const auto& [name, value] : element.properties) {
    if (!is_read_elsewhere(name)) check_moving(context, element.id, value);
  }
}

}  // namespace

void command_evidence(const Context& context) {
  for (const sema::Element* element : elements_of(context.pipeline))
    check(context, *element);
  for (const auto& [target, settings] : context.pipeline.settings) {
    for (const auto& [name, value] : settings)
      check_moving(context, target, value);
  }
}

}  // namespace pipec::rules
