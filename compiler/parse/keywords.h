// Classes of tokens, and the keywords of the language by how they are spelled.
#pragma once

#include "compiler/support/text.h"

#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace pipec::parse {

// A word: a name, or a keyword, which is a name wherever one is expected.
bool is_name(size_t token_type);
bool is_literal(size_t token_type);
// 1 for an opening bracket, -1 for a closing one, 0 for everything else.
int change_of_depth(size_t token_type);

// Whether the keyword begins a declaration or a part of one whose header can have a body in braces.
bool is_header(size_t token_type);
// `action`, `gate`, `approval`, `deploy`.
bool is_element_kind(size_t token_type);

// The keyword that begins a declaration or an item and is spelled nearly like `word`.
std::optional<std::string_view> nearest_keyword(std::string_view word);
// The same of those that stand directly before their `{`, such as `hotfix`.
std::optional<std::string_view> nearest_nameless_keyword(std::string_view word);

struct Keyword {
  std::string_view word;
  // What it is for, in one or two sentences.
  std::string_view purpose;
};
// All of them, in the order of grammar/keywords.def.
std::span<const Keyword> keywords();

// How a header is named in a message: in quotes, by its keyword alone when it is long.
std::string shown_header(std::string_view text, std::string_view keyword);

}  // namespace pipec::parse
