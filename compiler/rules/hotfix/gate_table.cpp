#include "compiler/rules/hotfix/gate_table.h"

#include "compiler/rules/hotfix/changes.h"

#include <fmt/core.h>

namespace pipec::rules {
namespace {

using sema::Change;
using sema::ChangeKind;
using sema::Element;
using sema::Route;

const Change* change_of(const Route& hotfix, const std::string& id) {
  const Change* found = nullptr;
  for (const Change& change : hotfix.changes) {
    if (change.element == id) found = &change;
  }
  return found;
}

// What trunk does: also from which severity on it stops.
std::string with_threshold(const Element& element) {
  return element.fail_on ? fmt::format("yes ({})", sema::severities[*element.fail_on]) : "yes";
}

void rows_of(const Element& element, const Route& hotfix, std::vector<GateRow>& rows) {
  const Change* change = change_of(hotfix, element.id);
  const auto now = hotfix.find(element.id);
  const std::string why = change == nullptr ? "" : change->reason;
  if (!now) {
    const bool replaced = change != nullptr && change->kind == ChangeKind::replaced;
    rows.push_back({element.id, with_threshold(element), replaced ? "replaced" : "no", why});
    return;
  }
  const Element& derived = hotfix.at(*now);
  auto changes = changes_between(element, derived);
  const bool looser = element.fail_on && derived.fail_on && *derived.fail_on > *element.fail_on;
  if (looser) {
    std::erase_if(changes, [](const PropertyChange& c) { return c.name == "fail_on"; });
  }
  const std::string changed = summary(changes);
  const std::string kept = changed.empty() ? "yes" : fmt::format("yes ({})", changed);
  if (!looser) {
    const bool plain_action = element.kind == ast::ElementKind::action && changed.empty();
    if (!plain_action) rows.push_back({element.id, with_threshold(element), kept, why});
    return;
  }
  for (size_t severity = sema::severities.size(); severity-- > *element.fail_on;) {
    const bool still = severity >= *derived.fail_on;
    rows.push_back({fmt::format("{} ({})", element.id, sema::severities[severity]), "yes",
                    still ? kept : "no", still ? "" : why});
  }
}

}  // namespace

std::vector<GateRow> gate_table(const Route& trunk, const Route& hotfix) {
  std::vector<GateRow> rows;
  for (const sema::Stage& stage : trunk.stages) {
    for (const auto& element : stage.elements)
      rows_of(*element, hotfix, rows);
  }
  for (const Change& change : hotfix.changes) {
    if (change.kind == ChangeKind::added) rows.push_back({change.element, "no", "added", change.reason});
  }
  return rows;
}

}  // namespace pipec::rules
