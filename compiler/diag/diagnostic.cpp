#include "compiler/diag/diagnostic.h"

#include "compiler/diag/kinds/every_target.h"
#include "compiler/diag/kinds/files.h"
#include "compiler/diag/kinds/github.h"
#include "compiler/diag/kinds/local.h"
#include "compiler/diag/kinds/profiles.h"
#include "compiler/diag/kinds/reports.h"
#include "compiler/diag/kinds/routes.h"
#include "compiler/diag/kinds/structure.h"
#include "compiler/diag/kinds/syntax.h"
#include "compiler/diag/kinds/targets.h"
#include "compiler/diag/kinds/tests.h"
#include "compiler/diag/kinds/time.h"
#include "compiler/diag/kinds/types.h"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

namespace pipec {

std::string_view to_string(Severity severity) {
  switch (severity) {
    case Severity::note:
      return "note";
    case Severity::warning:
      return "warning";
    case Severity::error:
      return "error";
  }
  return "";
}

std::string DiagnosticInfo::code() const { return fmt::format("P{:04}", number); }

namespace diag {

std::span<const DiagnosticInfo* const> all() {
  static constexpr auto infos = std::to_array<const DiagnosticInfo*>({
#undef PIPEC_DIAG
#define PIPEC_DIAG(NAME, ...) &NAME##_info,
#include "compiler/diag/kinds/all.def"
  });
  return infos;
}

}  // namespace diag

DiagnosticBuilder& DiagnosticBuilder::says(std::string text) {
  diagnostic_->label = std::move(text);
  return *this;
}

DiagnosticBuilder& DiagnosticBuilder::label(Span span, std::string text) {
  diagnostic_->labels.push_back({span, std::move(text)});
  return *this;
}

DiagnosticBuilder& DiagnosticBuilder::note(std::string text) {
  diagnostic_->notes.push_back(std::move(text));
  return *this;
}

DiagnosticBuilder& DiagnosticBuilder::fix(std::string title, std::vector<Edit> edits, bool safe) {
  diagnostic_->fixes.push_back({std::move(title), std::move(edits), safe});
  return *this;
}

DiagnosticBuilder& DiagnosticBuilder::replace(Span span, std::string text, bool safe) {
  std::string title = text.empty() ? "remove it" : "write `" + text + "`";
  return fix(std::move(title), {{span, std::move(text)}}, safe);
}

DiagnosticBuilder& DiagnosticBuilder::code(std::string code) {
  diagnostic_->code = std::move(code);
  return *this;
}

DiagnosticBuilder& DiagnosticBuilder::severity(Severity severity) {
  diagnostic_->severity = severity;
  return *this;
}

size_t DiagnosticSink::error_count() const {
  const auto kept = std::count_if(diagnostics_.begin(), diagnostics_.end(),
                                  [](const Diagnostic& d) { return d.severity == Severity::error; });
  return static_cast<size_t>(kept) + dropped_errors_;
}

DiagnosticBuilder DiagnosticSink::add(const DiagnosticInfo& info, Span span, std::string message) {
  if (diagnostics_.size() > max_findings) {
    if (info.severity == Severity::error) ++dropped_errors_;
    dropped_ = {};
    return DiagnosticBuilder(dropped_);
  }
  if (diagnostics_.size() == max_findings && &info != &diag::too_many_findings_info) {
    report(diag::too_many_findings, span, static_cast<int>(max_findings));
    return add(info, span, std::move(message));
  }
  Diagnostic& added = diagnostics_.emplace_back();
  added.info = &info;
  added.code = info.code();
  added.severity = info.severity;
  added.message = std::move(message);
  added.span = span;
  if (heir_ && !heir_->span.contains(span)) {
    added.heir = heir_;
    added.labels.push_back(
        {heir_->head, fmt::format("in the pipeline `{}`, which extends `{}`", heir_->name, heir_->base)});
  }
  return DiagnosticBuilder(added);
}

namespace {

// A name that is missing is one mistake, however often it is used: the first place tells it, the others are
// labels there.
void tell_once(std::vector<Diagnostic>& sorted) {
  constexpr size_t most_labels = 4;
  struct Told {
    size_t index;
    size_t others = 0;
  };
  std::map<std::string, Told> told;
  std::vector<Diagnostic> kept;
  for (Diagnostic& diagnostic : sorted) {
    if (diagnostic.info == &diag::unknown_name_info) {
      // Where another repair is offered something else was meant.
      const std::string repair = diagnostic.fixes.empty() ? "" : diagnostic.fixes.front().title;
      const auto [first, added] = told.try_emplace(diagnostic.message + "\n" + repair, Told{kept.size()});
      if (!added) {
        if (first->second.others++ < most_labels)
          kept[first->second.index].labels.push_back({diagnostic.span, "and here"});
        continue;
      }
    }
    kept.push_back(std::move(diagnostic));
  }
  for (const auto& [message, first] : told) {
    if (first.others > most_labels)
      kept[first.index].notes.push_back(fmt::format("and in {} more places", first.others - most_labels));
  }
  sorted = std::move(kept);
}

}  // namespace

std::vector<Diagnostic> DiagnosticSink::sorted() const {
  std::vector<Diagnostic> sorted(diagnostics_.begin(), diagnostics_.end());
  // Heirs of one base have findings of their own at the same place.
  const auto key = [](const Diagnostic& d) {
    const Span heir = d.heir ? d.heir->head : Span{};
    return std::tuple(d.span.source, d.span.begin, d.span.end, std::string_view(d.code),
                      std::string_view(d.message), heir.source, heir.begin);
  };
  std::stable_sort(sorted.begin(), sorted.end(),
                   [&](const Diagnostic& a, const Diagnostic& b) { return key(a) < key(b); });
  const auto same = [&](const Diagnostic& a, const Diagnostic& b) { return key(a) == key(b); };
  sorted.erase(std::unique(sorted.begin(), sorted.end(), same), sorted.end());
  tell_once(sorted);
  return sorted;
}

}  // namespace pipec
