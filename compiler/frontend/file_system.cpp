#include "compiler/frontend/file_system.h"

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <filesystem>

#include <fcntl.h>
#include <fmt/core.h>
#include <sys/stat.h>
#include <unistd.h>

namespace pipec {
namespace fs = std::filesystem;
namespace {

constexpr const char* not_regular = "it is not a regular file";

std::string in_words(int error) {
  switch (error) {
    case ENOENT:
      return "no such file";
    case EACCES:
    case EPERM:
      return "permission denied";
    case EISDIR:
      return "it is a folder";
    case ENOSPC:
      return "no space left on the disk";
    case EROFS:
      return "the file system is read-only";
    default:
      return std::strerror(error);
  }
}

// Closes the descriptor at the end of the scope.
class Descriptor {
 public:
  explicit Descriptor(int descriptor) : descriptor_(descriptor) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() { close(); }

  int get() const { return descriptor_; }
  // False when the file system refused what was written.
  bool close() {
    const bool closed = descriptor_ < 0 || ::close(descriptor_) == 0;
    descriptor_ = -1;
    return closed;
  }

 private:
  int descriptor_;
};

bool write_all(int descriptor, std::string_view text) {
  while (!text.empty()) {
    const ssize_t written = ::write(descriptor, text.data(), text.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    text.remove_prefix(static_cast<size_t>(written));
  }
  return true;
}

struct Owner {
  uid_t user;
  gid_t group;
};

// A temporary file beside the target is renamed over it, which the kernel does as a whole or not at all. What
// has an owner is a person's text: it is on the disk before the old one goes, so that it outlives a failure
// of the power. What pipec can make again is not worth that time.
std::optional<std::string> replace_file(const std::string& path, std::string_view text, mode_t mode,
                                        std::optional<Owner> owner) {
  std::string temporary = path + ".XXXXXX";
  Descriptor file(::mkostemp(temporary.data(), O_CLOEXEC));
  if (file.get() < 0) return in_words(errno);
  // Only root may give a file away; for others it is theirs already, or becomes theirs.
  const bool owned = !owner || ::fchown(file.get(), owner->user, owner->group) == 0 || errno == EPERM;
  const bool written = owned && write_all(file.get(), text) && ::fchmod(file.get(), mode) == 0 &&
                       (!owner || ::fsync(file.get()) == 0);
  const int write_error = errno;
  if (!written || !file.close() || ::rename(temporary.c_str(), path.c_str()) != 0) {
    const int reason = written ? errno : write_error;
    ::unlink(temporary.c_str());
    return in_words(reason);
  }
  return std::nullopt;
}

// The file that a text for `path` replaces: itself, or what a symbolic link leads to. Nothing, and why, when
// that is there and is no regular file.
std::optional<std::string> replaceable(DiskFileSystem& files, const std::string& path, std::string& error) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0) return path;
  const bool link = S_ISLNK(status.st_mode);
  if (link && ::stat(path.c_str(), &status) != 0) {
    error = errno == ENOENT ? "it is a link to a file that does not exist" : in_words(errno);
  } else if (S_ISDIR(status.st_mode)) {
    error = in_words(EISDIR);
  } else if (!S_ISREG(status.st_mode)) {
    error = not_regular;
  } else {
    return link ? files.real_path(path) : path;
  }
  return std::nullopt;
}

// The paths in a folder can be read, and what is there.
bool may_list(const fs::path& folder) { return ::access(folder.c_str(), R_OK | X_OK) == 0; }

}  // namespace

ReadResult DiskFileSystem::read(const std::string& path, size_t max_bytes) {
  const bool standard_input = path == "-";
  if (standard_input && standard_input_) return {standard_input_->substr(0, max_bytes + 1), ""};
  // Not blocking: opening a named pipe must not hang before it can be refused.
  const Descriptor file(standard_input ? ::dup(STDIN_FILENO)
                                       : ::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.get() < 0) return {std::nullopt, in_words(errno)};
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return {std::nullopt, in_words(errno)};
  if (S_ISDIR(status.st_mode)) return {std::nullopt, "it is a folder"};
  if (!standard_input && !S_ISREG(status.st_mode)) return {std::nullopt, not_regular};
  std::string text;
  std::string buffer(size_t{1} << 16, '\0');
  while (text.size() <= max_bytes) {
    const ssize_t count =
        ::read(file.get(), buffer.data(), std::min(buffer.size(), max_bytes + 1 - text.size()));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return {std::nullopt, in_words(errno)};
    if (count == 0) break;
    text.append(buffer, 0, static_cast<size_t>(count));
  }
  if (standard_input) standard_input_ = text;
  return {std::move(text), ""};
}

std::string DiskFileSystem::real_path(const std::string& path) {
  std::error_code error;
  // A relative path of which nothing exists stays relative when it is made canonical.
  const fs::path absolute = fs::absolute(path, error);
  if (error) return path;
  const fs::path real = fs::weakly_canonical(absolute, error);
  return error ? path : real.string();
}

bool DiskFileSystem::exists(const std::string& path) { return ::access(path.c_str(), F_OK) == 0; }

std::optional<FolderContents> DiskFileSystem::files_below(const std::string& folder,
                                                          std::span<const std::string_view> without) {
  std::error_code error;
  if (!fs::is_directory(folder, error)) return std::nullopt;
  FolderContents found;
  if (!may_list(folder)) found.closed.push_back(folder);
  constexpr auto options = fs::directory_options::skip_permission_denied;
  for (fs::recursive_directory_iterator entry(folder, options, error), end; !error && entry != end;
       entry.increment(error)) {
    const std::string name = entry->path().filename().string();
    const bool hidden = name.starts_with('.');
    const bool left_out = hidden || std::find(without.begin(), without.end(), name) != without.end();
    std::error_code unknown;
    if (entry->is_directory(unknown) && !entry->is_symlink(unknown)) {
      if (left_out) entry.disable_recursion_pending();
      if (!left_out && !may_list(entry->path()))
        found.closed.push_back(entry->path().lexically_normal().string());
    }
    if (!hidden && entry->is_regular_file(unknown))
      found.files.push_back(entry->path().lexically_normal().string());
  }
  std::sort(found.files.begin(), found.files.end());
  return found;
}

std::optional<std::string> DiskFileSystem::write(const std::string& path, std::string_view text,
                                                 bool executable) {
  std::string refusal;
  const auto target = replaceable(*this, path, refusal);
  if (!target) return refusal;
  const fs::path folder = fs::path(*target).parent_path();
  std::error_code error;
  if (!folder.empty()) fs::create_directories(folder, error);
  if (error) return in_words(error.value());
  return replace_file(*target, text, executable ? 0755 : 0644, std::nullopt);
}

std::optional<std::string> DiskFileSystem::rewrite(const std::string& path, std::string_view text) {
  const std::string target = real_path(path);
  struct stat status {};
  if (::stat(target.c_str(), &status) != 0 || ::access(target.c_str(), W_OK) != 0) return in_words(errno);
  return replace_file(target, text, status.st_mode & 07777, Owner{status.st_uid, status.st_gid});
}

std::optional<std::string> DiskFileSystem::remove(const std::string& path) {
  if (::unlink(path.c_str()) == 0 || errno == ENOENT) return std::nullopt;
  return in_words(errno);
}

ReadResult MemoryFileSystem::read(const std::string& path, size_t max_bytes) {
  const auto found = files.find(real_path(path));
  if (found == files.end()) return {std::nullopt, "no such file"};
  return {found->second.substr(0, max_bytes + 1), ""};
}

std::string MemoryFileSystem::real_path(const std::string& path) {
  return fs::path(path).lexically_normal().string();
}

bool MemoryFileSystem::exists(const std::string& path) {
  const std::string real = real_path(path);
  const auto next = files.lower_bound(real);
  return next != files.end() && (next->first == real || next->first.starts_with(real + "/"));
}

std::optional<FolderContents> MemoryFileSystem::files_below(const std::string& folder,
                                                            std::span<const std::string_view> without) {
  const std::string real = real_path(folder);
  const std::string start = real == "." ? "" : real + "/";
  std::vector<std::string> below;
  bool is_folder = false;
  for (const auto& entry : files) {
    if (!entry.first.starts_with(start)) continue;
    is_folder = true;
    const std::string rest = "/" + entry.first.substr(start.size());
    const bool left_out = rest.find("/.") != std::string::npos ||
                          std::any_of(without.begin(), without.end(), [&](std::string_view name) {
                            return rest.find(fmt::format("/{}/", name)) != std::string::npos;
                          });
    if (!left_out) below.push_back(entry.first);
  }
  return is_folder ? std::optional(FolderContents{std::move(below), {}}) : std::nullopt;
}

std::optional<std::string> MemoryFileSystem::write(const std::string& path, std::string_view text,
                                                   bool /*executable*/) {
  files[real_path(path)] = std::string(text);
  return std::nullopt;
}

std::optional<std::string> MemoryFileSystem::rewrite(const std::string& path, std::string_view text) {
  if (!files.contains(real_path(path))) return "no such file";
  return write(path, text, false);
}

std::optional<std::string> MemoryFileSystem::remove(const std::string& path) {
  files.erase(real_path(path));
  return std::nullopt;
}

}  // namespace pipec
