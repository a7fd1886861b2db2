// Files that appear as a whole or not at all.
#pragma once

#include <string>
#include <string_view>

#include <sys/types.h>

namespace pipec::runner {

// A new file that takes the place of another one as a whole, or vanishes. It is made beside `path`, so that
// both are on one file system.
class NewFile {
 public:
  explicit NewFile(const std::string& path);
  NewFile(const NewFile&) = delete;
  NewFile& operator=(const NewFile&) = delete;
  ~NewFile();

  // False (and errno) when it could not be made or written.
  bool write(std::string_view bytes);
  bool take_place_of(const std::string& path, mode_t mode);

 private:
  std::string path_;
  int file_ = -1;
  bool done_ = false;
};

}  // namespace pipec::runner
