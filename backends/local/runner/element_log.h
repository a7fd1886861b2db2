// The log of one element: a file, and its last lines in memory for the terminal.
#pragma once

#include "backends/local/runner/masking.h"

#include <deque>
#include <string>
#include <string_view>

namespace pipec::runner {

class ElementLog {
 public:
  // `path`: an existing file is emptied. A log that cannot be written is told by `error`.
  explicit ElementLog(std::string path);
  ElementLog(const ElementLog&) = delete;
  ElementLog& operator=(const ElementLog&) = delete;
  ~ElementLog();

  // Adds lines; each must end with a newline.
  void write(std::string_view lines);
  // A line of pipec's own.
  void remark(std::string_view text) { write("pipec: " + std::string(text) + "\n"); }

  const std::string& path() const { return path_; }
  // The last lines, at most `most_lines` of them.
  const std::deque<std::string>& tail() const { return tail_; }
  static constexpr size_t most_lines = 20;
  // Why the file could not be written; empty when it was.
  const std::string& error() const { return error_; }

 private:
  std::string path_;
  int file_ = -1;
  std::deque<std::string> tail_;
  std::string error_;
};

// What one process prints: masked, cut into lines, written to the log of its element.
class OutputStream {
 public:
  // `prefix` comes before every line.
  OutputStream(ElementLog& log, const Secrets& secrets, std::string prefix)
      : log_(log), masker_(secrets), prefix_(std::move(prefix)) {}

  void feed(std::string_view bytes);
  // Nothing more will come: a last line without its newline gets one.
  void finish();

 private:
  void add(const std::string& masked, bool last);

  ElementLog& log_;
  Masker masker_;
  std::string prefix_;
  // The beginning of a line whose end has not come yet.
  std::string begun_;
};

// A line as a terminal may show it: without control characters and escape sequences, of a line that was
// rewritten in place the last state.
std::string printable(std::string_view line);

}  // namespace pipec::runner
