// Files beside the sources leave out no finding of an element's program.
#include "compiler/diag/kinds/profiles.h"
#include "compiler/rules/evidence/ignores.h"
#include "compiler/rules/rules.h"
#include "compiler/support/text.h"

#include <fmt/core.h>

namespace pipec::rules {

void ignore_files(const Context& context) {
  const auto& files = context.model.checkout.ignore_files;
  if (files.empty()) return;
  // An override of an element is another one with the same name.
  std::set<std::pair<std::string_view, std::string_view>> said;
  for (const sema::Element* element : elements_of(context.pipeline)) {
    const IgnoreFiles read = ignore_files_of(*element);
    for (const sema::IgnoreFile& file : files) {
      if (!read.contain(file) || !said.emplace(element->id, file.path).second) continue;
      const std::string path = fmt::format("`{}`", file.path);
      if (!file.unread.empty()) {
        context.sink.report(diag::ignore_file_unread, element->head, element->id, file.path, file.unread);
      } else {
        context.sink.report(diag::findings_left_out, element->head, element->id, path,
                            counted(file.lines, "line"));
      }
    }
  }
}

}  // namespace pipec::rules
