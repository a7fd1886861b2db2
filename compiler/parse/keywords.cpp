#include "compiler/parse/keywords.h"

#include "PipeLexer.h"

#include <array>

#include <fmt/core.h>

namespace pipec::parse {

bool is_name(size_t token_type) { return token_type >= PipeLexer::PIPE && token_type <= PipeLexer::NAME; }

bool is_literal(size_t token_type) {
  return token_type == PipeLexer::NUMBER || token_type == PipeLexer::DATE || token_type == PipeLexer::TEXT ||
         token_type == PipeLexer::RAW || token_type == PipeLexer::BLOCK_TEXT;
}

int change_of_depth(size_t token_type) {
  if (token_type == PipeLexer::LB || token_type == PipeLexer::LS || token_type == PipeLexer::LP) return 1;
  if (token_type == PipeLexer::RB || token_type == PipeLexer::RS || token_type == PipeLexer::RP) return -1;
  return 0;
}

bool is_element_kind(size_t token_type) {
  return token_type >= PipeLexer::ACTION && token_type <= PipeLexer::DEPLOY;
}

bool is_header(size_t token_type) {
  switch (token_type) {
    case PipeLexer::BASE:
    case PipeLexer::PIPELINE:
    case PipeLexer::PROFILE:
    case PipeLexer::CAPABILITY:
    case PipeLexer::GROUP:
    case PipeLexer::ENVIRONMENT:
    case PipeLexer::SOURCE:
    case PipeLexer::TARGET:
    case PipeLexer::RUNBOOK:
    case PipeLexer::ROUTE:
    case PipeLexer::VARIANT:
    case PipeLexer::TEST:
    case PipeLexer::HOTFIX:
    case PipeLexer::METRICS:
    case PipeLexer::NOTIFY:
    case PipeLexer::PARALLEL:
    case PipeLexer::SEQUENCE:
    case PipeLexer::ALWAYS:
    case PipeLexer::STAGE:
    case PipeLexer::ACTION:
    case PipeLexer::GATE:
    case PipeLexer::APPROVAL:
    case PipeLexer::DEPLOY:
    case PipeLexer::OVERRIDE:
      return true;
    default:
      return false;
  }
}

std::optional<std::string_view> nearest_keyword(std::string_view word) {
  static constexpr auto keywords = std::to_array<std::string_view>(
      {"import",   "let",      "variant", "capability", "profile",        "group",    "pipeline",
       "test",     "runbook",  "target",  "source",     "environment",    "artifact", "stage",
       "route",    "hotfix",   "metrics", "notify",     "waive",          "action",   "gate",
       "approval", "deploy",   "param",   "parallel",   "not_applicable", "sequence", "always",
       "skip",     "override", "add",     "replace",    "final",          "require",  "recommend",
       "forbid",   "order",    "rule",    "given",      "expect",         "step",     "confirm",
       "link",     "block",    "unset",   "attest",     "severity"});
  return nearest(word, keywords);
}

std::optional<std::string_view> nearest_nameless_keyword(std::string_view word) {
  static constexpr auto keywords = std::to_array<std::string_view>(
      {"hotfix", "metrics", "notify", "parallel", "sequence", "always", "given"});
  return nearest(word, keywords);
}

std::span<const Keyword> keywords() {
  static constexpr auto all = std::to_array<Keyword>({
#define PIPEC_KEYWORD(TOKEN, WORD, FOR) {WORD, FOR},
#include "grammar/keywords.def"
#undef PIPEC_KEYWORD
  });
  return all;
}

std::string shown_header(std::string_view text, std::string_view keyword) {
  constexpr size_t longest_shown = 50;
  const bool short_enough = text.size() <= longest_shown && text.find('\n') == std::string_view::npos;
  return fmt::format("`{}`", short_enough ? text : keyword);
}

}  // namespace pipec::parse
