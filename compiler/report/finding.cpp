#include "compiler/report/finding.h"

#include "compiler/diag/kinds/files.h"
#include "compiler/report/place.h"
#include "compiler/report/rules.h"
#include "compiler/support/credential.h"
#include "compiler/support/hash.h"
#include "compiler/support/text.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::report {
namespace {

// The fixed parts of a text with `{…}` where its arguments stand.
std::vector<std::string> fixed_parts(std::string_view text) {
  std::vector<std::string> parts(1);
  for (size_t i = 0; i < text.size(); ++i) {
    const bool doubled = i + 1 < text.size() && text[i + 1] == text[i];
    if (text[i] == '{' && !doubled) {
      i = text.find('}', i);
      parts.emplace_back();
      continue;
    }
    if ((text[i] == '{' || text[i] == '}') && doubled) ++i;
    parts.back() += text[i];
  }
  return parts;
}

// What stands in `message` where `text` has its arguments.
std::vector<std::string> arguments_of(std::string_view message, std::string_view text) {
  const std::vector<std::string> parts = fixed_parts(text);
  std::vector<std::string> arguments;
  size_t at = parts.front().size();
  for (size_t i = 1; i < parts.size(); ++i) {
    // The last part stands at the end.
    const size_t next = i + 1 == parts.size() ? message.size() - std::min(parts[i].size(), message.size())
                                              : message.find(parts[i], at);
    if (at > message.size() || next == std::string_view::npos || next < at) return {std::string(message)};
    arguments.emplace_back(message.substr(at, next - at));
    at = next + parts[i].size();
  }
  return arguments;
}

StructurePlace place_of(Span span, const Material& material) {
  for (const auto& file : material.files) {
    if (file->source == span.source) return place_in(*file, span);
  }
  return {};
}

std::string told(const std::string& text) { return conceal_credentials(text); }

Finding finding_of(const Diagnostic& diagnostic, const Material& material, const CollectOptions& options) {
  const SourceManager& sources = material.sources;
  Finding finding = placeless(diagnostic);
  finding.at = region_of(sources, diagnostic.span);
  finding.label = told(diagnostic.label);
  for (const Label& label : diagnostic.labels)
    finding.related.push_back({told(label.text), region_of(sources, label.span)});
  for (const Fix& fix : diagnostic.fixes) {
    Repair& repair = finding.fixes.emplace_back(Repair{told(fix.title), fix.safe, {}});
    for (const Edit& edit : fix.edits)
      repair.edits.push_back({edit.text, region_of(sources, edit.span)});
  }
  if (options.render) finding.rendered = render_text({diagnostic}, sources, *options.render);
  StructurePlace place = place_of(diagnostic.span, material);
  finding.pipeline = std::move(place.pipeline);
  finding.place = std::move(place.place);
  if (diagnostic.heir) {
    finding.pipeline = diagnostic.heir->name;
    finding.pipeline_file = sources.path(diagnostic.heir->head.source);
  }
  return finding;
}

RuleHelp help_of(const sema::RuleText& rule) {
  std::string why = authority_of(rule);
  if (!rule.why.empty()) why += ": " + rule.why;
  return {rule.title.empty() ? rule.text : rule.title, rule.text, std::move(why), rule.fix,
          severity_of(rule)};
}

// The text of a kind with `…` where its arguments stand.
std::string pattern_of(const DiagnosticInfo& info) {
  const std::vector<std::string> parts = fixed_parts(info.text);
  return join(parts, "…");
}

}  // namespace

size_t JudgedFile::count(Severity severity) const {
  return static_cast<size_t>(std::count_if(findings.begin(), findings.end(), [&](const Finding& finding) {
    return finding.standing == Standing::counts && finding.severity == severity;
  }));
}

size_t JudgedFile::count(Standing standing) const {
  return static_cast<size_t>(std::count_if(findings.begin(), findings.end(), [&](const Finding& finding) {
    return finding.standing == standing;
  }));
}

std::vector<Finding> findings_of(const std::vector<Diagnostic>& diagnostics, const Material& material,
                                 const CollectOptions& options) {
  std::vector<Finding> findings;
  findings.reserve(diagnostics.size());
  for (const Diagnostic& diagnostic : diagnostics)
    findings.push_back(finding_of(diagnostic, material, options));
  return findings;
}

std::map<std::string, RuleHelp> rules_of(const std::vector<Finding>& findings, const sema::Model& model) {
  std::map<std::string, RuleHelp> rules;
  for (const Finding& finding : findings) {
    if (finding.info == nullptr || !is_own(finding)) continue;
    const std::string title = pattern_of(*finding.info);
    rules.try_emplace(finding.code, RuleHelp{title, std::string(finding.info->explanation), "", "",
                                             finding.info->severity});
  }
  for (const auto& pipeline : model.pipelines) {
    if (pipeline->profile == nullptr) continue;
    for (const RuleEntry& entry : rules_of(*pipeline->profile)) {
      const sema::RuleText* rule = entry.rule;
      const bool found = std::any_of(findings.begin(), findings.end(),
                                     [&](const Finding& finding) { return finding.code == rule->code; });
      if (found) rules.try_emplace(rule->code, help_of(*rule));
    }
  }
  return rules;
}

Finding placeless(const Diagnostic& diagnostic) {
  Finding finding;
  finding.info = diagnostic.info;
  finding.code = diagnostic.code;
  finding.severity = diagnostic.severity;
  finding.message = told(diagnostic.message);
  for (const std::string& note : diagnostic.notes)
    finding.notes.push_back(told(note));
  finding.arguments = arguments_of(finding.message, diagnostic.info->text);
  return finding;
}

JudgedFile unread_file(const std::string& path, const std::string& reason) {
  DiagnosticSink sink;
  sink.report(diag::cannot_read, {}, fmt::format("`{}`", path), reason);
  JudgedFile file;
  file.path = path;
  file.unread = reason;
  file.findings.push_back(placeless(sink.sorted().front()));
  file.rules = rules_of(file.findings, {});
  return file;
}

Region region_of(const SourceManager& sources, Span span) {
  return {std::string(sources.path(span.source)), sources.place(span), sources.place(span.source, span.end)};
}

std::string fingerprint(const Finding& finding, size_t repeat) {
  Sha256 hash;
  const auto add = [&](std::string_view text) {
    hash.add(text);
    hash.add(std::string_view("\0", 1));
  };
  add(finding.code);
  add(finding.pipeline);
  add(finding.place);
  for (const std::string& argument : finding.arguments)
    add(argument);
  add(std::to_string(repeat));
  return hash.finish();
}

bool is_own(const Finding& finding) {
  return finding.info != nullptr && finding.code == finding.info->code();
}

}  // namespace pipec::report
