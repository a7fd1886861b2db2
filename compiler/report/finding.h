// What was found in a file, told so that it outlives the compilation: places as lines and characters, texts
// as they are shown. Every form of `pipec lint` prints this.
#pragma once

#include "compiler/ast/ast.h"
#include "compiler/diag/diagnostic.h"
#include "compiler/diag/render.h"
#include "compiler/sema/model.h"
#include "compiler/source/source.h"

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace pipec::report {

// Lines and characters (code points) count from 1; the end is behind the last character.
struct Region {
  std::string file;
  Place begin;
  Place end;
};

struct Remark {
  std::string text;
  Region at;
};

struct Replacement {
  std::string text;
  Region at;
};

struct Repair {
  std::string title;
  bool safe = false;
  std::vector<Replacement> edits;
};

// Why a finding does not count.
enum class Standing : uint8_t {
  counts,
  // It is in the baseline.
  known,
  // A waiver in the file covers it.
  waived,
};

struct Finding {
  // Null for one of a profile's rules that is waived.
  const DiagnosticInfo* info = nullptr;
  std::string code;
  Severity severity = Severity::error;
  std::string message;
  // Nothing for a file that cannot be read.
  std::optional<Region> at;
  std::string label;
  std::vector<Remark> related;
  std::vector<std::string> notes;
  std::vector<Repair> fixes;
  // As text shows it, with an excerpt.
  std::string rendered;

  // What it is about, whatever line that stands on: see place.h. The pipeline is the one that was judged.
  std::string pipeline;
  // The file of that pipeline, when the finding stands elsewhere: in what it extends or uses.
  std::string pipeline_file;
  std::string place;
  // What the message says of this finding and no other of its code.
  std::vector<std::string> arguments;

  Standing standing = Standing::counts;
  // The reason of a waiver.
  std::string because;
};

// The page of a code, as `pipec explain` has it.
struct RuleHelp {
  std::string title;
  std::string text;
  // Whose rule it is, and the reason for it.
  std::string why;
  std::string fix;
  Severity severity = Severity::error;
};

struct JudgedPipeline {
  std::string name;
  std::string profile;
  bool is_base = false;
};

// A file beside the sources that leaves out findings of a program.
struct OutsideWaiver {
  std::string path;
  // What it lists, without comments.
  size_t lines = 0;
  // Why it could not be read; empty when it was.
  std::string unread;
  // The elements whose programs read it.
  std::vector<std::string> read_by;
};

// One file that was judged, with what it imports.
struct JudgedFile {
  std::string path;
  // Of its text, without what it imports; empty when it cannot be read.
  std::string sha256;
  // Why it cannot be read; empty when it can.
  std::string unread;
  // None in a library.
  std::vector<JudgedPipeline> pipelines;
  std::vector<Finding> findings;
  // The pages of the codes that were found.
  std::map<std::string, RuleHelp> rules;
  // It is no `.pipe` file but a baseline, and what is found is about that.
  bool is_baseline = false;
  // Nobody answers for them and they have no end.
  std::vector<OutsideWaiver> outside_waivers;
  // There were more errors than are listed (P0019).
  bool more_errors = false;

  // Of those that count.
  size_t count(Severity severity) const;
  size_t count(Standing standing) const;
};

// What findings are taken from. Everything must outlive the call only.
struct Material {
  const SourceManager& sources;
  // The files of the compilation, for places in their structure.
  const std::vector<std::unique_ptr<ast::File>>& files;
  const sema::Model& model;
};

// How much of each finding is made.
struct CollectOptions {
  // Nothing: no excerpts.
  std::optional<RenderOptions> render;
};

std::vector<Finding> findings_of(const std::vector<Diagnostic>& diagnostics, const Material& material,
                                 const CollectOptions& options);

// The pages of the codes of `findings`: of pipec's own diagnostics, and of the rules of the profiles that the
// pipelines have.
std::map<std::string, RuleHelp> rules_of(const std::vector<Finding>& findings, const sema::Model& model);

// A finding that is about no place of a file.
Finding placeless(const Diagnostic& diagnostic);

// A file that could not be read, with the finding that says so.
JudgedFile unread_file(const std::string& path, const std::string& reason);

Region region_of(const SourceManager& sources, Span span);

// The same for the same finding on whatever line, in hexadecimal digits. `repeat`: how many equal findings of
// the file come before it.
std::string fingerprint(const Finding& finding, size_t repeat);

// A finding of pipec itself, not of a rule of a profile.
bool is_own(const Finding& finding);

}  // namespace pipec::report
