#include "compiler/rules/evidence/origins.h"

#include "compiler/diag/kinds/profiles.h"
#include "compiler/rules/evidence/commands.h"
#include "compiler/rules/evidence/reading.h"

#include <algorithm>
#include <array>
#include <cctype>

#include <fmt/core.h>

namespace pipec::rules {
namespace {

// The first program in the command that prints what it got from elsewhere; empty when there is none.
std::string_view fetcher_in(const Reading& reading, const ShellCommand& command) {
  const std::string_view first = program_of(command);
  if (first == "echo" || first == "printf") return {};
  for (const std::string& word : command.words) {
    if (const std::string_view name = base_name(word); reading.fetchers.contains(name)) return name;
  }
  return {};
}

std::string_view fetcher_in(const Reading& reading, const std::vector<std::string>& scripts) {
  for (const std::string& text : scripts) {
    for (const ShellCommand& command : shell_script(text).commands) {
      for (const std::string& word : command.words) {
        const auto found = reading.fetchers.find(base_name(word));
        if (found != reading.fetchers.end()) return *found;
      }
    }
  }
  return {};
}

// `eval "$(…)"`, `. <(…)`, `bash <(…)`, `bash -c "$(…)"`
bool runs_what_it_substitutes(const ShellCommand& command) {
  const std::string_view program = program_of(command);
  if (program == "eval" || program == "source" || program == "." || runs_its_input(command)) return true;
  const auto inner = inner_script(command);
  return inner && inner->text.find_first_of("$`") != std::string_view::npos;
}

void check_fetched(const Reading& reading, const std::vector<ShellCommand>& commands,
                   std::vector<Weakness>& found) {
  std::string_view fetcher;
  for (const ShellCommand& command : commands) {
    if (command.join != ShellJoin::pipe) fetcher = {};
    std::string_view runs;
    if (!fetcher.empty() && runs_its_input(command)) runs = fetcher;
    if (runs.empty() && runs_what_it_substitutes(command)) runs = fetcher_in(reading, command.substituted);
    if (!runs.empty())
      found.push_back({&diag::runs_what_it_fetches, reading.at,
                       fmt::format("`{}` runs what `{}` gets", command.words.front(), runs)});
    if (fetcher.empty()) fetcher = fetcher_in(reading, command);
  }
}

void check_moving(const Reading& reading, const std::vector<ShellCommand>& commands,
                  std::vector<Weakness>& found) {
  for (const ShellCommand& command : commands) {
    const auto& words = command.words;
    // What gets the name, or is sent under it, is made here.
    const bool names = words.size() > 1 && (words[1] == "push" || words[1] == "tag");
    for (size_t i = 0; i < words.size() && !names; ++i) {
      const bool given = i > 0 && (words[i - 1] == "--tag" || words[i - 1] == "-t");
      if (!given && moves(words[i]))
        found.push_back({&diag::moving_version_called, reading.at, fmt::format("`{}` moves", words[i])});
    }
  }
}

}  // namespace

bool is_moving_version(std::string_view version) {
  constexpr auto names = std::to_array<std::string_view>(
      {"latest", "nightly", "edge", "stable", "current", "lts", "next", "canary"});
  return std::find(names.begin(), names.end(), version) != names.end();
}

bool moves(std::string_view word) {
  constexpr auto tags = std::to_array<std::string_view>({"latest", "nightly", "edge", "stable"});
  constexpr auto branches = std::to_array<std::string_view>({"main", "master", "HEAD"});
  const size_t mark = word.find_last_of(":@");
  if (mark == std::string_view::npos || mark == 0 || word[mark - 1] == '/') return false;
  const std::string_view thing = word.substr(0, mark);
  const bool is_name = std::all_of(thing.begin(), thing.end(), [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) != 0 ||
           std::string_view("._-/:@").find(c) != std::string_view::npos;
  });
  const std::string_view version = word.substr(mark + 1);
  const auto is_one_of = [&](const auto& names) {
    return std::find(names.begin(), names.end(), version) != names.end();
  };
  // `deploy@main` may be a person and a machine.
  const bool branch = word[mark] == '@' && thing.find('/') != std::string_view::npos && is_one_of(branches);
  return is_name && (is_one_of(tags) || branch);
}

void check_origins(const Reading& reading, std::vector<Weakness>& found) {
  for (const ReadScript& read : reading.scripts) {
    check_fetched(reading, read.script.commands, found);
    check_moving(reading, read.script.commands, found);
  }
  const sema::Value* env = reading.element.property("env");
  if (env == nullptr) return;
  // Where the value comes from a property with a type it is told there.
  const auto is_property = [&](const std::string& text) {
    return std::any_of(reading.element.properties.begin(), reading.element.properties.end(),
                       [&](const auto& property) { return property.second.text() == text; });
  };
  for (const auto& [name, value] : env->entries()) {
    if (value.as<sema::TextValue>() != nullptr && moves(value.text()) && !is_property(value.text()))
      found.push_back({&diag::moving_version_called, value.span, fmt::format("`{}` moves", value.text())});
  }
}

}  // namespace pipec::rules
