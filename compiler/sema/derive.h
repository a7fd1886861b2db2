// The override algebra: one graph from another. Used by the hotfix, by routes and by pipelines that extend a
// base.
#pragma once

#include "compiler/sema/model.h"
#include "compiler/sema/raw_pipeline.h"

#include <functional>
#include <map>
#include <string>
#include <vector>

namespace pipec::sema {

// Syntax to raw stages and elements; also used for what a derivation adds.
class RawBuilder {
 public:
  RawBuilder(Declarations& declarations, const Module& module, const Profile* profile)
      : declarations_(declarations), sink_(declarations.sink()), module_(module), profile_(profile) {}

  // Whether the pipeline has an environment of that name, for what a stage takes for a role.
  void environments_by(std::function<bool(std::string_view)> is_environment) {
    is_environment_ = std::move(is_environment);
  }
  RawStage stage(const ast::Stage& node);
  std::shared_ptr<RawElement> element(const ast::Element& node, const std::string& stage);
  // Whether the profile has a role of that name.
  bool is_role(std::string_view name) const {
    return profile_ != nullptr && profile_->find_role(name) != nullptr;
  }

 private:
  // The capability that an element means which names none: the only one of its kind in the profile's
  // vocabulary.
  const Capability* only_capability(ast::ElementKind kind) const;
  const Capability* find_only_capability(ast::ElementKind kind) const;
  void find_role(const ast::Stage& node, RawStage& stage);
  // Fills in what a reusable stage brings.
  void expand(const ast::Stage& node, RawStage& stage);
  void set_environment(RawStage& stage);
  RawNode group(const std::vector<ast::StageItem>& items, RawNode::Kind kind, RawStage& stage);
  void add_always(RawStage& stage);

  Declarations& declarations_;
  DiagnosticSink& sink_;
  const Module& module_;
  const Profile* profile_;
  std::function<bool(std::string_view)> is_environment_;
  // The stage whose elements are made, when it uses a reusable one.
  std::shared_ptr<const StageUse> use_;
  // The elements that are made stand in `always { … }`.
  bool in_always_ = false;
  // The elements of the stage that is made.
  std::map<std::string_view, Span> names_;
};

// Takes an element out of its stage; what stood before it then stands before what stood behind it. Nothing
// happens when the route does not hold it.
void remove_element(RawRoute& route, const std::string& id, Span by);

class Derivation {
 public:
  // `by` names the deriving part in messages: "the hotfix", "the route `nightly`". `reasons_required`: a
  // hotfix must say why it leaves something out or changes it. `pipeline`: the one that says it; what stands
  // elsewhere is of its bases or heirs. `all`: every stage of the pipeline. What is changed is added to
  // `changes`, which hold what bases have changed before: what one of them left out stays left out.
  Derivation(Declarations& declarations, const Module& module, const Profile* profile, std::string by,
             bool reasons_required, Span pipeline, const RawRoute& all, std::vector<Change>& changes)
      : sink_(declarations.sink()),
        module_(module),
        builder_(declarations, module, profile),
        by_(std::move(by)),
        reasons_required_(reasons_required),
        pipeline_(pipeline),
        all_(all),
        changes_(changes) {}

  void apply(const ast::Derivation& derivation, RawRoute& route);
  // The gates that it marked with `final [ … ]`, and where.
  const std::map<std::string, Span, std::less<>>& marked_final() const { return marked_final_; }

 private:
  struct Found {
    size_t stage = 0;
    // Null for a whole stage.
    std::shared_ptr<const RawElement> element;
  };

  // False, with one report, when there are too many changes.
  bool fits(const ast::Derivation& derivation);
  void skip(const ast::Skip& skip, RawRoute& route);
  void override(const ast::Override& node, RawRoute& route);
  void add(const ast::Add& add, RawRoute& route);
  void replace(const ast::Replace& replace, RawRoute& route);
  void final(const ast::Final& final, RawRoute& route);

  // The place in the route, or a report.
  std::optional<Found> find(const ast::Place& place, const RawRoute& route);
  // `takes_stage`: a stage could be written in its place.
  std::optional<Found> find_element(const ast::Path& path, Span span, const RawRoute& route,
                                    bool takes_stage);
  // The element that stands in the place of the one that was called so; nothing when none does.
  static std::optional<Found> replacement_of(const ast::Path& path, const RawRoute& route);
  // Where the body of a pipeline leaves the element out; nothing when the route has one of that name.
  static std::optional<Span> removed_by(const ast::Path& path, const RawRoute& route);
  // An heir has left the element out: for what its base writes of it nothing is left to do.
  bool is_left_out_by_heir(const ast::Path& path, const RawRoute& route) const;
  // Reports a place that the pipeline has, but not the route that is derived here.
  bool is_elsewhere(const ast::Path& path, Span span);
  void report_elsewhere(Span span, std::string_view what, const std::string& name, const RawStage& stage);
  // Where this part has left the element or stage out; null when it has not.
  const Change* left_out(std::string_view name, bool stage) const;
  // Reports a name that is given to something new after it was left out.
  bool was_left_out(std::string_view name, bool stage, const ast::Name& again);
  void report_stage_without_place(const ast::Stage& stage, const RawRoute& route);
  // The element of the stage that is called so, or null.
  static const RawElement* of_name(const RawRoute& route, const std::string& stage, const ast::Name& name);
  DiagnosticBuilder report_name_in_use(const ast::Name& name, const RawElement& existing);
  void report_added_twice(const ast::Add& add, const ast::Element& node, const RawElement& existing);
  void check_outputs(const ast::Override& node, const RawElement& element);
  std::string reason_of(const std::optional<ast::Reason>& reason, Span span, std::string_view what);

  DiagnosticSink& sink_;
  const Module& module_;
  RawBuilder builder_;
  std::string by_;
  bool reasons_required_;
  Span pipeline_;
  const RawRoute& all_;
  std::vector<Change>& changes_;
  std::map<std::string, Span, std::less<>> marked_final_;
  // How many places were named so far.
  size_t places_ = 0;
};

}  // namespace pipec::sema
