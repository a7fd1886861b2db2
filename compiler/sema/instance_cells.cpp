// `matrix`, `max_parallel` and `per_region` of an element.
#include "compiler/diag/kinds/structure.h"
#include "compiler/diag/kinds/types.h"
#include "compiler/sema/cells.h"
#include "compiler/sema/instance.h"
#include "compiler/support/reserved_variables.h"

#include <algorithm>
#include <set>

#include <fmt/core.h>

namespace pipec::sema {
namespace {

// What stands for a value in the names of cells and in the environment alike.
bool names_a_cell(const Value& value) {
  const auto* constructed = value.as<ConstructedValue>();
  return value.as<TextValue>() != nullptr || value.as<int64_t>() != nullptr || value.as<bool>() != nullptr ||
         value.as<MemberValue>() != nullptr || (constructed != nullptr && constructed->arguments->empty());
}

// Whether the value is what somebody has set, and not the default to which it was reset.
bool is_written(const Element& element, std::string_view name, const Value& value) {
  const auto settings = element.settings.find(name);
  return settings != element.settings.end() &&
         std::any_of(settings->second.begin(), settings->second.end(),
                     [&](const Setting& setting) { return setting.span.contains(value.span); });
}

}  // namespace

void Instance::extract_cells(Element& element, const Environment* environment) {
  if (!element.may_have_cells()) return refuse_cells(element);
  const Value* matrix = element.property("matrix");
  if (matrix != nullptr && matrix->entries().empty() && is_written(element, "matrix", *matrix))
    sink_.report(diag::empty_matrix, matrix->span, "the matrix");
  if (matrix != nullptr) {
    for (const auto& [variable, values] : matrix->entries())
      extract_axis(element, variable, values);
  }
  const Value* per_region = element.property("per_region");
  if (per_region != nullptr && per_region->as<bool>() != nullptr && *per_region->as<bool>())
    extract_regions(element, *per_region, environment);
  if (cell_count(element) > max_cells) {
    sink_.report(diag::too_many_cells, element.property_span("matrix"), element.name,
                 static_cast<int>(max_cells));
    element.axes.clear();
  }
  const Value* parallel = element.property("max_parallel");
  const int64_t* most = parallel == nullptr ? nullptr : parallel->as<int64_t>();
  if (most == nullptr) return;
  if (*most < 1 || element.axes.empty()) {
    sink_.report(diag::not_here, parallel->span, "max_parallel",
                 *most < 1 ? "it is at least 1" : fmt::format("`{}` runs once", element.name));
  } else {
    element.max_parallel = static_cast<size_t>(*most);
  }
}

// What an approval may not have is told by a rule.
void Instance::refuse_cells(const Element& element) {
  if (element.kind == ast::ElementKind::approval) return;
  for (const std::string_view property : {"matrix", "max_parallel", "per_region"}) {
    if (!element.settings.contains(property)) continue;
    sink_.report(diag::not_here, element.property_span(property), property,
                 element.always ? "what stands in `always` is one execution on some targets"
                                : "a deployment goes to all regions of its environment, in `waves`");
  }
}

void Instance::refuse_value(const Value& value) {
  if (value.as<RunTimeValue>() != nullptr) {
    sink_.report(diag::run_time_value_here, value.span, spell(value));
  } else {
    sink_.report(diag::type_mismatch, value.span, "a text, a number or a name", describe(value));
  }
}

void Instance::extract_axis(Element& element, const std::string& variable, const Value& values) {
  if (values.items().empty()) {
    sink_.report(diag::empty_matrix, values.span, fmt::format("`{}`", variable));
    return;
  }
  std::set<std::string> seen;
  for (const Value& value : values.items()) {
    if (!names_a_cell(value)) {
      refuse_value(value);
    } else if (!seen.insert(value.text()).second) {
      sink_.report(diag::cell_twice, value.span, variable, value.text());
    }
  }
  element.axes.push_back({variable, values.items(), false});
}

void Instance::extract_regions(Element& element, const Value& per_region, const Environment* environment) {
  if (environment == nullptr || environment->regions.empty()) {
    auto report = sink_.report(diag::no_regions, per_region.span, element.name);
    if (environment != nullptr) report.label(environment->head, "names no regions");
    return;
  }
  Axis axis{std::string(region_variable), {}, true};
  for (const std::string& region : environment->regions)
    axis.values.push_back(make_value(per_region.span, TextValue{TypeKind::string, region, false}));
  element.axes.push_back(std::move(axis));
}

void Instance::check_cells(const Element& element) {
  for (const auto& [target, lowering] : element.lowerings) {
    for (const auto& [name, value] : lowering.properties) {
      const bool of_the_graph = name == "matrix" || name == "max_parallel" || name == "per_region";
      if (of_the_graph)
        sink_.report(diag::not_here, value.span, name,
                     fmt::format("it is the same on every target, also on `{}`", target));
    }
  }
  if (element.axes.empty()) return;
  const std::vector<std::string_view> targets = targets_of(element);
  std::set<std::string> variables;
  for (const Axis& axis : element.axes) {
    const Span span = axis.values.empty() ? element.head : axis.values.front().span;
    if (!is_environment_name(axis.variable)) sink_.report(diag::bad_variable_name, span, axis.variable);
    if (!variables.insert(axis.variable).second)
      sink_.report(diag::cell_variable_set_twice, span, axis.variable, "`matrix`");
    for (const std::string_view map : {"env", "secrets"}) {
      for (const std::string_view target : targets) {
        const Value* values = element.property_on(target, map);
        const Value* other = values == nullptr ? nullptr : values->find(axis.variable);
        if (other == nullptr) continue;
        sink_.report(diag::cell_variable_set_twice, span, axis.variable, fmt::format("`{}`", map))
            .label(other->span, "set here too");
      }
    }
  }
  const Value* outputs = element.property("outputs");
  if (outputs == nullptr) return;
  for (const auto& [name, output] : outputs->entries()) {
    if (output.is_error() || output.text() == "files") continue;
    sink_.report(diag::output_of_cells, output.span, element.name, output.text());
  }
}

}  // namespace pipec::sema
