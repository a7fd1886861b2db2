// Asks the person at the terminal for approvals, one after the other.
#pragma once

#include "backends/local/plan.h"
#include "backends/local/runner/event_loop.h"
#include "backends/local/runner/progress.h"
#include "backends/local/runner/runner.h"

#include <deque>
#include <functional>
#include <optional>
#include <string>

namespace pipec::runner {

// The name of the user who runs pipec, as the machine knows it.
std::string user_name();

class ApprovalDesk {
 public:
  // Called once, with why it was not given; nothing when it was.
  using Answered = std::function<void(std::optional<std::string> refusal)>;

  ApprovalDesk(const Console& console, EventLoop& loop, Progress& progress)
      : console_(console), loop_(loop), progress_(progress) {}
  ~ApprovalDesk();

  void ask(const std::string& id, const local::Approval& approval, Answered answered);
  // Whoever is still to answer has not.
  void close(const std::string& why);

 private:
  struct Question {
    std::string id;
    const local::Approval* approval;
    Answered answered;
  };

  void show_next();
  void read_answer();
  void answer(std::optional<std::string> refusal);

  const Console& console_;
  EventLoop& loop_;
  Progress& progress_;
  // The first one is on the terminal when `asking_`.
  std::deque<Question> questions_;
  bool asking_ = false;
  std::string typed_;
  std::optional<EventLoop::Timer> deadline_;
};

}  // namespace pipec::runner
