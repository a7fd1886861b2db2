// What a person sees while a plan runs.
#pragma once

#include "backends/local/runner/element_log.h"
#include "backends/local/runner/event_loop.h"
#include "backends/local/runner/runner.h"

#include <memory>
#include <string>
#include <string_view>

namespace pipec::runner {

class Progress {
 public:
  virtual ~Progress() = default;

  // A line that stays.
  virtual void line(const std::string& text) = 0;
  // `log`: where the element's output goes, or null. It must live until `ended`.
  virtual void started(const std::string& id, const ElementLog* log) = 0;
  // Its output has grown.
  virtual void said() = 0;
  // `text`: what is said about the end; nothing when empty.
  virtual void ended(const std::string& id, const std::string& text) = 0;
  // Shows everything that is due and leaves the terminal to others, until `resume`.
  virtual void pause() = 0;
  virtual void resume() = 0;
};

// On a terminal a status area that is rewritten, otherwise a line for each event. `total`: how many elements
// there are.
std::unique_ptr<Progress> make_progress(const Console& console, EventLoop& loop, size_t total);

// `0.4s`, `12.3s`, `2m05s`
std::string elapsed_text(Clock::duration time);

}  // namespace pipec::runner
