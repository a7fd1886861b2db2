#include "compiler/frontend/checkout.h"

#include "compiler/rules/evidence/ignores.h"
#include "compiler/support/branches.h"
#include "compiler/support/text.h"

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>

namespace pipec {
namespace fs = std::filesystem;
namespace {

// What is no file of anybody's.
constexpr auto left_out = std::to_array<std::string_view>({"node_modules"});

// Without comments, which all of these files begin by `#`, and without blank lines.
size_t effective_lines(std::string_view text) {
  size_t count = 0;
  for (std::string_view line : split_lines(text)) {
    line.remove_prefix(std::min(line.find_first_not_of(" \t\r"), line.size()));
    count += !line.empty() && line.front() != '#' ? 1 : 0;
  }
  return count;
}

// Out of the repository, where nobody has asked to look.
bool leaves(const fs::path& path) {
  return path.is_absolute() || std::find(path.begin(), path.end(), "..") != path.end();
}

class Looking {
 public:
  Looking(const std::string& entry, const std::string& root, FileSystem& files)
      : files_(files), folder_(files.real_path(shown_folder(entry))) {
    root_ = repository(root.empty() ? fs::path() : fs::path(files.real_path(root)));
  }

  // The folders from that of the file to the root.
  std::vector<fs::path> folders() const {
    std::vector<fs::path> found;
    for (fs::path folder = folder_;; folder = folder.parent_path()) {
      found.push_back(folder);
      if (folder == root_ || folder == folder.parent_path() || folder.empty()) return found;
    }
  }

  void find_ignore_files(const rules::IgnoreFiles& names, sema::Checkout& checkout) {
    for (const fs::path& folder : folders()) {
      for (const std::string& name : names.known) {
        const fs::path path = folder / name;
        if (files_.exists(path.string())) add(read(name, path), checkout);
      }
    }
    for (const std::string& name : names.given) {
      if (name.find_first_of("$`") != std::string::npos) {
        add({name, name, 0, "its name is known only when it runs"}, checkout);
      } else if (leaves(name)) {
        add({name, name, 0, "it is not in the repository"}, checkout);
      } else {
        add(read(name, root_ / name), checkout);
      }
    }
  }

  // A file, a folder, or a pattern to which some file belongs.
  bool is_there(const std::string& path) {
    if (leaves(path)) return false;
    const size_t wildcard = path.find_first_of("*?");
    if (wildcard == std::string::npos) {
      const size_t last = path.find_last_not_of('/');
      return files_.exists((root_ / path.substr(0, last + 1)).string());
    }
    // Only what stands before the wildcard is looked through, hidden folders where they are named.
    const size_t slash = path.rfind('/', wildcard);
    const std::string begin = slash == std::string::npos ? "" : path.substr(0, slash);
    const std::string pattern = slash == std::string::npos ? path : path.substr(slash + 1);
    const auto [known, added] = below_.try_emplace(begin);
    const fs::path folder = begin.empty() ? root_ : root_ / begin;
    if (added) known->second = relative_files(folder);
    return std::any_of(known->second.begin(), known->second.end(),
                       [&](const std::string& file) { return glob_matches(pattern, file); });
  }

 private:
  sema::IgnoreFile read(const std::string& name, const fs::path& path) {
    sema::IgnoreFile file{name, shown(path), 0, {}};
    const ReadResult result = files_.read(path.string(), max_ignore_file);
    if (!result.text) {
      file.unread = result.error;
    } else if (result.text->size() > max_ignore_file) {
      file.unread = "it is larger than 1 MiB";
    } else {
      file.lines = effective_lines(*result.text);
    }
    return file;
  }

  // One that lists nothing leaves out nothing; one may be found by its name and by a flag.
  static void add(sema::IgnoreFile file, sema::Checkout& checkout) {
    auto& known = checkout.ignore_files;
    const bool leaves_out = file.lines > 0 || !file.unread.empty();
    const bool again = std::any_of(known.begin(), known.end(),
                                   [&](const sema::IgnoreFile& other) { return other.path == file.path; });
    if (leaves_out && !again) known.push_back(std::move(file));
  }

  static std::string shown_folder(const std::string& entry) {
    const fs::path folder = fs::path(entry).parent_path();
    return folder.empty() ? "." : folder.string();
  }

  // Where imports may come from does not decide how far the repository reaches, unless nothing else does.
  fs::path repository(const fs::path& imports) const {
    for (fs::path folder = folder_;; folder = folder.parent_path()) {
      if (files_.exists((folder / ".git").string())) return folder;
      if (folder.empty() || folder == folder.parent_path()) break;
    }
    const fs::path below = folder_.lexically_relative(imports);
    const bool is_around = !imports.empty() && !below.empty() && *below.begin() != "..";
    return is_around ? imports : folder_;
  }

  std::vector<std::string> relative_files(const fs::path& folder) {
    std::vector<std::string> found;
    const auto below = files_.files_below(folder.string(), left_out);
    if (!below) return found;
    for (const std::string& file : below->files)
      found.push_back(fs::path(file).lexically_relative(folder.lexically_normal()).generic_string());
    return found;
  }

  // As a reader knows it: from the root.
  std::string shown(const fs::path& path) const {
    return path.lexically_normal().lexically_relative(root_.lexically_normal()).generic_string();
  }

  FileSystem& files_;
  fs::path folder_;
  fs::path root_;
  // The files of folders, from there.
  std::map<std::string, std::vector<std::string>> below_;
};

}  // namespace

sema::Checkout look_around(const std::string& entry, const std::string& root, const sema::Model& model,
                           FileSystem& files) {
  sema::Checkout checkout;
  if (entry == "-") return checkout;
  checkout.known = true;
  Looking looking(entry, root, files);
  rules::IgnoreFiles names;
  for (const auto& pipeline : model.pipelines) {
    rules::IgnoreFiles found = rules::ignore_files_of(*pipeline);
    names.known.merge(found.known);
    names.given.merge(found.given);
    if (pipeline->sources.empty()) continue;
    for (const sema::Contained& contained : pipeline->sources.front().contains) {
      for (const std::string& path : contained.paths) {
        if (!looking.is_there(path)) checkout.missing.insert(path);
      }
    }
  }
  looking.find_ignore_files(names, checkout);
  return checkout;
}

}  // namespace pipec
