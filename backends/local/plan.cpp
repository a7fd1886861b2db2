#include "backends/local/plan.h"

#include <algorithm>

namespace pipec::local {
namespace {

template <class T>
const T* find_named(const std::vector<T>& all, std::string_view name) {
  const auto found = std::find_if(all.begin(), all.end(), [&](const T& item) { return *item.name == name; });
  return found == all.end() ? nullptr : &*found;
}

}  // namespace

std::string_view to_string(Kind kind) {
  switch (kind) {
    case Kind::action:
      return "action";
    case Kind::gate:
      return "gate";
    case Kind::approval:
      return "approval";
    case Kind::deploy:
      return "deploy";
  }
  return "";
}

const Route* find_route(const Plan& plan, std::string_view name) { return find_named(plan.routes, name); }

const Environment* find_environment(const Plan& plan, std::string_view name) {
  return find_named(plan.environments, name);
}

const Artifact* find_artifact(const Plan& plan, std::string_view name) {
  return find_named(plan.artifacts, name);
}

}  // namespace pipec::local
