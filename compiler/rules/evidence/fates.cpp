#include "compiler/rules/evidence/fates.h"

#include "compiler/rules/evidence/commands.h"

#include <algorithm>
#include <array>
#include <map>
#include <optional>
#include <span>

#include <fmt/core.h>

namespace pipec::rules {
namespace {

using Kind = ShellBlock::Kind;

constexpr size_t no_block = static_cast<size_t>(-1);

Fate hidden(std::string before, std::string after) {
  return {false, std::move(before), std::move(after), false};
}

// What stands directly in a block: a command, or another block.
struct Item {
  // `no_block` for a command.
  size_t block = no_block;
  // The commands that it holds.
  size_t first = 0;
  size_t last = 0;
};

// In which circumstances the commands of a block run.
struct Around {
  bool errexit = true;
  // What becomes of the status of its last command.
  Fate status;
  // Its last command is the last one of the script.
  bool at_end = true;
  // It has a status of its own, which `set -e` looks at.
  bool reports = false;
  // Why failures before its last command end nothing, without `errexit`.
  Fate goes_on;
};

class Reader {
 public:
  Reader(const ShellScript& script, const RunAs& as)
      : commands_(script.commands),
        blocks_(script.blocks),
        as_(as),
        items_(blocks_.size()),
        around_(blocks_.size()),
        breaks_(blocks_.size()),
        fates_(commands_.size()),
        errexit_(commands_.size()),
        pipefail_(commands_.size()) {}

  std::vector<Fate> read() {
    collect();
    find_options();
    around_.front() = {as_.errexit, as_.status, true, false, as_.goes_on};
    for (size_t block = 0; block < blocks_.size(); ++block)
      read_block(block);
    mark_background();
    mark_failing();
    mark_unreached();
    return std::move(fates_);
  }

 private:
  void collect() {
    std::vector<bool> placed(blocks_.size());
    for (size_t i = 0; i < commands_.size(); ++i) {
      for (size_t block = commands_[i].block; block != 0 && !placed[block]; block = blocks_[block].parent) {
        placed[block] = true;
        items_[blocks_[block].parent].push_back({block, i, i});
      }
      items_[commands_[i].block].push_back({no_block, i, i});
      if (program_of(commands_[i]) == "break") breaks_[loop_around(commands_[i].block)] = true;
    }
    // Blocks stand behind what they are in.
    for (size_t block = blocks_.size(); block-- > 0;) {
      for (Item& item : items_[block]) {
        if (item.block != no_block) item.last = items_[item.block].back().last;
      }
    }
  }

  // The innermost one; the script where there is none.
  size_t loop_around(size_t block) const {
    while (block != 0 && blocks_[block].kind != Kind::loop)
      block = blocks_[block].parent;
    return block;
  }

  void find_options() {
    bool errexit = as_.errexit;
    bool pipefail = as_.pipefail;
    for (size_t i = 0; i < commands_.size(); ++i) {
      errexit = (errexit && !sets_errexit(commands_[i], '+')) || sets_errexit(commands_[i], '-');
      pipefail = (pipefail && !sets_pipefail(commands_[i], '+')) || sets_pipefail(commands_[i], '-');
      errexit_[i] = errexit;
      pipefail_[i] = pipefail;
    }
  }

  // Which part of its block the item is in.
  size_t part_of(const Item& item) const {
    return item.block == no_block ? commands_[item.first].part : blocks_[item.block].part;
  }

  void read_block(size_t block) {
    const std::vector<Item>& items = items_[block];
    for (size_t begin = 0; begin < items.size();) {
      size_t end = begin + 1;
      while (end < items.size() && commands_[items[end].first].join != ShellJoin::sequence)
        ++end;
      const bool last = end == items.size() || part_of(items[begin]) != part_of(items[end]);
      read_list(block, std::span(items).subspan(begin, end - begin), last);
      begin = end;
    }
  }

  // `a && b || c`, the last one of its block or not.
  void read_list(size_t block, std::span<const Item> list, bool last) {
    const Around& around = around_[block];
    // The fate of each item, from the last to the first.
    std::vector<Fate> found(list.size());
    // The next one behind `||`.
    size_t alternative = list.size();
    for (size_t i = list.size(); i-- > 0;) {
      const Item& item = list[i];
      const bool ends = i + 1 == list.size();
      if (!ends && commands_[list[i + 1].first].join == ShellJoin::if_failed) alternative = i + 1;
      found[i] =
          ends ? at_end(around, item, last) : before_another(around, list, found, i, alternative, last);
      if (item.block == no_block) {
        const ShellCommand& command = commands_[item.first];
        if (command.branches) {
          found[i] = in_condition(block);
        } else if (command.negated && !is_awaited(command)) {
          found[i] = turned(std::move(found[i]), ends && !(last && around.at_end));
        }
      }
      place(around, item, found[i], ends, last);
    }
  }

  // It stands behind `while` or `until`.
  bool is_awaited(const ShellCommand& command) const {
    return blocks_[command.block].kind == Kind::loop && command.part == 1;
  }

  Fate in_loop(const ShellCommand& command) const {
    const bool until = (blocks_[command.block].header == "until") != command.negated;
    if (!until) return hidden("the loop only ends when ", " fails");
    return breaks_[command.block] ? hidden("`break` ends the loop though ", " fails") : Fate{};
  }

  // The last one of a list.
  Fate at_end(const Around& around, const Item& item, bool last) const {
    const ShellCommand& command = commands_[item.first];
    if (is_awaited(command)) return in_loop(command);
    if (around.errexit && errexit_[item.first]) return {};
    if (last) return around.status;
    return around.errexit ? hidden("behind `set +e` it goes on when ", " fails") : around.goes_on;
  }

  // One that another one follows, by `|`, `&&` or `||`.
  Fate before_another(const Around& around, std::span<const Item> list, const std::vector<Fate>& found,
                      size_t i, size_t alternative, bool last) const {
    const ShellJoin join = commands_[list[i + 1].first].join;
    if (join == ShellJoin::pipe) {
      if (pipefail_[list[i].first]) return found[i + 1];
      return as_.pipefail ? hidden("without `pipefail` the pipe hides that ", " fails")
                          : hidden("`sh` has no `pipefail`, so the pipe hides that ", " fails");
    }
    // `[ "$rc" = 0 ] && exit 1`
    if (join == ShellJoin::if_succeeded && ends_badly(commands_[list[i + 1].first])) return {};
    // The loop goes on until it succeeds, or its last turn is over.
    if (join == ShellJoin::if_succeeded && program_of(commands_[list[i + 1].first]) == "break")
      return hidden("the loop tries again when ", " fails");
    // Behind `&&` everything is skipped to the next `||`.
    if (alternative < list.size()) return behind_failure(list, found, alternative);
    // It ends nothing, being no last command (POSIX, set -e); its status is that of the list.
    if (last && (around.at_end || around.reports || !around.errexit)) return around.status;
    return hidden("a list with `&&` does not end it when ", " fails");
  }

  // `|| X`, at `list[at]`.
  Fate behind_failure(std::span<const Item> list, const std::vector<Fate>& found, size_t at) const {
    const ShellCommand& decisive = commands_[list[at].last];
    if (ends_badly(decisive)) return {};
    if (always_succeeds(decisive) || moves_things(decisive)) {
      const bool goes_on = at + 1 < list.size() &&
                           commands_[list[at + 1].first].join == ShellJoin::if_succeeded &&
                           ends_badly(commands_[list[at + 1].first]);
      if (goes_on) return {};
      const std::string with = decisive.words.front() + (ends_well(decisive) ? " 0" : "");
      return hidden(fmt::format("`|| {}` hides that ", with), " fails");
    }
    if (decisive.words.empty() && !decisive.assignments.empty() && decisive.substituted.empty())
      return hidden(fmt::format("nothing fails by the `{}` that keeps the status of ",
                                decisive.assignments.front().first),
                    "");
    return found[at];
  }

  // By `!`. `goes_on`: the status of the list decides nothing, and `set -e` looks away.
  Fate turned(Fate fate, bool goes_on) const {
    if (fate.seen && goes_on) fate = hidden("with `!` it does not end the script that ", " fails");
    fate.turned = true;
    return fate;
  }

  // The condition of an `if`: somebody in it must do something about the status.
  Fate in_condition(size_t block) {
    while (block != 0 && blocks_[block].kind != Kind::branch)
      block = blocks_[block].parent;
    const auto [acts, added] = acts_.emplace(block, false);
    if (added) acts->second = acts_on_it(block);
    return acts->second ? Fate{} : hidden("`if` takes the status of ", ", and nothing in it fails");
  }
  bool acts_on_it(size_t block) const {
    const std::vector<Item>& items = items_[block];
    // Nobody writes more, so nothing is said of it.
    constexpr size_t most = 1'000;
    if (items.back().last - items.front().first > most) return true;
    for (size_t i = items.front().first; i <= items.back().last; ++i) {
      const bool condition = commands_[i].branches && commands_[i].block == block;
      if (!condition && !commands_[i].words.empty() && !only_prepares(commands_[i])) return true;
    }
    return false;
  }

  // Gives a command its fate, and a block its circumstances. `free`: nothing looks at the status of the item
  // but `set -e`.
  void place(const Around& around, const Item& item, const Fate& fate, bool free, bool last) {
    if (item.block == no_block) {
      fates_[item.first] = fate;
      return;
    }
    Around& inside = around_[item.block];
    inside.errexit = around.errexit && free;
    inside.at_end = around.at_end && last && free;
    inside.reports = blocks_[item.block].kind == Kind::subshell;
    inside.status = fate;
    inside.goes_on =
        around.errexit
            ? (fate.seen ? hidden("without `set -e`, as before `||`, it goes on when ", " fails") : fate)
            : around.goes_on;
  }

  void mark_background() {
    const bool waits = std::any_of(commands_.begin(), commands_.end(), [](const ShellCommand& command) {
      return program_of(command) == "wait" && command.words.size() > 1;
    });
    for (size_t i = 0; i < commands_.size(); ++i) {
      if (commands_[i].background && !waits)
        fates_[i] = hidden("in the background, by `&`, ", " fails unseen without `wait PID`");
    }
  }

  // `exit 1` in plain sight: it ends the whole script, and with a failure.
  bool fails_script(size_t index) const {
    const ShellCommand& command = commands_[index];
    if (program_of(command) != "exit" || command.words.size() != 2) return false;
    const std::string& status = command.words[1];
    const bool number = status.size() <= 2 && status.find_first_not_of("0123456789") == std::string::npos;
    return number && !ends_well(command) && command.join == ShellJoin::sequence && !is_apart(index);
  }

  // A failure that `exit 1` follows in any case is none that is lost: `{ make logs || true; exit 1; }`.
  void mark_failing() {
    if (!as_.status.seen) return;
    // Of each block, from its end: whether the script fails behind this place, and behind the block.
    struct Behind {
      size_t part = 0;
      bool fails = false;
      bool outside = false;
    };
    std::vector<std::optional<Behind>> behind(blocks_.size());
    const auto at = [&](const auto& self, size_t block, size_t part) -> Behind& {
      auto& found = behind[block];
      if (!found) {
        const bool outside = block != 0 && self(self, blocks_[block].parent, blocks_[block].part).fails;
        found = Behind{part, outside, outside};
      } else if (found->part != part) {
        found->part = part;
        found->fails = found->outside;
      }
      return *found;
    };
    for (size_t i = commands_.size(); i-- > 0;) {
      const ShellCommand& command = commands_[i];
      Behind& here = at(at, command.block, command.part);
      if (here.fails && !fates_[i].seen && !command.background) fates_[i] = Fate{};
      if (fails_script(i)) here.fails = true;
      constexpr auto leaving = std::to_array<std::string_view>({"exit", "return", "break", "continue"});
      const bool leaves = std::find(leaving.begin(), leaving.end(), program_of(command)) != leaving.end();
      if (!leaves || fails_script(i)) continue;
      // It may go past all that follows.
      for (size_t block = command.block;; block = blocks_[block].parent) {
        if (behind[block]) behind[block]->fails = false;
        if (block == 0) break;
      }
    }
  }

  // What stands behind a command that ends the script with success.
  void mark_unreached() {
    Reached reached = Reached::always;
    std::string end;
    for (size_t i = 0; i < commands_.size(); ++i) {
      fates_[i].reached = reached;
      if (reached == Reached::never)
        fates_[i] = {false, end + " ends it before ", " runs", false, Reached::never};
      if (reached == Reached::never || !ends_script_well(i)) continue;
      const ShellCommand& command = commands_[i];
      const bool always = command.join == ShellJoin::sequence && command.block == 0;
      reached = always ? Reached::never : Reached::perhaps;
      end = command.words.size() > 1 ? fmt::format("`{} {}`", command.words[0], command.words[1])
                                     : fmt::format("`{}`", command.words[0]);
    }
  }

  // `exit 0`, or `exit` alone, which has the status of what succeeded before it.
  bool ends_script_well(size_t index) const {
    const ShellCommand& command = commands_[index];
    const bool alone = command.words.size() == 1 && program_of(command) == "exit";
    return (alone || ends_well(command)) && !is_apart(index);
  }

  // It ends only a subshell, a pipe or what runs in the background.
  bool is_apart(size_t index) const {
    const ShellCommand& command = commands_[index];
    const bool piped = command.join == ShellJoin::pipe ||
                       (index + 1 < commands_.size() && commands_[index + 1].join == ShellJoin::pipe);
    if (piped || command.background) return true;
    for (size_t block = command.block; block != 0; block = blocks_[block].parent) {
      if (blocks_[block].kind == Kind::subshell) return true;
    }
    return false;
  }

  const std::vector<ShellCommand>& commands_;
  const std::vector<ShellBlock>& blocks_;
  const RunAs& as_;
  // Of each block.
  std::vector<std::vector<Item>> items_;
  std::vector<Around> around_;
  // Whether it is a loop that `break` ends.
  std::vector<bool> breaks_;
  std::vector<Fate> fates_;
  std::vector<bool> errexit_;
  std::vector<bool> pipefail_;
  // Whether the body of an `if` does something about its condition.
  std::map<size_t, bool> acts_;
};

}  // namespace

std::vector<Fate> fates(const ShellScript& script, const RunAs& as) { return Reader(script, as).read(); }

}  // namespace pipec::rules
