// What a backend is: a pure function from the checked pipeline to files in memory, and its inverse, which
// finds the graph in such files again.
#pragma once

#include "compiler/diag/diagnostic.h"
#include "compiler/ir/ir.h"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace pipec::backends {

struct OutputFile {
  // Relative to the target's folder.
  std::string path;
  std::string text;
  bool executable = false;
};

// Sorted by path, no path twice.
using OutputSet = std::vector<OutputFile>;

// A name by which the platform, or the folder of the files, knows one thing only. Capitals and small letters
// are the same: many file systems and platforms do not tell them apart.
struct TakenName {
  // What has the name: `workflow`, `role in 111111111111`. Names of different kinds do not meet.
  std::string kind;
  std::string name;
  // What the thing is there for: "the route `trunk` of `mill`". The same thing has the same owner each time.
  std::string owner;
  // Where the owner is declared.
  Span span;
};

struct EmitOptions {
  // The routes to emit, by name; all of them when empty.
  std::vector<std::string> routes;

  bool wants(const ir::Route& route) const;
};

// What read back found of one element.
struct FoundElement {
  std::string id;
  bool approval = false;
  // A failure stops the pipeline.
  bool blocking = true;
  // Runs when everything else of its stage has ended, however it did, once that has begun.
  bool always = false;
  // The command that runs, or for a building block its name.
  std::string work;
  // Variables of the command; a value of the run as `@ARTIFACT.ATTRIBUTE`.
  std::map<std::string, std::string> environment;
  // The limit that is really enforced; zero where none was found.
  Duration timeout;
  // Image and port of the containers beside it: `db` has `postgres@sha256:… 5432`.
  std::map<std::string, std::string> services;
  // Paths of the caches that it finds, as the language writes them.
  std::set<std::string> caches;
  // No other element works in its checkout.
  bool isolated = false;
  // Parts of collections that it finds, and the folder of each.
  std::map<std::string, std::string> folders;
};

// An order that the platform keeps: the first has ended before the second starts.
struct FoundEdge {
  std::string before;
  std::string after;
};

struct FoundRoute {
  std::string name;
  std::vector<FoundElement> elements;
  std::vector<FoundEdge> edges;
};

struct FoundPipeline {
  std::vector<FoundRoute> routes;
};

class Backend {
 public:
  virtual ~Backend() = default;

  // The name of the target that it emits.
  virtual std::string_view name() const = 0;

  // Reports what the platform cannot express, at the place that asks for it. Nothing is emitted after an
  // error.
  virtual void check(const ir::Pipeline& pipeline, DiagnosticSink& sink) const = 0;

  // The names that the pipeline takes, as far as names of the user are part of them: where two owners would
  // take the same one, nothing is emitted. Needs a pipeline that `check` accepted.
  virtual std::vector<TakenName> taken_names(const ir::Pipeline& pipeline) const = 0;

  // Needs a pipeline that `check` accepted. The same input gives the same bytes.
  virtual OutputSet emit(const ir::Pipeline& pipeline, const EmitOptions& options) const = 0;

  // Reads its own output without looking at the pipeline that it was made from.
  virtual FoundPipeline read_back(const OutputSet& output) const = 0;
};

// The backend of that name, or null.
const Backend* find_backend(std::string_view name);

}  // namespace pipec::backends
