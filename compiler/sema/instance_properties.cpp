#include "compiler/diag/kinds/structure.h"
#include "compiler/diag/kinds/time.h"
#include "compiler/diag/kinds/types.h"
#include "compiler/sema/instance.h"
#include "compiler/support/text.h"

#include <algorithm>

namespace pipec::sema {
namespace {

// The most tries that can be asked for.
constexpr int64_t max_retries = 10;

std::optional<size_t> severity_of(const Value* value) {
  const auto* member = value == nullptr ? nullptr : value->as<MemberValue>();
  if (member == nullptr) return std::nullopt;
  const auto found = std::find(severities.begin(), severities.end(), member->name);
  return static_cast<size_t>(found - severities.begin());
}

template <class T>
T get(const Element& element, std::string_view name, T otherwise) {
  const Value* value = element.property(name);
  const T* found = value == nullptr ? nullptr : value->as<T>();
  return found == nullptr ? otherwise : *found;
}

}  // namespace

bool is_environment_name(std::string_view name) {
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  return !name.empty() && letter(name.front()) &&
         std::all_of(name.begin(), name.end(), [&](char c) { return letter(c) || (c >= '0' && c <= '9'); });
}

void Instance::extract_waves(Element& element, const Environment* environment) {
  const Value* waves = element.property("waves");
  const bool given = waves != nullptr && !waves->items().empty();
  std::vector<std::string> missing =
      environment == nullptr ? std::vector<std::string>() : environment->regions;
  if (!given) {
    if (!missing.empty()) element.waves.push_back(missing);
    return;
  }
  std::vector<std::string> seen;
  for (const Value& wave : waves->items()) {
    auto& regions = element.waves.emplace_back();
    for (const Value& region : wave.items()) {
      const std::string name = region.text();
      regions.push_back(name);
      const auto expected = std::find(missing.begin(), missing.end(), name);
      if (std::find(seen.begin(), seen.end(), name) != seen.end()) {
        sink_.report(diag::region_in_two_waves, region.span, name);
      } else if (expected == missing.end()) {
        // An environment without regions is told so.
        if (environment != nullptr && !environment->regions.empty())
          sink_.report(diag::region_not_in_environment, region.span, name)
              .label(environment->head, "the regions of the environment");
      } else {
        missing.erase(expected);
      }
      seen.push_back(name);
    }
  }
  if (!missing.empty()) {
    sink_.report(diag::region_without_wave, waves->span, quoted_list(missing));
  }
}

void Instance::extract(Element& element, const Environment* environment) {
  element.timeout = get(element, "timeout", Duration());
  if (element.timeout.seconds == 0) {
    element.timeout = Duration::minutes(60);
    for (const Capability* capability : element.capabilities) {
      if (capability->timeout) element.timeout = *capability->timeout;
    }
  }
  if (const Value* typical = element.property("typical");
      typical != nullptr && typical->as<Duration>() != nullptr) {
    element.typical = *typical->as<Duration>();
  }
  element.retries = get(element, "retries", int64_t{0});
  element.backoff = get(element, "backoff", Duration());
  element.continue_on_failure = get(element, "continue_on_failure", false);
  element.fail_on = severity_of(element.property("fail_on"));
  element.floor = severity_of(element.property("floor"));
  element.final = get(element, "final", false) || raw_.marked_final.has_value();
  element.within = get(element, "within", Duration());
  element.wave_bake = get(element, "wave_bake", Duration());
  if (element.kind == ast::ElementKind::deploy) extract_waves(element, environment);
  if (element.kind == ast::ElementKind::approval) {
    element.approvers = environment == nullptr ? nullptr : environment->approvers;
    const Value* value = element.property("approvers");
    const auto* reference = value == nullptr ? nullptr : value->as<ReferenceValue>();
    if (reference != nullptr) element.approvers = &declarations_.group(*reference->entity);
  }
  if (const Value* after = element.property("after")) {
    for (const Value& reference : after->items())
      element.after.push_back(reference.text());
  }
  extract_cells(element, environment);
  if (const Value* outputs = element.property("outputs")) {
    for (const auto& [name, output] : outputs->entries())
      element.produces.emplace_back(name, output.text());
  }
}

void Instance::check_runtimes(const Element& element) {
  const Value* runtimes = element.property("runtime");
  if (runtimes == nullptr) return;
  const auto& items = runtimes->items();
  for (size_t i = 0; i < items.size(); ++i) {
    const auto same = [&](const Value& other) { return other.text() == items[i].text(); };
    const auto first = std::find_if(items.begin(), items.begin() + static_cast<std::ptrdiff_t>(i), same);
    if (first == items.begin() + static_cast<std::ptrdiff_t>(i)) continue;
    const Span before = items[i - 1].span;
    sink_.report(diag::runtime_twice, items[i].span, items[i].text())
        .label(first->span, "the first")
        .note("a command for several versions stands in an element for each of them")
        .fix("remove it", {{{before.source, before.end, items[i].span.end}, ""}});
  }
}

void Instance::check(const Element& element) {
  const auto zero = [&](std::string_view name) {
    const Value* value = element.property(name);
    const auto* duration = value == nullptr ? nullptr : value->as<Duration>();
    if (duration != nullptr && duration->seconds == 0) sink_.report(diag::zero_duration, value->span, name);
  };
  zero("timeout");
  zero("typical");
  if (element.kind == ast::ElementKind::approval) zero("within");
  if (element.typical && *element.typical > element.timeout) {
    auto report = sink_.report(diag::typical_above_timeout, element.property_span("typical"),
                               to_string(*element.typical), to_string(element.timeout));
    const Value* timeout = element.property("timeout");
    if (timeout != nullptr && !timeout->is_error())
      report.label(element.property_span("timeout"), "the timeout");
  }
  if (element.retries > max_retries) {
    sink_.report(diag::too_many_retries, element.property_span("retries"), static_cast<int>(max_retries));
  }
  const auto backoff = element.settings.find("backoff");
  if (element.retries == 0 && backoff != element.settings.end() && !backoff->second.back().by_definition)
    sink_.report(diag::backoff_without_retries, backoff->second.back().span);
  if (element.fail_on && element.floor && *element.fail_on > *element.floor) {
    sink_
        .report(diag::below_floor, element.property_span("fail_on"), severities[*element.fail_on],
                severities[*element.floor])
        .label(element.property_span("floor"), "the floor")
        .note(
            "`fail_on` names the least severity that stops the pipeline; `critical` lets everything below "
            "pass");
  }
  for (const std::string_view map : {"env", "secrets"}) {
    const Value* value = element.property(map);
    if (value == nullptr) continue;
    for (const auto& [name, entry] : value->entries()) {
      if (!is_environment_name(name)) sink_.report(diag::bad_variable_name, entry.span, name);
      const Value* env = element.property("env");
      const bool twice = map == "secrets" && env != nullptr && env->find(name) != nullptr;
      if (twice) sink_.report(diag::variable_set_twice, entry.span, name);
    }
  }
  check_variables_of_definitions();
  check_runtimes(element);
  check_cells(element);
  check_services(element);
  check_cache(element);
}

}  // namespace pipec::sema
