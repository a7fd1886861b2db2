// One compilation, from files to the checked model. Owns everything that the phases produce.
#pragma once

#include "compiler/frontend/load.h"
#include "compiler/rules/rules.h"
#include "compiler/sema/analyse.h"

#include <memory>
#include <string>
#include <vector>

namespace pipec {

struct CompilationOptions {
  std::string entry;
  std::string root;
  // All of the standard library when empty.
  std::vector<std::string> targets;
  rules::Policy policy;
};

class Compilation {
 public:
  Compilation(CompilationOptions options, FileSystem& files, std::span<const StandardFile> library)
      : options_(std::move(options)), files_(files), library_(library) {}

  // Loads, parses, analyses and checks. False when the entry file cannot be read; `error()` says why then.
  // Mistakes in the files are in `sink()`.
  bool run();
  // The steps of it, for a caller that does not need all of them: reading and parsing, then names and types.
  bool load();
  void analyse();

  const std::string& error() const { return error_; }
  const SourceManager& sources() const { return sources_; }
  // How many tests the entry file declares.
  size_t test_count() const;
  DiagnosticSink& sink() { return sink_; }
  const sema::Model& model() const { return analysis_.model; }
  const sema::FoundInTests& found_in_tests() const { return analysis_.found_in_tests; }
  // Needs files without syntax errors. What is asked for is resolved then.
  sema::Declarations& declarations() { return *analysis_.declarations; }
  sema::Profiles& profiles() { return *analysis_.profiles; }
  SourceId entry() const { return entry_file().source; }
  const ast::File& entry_file() const {
    return *program_->input.modules[program_->input.entry].files.front().file;
  }
  // The files of the user, the entry first; everything else is the standard library.
  std::vector<SourceId> user_sources() const;
  // The syntax trees of all files that were loaded, the standard library's included.
  const std::vector<std::unique_ptr<ast::File>>& files() const { return program_->files; }
  const std::vector<std::string>& paths() const { return program_->paths; }
  const CompilationOptions& options() const { return options_; }

 private:
  CompilationOptions options_;
  FileSystem& files_;
  std::span<const StandardFile> library_;
  SourceManager sources_;
  DiagnosticSink sink_;
  std::unique_ptr<LoadedProgram> program_;
  sema::Analysis analysis_;
  std::string error_;
};

}  // namespace pipec
