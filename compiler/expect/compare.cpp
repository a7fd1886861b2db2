#include "compiler/expect/compare.h"

#include "compiler/support/text.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::expect {
namespace {

using ast::Comparison;
using sema::Value;

bool has(const Value& list, const Value& item) {
  return std::any_of(list.items().begin(), list.items().end(),
                     [&](const Value& other) { return sema::same(other, item); });
}

bool same_members(const Value& one, const Value& other) {
  const auto within = [](const Value& list, const Value& in) {
    return std::all_of(list.items().begin(), list.items().end(),
                       [&](const Value& item) { return has(in, item); });
  };
  return within(one, other) && within(other, one);
}

// A number by which values of a type with an order compare.
int64_t rank(const Value& value) {
  if (const auto* number = value.as<int64_t>()) return *number;
  if (const auto* duration = value.as<Duration>()) return duration->seconds;
  if (const auto* percent = value.as<sema::PercentValue>()) return percent->percent;
  if (const auto* size = value.as<sema::SizeValue>()) return size->bytes;
  if (const auto* date = value.as<ast::DateExpr>()) return (date->year * 16 + date->month) * 32 + date->day;
  const auto severity = std::find(sema::severities.begin(), sema::severities.end(), value.text());
  return severity - sema::severities.begin();
}

std::vector<std::string> missing_in(const Value& list, const Value& wanted) {
  std::vector<std::string> missing;
  for (const Value& item : wanted.items()) {
    if (!has(list, item)) missing.push_back(spell(item));
  }
  return missing;
}

}  // namespace

bool holds(const Value& actual, Comparison comparison, const Value& expected, bool any_order) {
  const bool sets = any_order && actual.as<sema::ListValue>() != nullptr;
  const bool equal = sets ? same_members(actual, expected) : sema::same(actual, expected);
  const auto& items = expected.items();
  const auto in_actual = [&](const Value& item) { return has(actual, item); };
  switch (comparison) {
    case Comparison::equal:
      return equal;
    case Comparison::not_equal:
      return !equal;
    case Comparison::less:
      return rank(actual) < rank(expected);
    case Comparison::less_equal:
      return rank(actual) <= rank(expected);
    case Comparison::greater:
      return rank(actual) > rank(expected);
    case Comparison::greater_equal:
      return rank(actual) >= rank(expected);
    case Comparison::contains:
      return std::all_of(items.begin(), items.end(), in_actual);
    case Comparison::lacks:
      return std::none_of(items.begin(), items.end(), in_actual);
    case Comparison::before:
      break;
  }
  return false;
}

std::string in_words(Comparison comparison, const Value& expected) {
  const std::string value = spell(expected);
  switch (comparison) {
    case Comparison::equal:
      return value;
    case Comparison::not_equal:
      return "anything else";
    case Comparison::less:
      return "less than " + value;
    case Comparison::less_equal:
      return "at most " + value;
    case Comparison::greater:
      return "more than " + value;
    case Comparison::greater_equal:
      return "at least " + value;
    case Comparison::contains:
      return "a list that contains " + value;
    case Comparison::lacks:
      return "a list without " + value;
    case Comparison::before:
      return "it to be";
  }
  return value;
}

std::string difference(const Value& actual, const Value& expected) {
  const std::vector<std::string> missing = missing_in(actual, expected);
  const std::vector<std::string> more = missing_in(expected, actual);
  std::string text;
  if (!missing.empty()) text = quoted_list(missing) + (missing.size() == 1 ? " is missing" : " are missing");
  if (!more.empty()) {
    text += fmt::format("{}{} {} not expected", text.empty() ? "" : ", ", quoted_list(more),
                        more.size() == 1 ? "is" : "are");
  }
  return text;
}

}  // namespace pipec::expect
