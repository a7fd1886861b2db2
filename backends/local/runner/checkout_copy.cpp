#include "backends/local/runner/checkout_copy.h"

#include <filesystem>

#include <fmt/core.h>

namespace pipec::runner {
namespace fs = std::filesystem;
namespace {

// The first mistake; what vanishes while it is copied, because another element removes it, is none.
class Copy {
 public:
  void folder(const fs::path& from, const fs::path& to, bool top) {
    std::error_code error;
    fs::create_directories(to, error);
    if (failed(to, error)) return;
    fs::directory_iterator entry(from, error);
    for (; !error && entry != fs::directory_iterator() && error_.empty(); entry.increment(error)) {
      if (!top || entry->path().filename() != ".pipec") copy(*entry, to / entry->path().filename());
    }
    if (!failed(from, error)) permissions(from, to);
  }

  const std::string& error() const { return error_; }

 private:
  void copy(const fs::directory_entry& entry, const fs::path& to) {
    std::error_code error;
    const fs::file_status status = entry.symlink_status(error);
    if (failed(entry.path(), error)) return;
    if (fs::is_symlink(status)) {
      fs::copy_symlink(entry.path(), to, error);
      failed(entry.path(), error);
    } else if (fs::is_directory(status)) {
      folder(entry.path(), to, false);
    } else if (fs::is_regular_file(status)) {
      file(entry.path(), to);
    }
  }

  // Tools compare times to decide what is up to date, so a copy keeps them.
  void file(const fs::path& from, const fs::path& to) {
    std::error_code error;
    const fs::file_time_type time = fs::last_write_time(from, error);
    if (!error) fs::copy_file(from, to, error);
    if (!error) fs::last_write_time(to, time, error);
    failed(from, error);
  }

  void permissions(const fs::path& from, const fs::path& to) {
    std::error_code error;
    const fs::file_status status = fs::status(from, error);
    if (!error && fs::exists(status)) fs::permissions(to, status.permissions(), error);
    failed(from, error);
  }

  bool failed(const fs::path& path, const std::error_code& error) {
    const bool counts = error && error != std::errc::no_such_file_or_directory;
    if (counts && error_.empty())
      error_ = fmt::format("cannot copy `{}`: {}", path.string(), error.message());
    return static_cast<bool>(error);
  }

  std::string error_;
};

}  // namespace

std::optional<std::string> copy_checkout(const std::string& root, const std::string& to) {
  Copy copy;
  copy.folder(root, to, true);
  if (copy.error().empty()) return std::nullopt;
  return copy.error();
}

}  // namespace pipec::runner
