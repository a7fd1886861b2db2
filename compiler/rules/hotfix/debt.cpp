#include "compiler/rules/hotfix/debt.h"

#include "compiler/diag/kinds/routes.h"
#include "compiler/rules/hotfix/changes.h"

#include <algorithm>
#include <set>
#include <string_view>

#include <fmt/core.h>

namespace pipec::rules {
namespace {

using sema::Change;
using sema::ChangeKind;
using sema::Element;
using sema::Route;

class Debts {
 public:
  Debts(DiagnosticSink& sink, const Route& trunk, const Route& hotfix)
      : sink_(sink), trunk_(trunk), hotfix_(hotfix) {}

  Debt run() {
    for (const Change& change : hotfix_.changes) {
      if (change.kind != ChangeKind::added) owe(change);
    }
    return std::move(debt_);
  }

 private:
  void owe(const Change& change) {
    const auto position = trunk_.find(change.element);
    if (!position) return;
    const Element& original = trunk_.at(*position);
    const bool production = trunk_.stages[position->stage].production();
    std::string what = change.kind == ChangeKind::skipped ? "left out" : "replaced";
    if (change.kind == ChangeKind::overridden) {
      const auto now = hotfix_.find(change.element);
      if (!now) return;
      auto changes = changes_between(original, hotfix_.at(*now));
      std::erase_if(changes, [](const PropertyChange& c) {
        return c.effect == Effect::none || c.effect == Effect::tighter;
      });
      if (changes.empty()) return;
      what = "changed: " + summary(changes);
    }
    if (!production) {
      if (original.kind != ast::ElementKind::approval) {
        debt_.owed.emplace(change.element, change.span);
        return;
      }
      // An approval of another environment has nothing that could run again.
      debt_.accepted_risks.push_back(fmt::format("`{}` {}: {}", change.element, what, change.reason));
      return;
    }
    bool lost = change.kind == ChangeKind::skipped;
    if (change.kind == ChangeKind::overridden) lost = hollows(original, change.element);
    if (change.kind == ChangeKind::replaced) {
      const Element* substitute = replacement(change);
      lost = substitute == nullptr || !substitute->checks() || substitute->continue_on_failure;
    }
    if (lost && original.checks()) {
      sink_.report(diag::production_check_skipped, change.span, change.element)
          .label(original.head, "examines production")
          .note(
              "what trunk does in production cannot be made up for in a backfill; "
              "`replace PLACE with gate NAME: CAPABILITY { … }` names a substitute");
      return;
    }
    debt_.accepted_risks.push_back(fmt::format("`{}` {}: {}", change.element, what, change.reason));
  }

  // What stands in its place; null when that is gone, too.
  const Element* replacement(const Change& change) const {
    auto now = hotfix_.find(change.element);
    for (const Change& other : hotfix_.changes) {
      const bool same_step = other.kind == ChangeKind::added && other.span.begin == change.span.begin &&
                             other.span.source == change.span.source;
      if (!now && same_step) now = hotfix_.find(other.element);
    }
    return now ? &hotfix_.at(*now) : nullptr;
  }

  // The check is still there, but does something else or stops nothing.
  bool hollows(const Element& original, const std::string& id) const {
    const auto now = hotfix_.find(id);
    if (!now) return false;
    const auto changes = changes_between(original, hotfix_.at(*now));
    // What it runs, on what, where, and whether that counts. Parameters of a definition are a risk that
    // people accept.
    static const std::set<std::string_view> substance{
        "run",   "continue_on_failure", "on TARGET",  "env",     "inputs", "matrix",
        "shell", "working_directory",   "per_region", "services"};
    return std::any_of(changes.begin(), changes.end(), [](const PropertyChange& change) {
      return change.effect == Effect::other && substance.contains(change.name);
    });
  }

  DiagnosticSink& sink_;
  const Route& trunk_;
  const Route& hotfix_;
  Debt debt_;
};

}  // namespace

Debt check_debt(DiagnosticSink& sink, const Route& trunk, const Route& hotfix) {
  return Debts(sink, trunk, hotfix).run();
}

}  // namespace pipec::rules
