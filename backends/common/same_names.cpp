#include "backends/common/same_names.h"

#include "compiler/diag/kinds/every_target.h"
#include "compiler/support/text.h"

#include <map>
#include <set>
#include <utility>

#include <fmt/core.h>

namespace pipec::backends {

std::string owner_of(std::string_view what, std::string_view name, const ir::Pipeline& pipeline) {
  return fmt::format("{} `{}` of `{}`", what, name, pipeline.name);
}

void report_same_names(const std::vector<TakenName>& names, DiagnosticSink& sink) {
  std::map<std::pair<std::string, std::string>, const TakenName*> first;
  std::set<std::pair<std::string, std::string>> reported;
  for (const TakenName& name : names) {
    const auto [known, added] = first.emplace(std::pair(name.kind, lower_case(name.name)), &name);
    const TakenName& earlier = *known->second;
    if (added || earlier.owner == name.owner || !reported.emplace(earlier.owner, name.owner).second) continue;
    auto report = sink.report(diag::same_name, name.span, earlier.owner, name.owner, name.kind, earlier.name);
    if (earlier.span.source != name.span.source || earlier.span.begin != name.span.begin)
      report.label(earlier.span, fmt::format("{} is declared here", earlier.owner));
    report.note("rename one of the two");
  }
}

}  // namespace pipec::backends
