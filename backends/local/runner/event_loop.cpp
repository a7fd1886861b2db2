#include "backends/local/runner/event_loop.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <limits>
#include <system_error>

#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <unistd.h>

namespace pipec::runner {
namespace {

int checked(int result, const char* what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), what);
  return result;
}

sigset_t signals_of_the_loop() {
  sigset_t set;
  sigemptyset(&set);
  for (const int signal : {SIGINT, SIGTERM, SIGHUP, SIGCHLD})
    sigaddset(&set, signal);
  return set;
}

}  // namespace

EventLoop::EventLoop() {
  const sigset_t signals = signals_of_the_loop();
  ::sigprocmask(SIG_BLOCK, &signals, &old_mask_);
  epoll_ = checked(::epoll_create1(EPOLL_CLOEXEC), "epoll_create1");
  signals_ = checked(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK), "signalfd");
  watch(signals_, [this] { read_signals(); });
}

EventLoop::~EventLoop() {
  ::close(signals_);
  ::close(epoll_);
  ::sigprocmask(SIG_SETMASK, &old_mask_, nullptr);
}

void EventLoop::watch(int descriptor, Handler readable) {
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.fd = descriptor;
  checked(::epoll_ctl(epoll_, EPOLL_CTL_ADD, descriptor, &event), "epoll_ctl");
  readable_[descriptor] = std::move(readable);
}

void EventLoop::forget(int descriptor) {
  ::epoll_ctl(epoll_, EPOLL_CTL_DEL, descriptor, nullptr);
  readable_.erase(descriptor);
}

EventLoop::Timer EventLoop::at(Clock::time_point time, Handler handler) {
  const Timer timer{time, next_timer_++};
  timers_.emplace(timer, std::move(handler));
  return timer;
}

void EventLoop::run_once() {
  std::array<epoll_event, 64> events;
  const int count =
      ::epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), milliseconds_to_next_timer());
  if (count < 0 && errno != EINTR) checked(count, "epoll_wait");
  for (int i = 0; i < count; ++i) {
    // One handler may forget the descriptor of another.
    const auto found = readable_.find(events[static_cast<size_t>(i)].data.fd);
    if (found == readable_.end()) continue;
    const Handler handler = found->second;
    handler();
  }
  run_timers();
}

void EventLoop::read_signals() {
  bool child = false;
  signalfd_siginfo info{};
  while (::read(signals_, &info, sizeof info) == static_cast<ssize_t>(sizeof info)) {
    if (info.ssi_signo == SIGCHLD) {
      child = true;
    } else if (interrupt_) {
      interrupt_();
    }
  }
  if (child && child_) child_();
}

void EventLoop::run_timers() {
  while (!timers_.empty() && timers_.begin()->first.first <= Clock::now()) {
    const Handler handler = std::move(timers_.begin()->second);
    timers_.erase(timers_.begin());
    handler();
  }
}

int EventLoop::milliseconds_to_next_timer() const {
  if (timers_.empty()) return -1;
  // Rounded up, so that the timer is due when the wait is over.
  const auto wait =
      std::chrono::ceil<std::chrono::milliseconds>(timers_.begin()->first.first - Clock::now()).count();
  return static_cast<int>(std::clamp<int64_t>(wait, 0, std::numeric_limits<int>::max()));
}

}  // namespace pipec::runner
