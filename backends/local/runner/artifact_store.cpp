#include "backends/local/runner/artifact_store.h"

#include "backends/local/runner/new_file.h"
#include "compiler/support/branches.h"
#include "compiler/support/hash.h"
#include "compiler/support/text.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <functional>

#include <fcntl.h>
#include <fmt/core.h>
#include <unistd.h>

namespace pipec::runner {
namespace fs = std::filesystem;
namespace {

// Opens a file for reading without following a link at its end.
class InputFile {
 public:
  explicit InputFile(const std::string& path)
      : file_(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW)) {}
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;
  ~InputFile() {
    if (file_ >= 0) ::close(file_);
  }

  // Calls `take` for every piece; the error in words.
  std::optional<std::string> read(const std::function<bool(std::string_view)>& take) const {
    if (file_ < 0) return std::strerror(errno);
    std::string buffer(size_t{1} << 18, '\0');
    while (true) {
      const ssize_t size = ::read(file_, buffer.data(), buffer.size());
      if (size < 0 && errno == EINTR) continue;
      if (size < 0 || (size > 0 && !take({buffer.data(), static_cast<size_t>(size)})))
        return std::strerror(errno);
      if (size == 0) return std::nullopt;
    }
  }

 private:
  int file_;
};

bool same_moment(const timespec& a, const timespec& b) {
  return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec;
}

std::optional<std::string> link_target(const std::string& path) {
  std::error_code error;
  const fs::path target = fs::read_symlink(path, error);
  if (error) return std::nullopt;
  return target.string();
}

std::optional<std::string> hash_of(const std::string& path) {
  Sha256 hash;
  const auto failed = InputFile(path).read([&](std::string_view bytes) {
    hash.add(bytes);
    return true;
  });
  if (failed) return std::nullopt;
  return hash.finish();
}

// Copies and hashes in one pass. The error in words.
std::optional<std::string> copy_content(const std::string& from, NewFile& to, std::string& hash) {
  Sha256 sum;
  const auto failed = InputFile(from).read([&](std::string_view bytes) {
    sum.add(bytes);
    return to.write(bytes);
  });
  hash = sum.finish();
  return failed;
}

}  // namespace

std::optional<std::string> copy_file(const std::string& from, const std::string& to, std::string& hash) {
  std::error_code error;
  fs::create_directories(fs::path(to).parent_path(), error);
  if (error) return error.message();
  NewFile copy(to);
  if (const auto failed = copy_content(from, copy, hash)) return failed;
  if (!copy.take_place_of(to, 0644)) return std::strerror(errno);
  return std::nullopt;
}

std::vector<std::string> matching_files(const std::string& root, std::string_view pattern) {
  if (pattern.starts_with("./")) pattern.remove_prefix(2);
  const size_t wildcard = std::min(pattern.find_first_of("*?"), pattern.size());
  std::string glob(pattern);
  // The folders before the first wildcard: nothing else can match.
  const size_t slash = pattern.rfind('/', wildcard);
  std::string fixed(pattern.substr(0, slash == std::string_view::npos ? 0 : slash));
  std::error_code error;
  if (wildcard == pattern.size()) {
    const fs::file_status status = fs::symlink_status(fs::path(root) / pattern, error);
    if (fs::is_regular_file(status) || fs::is_symlink(status)) return {glob};
    // A folder means all that is in it.
    fixed = glob;
    glob += "/**";
  }
  std::vector<std::string> found;
  const fs::path start = fs::path(root) / fixed;
  if (!fs::is_directory(fs::symlink_status(start, error))) return found;
  fs::recursive_directory_iterator entry(start, fs::directory_options::skip_permission_denied, error);
  for (; !error && entry != fs::recursive_directory_iterator(); entry.increment(error)) {
    const fs::file_status kind = entry->symlink_status(error);
    const std::string name = entry->path().filename();
    if (fs::is_directory(kind) && (name == ".git" || name == ".pipec")) entry.disable_recursion_pending();
    if (!fs::is_regular_file(kind) && !fs::is_symlink(kind)) continue;
    std::string path = entry->path().lexically_relative(root).string();
    if (glob_matches(glob, path)) found.push_back(std::move(path));
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::optional<std::string> ArtifactStore::keep(const local::Artifact& artifact, const std::string& checkout) {
  std::vector<std::string> paths;
  for (const std::string& pattern : artifact.paths) {
    const std::vector<std::string> found = matching_files(checkout, pattern);
    if (found.empty()) return fmt::format("nothing for `{}`: no file matches `{}`", *artifact.name, pattern);
    paths.insert(paths.end(), found.begin(), found.end());
  }
  std::sort(paths.begin(), paths.end());
  paths.erase(std::unique(paths.begin(), paths.end()), paths.end());
  std::vector<KeptFile> kept;
  for (const std::string& path : paths) {
    kept.emplace_back().path = path;
    if (const auto failed = keep_file(checkout + "/" + path, kept.back()))
      return fmt::format("cannot keep `{}`: {}", path, *failed);
  }
  kept_[*artifact.name] = std::move(kept);
  return std::nullopt;
}

std::optional<std::string> ArtifactStore::keep_file(const std::string& full, KeptFile& kept) {
  if (::lstat(full.c_str(), &kept.status) != 0) return std::strerror(errno);
  kept.is_link = S_ISLNK(kept.status.st_mode);
  std::error_code error;
  fs::create_directories(folder_, error);
  if (error) return error.message();
  NewFile copy(folder_ + "/content");
  if (kept.is_link) {
    const auto target = link_target(full);
    if (!target || !copy.write(*target)) return std::strerror(errno);
    kept.hash = sha256(*target);
  } else if (const auto failed = copy_content(full, copy, kept.hash)) {
    return failed;
  }
  if (!copy.take_place_of(stored(kept), 0400)) return std::strerror(errno);
  return std::nullopt;
}

std::optional<std::string> ArtifactStore::put_back(const local::Artifact& artifact,
                                                   const std::string& checkout,
                                                   std::vector<std::string>& restored) {
  const std::string prefix = artifact.folder.empty() ? "" : artifact.folder + "/";
  const auto known = kept_.find(*artifact.name);
  if (known == kept_.end()) {
    for (const std::string& pattern : artifact.paths) {
      if (matching_files(checkout, prefix + pattern).empty()) {
        return fmt::format("`{}` is not there: no file matches `{}`", *artifact.name, prefix + pattern);
      }
    }
    return std::nullopt;
  }
  for (KeptFile& kept : known->second) {
    const std::string path = prefix + kept.path;
    const std::string full = checkout + "/" + path;
    if (unchanged(full, kept)) continue;
    if (const auto failed = restore(full, kept))
      return fmt::format("cannot put `{}` back: {}", path, *failed);
    restored.push_back(path);
  }
  return std::nullopt;
}

// Times and numbers first: reading every file again before each consumer would cost more than most of them.
bool ArtifactStore::unchanged(const std::string& full, KeptFile& kept) {
  struct stat now {};
  if (::lstat(full.c_str(), &now) != 0 || now.st_mode != kept.status.st_mode) return false;
  const struct stat& then = kept.status;
  const bool same = now.st_dev == then.st_dev && now.st_ino == then.st_ino && now.st_size == then.st_size &&
                    same_moment(now.st_mtim, then.st_mtim) && same_moment(now.st_ctim, then.st_ctim);
  if (same) return true;
  const auto hash = kept.is_link ? link_target(full) : hash_of(full);
  if (!hash || (kept.is_link ? sha256(*hash) : *hash) != kept.hash) return false;
  kept.status = now;
  return true;
}

std::optional<std::string> ArtifactStore::restore(const std::string& full, KeptFile& kept) {
  std::error_code error;
  fs::create_directories(fs::path(full).parent_path(), error);
  if (error) return error.message();
  if (fs::is_directory(fs::symlink_status(full, error))) return "a folder is in its place";
  const InputFile content(stored(kept));
  if (kept.is_link) {
    std::string target;
    const auto failed = content.read([&](std::string_view bytes) { return target += bytes, true; });
    if (failed) return failed;
    ::unlink(full.c_str());
    if (::symlink(target.c_str(), full.c_str()) != 0) return std::strerror(errno);
  } else {
    NewFile file(full);
    const auto failed = content.read([&](std::string_view bytes) { return file.write(bytes); });
    if (failed) return failed;
    if (!file.take_place_of(full, kept.status.st_mode & 07777)) return std::strerror(errno);
  }
  if (::lstat(full.c_str(), &kept.status) != 0) return std::strerror(errno);
  return std::nullopt;
}

std::vector<std::pair<std::string, std::string>> ArtifactStore::contents(
    const local::Artifact& artifact) const {
  std::vector<std::pair<std::string, std::string>> contents;
  const auto known = kept_.find(*artifact.name);
  if (known == kept_.end()) return contents;
  for (const KeptFile& kept : known->second)
    contents.emplace_back(kept.path, kept.hash);
  return contents;
}

}  // namespace pipec::runner
