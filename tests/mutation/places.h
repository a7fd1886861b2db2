// Where a mutant may be refused: where it was changed, or in what uses what was changed.
#pragma once

#include "compiler/ast/ast.h"
#include "compiler/source/source.h"
#include "tests/mutation/mutants.h"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace pipec::test {

// A part of a file as it was before the change.
struct Region {
  std::string file;
  uint32_t begin = 0;
  uint32_t end = 0;

  bool touches(const Region& other) const {
    return file == other.file && begin <= other.end && other.begin <= end;
  }
};

class Places {
 public:
  // `files`: texts without errors, by name, one of which is changed. They must outlive this.
  Places(const std::map<std::string, std::string>& files, std::string changed);

  // Of a pipeline, the part that the change is in, and what goes by its name in heirs; of what stands beside
  // pipelines, the declaration and everything that uses it, through others too. Where a bracket is gone the
  // whole pipeline, since nobody knows which part it closed. All files when the change is in no declaration.
  std::vector<Region> allowed(const Mutant& mutant) const;

  // Where something of the mutant was before the change.
  Region original(const Mutant& mutant, const SourceManager& sources, Span place) const;

 private:
  // A declaration, or a part of a pipeline that has no parts itself.
  struct Part {
    std::string name;
    Region region;
    // `name = value`
    bool property = false;
  };
  struct Declared {
    Part whole;
    // Of pipelines only: the head, what stands in it, and of stages what stands in them.
    bool pipeline = false;
    Region head;
    std::vector<Part> items;
    std::vector<Part> parts;
  };

  void declare(const std::string& file, const ast::Declaration& declaration);
  static void add_parts(const std::string& file, const std::vector<ast::StageItem>& items,
                        std::vector<Part>& parts);
  std::vector<Region> of_pipeline(const Declared& pipeline, Span change) const;
  std::vector<Region> of_declaration(const Declared& declared) const;
  bool mentions(const Region& region, const std::set<std::string>& names) const;
  // Adds what uses one of the names; true when that is used by its own name in turn.
  bool add_users(const Declared& declared, std::set<std::string>& names, std::vector<Region>& regions) const;

  const std::map<std::string, std::string>& files_;
  std::string changed_;
  std::vector<Declared> declared_;
};

// The names and numbers in a text.
std::set<std::string> words_of(std::string_view text);

}  // namespace pipec::test
