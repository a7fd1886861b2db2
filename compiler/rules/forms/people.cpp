// Forms about the pipeline as a whole: whose it is, who is told, and what the team promises.
#include "compiler/rules/forms/check.h"
#include "compiler/sema/chosen_targets.h"
#include "compiler/support/text.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::rules::forms {

void notifies(Check& check) {
  std::vector<std::string> untold;
  for (const std::string& event : check.words("on")) {
    const auto& on = check.pipeline().notify_on;
    if (check.pipeline().notify.empty() || std::find(on.begin(), on.end(), event) == on.end())
      untold.push_back(event);
  }
  if (untold.empty()) {
    check.shows(check.pipeline().head,
                fmt::format("people are told when a run has {}", join(check.words("on"), " or ")));
  } else {
    check.breaks(check.pipeline().head, fmt::format("pipeline `{}` tells nobody when a run has {}",
                                                    check.pipeline().name, join(untold, " or ")));
  }
}

void publishes(Check& check) {
  std::vector<std::string> missing;
  std::vector<std::string> published;
  for (const sema::Capability* metric : check.capabilities("metrics")) {
    const bool found = std::any_of(check.pipeline().metrics.begin(), check.pipeline().metrics.end(),
                                   [&](const sema::Capability* own) { return own->is(*metric); });
    (found ? published : missing).emplace_back(metric->name);
  }
  if (missing.empty()) {
    check.shows(check.pipeline().head, fmt::format("`metrics` publishes {}", quoted_list(published)));
  } else {
    check.breaks(check.pipeline().head, fmt::format("pipeline `{}` does not publish {}",
                                                    check.pipeline().name, quoted_list(missing)));
  }
}

void owned(Check& check) {
  const sema::Group* owner = check.pipeline().owner;
  if (owner == nullptr) {
    check.breaks(check.pipeline().head, fmt::format("pipeline `{}` has no `owner`", check.pipeline().name));
    return;
  }
  const std::vector<std::string> kinds = check.words("people");
  const auto is_asked_for = [&](std::string_view kind) {
    return std::find(kinds.begin(), kinds.end(), kind) != kinds.end();
  };
  const bool is_one = std::any_of(owner->identities.begin(), owner->identities.end(),
                                  [&](const auto& identity) { return is_asked_for(identity.second.text()); });
  if (!is_one) {
    check.breaks(check.pipeline().head,
                 fmt::format("the owner `{}` is {} on no platform", owner->name, quoted_list(kinds, "or")));
    return;
  }
  for (const sema::Target* target : sema::targets_of(check.context().model, check.pipeline())) {
    // Each platform knows one kind of people; what is not asked for cannot be named there.
    if (!is_asked_for(target->people) || owner->identities.contains(std::string(target->name))) continue;
    check.breaks(check.pipeline().head,
                 fmt::format("the owner `{}` is no `{}` on {}", owner->name, target->people, target->title));
  }
  check.shows({check.pipeline().head, fmt::format("it belongs to `{}`", owner->name), Grade::declared,
               "who may change a repository is a setting of its host"});
}

void repairs(Check& check) {
  const auto& promised = check.pipeline().repair_within;
  const Duration most = check.duration("within");
  if (!promised) {
    check.breaks(check.pipeline().head,
                 fmt::format("pipeline `{}` does not say `repair_within`", check.pipeline().name));
  } else if (*promised > most) {
    check.breaks(check.pipeline().head,
                 fmt::format("pipeline `{}` is mended within {}, not {}", check.pipeline().name,
                             to_string(*promised), to_string(most)));
  } else {
    check.shows({check.pipeline().head, fmt::format("trunk is mended within {}", to_string(*promised)),
                 Grade::declared, "it is the team's promise"});
  }
}

}  // namespace pipec::rules::forms
