// DIR/TARGET/manifest.json: which files pipec wrote into a folder, from which source, and their hashes.
// Several sources may be compiled to one folder; each looks after its own files.
#pragma once

#include "backends/backend.h"
#include "compiler/frontend/file_system.h"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace pipec::driver {

inline constexpr std::string_view manifest_name = "manifest.json";
// Files below the folder that are larger were not written by pipec.
inline constexpr size_t largest_output = size_t{64} << 20;

struct Manifest {
  struct Source {
    // It and what it imports.
    std::vector<std::string> files;
    // Of all of them.
    std::string sha256;
  };
  struct File {
    std::string source;
    std::string sha256;
  };
  // By the path of the file that was compiled.
  std::map<std::string, Source> sources;
  // By the path below the folder.
  std::map<std::string, File> files;
};

struct ReadManifest {
  // Empty when there is none.
  Manifest manifest;
  // Why it could not be read, in words; empty otherwise.
  std::string error;
  // It was read and is not what pipec writes.
  bool damaged = false;
};

// What the folder's manifest says.
ReadManifest read_manifest(FileSystem& files, const std::string& folder);

// Files of the output that a source that is gone has written count as written by the program's: it was
// renamed. What else such a source has written stays its own: it may be away only here.
void take_over(Manifest& manifest, const std::function<bool(const std::string& source)>& is_gone,
               const backends::OutputSet& output, const ir::Program& program);

// What it says after `output` was written from `program`, which has a pipeline.
// `kept`: files of the source that are not in it and are left where they are.
Manifest updated(const Manifest& manifest, const backends::OutputSet& output,
                 const std::vector<std::string>& kept, const ir::Program& program);

// Files that the source has written before and that are not in `output`, sorted.
std::vector<std::string> left_behind(const Manifest& manifest, const backends::OutputSet& output,
                                     const ir::Program& program);

std::string to_text(const Manifest& manifest);

}  // namespace pipec::driver
