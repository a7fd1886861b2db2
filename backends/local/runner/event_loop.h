// One thread waits for everything: output, timers, signals, the terminal.
#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <utility>

#include <signal.h>

namespace pipec::runner {

using Clock = std::chrono::steady_clock;

// While it exists SIGINT, SIGTERM, SIGHUP and SIGCHLD reach the loop and nothing else. Throws
// std::system_error when the kernel has no descriptors left for it.
class EventLoop {
 public:
  using Handler = std::function<void()>;
  using Timer = std::pair<Clock::time_point, size_t>;

  EventLoop();
  EventLoop(const EventLoop&) = delete;
  EventLoop& operator=(const EventLoop&) = delete;
  ~EventLoop();

  // Calls `readable` whenever something can be read, until `forget`.
  void watch(int descriptor, Handler readable);
  void forget(int descriptor);

  Timer at(Clock::time_point time, Handler handler);
  Timer after(Clock::duration time, Handler handler) { return at(Clock::now() + time, std::move(handler)); }
  // Does nothing when the timer has run.
  void cancel(const Timer& timer) { timers_.erase(timer); }

  void on_child(Handler handler) { child_ = std::move(handler); }
  // SIGINT, SIGTERM or SIGHUP.
  void on_interrupt(Handler handler) { interrupt_ = std::move(handler); }

  // Waits for the next events and handles them.
  void run_once();

 private:
  void read_signals();
  void run_timers();
  int milliseconds_to_next_timer() const;

  int epoll_ = -1;
  int signals_ = -1;
  sigset_t old_mask_{};
  size_t next_timer_ = 0;
  std::map<Timer, Handler> timers_;
  std::map<int, Handler> readable_;
  Handler child_;
  Handler interrupt_;
};

}  // namespace pipec::runner
