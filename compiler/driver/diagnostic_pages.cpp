#include "compiler/driver/diagnostic_pages.h"

#include "compiler/diag/examples/example.h"
#include "compiler/diag/kinds/profiles.h"
#include "compiler/diag/kinds/reports.h"
#include "compiler/diag/kinds/tests.h"
#include "compiler/support/markup.h"
#include "compiler/support/text.h"

#include <algorithm>
#include <array>

#include <fmt/core.h>

namespace pipec::driver {
namespace {

// Findings of these kinds carry the code of their rule.
bool is_of_a_rule(const DiagnosticInfo& info) {
  constexpr auto of_rules = std::to_array<const DiagnosticInfo*>(
      {diag::requirement_missing.info, diag::requirement_property.info, diag::requirement_refuted.info,
       diag::forbidden_element.info, diag::profile_order.info, diag::profile_budget.info,
       diag::rule_broken.info});
  return std::find(of_rules.begin(), of_rules.end(), &info) != of_rules.end();
}

// How findings of the kind may be told, or why they cannot be told otherwise.
std::string how_to_let_off(const DiagnosticInfo& info) {
  if (is_of_a_rule(info))
    return "A finding carries the code of its rule; `pipec explain` of that says how to let it off.\n";
  if (&info == diag::missing_stage.info)
    return "It is let off with all the rules that its note names; `pipec explain` of each says how.\n";
  if (info.severity == Severity::error)
    return "It is never waived, lowered or put into a baseline: mend it.\n";
  // Found in no file that could hold `severity`.
  if (&info == diag::no_tests.info || &info == diag::baseline_entry_gone.info)
    return "It is never lowered: it is about what pipec was asked to do, not about what a file says.\n";
  return fmt::format(
      "More or less strict, or not at all:\n\n  severity {{ {0} = error }}\n  severity {{ {0} = off }}\n",
      info.code());
}

// ", in a stage, found by `pipec lint FILE --target github`"
std::string circumstances(const diag::Example& example) {
  std::string text;
  if (example.place != "declarations" && example.place != "file")
    text += fmt::format(", in a {}", example.place);
  if (example.command != diag::usual_command) text += fmt::format(", found by `pipec {}`", example.command);
  return text;
}

std::string indented(std::string_view lines) {
  std::string text;
  for (const std::string_view line : split_lines(lines))
    text += line.empty() ? "\n" : fmt::format("  {}\n", line);
  return text;
}

std::string fix_of(const diag::Example& example) {
  return example.fixed_safely ? "Fix: `pipec lint --fix` does it.\n" : "";
}

std::string markdown_of(const DiagnosticInfo& info) {
  std::string text = fmt::format("### {}\n\n{}: {}\n\n{}\n", info.code(), to_string(info.severity),
                                 markdown_escaped(pattern_of(info)), markdown_escaped(info.explanation));
  if (const auto example = diag::example_of(info.code())) {
    text += fmt::format("\nBad{}:\n\n```text\n{}```\n\nGood:\n\n```text\n{}```\n", circumstances(*example),
                        example->bad, example->good);
    if (example->fixed_safely) text += "\n" + fix_of(*example);
  }
  return text;
}

}  // namespace

std::string pattern_of(const DiagnosticInfo& info) {
  std::string text;
  for (size_t at = 0; at < info.text.size(); ++at) {
    const bool brace = info.text[at] == '{' || info.text[at] == '}';
    if (brace && info.text.substr(at + 1, 1) == info.text.substr(at, 1)) {
      // A doubled brace is a brace.
      text += info.text[at++];
    } else if (info.text[at] == '{') {
      text += "…";
      at = info.text.find('}', at);
    } else {
      text += info.text[at];
    }
  }
  return text;
}

std::string to_text(const DiagnosticInfo& info) {
  std::string text = fmt::format("{} {}\n\n  {}\n\n{}\n\n", info.code(), to_string(info.severity),
                                 pattern_of(info), info.explanation);
  if (const auto example = diag::example_of(info.code())) {
    text += fmt::format("Bad{}:\n\n{}\nGood:\n\n{}\n", circumstances(*example), indented(example->bad),
                        indented(example->good));
    text += fix_of(*example);
  }
  return text + how_to_let_off(info);
}

std::string diagnostics_as_markdown() {
  std::string text =
      "<!-- Made by `pipec explain --list diagnostics --format markdown`; a test holds it current. -->\n\n"
      "# Diagnostics\n\n"
      "What pipec finds by itself; the rules of profiles have pages of their own. Errors are mended. "
      "Warnings and "
      "notes are told more or less strictly:\n\n"
      "```text\nseverity { CODE = error }\nseverity { CODE = off }\n```\n\n"
      "| code | severity | message |\n|---|---|---|\n";
  for (const DiagnosticInfo* info : diag::all()) {
    text += fmt::format("| [{0}](#p{1}) | {2} | {3} |\n", info->code(), info->code().substr(1),
                        to_string(info->severity), markdown_escaped(pattern_of(*info)));
  }
  for (const DiagnosticInfo* info : diag::all())
    text += "\n" + markdown_of(*info);
  return text;
}

}  // namespace pipec::driver
