#include "backends/local/runner/process_tree.h"

#include <array>
#include <charconv>
#include <cstdio>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace pipec::runner {
namespace {

struct ProcessInfo {
  char state = 0;
  pid_t parent = 0;
  pid_t session = 0;
};

// /proc/PID/stat: `PID (name) state parent group session …`; the name may hold anything.
bool read_info(pid_t pid, ProcessInfo& info) {
  const std::string path = "/proc/" + std::to_string(pid) + "/stat";
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  std::array<char, 512> buffer{};
  const ssize_t size = ::read(file, buffer.data(), buffer.size() - 1);
  ::close(file);
  const std::string text(buffer.data(), size > 0 ? static_cast<size_t>(size) : 0);
  const size_t name_end = text.rfind(')');
  if (name_end == std::string::npos) return false;
  int group = 0;
  return std::sscanf(text.c_str() + name_end + 1, " %c %d %d %d", &info.state, &info.parent, &group,
                     &info.session) == 4;
}

std::map<pid_t, ProcessInfo> all_processes() {
  std::map<pid_t, ProcessInfo> all;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator("/proc", error)) {
    const std::string name = entry.path().filename();
    pid_t pid = 0;
    const auto [end, failed] = std::from_chars(name.data(), name.data() + name.size(), pid);
    ProcessInfo info;
    if (failed == std::errc() && end == name.data() + name.size() && read_info(pid, info))
      all.emplace(pid, info);
  }
  return all;
}

// `among` and everything that descends from them, without the dead.
std::vector<pid_t> with_descendants(const std::map<pid_t, ProcessInfo>& all, std::vector<pid_t> among) {
  std::map<pid_t, std::vector<pid_t>> children;
  for (const auto& [pid, info] : all)
    children[info.parent].push_back(pid);
  std::set<pid_t> seen(among.begin(), among.end());
  for (size_t next = 0; next < among.size(); ++next) {
    for (const pid_t child : children[among[next]]) {
      if (seen.insert(child).second) among.push_back(child);
    }
  }
  std::erase_if(among, [&](pid_t pid) {
    const auto info = all.find(pid);
    return info == all.end() || info->second.state == 'Z' || info->second.state == 'X';
  });
  return among;
}

std::vector<pid_t> tree_of(pid_t leader) {
  const auto all = all_processes();
  std::vector<pid_t> roots{leader};
  for (const auto& [pid, info] : all) {
    if (info.session == leader && pid != leader) roots.push_back(pid);
  }
  std::vector<pid_t> tree = with_descendants(all, std::move(roots));
  std::erase(tree, leader);
  return tree;
}

std::vector<pid_t> children_in_other_sessions() {
  const auto all = all_processes();
  const pid_t session = ::getsid(0);
  std::vector<pid_t> children;
  for (const auto& [pid, info] : all) {
    if (info.parent == ::getpid() && info.session != session) children.push_back(pid);
  }
  return with_descendants(all, std::move(children));
}

}  // namespace

void adopt_orphans() { ::prctl(PR_SET_CHILD_SUBREAPER, 1); }

size_t signal_tree(pid_t leader, int signal) {
  const std::vector<pid_t> tree = tree_of(leader);
  for (const pid_t pid : tree)
    ::kill(pid, signal);
  return tree.size();
}

size_t count_tree(pid_t leader) { return tree_of(leader).size(); }

void kill_descendants() {
  while (true) {
    // Without children there is nothing to look for, which is the usual case.
    const pid_t reaped = ::waitpid(-1, nullptr, WNOHANG);
    if (reaped > 0) continue;
    if (reaped < 0) return;
    const std::vector<pid_t> left = children_in_other_sessions();
    if (left.empty()) return;
    for (const pid_t pid : left)
      ::kill(pid, SIGKILL);
    ::waitpid(-1, nullptr, 0);
  }
}

}  // namespace pipec::runner
