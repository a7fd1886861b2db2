#include "backends/local/runner/progress.h"

#include <algorithm>
#include <optional>
#include <vector>

#include <fmt/core.h>
#include <sys/ioctl.h>
#include <unistd.h>

namespace pipec::runner {
namespace {

using namespace std::chrono_literals;

class PlainProgress : public Progress {
 public:
  explicit PlainProgress(const Console& console) : console_(console) {}

  void line(const std::string& text) override { console_.err(text + "\n"); }
  void started(const std::string& id, const ElementLog*) override {
    if (!console_.quiet) line(id + ": started");
  }
  void said() override {}
  void ended(const std::string&, const std::string& text) override {
    if (!text.empty()) line(text);
  }
  void pause() override {}
  void resume() override {}

 private:
  const Console& console_;
};

// The first characters of a UTF-8 text, at most `most` of them.
std::string_view clipped(std::string_view text, size_t most) {
  size_t characters = 0;
  for (size_t at = 0; at < text.size(); ++at) {
    const bool begins = (static_cast<unsigned char>(text[at]) & 0xc0) != 0x80;
    if (begins && characters++ == most) return text.substr(0, at);
  }
  return text;
}

// Lines that stay scroll by; below them the area says what runs. Everything is written in frames, at most ten
// a second, each with a single write.
class TerminalProgress : public Progress {
 public:
  TerminalProgress(const Console& console, EventLoop& loop, size_t total)
      : console_(console), loop_(loop), total_(total) {}
  ~TerminalProgress() override { pause(); }

  void line(const std::string& text) override {
    lines_ += text + "\n";
    draw_soon();
  }
  void started(const std::string& id, const ElementLog* log) override {
    running_.push_back({id, log, Clock::now()});
    draw_soon();
  }
  void said() override { draw_soon(); }
  void ended(const std::string& id, const std::string& text) override {
    ++done_;
    std::erase_if(running_, [&](const Entry& entry) { return entry.id == id; });
    if (!text.empty()) lines_ += text + "\n";
    draw_soon();
  }
  void pause() override {
    paused_ = true;
    cancel_timer();
    draw();
  }
  void resume() override {
    paused_ = false;
    draw_soon();
  }

 private:
  struct Entry {
    std::string id;
    const ElementLog* log;
    Clock::time_point since;
  };

  void cancel_timer() {
    if (timer_) loop_.cancel(*timer_);
    timer_.reset();
    soon_ = false;
  }

  void draw_soon() {
    if (paused_ || soon_) return;
    cancel_timer();
    soon_ = true;
    timer_ = loop_.at(last_draw_ + 100ms, [this] { draw(); });
  }

  void draw() {
    // Back to the first line of the area, and away with it.
    std::string frame;
    if (height_ > 0) frame = fmt::format("\x1b[{}A\r\x1b[J", height_);
    frame += lines_;
    lines_.clear();
    height_ = 0;
    if (!paused_) frame += area();
    if (!frame.empty()) console_.err(frame);
    last_draw_ = Clock::now();
    cancel_timer();
    // The times go on even when nothing happens.
    if (height_ > 0) timer_ = loop_.at(last_draw_ + 1s, [this] { draw(); });
  }

  std::string area() {
    if (running_.empty()) return "";
    winsize size{};
    const bool known = ::ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row > 0 && size.ws_col > 0;
    const size_t rows = known ? size.ws_row : 24;
    const size_t columns = known ? size.ws_col : 80;
    // Two lines stay free: the first says how far the run is, the last is where the cursor rests.
    const size_t shown = std::min(running_.size(), std::max<size_t>(rows, 4) - 3);
    // A line that is wider than it seems is cut off, not wrapped: the area would be higher than it is thought
    // to be.
    std::string area = "\x1b[?7l";
    const auto add = [&](const std::string& text) {
      area += clipped(text, columns - 1);
      area += "\n";
      ++height_;
    };
    add(fmt::format("[{}/{}] {} running{}, {}", done_, total_, running_.size(),
                    shown < running_.size() ? fmt::format(" ({} shown)", shown) : "",
                    elapsed_text(Clock::now() - begin_)));
    for (size_t i = 0; i < shown; ++i) {
      const Entry& entry = running_[i];
      std::string text = fmt::format("  {} {}", entry.id, elapsed_text(Clock::now() - entry.since));
      if (entry.log != nullptr && !entry.log->tail().empty())
        text += "  " + printable(entry.log->tail().back());
      add(text);
    }
    return area + "\x1b[?7h";
  }

  const Console& console_;
  EventLoop& loop_;
  size_t total_;
  size_t done_ = 0;
  std::vector<Entry> running_;
  // Lines that wait for the next frame.
  std::string lines_;
  size_t height_ = 0;
  bool paused_ = false;
  bool soon_ = false;
  std::optional<EventLoop::Timer> timer_;
  Clock::time_point begin_ = Clock::now();
  Clock::time_point last_draw_ = begin_ - 1s;
};

}  // namespace

std::unique_ptr<Progress> make_progress(const Console& console, EventLoop& loop, size_t total) {
  if (console.err_is_terminal && !console.quiet)
    return std::make_unique<TerminalProgress>(console, loop, total);
  return std::make_unique<PlainProgress>(console);
}

std::string elapsed_text(Clock::duration time) {
  const auto tenths = std::chrono::duration_cast<std::chrono::milliseconds>(time).count() / 100;
  if (tenths < 600) return fmt::format("{}.{}s", tenths / 10, tenths % 10);
  return fmt::format("{}m{:02}s", tenths / 600, tenths / 10 % 60);
}

}  // namespace pipec::runner
