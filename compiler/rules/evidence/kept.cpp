#include "compiler/rules/evidence/kept.h"

#include "compiler/rules/evidence/commands.h"

#include <algorithm>
#include <cctype>
#include <set>

namespace pipec::rules {
namespace {

using Names = std::set<std::string, std::less<>>;

bool is_name(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_'; }

// `$rc`, `${rc}`, `$((rc + 1))`; in arithmetic the bare name too.
bool mentions(std::string_view text, const Names& names, bool arithmetic = false) {
  arithmetic = arithmetic || text.find("((") != std::string_view::npos;
  for (size_t i = 0; i < text.size();) {
    if (!is_name(text[i])) {
      ++i;
      continue;
    }
    const size_t begin = i;
    while (i < text.size() && is_name(text[i]))
      ++i;
    const bool value = arithmetic || (begin > 0 && (text[begin - 1] == '$' || text[begin - 1] == '{'));
    if (value && names.contains(text.substr(begin, i - begin))) return true;
  }
  return false;
}

bool is_status(std::string_view text) {
  return text.find("$?") != std::string_view::npos || text.find("PIPESTATUS") != std::string_view::npos;
}

template <class Is>
bool in_words(const ShellCommand& command, const Is& is) {
  return std::any_of(command.words.begin(), command.words.end(), is);
}

// Those of `rc=$?` and of `local rc=$?`.
std::vector<std::pair<std::string, std::string>> assignments_of(const ShellCommand& command) {
  std::vector<std::pair<std::string, std::string>> found = command.assignments;
  const std::string_view program = program_of(command);
  if (program != "local" && program != "export" && program != "declare" && program != "readonly")
    return found;
  for (const std::string& word : command.words) {
    const size_t equals = word.find('=');
    if (equals != std::string::npos) found.emplace_back(word.substr(0, equals), word.substr(equals + 1));
  }
  return found;
}

class Search {
 public:
  Search(const ShellScript& script, const std::vector<Fate>& fates)
      : commands_(script.commands), blocks_(script.blocks), fates_(fates) {}

  bool is_kept(size_t index) {
    size_t next = index + 1;
    if (commands_[index].branches) {
      // What the branches of the `if` set.
      for (; next < commands_.size() && commands_[next].depth >= commands_[index].depth; ++next)
        add(commands_[next]);
    } else {
      // `|| rc=$?`
      for (; next < commands_.size() && is_same_list(index, next); ++next) {
        if (commands_[next].words.empty()) add(commands_[next]);
      }
    }
    if (next < commands_.size() && names_.empty()) {
      if (in_words(commands_[next], is_status)) return fails_by(next);
      for (const auto& [name, value] : assignments_of(commands_[next])) {
        if (is_status(value)) names_.insert(name);
      }
    }
    return !names_.empty() && is_used(index + 1);
  }

 private:
  bool is_same_list(size_t index, size_t other) const {
    return commands_[other].join != ShellJoin::sequence || commands_[other].depth > commands_[index].depth;
  }

  void add(const ShellCommand& command) {
    for (const auto& [name, value] : assignments_of(command))
      names_.insert(name);
  }

  // Whether something behind it fails by one of the names.
  bool is_used(size_t from) {
    for (size_t i = from; i < commands_.size(); ++i) {
      const ShellCommand& command = commands_[i];
      const bool arithmetic = program_of(command) == "((";
      const bool given =
          in_words(command, [&](const std::string& word) { return mentions(word, names_, arithmetic); });
      if (given && fails_by(i)) return true;
      const ShellBlock& block = blocks_[command.block];
      if (ends_badly(command) && mentions(block.header, names_)) return true;
      for (const auto& [name, value] : assignments_of(command)) {
        if (mentions(value, names_)) names_.insert(name);
      }
    }
    return false;
  }

  // Whether the command, which is given a status, can end the script by it.
  bool fails_by(size_t index) const {
    const ShellCommand& command = commands_[index];
    const std::string_view program = program_of(command);
    if (program == "exit" || program == "return") return true;
    return (is_test(command) || !only_prepares(command)) && fates_[index].seen;
  }

  const std::vector<ShellCommand>& commands_;
  const std::vector<ShellBlock>& blocks_;
  const std::vector<Fate>& fates_;
  Names names_;
};

}  // namespace

bool is_kept(const ShellScript& script, const std::vector<Fate>& fates, size_t index) {
  return fates[index].reached != Reached::never && Search(script, fates).is_kept(index);
}

}  // namespace pipec::rules
