// What pipec tells people about their files. Every kind of diagnostic is a row of kinds/*.def; its text and
// the types of its arguments are checked when pipec is compiled.
#pragma once

#include "compiler/source/source.h"

#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include <fmt/core.h>

namespace pipec {

enum class Severity : uint8_t { note, warning, error };
std::string_view to_string(Severity severity);

// Replaces the text in `span`; an empty span inserts.
struct Edit {
  Span span;
  std::string text;
};

// `safe`: the edit cannot change what the pipeline does beyond removing the finding.
struct Fix {
  std::string title;
  std::vector<Edit> edits;
  bool safe = false;
};

struct Label {
  Span span;
  std::string text;
};

// A pipeline that extends another.
struct Heir {
  std::string name;
  std::string base;
  Span head;
  Span span;
};

// The fixed part of a kind of diagnostic. Numbers are never used again for another meaning.
struct DiagnosticInfo {
  std::string_view name;
  uint16_t number;
  Severity severity;
  std::string_view text;
  std::string_view explanation;

  std::string code() const;
};

struct Diagnostic {
  const DiagnosticInfo* info = nullptr;
  // `P0203`, or the code of the profile's rule that found it.
  std::string code;
  Severity severity = Severity::error;
  std::string message;
  Span span;
  // Said at the primary span, behind the carets.
  std::string label;
  std::vector<Label> labels;
  std::vector<std::string> notes;
  std::vector<Fix> fixes;
  // The heir that was judged, when the primary span is not a part of it.
  std::optional<Heir> heir;
};

template <class... Args>
struct DiagnosticKind {
  const DiagnosticInfo* info;
  fmt::format_string<Args...> text;
};

// Declares one kind of diagnostic; the rows are in kinds/*.def. The text is lower case without a full stop,
// says what was seen first and a hint last, and puts code in back-ticks. The explanation is what `pipec
// explain CODE` prints: what the rule is for and how to satisfy it. A number is never given to another
// meaning.
#define PIPEC_DIAG(NAME, NUMBER, SEVERITY, TEXT, EXPLANATION, ...)                                   \
  inline constexpr DiagnosticInfo NAME##_info{#NAME, NUMBER, Severity::SEVERITY, TEXT, EXPLANATION}; \
  inline constexpr DiagnosticKind<__VA_ARGS__> NAME{&NAME##_info, TEXT};

namespace diag {

// Every row, in the order of the numbers.
std::span<const DiagnosticInfo* const> all();

}  // namespace diag

// Adds to a diagnostic that was just reported.
class DiagnosticBuilder {
 public:
  explicit DiagnosticBuilder(Diagnostic& diagnostic) : diagnostic_(&diagnostic) {}

  // The text behind the carets of the primary span.
  DiagnosticBuilder& says(std::string text);
  DiagnosticBuilder& label(Span span, std::string text);
  DiagnosticBuilder& note(std::string text);
  // The first fix is the best guess; only it is printed as one.
  DiagnosticBuilder& fix(std::string title, std::vector<Edit> edits, bool safe = false);
  DiagnosticBuilder& replace(Span span, std::string text, bool safe = false);
  DiagnosticBuilder& code(std::string code);
  DiagnosticBuilder& severity(Severity severity);

 private:
  Diagnostic* diagnostic_;
};

// Collects the diagnostics of one compilation.
class DiagnosticSink {
 public:
  template <class... Args>
  DiagnosticBuilder report(const DiagnosticKind<Args...>& kind, Span span,
                           const std::type_identity_t<Args>&... args) {
    return add(*kind.info, span, fmt::vformat(kind.text, fmt::make_format_args(args...)));
  }

  // More findings than this are counted, not kept.
  static constexpr size_t max_findings = 10'000;

  // Whether there are so few findings that looking for what somebody meant is worth the time.
  bool suggests() const { return diagnostics_.size() <= max_suggestions; }

  bool has_errors() const { return error_count() > 0; }
  size_t error_count() const;
  bool empty() const { return diagnostics_.empty(); }

  // What is reported from now on is found in this heir; nothing: in no heir. A finding whose place is not a
  // part of the heir gets a label that names it.
  void judge(std::optional<Heir> heir) { heir_ = std::move(heir); }

  // Sorted by source, place and code; exact repeats dropped.
  std::vector<Diagnostic> sorted() const;

 private:
  // As many as a person is shown.
  static constexpr size_t max_suggestions = 100;

  DiagnosticBuilder add(const DiagnosticInfo& info, Span span, std::string message);

  std::deque<Diagnostic> diagnostics_;
  std::optional<Heir> heir_;
  // What is said of a finding that is not kept goes here.
  Diagnostic dropped_;
  size_t dropped_errors_ = 0;
};

}  // namespace pipec
