// The files that pipec reads and writes, behind an interface so that tests run the whole program in memory.
#pragma once

#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pipec {

struct ReadResult {
  std::optional<std::string> text;
  // Why there is none, in words: "no such file".
  std::string error;
};

struct FolderContents {
  // Sorted.
  std::vector<std::string> files;
  // Folders that may not be read; what is in them is not known.
  std::vector<std::string> closed;
};

class FileSystem {
 public:
  virtual ~FileSystem() = default;

  // Reads a regular file; at most `max_bytes` + 1 bytes, so that the caller can tell that it is too large.
  virtual ReadResult read(const std::string& path, size_t max_bytes) = 0;
  // The absolute path without symbolic links; as far as it exists.
  virtual std::string real_path(const std::string& path) = 0;
  // Whether there is a file or a folder.
  virtual bool exists(const std::string& path) = 0;
  // What is below a folder, without hidden folders and folders called as in `without`; links to folders are
  // not followed. Nothing when there is no such folder.
  virtual std::optional<FolderContents> files_below(const std::string& folder,
                                                    std::span<const std::string_view> without) = 0;
  // Writes a file as a whole or not at all, making its folders; links are followed, and nothing but a regular
  // file is replaced. The error in words, or nothing.
  virtual std::optional<std::string> write(const std::string& path, std::string_view text,
                                           bool executable) = 0;
  // Replaces the text of a file that exists, as a whole or not at all. Its permissions stay as they are, and
  // a symbolic link stays one. The error in words, or nothing.
  virtual std::optional<std::string> rewrite(const std::string& path, std::string_view text) = 0;
  virtual std::optional<std::string> remove(const std::string& path) = 0;
};

// Standard input, `-`, is read once and kept.
class DiskFileSystem : public FileSystem {
 public:
  ReadResult read(const std::string& path, size_t max_bytes) override;
  std::string real_path(const std::string& path) override;
  bool exists(const std::string& path) override;
  std::optional<FolderContents> files_below(const std::string& folder,
                                            std::span<const std::string_view> without) override;
  std::optional<std::string> write(const std::string& path, std::string_view text, bool executable) override;
  std::optional<std::string> rewrite(const std::string& path, std::string_view text) override;
  std::optional<std::string> remove(const std::string& path) override;

 private:
  std::optional<std::string> standard_input_;
};

// Files by their normalised path.
class MemoryFileSystem : public FileSystem {
 public:
  ReadResult read(const std::string& path, size_t max_bytes) override;
  std::string real_path(const std::string& path) override;
  bool exists(const std::string& path) override;
  std::optional<FolderContents> files_below(const std::string& folder,
                                            std::span<const std::string_view> without) override;
  std::optional<std::string> write(const std::string& path, std::string_view text, bool executable) override;
  std::optional<std::string> rewrite(const std::string& path, std::string_view text) override;
  std::optional<std::string> remove(const std::string& path) override;

  std::map<std::string, std::string> files;
};

}  // namespace pipec
