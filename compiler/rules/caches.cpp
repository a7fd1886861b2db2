// What is deployed is made without a cache: another run could have put something into it.
#include "compiler/diag/kinds/structure.h"
#include "compiler/rules/rules.h"
#include "compiler/sema/chosen_targets.h"

#include <map>
#include <set>

#include <fmt/core.h>

namespace pipec::rules {
namespace {

using sema::Element;
using sema::Route;
using sema::Stage;

// The elements of a route, each behind all that use what it makes.
std::vector<const Element*> users_first(const Route& route) {
  std::vector<const Element*> elements;
  for (auto stage = route.stages.rbegin(); stage != route.stages.rend(); ++stage) {
    const std::vector<size_t>& sequence = stage->order.sequence;
    for (auto node = sequence.rbegin(); node != sequence.rend(); ++node) {
      if (*node < stage->order.element_count) elements.push_back(stage->elements[*node].get());
    }
  }
  return elements;
}

// The cache that the element has on some target; null for none.
const sema::Value* cache_of(const Context& context, const Element& element) {
  const auto used = [](const sema::Value* caches) {
    return caches != nullptr && !caches->is_error() && !caches->items().empty();
  };
  if (const sema::Value* caches = element.property("cache"); used(caches)) return caches;
  for (const sema::Target* target : sema::targets_of(context.model, context.pipeline)) {
    if (const sema::Value* caches = element.property_on(target->name, "cache"); used(caches)) return caches;
  }
  return nullptr;
}

}  // namespace

void caches(const Context& context) {
  std::set<const Element*> seen;
  for (const Route& route : context.pipeline.routes) {
    // Artifacts of which something deployed is made, and the deployment.
    std::map<std::string, const Element*> delivered;
    for (const Element* element : users_first(route)) {
      const Element* deployment = element->kind == ast::ElementKind::deploy ? element : nullptr;
      for (const auto& output : element->produces) {
        const auto found = delivered.find(output.first);
        if (found != delivered.end()) deployment = found->second;
      }
      if (deployment == nullptr) continue;
      for (const sema::ArtifactUse& use : element->consumes)
        delivered.emplace(use.artifact, deployment);
      const sema::Value* cache = cache_of(context, *element);
      if (deployment == element || cache == nullptr || !seen.insert(element).second) continue;
      context.sink
          .report(diag::not_here, cache->span, "cache",
                  fmt::format("`{}` deploys what `{}` makes, and what is deployed depends on nothing that "
                              "another run left",
                              deployment->id, element->id))
          .label(deployment->head, "deploys it");
    }
  }
}

}  // namespace pipec::rules
