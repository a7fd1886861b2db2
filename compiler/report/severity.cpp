#include "compiler/report/severity.h"

#include "compiler/report/rules.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::report {
namespace {

bool is_own_code(std::string_view code) {
  return code.size() == 5 && code.front() == 'P' &&
         std::all_of(code.begin() + 1, code.end(), [](char c) { return c >= '0' && c <= '9'; });
}

}  // namespace

void add_codes(const sema::Profile& profile, KnownCodes& codes) {
  for (const RuleEntry& entry : rules_of(profile))
    codes.try_emplace(entry.rule->code, severity_of(*entry.rule));
}

KnownCodes known_codes(const sema::Model& model) {
  KnownCodes codes;
  for (const DiagnosticInfo* info : diag::all())
    codes.emplace(info->code(), info->severity);
  for (const auto* pipelines : {&model.pipelines, &model.bases}) {
    for (const auto& pipeline : *pipelines) {
      if (pipeline->profile != nullptr) add_codes(*pipeline->profile, codes);
    }
  }
  codes.erase("");
  return codes;
}

bool read_level(std::string_view word, Level& level) {
  for (const Severity severity : {Severity::note, Severity::warning, Severity::error}) {
    if (word != to_string(severity)) continue;
    level = severity;
    return true;
  }
  level.reset();
  return word == "off";
}

std::string_view refusal(std::string_view code, Severity own, Level level) {
  if (own != Severity::error || level == Severity::error) return {};
  return is_own_code(code) ? "it says what cannot be compiled, or what is not safe"
                           : "what a profile requires is let off by `waive`, with a reason and an end";
}

void Severities::apply(std::vector<Diagnostic>& diagnostics) const {
  if (levels_.empty()) return;
  std::erase_if(diagnostics, [&](Diagnostic& diagnostic) {
    const auto found = levels_.find(diagnostic.code);
    if (found == levels_.end()) return false;
    if (found->second) diagnostic.severity = *found->second;
    return !found->second.has_value();
  });
}

}  // namespace pipec::report
