#include "compiler/sema/types.h"

#include "compiler/sema/declarations.h"
#include "compiler/support/text.h"

#include <fmt/core.h>

namespace pipec::sema {
namespace {

std::string describe_artifacts(const Type& type) {
  if (type.artifacts.empty()) return "an artifact";
  std::string text = "an artifact of type ";
  for (size_t i = 0; i < type.artifacts.size(); ++i) {
    if (i > 0) text += i + 1 == type.artifacts.size() ? " or " : ", ";
    text += "`" + std::string(type.artifacts[i]) + "`";
  }
  return text;
}

std::string_view name_of(Space space) {
  switch (space) {
    case Space::source:
      return "a source";
    case Space::environment:
      return "an environment";
    case Space::stage:
      return "a stage";
    case Space::element:
      return "an element";
    case Space::route:
      return "a route";
    case Space::target:
      return "a target";
    case Space::group:
      return "a group";
    case Space::capability:
      return "a capability";
    case Space::pipeline:
      return "a pipeline";
    case Space::runbook:
      return "a runbook";
    case Space::rule:
      return "the code of a rule";
    case Space::role:
      return "a role of the profile";
  }
  return "";
}

}  // namespace

bool is_text_like(TypeKind kind) {
  switch (kind) {
    case TypeKind::string:
    case TypeKind::text:
    case TypeKind::command:
    case TypeKind::account:
    case TypeKind::cron:
    case TypeKind::window:
    case TypeKind::zone:
    case TypeKind::moment:
    case TypeKind::url:
      return true;
    default:
      return false;
  }
}

std::string describe(const Type& type) {
  switch (type.kind) {
    case TypeKind::error:
      return "anything";
    case TypeKind::string:
    case TypeKind::text:
      return "a text";
    case TypeKind::command:
      return "a command";
    case TypeKind::integer:
      return "a whole number";
    case TypeKind::boolean:
      return "`true` or `false`";
    case TypeKind::duration:
      return "a duration such as `90s` or `5m`";
    case TypeKind::percent:
      return "a percentage such as `10%`";
    case TypeKind::size:
      return "a size such as `512MiB`";
    case TypeKind::date:
      return "a date such as `2027-03-31`";
    case TypeKind::severity:
      return "`critical`, `high`, `medium` or `low`";
    case TypeKind::account:
      return "an account number of 12 digits in quotes";
    case TypeKind::cron:
      return "a cron expression such as `\"0 3 * * *\"`";
    case TypeKind::window:
      return "a window such as `\"Mon-Fri 08:00-16:00\"`";
    case TypeKind::zone:
      return "a time zone such as `\"Europe/Berlin\"`";
    case TypeKind::moment:
      return "a moment such as `\"2027-03-31 22:30 Europe/Berlin\"`";
    case TypeKind::url:
      return "an address such as `\"https://example.com\"`";
    case TypeKind::run_time:
      return "a text or a value of the run such as `image.uri`";
    case TypeKind::list:
      return "a list, each of which is " + describe(*type.item);
    case TypeKind::map:
      return "a record such as `{ NAME = … }`";
    case TypeKind::record: {
      std::string fields;
      for (const RecordField& field : type.fields)
        fields += fmt::format(" {} = … ", field.name);
      return fmt::format("a record such as `{{{}}}`", fields);
    }
    case TypeKind::enumeration: {
      std::vector<std::string> members(type.members.begin(), type.members.end());
      return quoted_list(members, "or");
    }
    case TypeKind::variant: {
      constexpr size_t most_listed = 8;
      if (type.variant->constructors.size() > most_listed)
        return fmt::format("a {} such as `{}`", type.variant->name, type.variant->constructors.front().name);
      std::vector<std::string> constructors;
      for (const Constructor& constructor : type.variant->constructors) {
        constructors.push_back(std::string(constructor.name) + (constructor.parameters.empty() ? "" : "(…)"));
      }
      return quoted_list(constructors, "or");
    }
    case TypeKind::artifact:
      return describe_artifacts(type);
    case TypeKind::reference:
      return std::string(name_of(type.space));
    case TypeKind::block:
      return "a building block of the target";
  }
  return "";
}

const Type* TypeTable::simple(TypeKind kind) {
  const Type*& type = simple_[static_cast<size_t>(kind)];
  if (type == nullptr) {
    Type made{.kind = kind};
    if (kind == TypeKind::severity) made.members.assign(severities.begin(), severities.end());
    type = make(std::move(made));
  }
  return type;
}

const Type* TypeTable::list_of(const Type* item) { return make({.kind = TypeKind::list, .item = item}); }
const Type* TypeTable::map_of(const Type* item) { return make({.kind = TypeKind::map, .item = item}); }
const Type* TypeTable::reference_to(Space space) {
  return make({.kind = TypeKind::reference, .space = space});
}

}  // namespace pipec::sema
