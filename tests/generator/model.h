// A pipeline while it is made up: elements in trees of sequences and parallel groups. Shared by what makes it
// up, what writes it down and what reads it naively.
#pragma once

#include "tests/generator/generator.h"

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace pipec::test::generator {

struct Element {
  std::string name;
  std::string stage;
  std::string kind;
  std::string capability;
  std::string command;
  std::map<std::string, std::string> environment;
  int minutes = 1;
  int retries = 0;
  bool continue_on_failure = false;
  bool final = false;
  std::vector<std::string> consumes;
  std::string produces;
  // Names of elements of the stage.
  std::vector<std::string> after;
  // Variables and the values for which it runs.
  std::vector<std::pair<std::string, std::vector<std::string>>> matrix;
  size_t max_parallel = 0;
  // In the two regions of production.
  bool per_region = false;
  // Taken out of a route: it orders what is around it and is not there itself.
  bool removed = false;
  // Stands in `always`.
  bool always = false;
  // May have a cache, which changes nothing.
  bool cached = false;

  std::string id() const { return stage + "." + name; }
};

// `always` is the last child of a stage's root, and a sequence.
struct Node {
  enum class Kind { element, sequence, parallel, always } kind = Kind::sequence;
  std::shared_ptr<Element> element;
  std::vector<Node> children;
};

struct Stage {
  std::string name;
  std::string environment;
  bool production = false;
  Node root;
};

struct Model {
  std::vector<Stage> stages;
};

// Nothing of the copy is shared with the original.
Model deep_copy(const Model& model);

// The node and everything below it, in written order.
void visit(Node& node, const std::function<void(Node&)>& call);
std::vector<std::shared_ptr<Element>> elements_of(Node& root);

// What the model means: its elements, one for each cell of a matrix, and their orders.
GeneratedRoute read(std::string name, Model& model);

// As the language writes it: the stages, an element, the part of an element in braces, a text.
std::string text_of(const Model& model);
std::string text_of(const Element& element);
std::string body_of(const Element& element);
std::string quoted(const std::string& text);

}  // namespace pipec::test::generator
