// Forms about the pipeline as a whole: whose it is, who is told, and what the team promises.
#include "compiler/rules/forms/check.h"
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
  const std::vector<std::string> people = check.words("people");
  for (const sema::Target* target : check.context().model.targets) {
    // Some platforms know persons only.
    const auto identity = owner->identities.find(std::string(target->name));
    if (identity == owner->identities.end() ||
        std::find(people.begin(), people.end(), target->people) == people.end() ||
        std::find(people.begin(), people.end(), identity->second.text()) != people.end())
      continue;
    check.breaks(identity->second.span,
                 fmt::format("the owner `{}` is single persons on {}", owner->name, target->title));
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
