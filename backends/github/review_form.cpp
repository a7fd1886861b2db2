#include "backends/github/review_form.h"

#include "backends/common/yaml.h"

#include <initializer_list>

#include <fmt/core.h>

namespace pipec::backends::github {
namespace {

using yaml::Node;

Node field(std::string_view type, std::string_view id, std::vector<std::pair<std::string, Node>> attributes) {
  return Node::mapping({{"type", type}, {"id", id}, {"attributes", Node::mapping(std::move(attributes))}});
}

Node required(Node node) {
  node.set("validations", Node::mapping({{"required", true}}));
  return node;
}

Node options(std::initializer_list<std::string_view> labels) {
  Node node = Node::sequence();
  for (const std::string_view label : labels)
    node.add(Node::mapping({{"label", label}}));
  return node;
}

}  // namespace

std::string review_form_path(const Context& context) {
  return fmt::format(".github/ISSUE_TEMPLATE/pipec-{}-review.yml", context.pipeline().name);
}

std::string review_form(const Context& context, std::string_view header) {
  Node body = Node::sequence();
  body.add(required(field("input", "incident", {{"label", "Incident ID"}})));
  body.add(field("textarea", "timeline",
                 {{"label", "Deployment Timeline"},
                  {"value",
                   "- Deploy started:\n- Issue detected:\n- Rollback initiated:\n- Service recovered:\n- "
                   "Root cause identified:\n"
                   "- Hotfix deployed:\n"}}));
  body.add(
      field("checkboxes", "pipeline-gaps",
            {{"label", "Pipeline Gaps"},
             {"options", options({"Could a test have caught this?", "Could canary analysis have caught this?",
                                  "Could a security scan have caught this?", "Was rollback fast enough?",
                                  "Did monitoring detect the issue?"})}}));
  body.add(field(
      "textarea", "improvements",
      {{"label", "Pipeline Improvements"},
       {"description", "What changes in the pipeline, so that it does not happen again"},
       {"value", "1. Add test:\n2. Tighten canary threshold:\n3. Add monitoring:\n4. Update runbook:\n"}}));
  return yaml::write(
      Node::mapping({{"name", fmt::format("Post-incident review of {}", context.pipeline().name)},
                     {"description", "What the pipeline learns from an incident"},
                     {"title", "Review of "},
                     {"labels", Node::sequence({Node(Context::report_label)})},
                     {"body", body}}),
      header);
}

}  // namespace pipec::backends::github
