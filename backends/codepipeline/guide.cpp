// DEPLOY.md.
#include "backends/codepipeline/documents.h"
#include "backends/codepipeline/embedded.h"
#include "backends/codepipeline/templates.h"
#include "backends/common/values.h"
#include "compiler/support/text.h"

#include <fmt/core.h>

namespace pipec::backends::codepipeline {
namespace {

void replace(std::string& text, std::string_view marker, std::string_view by) {
  for (size_t at = text.find(marker); at != std::string::npos; at = text.find(marker, at + by.size())) {
    text.replace(at, marker.size(), by);
  }
}

std::string without_line_end(std::string text) {
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

// What the platform does not keep although the pipeline asks for it.
std::string not_enforced(const Facts& facts) {
  std::string text;
  const auto add = [&](const std::string& line) {
    if (text.find(line) == std::string::npos) text += line + "\n";
  };
  for (const ir::Route* route : facts.routes()) {
    for (const Placed& placed : elements_of(*route)) {
      const ir::Element& element = *placed.element;
      const ir::Environment* environment = facts.environment_of(*placed.stage);
      if (uses(element, "change_set")) {
        add(fmt::format("* The limit of `{}` ({}): an action of CloudFormation may take three days.",
                        element.id, to_string(element.timeout)));
      }
      if (uses(element, "change_set") && facts.locked(*placed.stage)) {
        add(fmt::format(
            "* The lock of `{}` when somebody who may retries only the failed actions of a stage: "
            "builds look whether they hold it, `{}` is an action of CloudFormation and cannot.",
            environment->name, element.id));
      }
      if (element.kind == ir::ElementKind::approval && environment != nullptr && environment->separate) {
        add(fmt::format(
            "* That author and approver of `{}` differ: the claim compares the approver's session name with "
            "the "
            "addresses of the commits' authors, which proves nothing when the two do not use the same names.",
            element.id));
      }
      if (deploys(element) &&
          waves_of(facts.pipeline(), *placed.stage, element).size() + environment->regions.size() > 2) {
        add(fmt::format("* One way back for all regions of `{}`: each region goes back on its own.",
                        element.id));
      }
    }
  }
  std::vector<std::string> cleaned;
  for (const Cleaning& cleaning : cleanings_of(facts))
    cleaned.push_back(fmt::format("{} ({})", cleaning.stage, cleaning.route));
  if (!cleaned.empty()) {
    add(fmt::format(
        "* That nothing else happens while `always` cleans up after a run that ended early: {}. An event "
        "starts "
        "the build, which is no part of the run: the next run may enter the stage meanwhile, the lock of the "
        "environment is free, and builds of a run that was abandoned may still be at work. Let it remove "
        "only "
        "what its run has made. When it fails, a notice says so.",
        quoted_list(cleaned)));
  }
  if (facts.pipeline().hotfix && facts.uses_connection()) {
    add("* Opening the pull request that merges a hotfix back: CodePipeline has no access to pull requests. "
        "The notice has a link.");
  }
  return text.empty() ? "* Nothing." : without_line_end(text);
}

}  // namespace

std::string guide(const Facts& facts, const std::vector<Stack>& stacks) {
  std::string rows;
  size_t order = 0;
  for (const Stack& stack : stacks) {
    rows += fmt::format("| {} | `{}` | `{}` | {} | {} |\n", ++order, stack.name, stack.path, stack.account,
                        stack.region);
  }
  std::string approvers;
  for (const Approvers& group : approvers_of(facts)) {
    approvers += fmt::format("\n* Role `{}`:", group.role);
    for (const std::string& action : group.actions)
      approvers += fmt::format(" `{}`", action.substr(action.rfind(':') + 1));
  }
  const std::vector<std::string> guarded(facts.guarded_environments().begin(),
                                         facts.guarded_environments().end());
  std::string text(embedded::guide_md);
  replace(text, "@PIPELINE@", facts.pipeline().name);
  replace(text, "@BASE@", facts.names().base());
  replace(text, "@TRUNK@", facts.pipeline().sources.front().branch);
  replace(text, "@STACKS@", without_line_end(rows));
  replace(text, "@GUARDED@", quoted_list(guarded));
  replace(text, "@APPROVERS@", approvers);
  replace(text, "@NOT_ENFORCED@", not_enforced(facts));
  return fmt::format("<!-- {} -->\n{}", header(facts.pipeline()), text);
}

}  // namespace pipec::backends::codepipeline
