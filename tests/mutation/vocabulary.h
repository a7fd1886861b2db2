// What names stand for, by the naive reading of `reading.h`: capabilities, definitions, profiles and
// pipelines of a file, of those that it imports and of the standard library.
#pragma once

#include "tests/mutation/reading.h"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace pipec::test {

// Thrown on what the reading does not know.
struct Unknown {};

template <class T>
const T* as(const ast::Expr& expr) {
  return std::get_if<T>(&expr.node);
}

// Null when no field has the name.
const ast::Field* find(const std::vector<ast::Field>& fields, std::string_view name);
// The names in a list, or the single one.
std::vector<std::string> names_in(const ast::Expr& expr);
// Empty when it is no text.
std::string text_of(const ast::Expr& expr);

class Vocabulary {
 public:
  Vocabulary(const std::vector<const ast::File*>& files, const Library& library);

  const ast::Profile& profile(const ast::Path& name) const;
  const ast::Pipeline& pipeline(const ast::Path& name) const;
  // Adds the capability, and those that it extends.
  void fulfil(const std::string& name, std::set<std::string>& capabilities) const;
  // Makes the element what it is said to be: of these capabilities, and by these definitions. An approval may
  // leave it out where there is one capability of approvals only.
  void define(const std::vector<ast::Path>& what, ReadElement& element) const;
  // Sets what the reading follows of an element.
  static void set(ReadElement& element, const std::vector<ast::Field>& fields);

 private:
  void declare(const ast::File& file);
  std::string resolved(const std::string& name) const;
  void define(const std::string& name, ReadElement& element, int depth) const;
  void fulfil_the_only_one(ast::ElementKind kind, std::set<std::string>& capabilities) const;

  std::map<std::string, std::string> imported_;
  std::map<std::string, const ast::Element*> definitions_;
  std::map<std::string, const ast::Capability*> capabilities_;
  std::map<std::string, const ast::Profile*> profiles_;
  std::map<std::string, const ast::Pipeline*> pipelines_;
};

}  // namespace pipec::test
