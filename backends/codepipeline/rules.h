// Rules of Amazon EventBridge.
#pragma once

#include "backends/codepipeline/facts.h"
#include "backends/codepipeline/template.h"

#include <string>

namespace pipec::backends::codepipeline {

struct Rule {
  Required<std::string> name;
  Required<std::string> description;
  // Of the target.
  Required<Node> arn;
  // One of the two.
  Node pattern;
  std::string schedule;
  // For targets that are called with a role.
  Node role;
  Node input_transformer;
};

// Events that cannot be delivered end in the queue of the pipeline, where an alarm watches.
Resource resource_of(const Rule& rule, const Names& names);

// Five fields of cron as EventBridge's six; empty when it restricts both the day of the month and of the
// week, which EventBridge cannot express.
std::string schedule_expression(std::string_view cron);

// A filter of a trigger has at most so many patterns.
constexpr size_t most_patterns = 8;

// The patterns as filters of triggers take them: `**/` is at least one folder there, so that such a pattern
// becomes two. Not all of them when there are more than a filter may have.
std::vector<std::string> filter_patterns(const std::vector<std::string>& patterns);

// Whether a rule of CodeCommit events can follow the pattern: a name, or everything below a folder.
bool is_event_pattern(std::string_view pattern);

}  // namespace pipec::backends::codepipeline
