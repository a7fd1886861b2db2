#include "backends/local/runner/element_log.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

namespace pipec::runner {

ElementLog::ElementLog(std::string path) : path_(std::move(path)) {
  file_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file_ < 0) error_ = std::strerror(errno);
}

ElementLog::~ElementLog() {
  if (file_ >= 0) ::close(file_);
}

void ElementLog::write(std::string_view lines) {
  for (std::string_view rest = lines; file_ >= 0 && error_.empty() && !rest.empty();) {
    const ssize_t written = ::write(file_, rest.data(), rest.size());
    if (written < 0 && errno != EINTR) error_ = std::strerror(errno);
    if (written > 0) rest.remove_prefix(static_cast<size_t>(written));
  }
  while (!lines.empty()) {
    const size_t end = std::min(lines.find('\n'), lines.size());
    if (tail_.size() == most_lines) tail_.pop_front();
    tail_.emplace_back(lines.substr(0, end));
    lines.remove_prefix(std::min(end + 1, lines.size()));
  }
}

void OutputStream::feed(std::string_view bytes) { add(masker_.feed(bytes), false); }

void OutputStream::finish() { add(masker_.finish(), true); }

void OutputStream::add(const std::string& masked, bool last) {
  // A line without end must not fill the memory.
  constexpr size_t longest_line = size_t{1} << 20;
  const size_t old_size = begun_.size();
  begun_ += masked;
  std::string lines;
  size_t at = 0;
  for (size_t end = begun_.find('\n', old_size); end != std::string::npos; end = begun_.find('\n', at)) {
    lines += prefix_;
    lines.append(begun_, at, end + 1 - at);
    at = end + 1;
  }
  begun_.erase(0, at);
  if (!begun_.empty() && (last || begun_.size() > longest_line)) {
    lines += prefix_ + begun_ + "\n";
    begun_.clear();
  }
  if (!lines.empty()) log_.write(lines);
}

std::string printable(std::string_view line) {
  constexpr char escape = '\x1b';
  while (line.ends_with('\r'))
    line.remove_suffix(1);
  line.remove_prefix(line.rfind('\r') + 1);
  std::string text;
  for (size_t at = 0; at < line.size(); ++at) {
    const auto c = static_cast<unsigned char>(line[at]);
    if (line[at] == escape && at + 1 < line.size() && line[at + 1] == '[') {
      // A control sequence ends with a letter or one of a few signs.
      at += 2;
      while (at < line.size() && (line[at] < 0x40 || line[at] > 0x7e))
        ++at;
    } else if (c == 0xc2 && at + 1 < line.size() && static_cast<unsigned char>(line[at + 1]) < 0xa0) {
      // Control characters beyond ASCII, as UTF-8.
      ++at;
    } else if (c == '\t') {
      text += ' ';
    } else if (c >= 0x20 && c != 0x7f) {
      text += line[at];
    }
  }
  return text;
}

}  // namespace pipec::runner
