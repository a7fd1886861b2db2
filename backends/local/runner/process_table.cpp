#include "backends/local/runner/process_table.h"

#include "backends/local/runner/process_tree.h"

#include <array>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <fmt/core.h>
#include <signal.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

namespace pipec::runner {
namespace {

std::vector<char*> pointers_to(const std::vector<std::string>& texts) {
  std::vector<char*> pointers;
  for (const std::string& text : texts)
    pointers.push_back(const_cast<char*>(text.c_str()));
  pointers.push_back(nullptr);
  return pointers;
}

// The descriptors, folder, session and signals with which a process starts.
class SpawnSettings {
 public:
  SpawnSettings(const std::string& directory, int output) {
    ::posix_spawn_file_actions_init(&actions_);
    ::posix_spawnattr_init(&attributes_);
    ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    ::posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
    ::posix_spawn_file_actions_adddup2(&actions_, output, STDERR_FILENO);
    ::posix_spawn_file_actions_addchdir_np(&actions_, directory.c_str());
    sigset_t none;
    sigemptyset(&none);
    ::posix_spawnattr_setsigmask(&attributes_, &none);
    sigset_t usual;
    sigemptyset(&usual);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGPIPE, SIGCHLD})
      sigaddset(&usual, signal);
    ::posix_spawnattr_setsigdefault(&attributes_, &usual);
    ::posix_spawnattr_setflags(&attributes_,
                               POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;
  ~SpawnSettings() {
    ::posix_spawn_file_actions_destroy(&actions_);
    ::posix_spawnattr_destroy(&attributes_);
  }

  const posix_spawn_file_actions_t* actions() const { return &actions_; }
  const posix_spawnattr_t* attributes() const { return &attributes_; }

 private:
  posix_spawn_file_actions_t actions_;
  posix_spawnattr_t attributes_;
};

}  // namespace

struct ProcessTable::Process {
  pid_t pid = 0;
  int output = -1;
  bool goes_on = false;
  Output on_output;
  Ended on_end;
  ProcessEnd end;
  // SIGTERM was sent, because of the timeout or an interrupt.
  bool ending = false;
  // The script itself has ended; something that it started may be left.
  bool exited = false;
  bool cleans_up = false;
  std::optional<EventLoop::Timer> timer;
};

ProcessTable::ProcessTable(EventLoop& loop) : loop_(loop) {
  adopt_orphans();
  loop_.on_child([this] { reap(); });
}

ProcessTable::~ProcessTable() {
  for (const auto& [pid, process] : processes_) {
    loop_.forget(process->output);
    ::close(process->output);
    if (process->timer) loop_.cancel(*process->timer);
    if (!process->exited) ::kill(pid, SIGKILL);
  }
  kill_descendants();
}

std::optional<std::string> ProcessTable::start(const Command& command, Output output, Ended ended) {
  std::array<int, 2> pipe{};
  if (::pipe2(pipe.data(), O_CLOEXEC) != 0) return fmt::format("no pipe: {}", std::strerror(errno));
  // Only the reading end: the script expects to wait when it writes faster than it is read.
  ::fcntl(pipe[0], F_SETFL, O_NONBLOCK);
  const SpawnSettings settings(command.directory, pipe[1]);
  const auto arguments = pointers_to(command.arguments);
  const auto environment = pointers_to(command.environment);
  pid_t pid = 0;
  const int error = ::posix_spawn(&pid, arguments.front(), settings.actions(), settings.attributes(),
                                  arguments.data(), environment.data());
  ::close(pipe[1]);
  if (error != 0) {
    ::close(pipe[0]);
    return fmt::format("cannot start `{}` in `{}`: {}", command.arguments.front(), command.directory,
                       std::strerror(error));
  }
  auto process = std::make_unique<Process>();
  Process& started = *process;
  started.pid = pid;
  started.cleans_up = command.cleans_up;
  started.output = pipe[0];
  started.goes_on = command.goes_on;
  started.on_output = std::move(output);
  started.on_end = std::move(ended);
  processes_.emplace(pid, std::move(process));
  loop_.watch(started.output, [this, &started] { read_output(started); });
  started.timer = loop_.after(std::chrono::seconds(command.timeout.seconds),
                              [this, &started] { begin_ending(started, ProcessEnd::Cause::timed_out); });
  return std::nullopt;
}

void ProcessTable::interrupt() {
  for (const auto& [pid, process] : processes_) {
    const bool ends = !process->ending && !process->goes_on && !process->cleans_up;
    if (ends) begin_ending(*process, ProcessEnd::Cause::interrupted);
  }
}

void ProcessTable::kill() {
  for (const auto& [pid, process] : processes_) {
    if (process->cleans_up) continue;
    if (!process->ending) begin_ending(*process, ProcessEnd::Cause::interrupted);
    signal_tree(pid, SIGKILL);
    if (!process->exited) ::kill(pid, SIGKILL);
  }
}

void ProcessTable::begin_ending(Process& process, ProcessEnd::Cause cause) {
  process.ending = true;
  process.end.cause = cause;
  if (process.timer) loop_.cancel(*process.timer);
  signal_tree(process.pid, SIGTERM);
  ::kill(process.pid, SIGTERM);
  process.timer = loop_.after(grace_period, [this, &process] {
    process.timer.reset();
    signal_tree(process.pid, SIGKILL);
    if (!process.exited) ::kill(process.pid, SIGKILL);
  });
}

void ProcessTable::read_output(Process& process) {
  std::array<char, size_t{1} << 16> buffer;
  const ssize_t size = ::read(process.output, buffer.data(), buffer.size());
  if (size > 0) {
    process.on_output({buffer.data(), static_cast<size_t>(size)});
  } else if (size == 0 || (errno != EAGAIN && errno != EINTR)) {
    // Whoever may still run has closed it; the end is told by SIGCHLD.
    loop_.forget(process.output);
  }
}

void ProcessTable::reap() {
  while (true) {
    siginfo_t info{};
    // Left unreaped at first: until then its number means nobody else.
    if (::waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid == 0) break;
    const auto found = processes_.find(info.si_pid);
    const bool ours = found != processes_.end() && !found->second->exited;
    // What is left of the group of a script that has ended by itself.
    if (ours && !found->second->ending) ::kill(-info.si_pid, SIGKILL);
    ::waitpid(info.si_pid, nullptr, 0);
    if (ours) leader_exited(*found->second, info.si_status, info.si_code != CLD_EXITED);
  }
  // An orphan may have been the last of a process that is being ended.
  std::vector<Process*> over;
  for (const auto& [pid, process] : processes_) {
    if (process->exited && process->ending && count_tree(pid) == 0) over.push_back(process.get());
  }
  for (Process* process : over)
    finish(*process);
}

void ProcessTable::leader_exited(Process& process, int code, bool signalled) {
  process.exited = true;
  process.end.code = code;
  if (process.ending) return;
  if (signalled) process.end.cause = ProcessEnd::Cause::signalled;
  finish(process);
}

void ProcessTable::finish(Process& process) {
  if (process.timer) loop_.cancel(*process.timer);
  loop_.forget(process.output);
  // What was still in the pipe; bounded, because somebody outside of the tree might go on writing.
  std::array<char, size_t{1} << 16> buffer;
  ssize_t size = 0;
  for (int rounds = 0; rounds < 64; ++rounds) {
    size = ::read(process.output, buffer.data(), buffer.size());
    if (size <= 0) break;
    process.on_output({buffer.data(), static_cast<size_t>(size)});
  }
  // Without an end of file somebody still holds the pipe: a process that has left the group.
  if (size != 0) signal_tree(process.pid, SIGKILL);
  ::close(process.output);
  const Ended on_end = std::move(process.on_end);
  const ProcessEnd end = process.end;
  processes_.erase(process.pid);
  on_end(end);
}

}  // namespace pipec::runner
