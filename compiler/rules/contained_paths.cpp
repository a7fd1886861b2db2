// What a source contains is where it says. The file lives in the first source.
#include "compiler/diag/kinds/profiles.h"
#include "compiler/rules/rules.h"

namespace pipec::rules {

void contained_paths(const Context& context) {
  const sema::Checkout& checkout = context.model.checkout;
  if (!checkout.known || context.pipeline.sources.empty()) return;
  const sema::Source& source = context.pipeline.sources.front();
  for (const sema::Contained& contained : source.contains) {
    for (const std::string& path : contained.paths) {
      if (checkout.missing.contains(path))
        context.sink.report(diag::contained_path_missing, contained.at, source.name, contained.kind->name,
                            path);
    }
  }
}

}  // namespace pipec::rules
