#include "compiler/support/parallel.h"

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <exception>
#include <mutex>
#include <thread>
#include <vector>

namespace pipec {
namespace {

class Pool {
 public:
  Pool(size_t count, const std::function<void(size_t)>& work) : count_(count), work_(work) {}

  void run(size_t threads, const std::function<void(size_t)>& done) {
    std::vector<std::jthread> workers;
    running_ = threads;
    for (size_t i = 0; i < threads; ++i)
      workers.emplace_back([this] { take_turns(); });
    constexpr auto patience = std::chrono::milliseconds(100);
    std::unique_lock lock(mutex_);
    while (!changed_.wait_for(lock, patience, [&] { return running_ == 0; })) {
      const size_t finished = finished_;
      lock.unlock();
      done(finished);
      lock.lock();
    }
    if (failure_ != nullptr) std::rethrow_exception(failure_);
  }

 private:
  void take_turns() {
    std::unique_lock lock(mutex_);
    while (next_ < count_ && failure_ == nullptr) {
      const size_t mine = next_++;
      lock.unlock();
      std::exception_ptr failure;
      try {
        work_(mine);
      } catch (...) {
        failure = std::current_exception();
      }
      lock.lock();
      if (failure != nullptr && failure_ == nullptr) failure_ = failure;
      ++finished_;
    }
    if (--running_ == 0) changed_.notify_one();
  }

  const size_t count_;
  const std::function<void(size_t)>& work_;
  std::mutex mutex_;
  std::condition_variable changed_;
  size_t next_ = 0;
  size_t finished_ = 0;
  size_t running_ = 0;
  std::exception_ptr failure_;
};

}  // namespace

void in_parallel(size_t count, size_t jobs, const std::function<void(size_t)>& work,
                 const std::function<void(size_t)>& done) {
  if (jobs == 0) jobs = std::max(1U, std::thread::hardware_concurrency());
  const size_t threads = std::min(count, jobs);
  if (threads > 1) {
    Pool(count, work).run(threads, done);
    return;
  }
  for (size_t i = 0; i < count; ++i) {
    work(i);
    done(i + 1);
  }
}

}  // namespace pipec
