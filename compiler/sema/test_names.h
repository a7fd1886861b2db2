// The names that a test sees: those of the pipeline that it is about. Internal to compiler/sema.
#pragma once

#include "compiler/sema/evaluate.h"
#include "compiler/sema/model.h"

#include <map>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace pipec::sema {

class TestNames : public Names {
 public:
  explicit TestNames(const Pipeline& pipeline);

  // The full name (`build.scan`) of the element that `path` means in any of the routes; nothing when there is
  // none, or when a bare name is not unique.
  std::optional<std::string> element(std::string_view path) const;
  // The element in the route, where that has it, or else in the first route that has it.
  const Element* find(const std::string& id, const Route* route) const;

  // The codes of the rules of the pipeline's profile.
  const std::set<std::string, std::less<>>& rules() const { return rules_; }

  std::optional<Value> value(std::string_view name, Span span) override;
  std::optional<std::string> reference(Space space, std::string_view path) override;
  std::vector<std::string_view> value_names() const override;
  std::vector<std::string_view> reference_names(Space space) const override;
  std::optional<ArtifactValue> output(std::string_view name) override;

 private:
  using NameSet = std::set<std::string, std::less<>>;
  void add_rules(const Profile& profile);

  const Pipeline& pipeline_;
  // Name and type.
  std::map<std::string, std::string, std::less<>> artifacts_;
  std::map<Space, NameSet> spaces_;
  NameSet rules_;
  // Full names by bare name.
  std::map<std::string, NameSet, std::less<>> elements_;
};

}  // namespace pipec::sema
