// Hands artifacts over from the element that makes them to those that use them: kept by their content, and
// put back where they were changed or removed in between.
#pragma once

#include "backends/local/plan.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <sys/stat.h>

namespace pipec::runner {

// The files and symbolic links below `root` that a path or pattern names, relative to it and sorted. `.git`
// and
// `.pipec` are looked into only when the pattern begins there.
std::vector<std::string> matching_files(const std::string& root, std::string_view pattern);

// Copies a file, making folders, and gives the SHA-256 of its content. The error in words.
std::optional<std::string> copy_file(const std::string& from, const std::string& to, std::string& hash);

class ArtifactStore {
 public:
  // `folder`: where contents are kept; made when needed.
  explicit ArtifactStore(std::string folder) : folder_(std::move(folder)) {}

  // Keeps the files that the artifact's paths name now in a checkout. The error in words; it is one when a
  // path names nothing.
  std::optional<std::string> keep(const local::Artifact& artifact, const std::string& checkout);

  // Makes the files of a checkout, below the artifact's folder, what they were when they were kept. An
  // artifact that nobody has made in this run must be there already. `restored` gets the paths that had to be
  // put back. The error in words.
  std::optional<std::string> put_back(const local::Artifact& artifact, const std::string& checkout,
                                      std::vector<std::string>& restored);

  // Path and SHA-256 (of the target, for a symbolic link) of what was kept.
  std::vector<std::pair<std::string, std::string>> contents(const local::Artifact& artifact) const;

 private:
  struct KeptFile {
    std::string path;
    std::string hash;
    bool is_link = false;
    // As it was when its content was known to be that.
    struct stat status {};
  };

  // `full`: the path of the file in a checkout.
  std::optional<std::string> keep_file(const std::string& full, KeptFile& kept);
  std::optional<std::string> restore(const std::string& full, KeptFile& kept);
  static bool unchanged(const std::string& full, KeptFile& kept);
  std::string stored(const KeptFile& kept) const { return folder_ + "/" + kept.hash; }

  std::string folder_;
  std::map<std::string, std::vector<KeptFile>> kept_;
};

}  // namespace pipec::runner
