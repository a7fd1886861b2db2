// Comparisons of values, and what they are called in messages.
#pragma once

#include "compiler/sema/value.h"

#include <string>

namespace pipec::expect {

// `any_order`: of two lists only what they hold counts.
bool holds(const sema::Value& actual, ast::Comparison comparison, const sema::Value& expected,
           bool any_order);

// "at most 30m", "one that contains [build.scan]"
std::string in_words(ast::Comparison comparison, const sema::Value& expected);

// What is missing in a list and what it has too much; empty when that does not say more than both lists.
std::string difference(const sema::Value& actual, const sema::Value& expected);

}  // namespace pipec::expect
