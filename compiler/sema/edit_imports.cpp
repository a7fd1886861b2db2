#include "compiler/sema/edit_imports.h"

#include <algorithm>

#include <fmt/core.h>

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

std::optional<Edit> add_name(const ast::Import& import, std::string_view name) {
  if (import.items.empty()) return std::nullopt;
  const Span last = span_of(import.items.back());
  return Edit{{last.source, last.end, last.end}, fmt::format(", {}", name)};
}

std::optional<Edit> add_import(const ast::File& file, std::string_view module, std::string_view name) {
  for (const ast::Import& import : file.imports) {
    if (!import.path && import.module.text == module && !import.items.empty()) return add_name(import, name);
  }
  const Span behind = file.imports.empty() ? file.version : file.imports.back().span;
  if (behind.end == behind.begin) return std::nullopt;
  const std::string_view line = file.imports.empty() ? "\n\n" : "\n";
  return Edit{{behind.source, behind.end, behind.end},
              fmt::format("{}import {} {{ {} }}", line, module, name)};
}

}  // namespace pipec::sema
