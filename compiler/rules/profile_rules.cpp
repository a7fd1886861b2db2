#include "compiler/rules/profile_rules.h"

#include "compiler/diag/kinds/profiles.h"

#include <tuple>

#include <fmt/core.h>

namespace pipec::rules {
namespace {

bool is_before(const ast::DateExpr& a, const ast::DateExpr& b) {
  return std::tie(a.year, a.month, a.day) < std::tie(b.year, b.month, b.day);
}

bool covers(const sema::Exemption& exemption, const sema::Pipeline& pipeline, const sema::RuleText& rule,
            const sema::Role* role, const std::vector<const sema::Capability*>& capabilities) {
  if (exemption.place == rule.code) return true;
  if (role == nullptr) return false;
  std::vector<std::string> places{std::string(role->name)};
  for (const sema::Stage* stage : stages_of(pipeline, *role))
    places.push_back(stage->name);
  for (const std::string& place : places) {
    for (const sema::Capability* capability : capabilities) {
      if (exemption.place == fmt::format("{}.{}", place, capability->name)) return true;
    }
  }
  return false;
}

}  // namespace

std::vector<const sema::Stage*> stages_of(const sema::Pipeline& pipeline, const sema::Role& role) {
  std::vector<const sema::Stage*> found;
  for (const sema::Stage& stage : role.in_pipeline ? pipeline.trunk().stages : pipeline.workstation) {
    if (stage.role == &role) found.push_back(&stage);
  }
  return found;
}

bool is_exempt(const Context& context, const sema::RuleText& rule, const sema::Role* role,
               const std::vector<const sema::Capability*>& capabilities) {
  for (const sema::Exemption& exemption : context.pipeline.exemptions) {
    if (!covers(exemption, context.pipeline, rule, role, capabilities)) continue;
    const bool first_use = !exemption.used;
    exemption.used = true;
    if (exemption.kind == ast::Exemption::Kind::not_applicable) {
      for (const sema::Source& source : context.pipeline.sources) {
        for (const sema::Capability* contained : source.contains) {
          if (contained != rule.contradicted_by) continue;
          context.sink
              .report(diag::not_applicable_contradicted, exemption.head, exemption.place, contained->title)
              .label(source.head, fmt::format("contains `{}`", contained->name));
          return true;
        }
      }
    }
    const auto& today = context.policy.today;
    if (first_use && today && exemption.until && is_before(*exemption.until, *today)) {
      const std::string until = fmt::format("{:04}-{:02}-{:02}", exemption.until->year,
                                            exemption.until->month, exemption.until->day);
      context.sink.report(diag::waiver_expired, exemption.head, exemption.place, until)
          .note(fmt::format("it covered {}: {}", rule.code, rule.text));
    }
    return true;
  }
  return false;
}

std::string authority(const sema::RuleText& rule) {
  if (rule.suggested)
    return fmt::format("suggested by the profile `{}`; {} gives no level", rule.profile, rule.origin);
  const std::string_view level = rule.level == sema::Level::required      ? "required"
                                 : rule.level == sema::Level::recommended ? "recommended"
                                                                          : "forbidden";
  return fmt::format("{} by {}", level, rule.origin);
}

void finish(DiagnosticBuilder report, const sema::RuleText& rule) {
  if (!rule.code.empty()) report.code(rule.code);
  if (rule.level == sema::Level::recommended || rule.suggested) report.severity(Severity::warning);
  std::string note = authority(rule);
  if (!rule.why.empty()) note += ": " + rule.why;
  report.note(std::move(note));
  if (!rule.fix.empty()) report.fix(rule.fix, {});
}

}  // namespace pipec::rules
