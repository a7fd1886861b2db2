// A run from its first element to its last.
#pragma once

#include "backends/local/runner/approval_desk.h"
#include "backends/local/runner/scheduler.h"
#include "backends/local/runner/script_run.h"
#include "backends/local/runner/selection.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace pipec::runner {

class Execution {
 public:
  // `root`: the checkout, absolute.
  Execution(const Selection& selection, const Request& request, const Console& console,
            const std::string& root, const RunFolder& folder);

  Outcome run();

 private:
  // A task that has begun and not ended.
  struct Active {
    Clock::time_point begin = Clock::now();
    std::unique_ptr<ElementLog> log;
    std::unique_ptr<ScriptRun> script;
  };

  void announce();
  void start_what_may();
  void start(size_t task);
  void start_script(size_t task, Active& active);
  void ask(size_t task, const local::Approval& approval);
  Result pass_window(const local::WindowGate& window, ElementLog& log) const;
  Result simulate(const Task& task, ElementLog& log) const;
  void tell_run(const std::string& root);
  void ended(size_t task, const Result& result);
  std::string end_text(const Task& task, const Active& active, const Result& result) const;
  void interrupt();
  void write_record();
  Outcome finish();
  std::string shown(const std::string& path) const;
  std::string colored(std::string_view color, std::string_view text) const;

  const Selection& selection_;
  const Console& console_;
  const RunFolder& folder_;
  size_t jobs_;
  Scheduler scheduler_;
  Secrets secrets_;
  EventLoop loop_;
  std::unique_ptr<Progress> progress_;
  ProcessTable processes_;
  ArtifactStore artifacts_;
  Record record_;
  Workshop shop_;
  ApprovalDesk desk_;

  std::map<size_t, Active> active_;
  // Ended within a call from themselves; destroyed afterwards.
  std::vector<Active> retired_;
  size_t scripts_running_ = 0;
  std::optional<EventLoop::Timer> record_timer_;
  bool interrupted_ = false;
  Clock::time_point begin_ = Clock::now();
  size_t ended_ = 0;
  size_t passed_ = 0;
  std::vector<std::string> failed_;
  // The first thing of the run's own that could not be written.
  std::string io_error_;
};

}  // namespace pipec::runner
