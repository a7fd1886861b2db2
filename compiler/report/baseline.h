// What is known already: findings that `lint` lists and does not count. A finding is known by its structure
// (code, pipeline, place, and what its message says of it alone), never by a line.
#pragma once

#include "compiler/report/formats.h"

#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <vector>

namespace pipec::report {

// Whether a finding may be known and stay: one of a rule of a profile, or one that is a warning or a note by
// itself. Errors of pipec say what cannot be compiled or what is not safe, and are never let off.
bool may_be_known(const Finding& finding);

// Whether the text is a baseline of any version.
bool is_baseline(std::string_view text);

// How the file of a path is called wherever pipec is started: below the root of the project.
using FileNames = std::function<std::string(const std::string& path)>;

class Baseline {
 public:
  // Nothing, and `error` says why, when the text is no baseline of a version that is known.
  static std::optional<Baseline> read(std::string_view text, std::string& error);
  // Of the findings that count and may be known.
  static Baseline of(const std::vector<JudgedFile>& files, const FileNames& name_of);

  std::string to_text() const;
  size_t size() const;

  // Marks what is known. `path`: of the baseline. Where entries of what was judged do not occur any more, a
  // file of that path is added which says so.
  void apply(std::vector<JudgedFile>& files, const std::string& path, const FileNames& name_of) const;

 private:
  struct Key {
    std::string code;
    // The pipeline, or the file outside of pipelines.
    std::string in;
    // The pipeline's file, when the finding stands outside of the pipeline; else empty.
    std::string file;
    std::string place;
    // A hash of what the message says of this finding.
    std::string arguments;
    auto operator<=>(const Key&) const = default;
  };
  struct Entry {
    // For people.
    std::string message;
    size_t count = 0;
  };
  static Key key_of(const JudgedFile& file, const Finding& finding, const FileNames& name_of);

  std::map<Key, Entry> entries_;
};

}  // namespace pipec::report
