// How severe findings are told: `severity { CODE = LEVEL }` in a file, and `--severity CODE=LEVEL`. Anything
// may be raised. An error is never lowered: what a profile requires is waived, everything else is mended.
#pragma once

#include "compiler/ast/ast.h"
#include "compiler/diag/diagnostic.h"
#include "compiler/sema/model.h"

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pipec::report {

// Every code that can be found, with its own severity: the mildest, where profiles differ.
using KnownCodes = std::map<std::string, Severity, std::less<>>;

// Those of pipec, and of the profiles of the file's pipelines.
KnownCodes known_codes(const sema::Model& model);
void add_codes(const sema::Profile& profile, KnownCodes& codes);

// Nothing: it is not told at all.
using Level = std::optional<Severity>;

// False when there is no such level.
bool read_level(std::string_view word, Level& level);

// Why the code, which is `own` by itself, cannot have the level; empty when it can.
std::string_view refusal(std::string_view code, Severity own, Level level);

class Severities {
 public:
  // What the file says; mistakes in it are reported and have no effect.
  static Severities of_file(const ast::File& file, const sema::Model& model, DiagnosticSink& sink);

  // Wins over what was set before.
  void set(const std::string& code, Level level) { levels_[code] = level; }

  void apply(std::vector<Diagnostic>& diagnostics) const;

  bool empty() const { return levels_.empty(); }
  const std::map<std::string, Level, std::less<>>& levels() const { return levels_; }

 private:
  void read(const ast::Severities& node, const KnownCodes& codes, DiagnosticSink& sink);

  std::map<std::string, Level, std::less<>> levels_;
};

}  // namespace pipec::report
