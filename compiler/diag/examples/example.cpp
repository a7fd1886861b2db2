#include "compiler/diag/examples/example.h"

#include "compiler/diag/examples/embedded.h"

#include <algorithm>

namespace pipec::diag {
namespace {

constexpr std::string_view place_mark = "# in a ";
constexpr std::string_view run_mark = "# RUN: ";
constexpr std::string_view fix_mark = "# FIX: safe\n";
constexpr std::string_view good_mark = "# --- good\n";

// What stands between `mark` and the end of the line, taken off the front of `text`; nothing when the line
// does not begin with `mark`.
std::optional<std::string_view> take_line(std::string_view& text, std::string_view mark) {
  if (!text.starts_with(mark)) return std::nullopt;
  const size_t end = std::min(text.find('\n'), text.size() - 1);
  const std::string_view rest = text.substr(mark.size(), end - mark.size());
  text.remove_prefix(end + 1);
  return rest;
}

Example parsed(std::string_view text) {
  Example example;
  example.place = take_line(text, place_mark).value_or("");
  example.command = take_line(text, run_mark).value_or(usual_command);
  if (text.starts_with(fix_mark)) {
    example.fixed_safely = true;
    text.remove_prefix(fix_mark.size());
  }
  const size_t good = std::min(text.find(good_mark), text.size());
  example.bad = text.substr(0, good);
  text.remove_prefix(std::min(good + good_mark.size(), text.size()));
  example.good = text;
  return example;
}

}  // namespace

std::optional<Example> example_of(std::string_view code) {
  constexpr std::string_view ending = ".pipe";
  for (const examples::File& file : examples::files) {
    if (file.name.size() == code.size() + ending.size() && file.name.starts_with(code))
      return parsed(file.text);
  }
  return std::nullopt;
}

}  // namespace pipec::diag
