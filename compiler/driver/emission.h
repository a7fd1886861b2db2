// From a compilation to the files of its targets, each read back and compared with what was asked for.
#pragma once

#include "backends/backend.h"
#include "compiler/driver/session.h"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace pipec::driver {

// Reports what a target cannot express. Needs a compilation without errors. Without `--target` a target is
// left out of a pipeline that does not give what it must know.
void check_targets(Compilation& compilation, const ir::Program& program);

// The lines that say which targets are left out of a pipeline, and why.
std::vector<std::string> left_out(const Compilation& compilation);
// Prints them, unless only findings are wanted.
void note_left_out(const Compilation& compilation, const Options& options, Environment& environment);

// Sources are named as in the repository that they are in, so that it does not matter where pipec is started;
// outside of a repository, as seen from the current folder.
ir::Program lower(const Compilation& compilation, FileSystem& files);

struct Emission {
  // By target, with paths below its folder; nothing for a target that every pipeline leaves out.
  std::map<std::string, backends::OutputSet> targets;
  // Differences between what was emitted and what was asked for: defects of pipec.
  std::vector<std::string> defects;
  // Orders that a target adds and limits that it does not hold to, in words.
  std::vector<std::string> approximations;
};

// Needs a program that `check_targets` accepted.
Emission emit(const Compilation& compilation, const ir::Program& program, const Options& options);

// What `compile` and `check` share: from the input to an emission without defects. Nothing, and what is wrong
// is told and `exit_code` set, when there is none.
struct Emitted {
  ir::Program program;
  Emission emission;
};
std::optional<Emitted> emit_input(const Options& options, Environment& environment, int& exit_code);

// The routes that `--route` names, or a report of one that does not exist.
bool known_routes(const Options& options, const ir::Program& program, Environment& environment);

}  // namespace pipec::driver
