// What a `.pipe` file says, read from its syntax tree so simply that nothing of the compiler's analysis is
// needed: routes with their elements and orders, thresholds, what the profile requires. Judges what the
// compiler accepts.
#pragma once

#include "compiler/ast/ast.h"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

namespace pipec::test {

struct ReadElement {
  ast::ElementKind kind = ast::ElementKind::action;
  std::string stage;
  // With those that they extend.
  std::set<std::string> capabilities;
  bool final = false;
  bool blocking = true;
  // Severities as written; empty when neither the element nor its definition says one.
  std::string fail_on;
  std::string floor;
};

using ReadOrders = std::set<std::pair<std::string, std::string>>;

struct ReadStage {
  std::string name;
  std::string role;
  std::string environment;
};

struct ReadRoute {
  std::string name;
  std::vector<ReadStage> stages;
  // By id: `build.scan`.
  std::map<std::string, ReadElement> elements;
  // Every pair of which the first has ended before the second starts.
  ReadOrders orders;

  const ReadStage* find_stage(const std::string& name) const;
};

// `require` of a profile.
struct ReadRequirement {
  std::string code;
  std::string role;
  std::vector<std::string> alternatives;
};

struct ReadPipeline {
  std::string name;
  // Every stage as it is declared, before a route leaves something out.
  ReadRoute declared;
  // Trunk first; the hotfix is called `hotfix`.
  std::vector<ReadRoute> routes;
  // Stages of roles that are not in the pipeline.
  std::vector<ReadRoute> workstation;
  std::vector<ReadRequirement> requirements;
  std::set<std::string> production_roles;
  // What sources contain and metrics publish.
  std::set<std::string> contained;
  // Places and codes of `waive` and `not_applicable`.
  std::set<std::string> exempt;

  const ReadRoute* find_route(const std::string& name) const;
};

// The declarations of the standard library, read once.
class Library {
 public:
  Library();
  Library(const Library&) = delete;
  Library& operator=(const Library&) = delete;

  const std::vector<std::unique_ptr<ast::File>>& files() const { return files_; }

 private:
  std::vector<std::unique_ptr<ast::File>> files_;
};

// Every pipeline of the first file, which is free of errors and imports the others. Nothing when it uses what
// this reading does not know: reusable stages, `always`, and derivations that add or replace.
std::optional<std::vector<ReadPipeline>> read_pipelines(const std::vector<const ast::File*>& files,
                                                        const Library& library);

// How loose a threshold is: 0 for `low`, 3 for `critical`.
int looseness(const std::string& severity);

}  // namespace pipec::test
