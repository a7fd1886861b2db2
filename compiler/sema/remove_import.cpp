#include "compiler/sema/remove_import.h"

#include <algorithm>

namespace pipec::sema {
namespace {

Span span_of(const ast::ImportItem& item) { return join(item.name.span, item.local().span); }

Span removed_with(const ast::Import& import, size_t index) {
  if (import.items.size() == 1) return import.span;
  const Span item = span_of(import.items[index]);
  if (index + 1 < import.items.size())
    return {item.source, item.begin, span_of(import.items[index + 1]).begin};
  return {item.source, span_of(import.items[index - 1]).end, item.end};
}

}  // namespace

std::optional<Edit> remove_import(const ast::File& file, Span local) {
  for (const ast::Import& import : file.imports) {
    for (size_t i = 0; i < import.items.size(); ++i) {
      if (import.items[i].local().span != local) continue;
      const Span removed = removed_with(import, i);
      const bool comment_lost =
          std::any_of(file.comments.begin(), file.comments.end(),
                      [&](const ast::Comment& comment) { return removed.contains(comment.span); });
      if (comment_lost) return std::nullopt;
      return Edit{removed, ""};
    }
  }
  return std::nullopt;
}

}  // namespace pipec::sema
