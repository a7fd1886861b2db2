#include "compiler/rules/evidence/origins.h"

#include "compiler/diag/kinds/profiles.h"
#include "compiler/rules/evidence/commands.h"
#include "compiler/rules/evidence/reading.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <map>
#include <set>

#include <fmt/core.h>

namespace pipec::rules {
namespace {

// The first program in the command that prints what it got from elsewhere; empty when there is none.
std::string_view fetcher_in(const Reading& reading, const ShellCommand& command) {
  const std::string_view first = program_of(command);
  if (first == "echo" || first == "printf") return {};
  for (const std::string& word : command.words) {
    if (const sema::Program* fetcher = reading.programs.fetcher(base_name(word))) return fetcher->name;
  }
  return {};
}

// `./i.sh` is `i.sh`.
std::string plain_path(std::string_view path) {
  return std::string(path.starts_with("./") ? path.substr(2) : path);
}

std::string_view fetcher_in(const Reading& reading, const std::vector<std::string>& scripts) {
  for (const std::string& text : scripts) {
    for (const ShellCommand& command : shell_script(text).commands) {
      if (const std::string_view fetcher = fetcher_in(reading, command); !fetcher.empty()) return fetcher;
    }
  }
  return {};
}

// `eval "$(…)"`, `. <(…)`, `bash <(…)`, `bash -c "$(…)"`
bool runs_what_it_substitutes(const ShellCommand& command) {
  const std::string_view program = program_of(command);
  if (program == "eval" || program == "source" || program == "." || !runner_of_input(command).empty())
    return true;
  const auto inner = inner_script(command);
  return inner && inner->text.find_first_of("$`") != std::string_view::npos;
}

bool is_address(std::string_view word) { return word.find("://") != std::string_view::npos; }

// Where the command leaves what it gets: `-o FILE`, `-O FILE`, `--output FILE`, `> FILE`, and with `-O` alone
// the name in the address.
std::set<std::string> files_of(const ShellCommand& command) {
  std::set<std::string> files;
  for (const ShellRedirection& redirection : command.redirections) {
    if (redirection.from == 1 && !redirection.to.starts_with('&')) files.insert(plain_path(redirection.to));
  }
  const auto& words = command.words;
  for (size_t i = 1; i < words.size(); ++i) {
    const std::string_view flag = words[i - 1];
    const bool is_short = flag.size() > 1 && flag[0] == '-' && flag[1] != '-';
    const bool output =
        flag.starts_with("--output") || (is_short && (flag.ends_with('o') || flag.ends_with('O')));
    if (output) files.insert(plain_path(is_address(words[i]) ? base_name(words[i]) : words[i]));
    for (const std::string_view joined : {"--output=", "--output-document="}) {
      if (words[i].starts_with(joined)) files.insert(plain_path(words[i].substr(joined.size())));
    }
  }
  return files;
}

// Whether the command compares a file with a digest or a signature.
bool verifies(const Reading& reading, const ShellCommand& command) {
  return std::any_of(reading.calls.begin(), reading.calls.end(), [&](const Call& call) {
    return call.program->verifies && &reading.command(call) == &command;
  });
}

void check_fetched(const Reading& reading, const std::vector<ShellCommand>& commands,
                   std::vector<Weakness>& found) {
  const auto say = [&](std::string_view runner, std::string_view fetcher) {
    found.push_back(
        {&diag::runs_what_it_fetches, reading.at, fmt::format("`{}` runs what `{}` gets", runner, fetcher)});
  };
  // What brought each file that nothing has verified since.
  std::map<std::string, std::string_view> fetched;
  std::string_view fetcher;
  for (const ShellCommand& command : commands) {
    if (command.join != ShellJoin::pipe) fetcher = {};
    if (verifies(reading, command)) fetched.clear();
    const std::string_view runner = runner_of_input(command);
    const std::string_view inner =
        runs_what_it_substitutes(command) ? fetcher_in(reading, command.substituted) : std::string_view();
    const auto file = fetched.find(plain_path(file_run(command)));
    if (!fetcher.empty() && !runner.empty()) {
      say(runner, fetcher);
    } else if (!inner.empty()) {
      say(runner.empty() ? program_of(command) : runner, inner);
    } else if (file != fetched.end()) {
      say(program_of(command), file->second);
    }
    if (fetcher.empty()) fetcher = fetcher_in(reading, command);
    if (fetcher.empty()) continue;
    for (const std::string& written : files_of(command))
      fetched.emplace(written, fetcher);
  }
}

// `docker pull python`, without a version: what pulls takes the latest one.
std::string_view pulled_without_version(const Reading& reading, const ShellCommand& command) {
  if (command.words.size() < 3 || command.words[1] != "pull") return {};
  const bool pulls = std::any_of(reading.calls.begin(), reading.calls.end(), [&](const Call& call) {
    const auto& with = call.program->with;
    return &reading.command(call) == &command && call.idle_by == "pull" &&
           std::find(with.begin(), with.end(), "pull") != with.end();
  });
  const std::string& image = command.words.back();
  const size_t name = image.rfind('/') == std::string::npos ? 0 : image.rfind('/');
  return pulls && !image.starts_with('-') && image.find_first_of(":@$`", name) == std::string::npos
             ? image
             : std::string_view();
}

void check_moving(const Reading& reading, const std::vector<ShellCommand>& commands,
                  std::vector<Weakness>& found) {
  for (const ShellCommand& command : commands) {
    const auto& words = command.words;
    if (const std::string_view image = pulled_without_version(reading, command); !image.empty())
      found.push_back({&diag::moving_version_called, reading.at,
                       fmt::format("`{}` has no version, which is that of `latest`", image)});
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
  const sema::Value* env = reading.property("env");
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
