#include "compiler/report/severity.h"

#include "compiler/diag/kinds/reports.h"
#include "compiler/diag/kinds/types.h"
#include "compiler/report/rules.h"
#include "compiler/support/text.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::report {
namespace {

bool is_own_code(std::string_view code) {
  return code.size() == 5 && code.front() == 'P' &&
         std::all_of(code.begin() + 1, code.end(), [](char c) { return c >= '0' && c <= '9'; });
}

void report_unknown(const ast::Name& code, const KnownCodes& codes, DiagnosticSink& sink) {
  std::vector<std::string_view> names;
  for (const auto& known : codes)
    names.push_back(known.first);
  auto report = sink.report(diag::unknown_code, code.span, code.text);
  if (const auto likely = nearest(code.text, names)) report.replace(code.span, std::string(*likely));
}

// Nothing, and a report, when the value is no level.
std::optional<Level> level_of(const ast::Expr& value, DiagnosticSink& sink) {
  const auto* path = std::get_if<ast::PathExpr>(&value.node);
  Level level;
  if (path != nullptr && read_level(path->path.text(), level)) return level;
  const std::string found = path == nullptr ? "this" : fmt::format("`{}`", path->path.text());
  sink.report(diag::unknown_level, value.span, found);
  return std::nullopt;
}

}  // namespace

void add_codes(const sema::Profile& profile, KnownCodes& codes) {
  for (const RuleEntry& entry : rules_of(profile)) {
    const Severity own = severity_of(*entry.rule);
    Severity& mildest = codes.try_emplace(entry.rule->code, own).first->second;
    mildest = std::min(mildest, own);
  }
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

Severities Severities::of_file(const ast::File& file, const sema::Model& model, DiagnosticSink& sink) {
  Severities severities;
  const ast::Severities* first = nullptr;
  for (const ast::Declaration& declaration : file.declarations) {
    const auto* node = std::get_if<ast::Severities>(&declaration);
    if (node == nullptr) continue;
    if (first != nullptr) {
      sink.report(diag::severities_twice, node->head).label(first->head, "here");
      continue;
    }
    first = node;
    severities.read(*node, known_codes(model), sink);
  }
  return severities;
}

void Severities::read(const ast::Severities& node, const KnownCodes& codes, DiagnosticSink& sink) {
  for (const ast::Field& field : node.levels) {
    if (field.op != ast::AssignOp::set) {
      sink.report(diag::unset_not_here, field.span);
      continue;
    }
    const auto known = codes.find(field.key.text);
    if (known == codes.end()) {
      report_unknown(field.key, codes, sink);
      continue;
    }
    const auto level = level_of(field.value, sink);
    if (!level) continue;
    const std::string_view why = refusal(known->first, known->second, *level);
    if (!why.empty()) {
      sink.report(diag::error_lowered, field.span, field.key.text, why);
    } else if (!levels_.emplace(known->first, *level).second) {
      sink.report(diag::repeated_property, field.key.span, field.key.text);
    }
  }
}

void Severities::apply(std::vector<Diagnostic>& diagnostics) const {
  if (levels_.empty()) return;
  std::erase_if(diagnostics, [&](Diagnostic& diagnostic) {
    const auto found = levels_.find(diagnostic.code);
    // A code may be milder in another profile, so each finding goes by its own severity.
    if (found == levels_.end() || diagnostic.severity == Severity::error) return false;
    if (found->second) diagnostic.severity = *found->second;
    return !found->second.has_value();
  });
}

}  // namespace pipec::report
