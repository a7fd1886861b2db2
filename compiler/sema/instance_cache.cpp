// `cache` of an element: files that another run left, so that this one is faster.
#include "compiler/diag/kinds/structure.h"
#include "compiler/sema/instance.h"

namespace pipec::sema {
namespace {

// Why an element may not have one; empty when it may.
std::string_view refusal(const Element& element) {
  if (element.kind == ast::ElementKind::deploy)
    return "a deployment depends on its own run, and on nothing that another one left";
  if (element.always) return "what stands in `always` is one execution on some targets";
  if (element.final) return "what a final gate says depends on nothing that another run left";
  return "";
}

}  // namespace

void Instance::check_cache(const Element& element) {
  for (const std::string_view target : targets_of(element)) {
    const Value* caches = element.property_on(target, "cache");
    if (caches == nullptr || caches->is_error() || caches->items().empty()) continue;
    if (const std::string_view why = refusal(element); !why.empty())
      sink_.report(diag::not_here, caches->span, "cache", std::string(why));
    for (const Value& cache : caches->items()) {
      const Value* key = cache.find("key");
      if (key != nullptr && !key->is_error() && key->items().empty()) {
        sink_.report(diag::not_here, key->span, "key",
                     "without a file it would be written once and never again");
      }
    }
  }
}

}  // namespace pipec::sema
