#include "backends/local/runner/new_file.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace pipec::runner {

NewFile::NewFile(const std::string& path) : path_(path + ".pipec-XXXXXX") {
  file_ = ::mkostemp(path_.data(), O_CLOEXEC);
}

NewFile::~NewFile() {
  if (file_ < 0) return;
  ::close(file_);
  if (!done_) ::unlink(path_.c_str());
}

bool NewFile::write(std::string_view bytes) {
  while (file_ >= 0 && !bytes.empty()) {
    const ssize_t written = ::write(file_, bytes.data(), bytes.size());
    if (written < 0 && errno != EINTR) return false;
    if (written > 0) bytes.remove_prefix(static_cast<size_t>(written));
  }
  return file_ >= 0;
}

bool NewFile::take_place_of(const std::string& path, mode_t mode) {
  done_ = file_ >= 0 && ::fchmod(file_, mode) == 0 && ::rename(path_.c_str(), path.c_str()) == 0;
  return done_;
}

}  // namespace pipec::runner
