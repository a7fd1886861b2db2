// The scripts that run: starts them, reads what they print, ends them when their time is over.
#pragma once

#include "backends/local/runner/event_loop.h"
#include "compiler/support/duration.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/types.h>

namespace pipec::runner {

// How long processes may take to end after SIGTERM, before SIGKILL.
inline constexpr std::chrono::seconds grace_period{5};

struct Command {
  // The first is the program's path.
  std::vector<std::string> arguments;
  // `NAME=value`: all of it.
  std::vector<std::string> environment;
  std::string directory;
  Duration timeout;
  // An interrupt lets it go on.
  bool goes_on = false;
  // Removes what another process has left: neither an interrupt nor `kill` ends it, its timeout does.
  bool cleans_up = false;
};

// How a process has ended.
struct ProcessEnd {
  enum class Cause : uint8_t { exited, signalled, timed_out, interrupted };
  Cause cause = Cause::exited;
  // The exit code, or the number of the signal.
  int code = 0;
};

// Standard input is empty, output and errors come in one stream. Each process leads a session of its own
// without a terminal. It has ended when nothing of what it started is left: what an ending script leaves
// behind is killed.
class ProcessTable {
 public:
  using Output = std::function<void(std::string_view)>;
  using Ended = std::function<void(ProcessEnd)>;

  explicit ProcessTable(EventLoop& loop);
  // Kills what still runs.
  ~ProcessTable();

  // The error in words when it cannot be started; neither function is called then. `output` gets bytes as
  // they come, `ended` is called once, after the last output.
  std::optional<std::string> start(const Command& command, Output output, Ended ended);

  // Everything that does not go on gets SIGTERM, and SIGKILL when the grace period is over.
  void interrupt();
  // SIGKILL for everything, at once.
  void kill();

 private:
  struct Process;

  void begin_ending(Process& process, ProcessEnd::Cause cause);
  void read_output(Process& process);
  void reap();
  void leader_exited(Process& process, int code, bool signalled);
  void finish(Process& process);

  EventLoop& loop_;
  std::map<pid_t, std::unique_ptr<Process>> processes_;
};

}  // namespace pipec::runner
