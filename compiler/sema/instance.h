// One element with all its properties evaluated: those of its definition, its own and those of overrides, the
// later winning over the earlier.
#pragma once

#include "compiler/sema/evaluate.h"
#include "compiler/sema/model.h"
#include "compiler/sema/pipeline_names.h"
#include "compiler/sema/raw_pipeline.h"

#include <map>
#include <memory>
#include <span>
#include <string>
#include <unordered_set>
#include <vector>

namespace pipec::sema {

// Letters, digits and `_`, not beginning with a digit.
bool is_environment_name(std::string_view name);

class Instance {
 public:
  Instance(Declarations& declarations, Evaluator& evaluator, PipelineNames& names, const Profile* profile,
           const RawElement& element, bool open);
  ~Instance();

  // Evaluates everything; reports what is wrong. `environment`: the stage's, or null.
  std::shared_ptr<const Element> build(const Environment* environment);

  // How many values its properties hold.
  size_t weight() const;

  // Checks the property names of a definition that no element may use.
  static void check_definition(Declarations& declarations, const Definition& definition);

 private:
  // What a definition's body sees: its parameters and the properties of the element.
  class Body;
  // The element's own layers come after the bodies of the definitions it is built on.
  struct Source {
    const std::vector<ast::Field>* fields;
    const std::vector<ast::Lowering>* lowerings;
    const Module* module;
    std::string by;
    // The index of the definition in the chain, or `no_definition`.
    size_t definition;
    // In the body of a reusable stage: the names that it sees; null elsewhere.
    std::shared_ptr<Names> names;
  };
  struct Contribution {
    const ast::Field* field;
    size_t source;
  };
  using Contributions = std::span<const Contribution>;
  struct Slot {
    const Parameter* parameter = nullptr;
    std::vector<Contribution> contributions;
    bool evaluating = false;
    std::optional<Value> value;
  };
  // What an `on TARGET { … }` sets.
  struct ChosenProperty {
    const ast::Field* field;
    const Source* source;
  };
  // By target and by property (`use` names the block), each in the order in which it is set.
  using TargetProperties =
      std::map<std::string_view, std::map<std::string_view, std::vector<ChosenProperty>>>;
  static constexpr size_t no_definition = Settable::of_element;
  using Key = Settable::Key;

  std::vector<std::string_view> variables_of_matrix() const;
  void collect_contributions();
  void report_unknown(const ast::Field& field, size_t source, size_t first_definition);
  // Null when there is none.
  Slot* find(const Key& key);
  std::optional<Key> key_for(std::string_view property, size_t first_definition);
  std::vector<std::string_view> known_properties(size_t first_definition) const;
  const Value& evaluate(const Key& key, Slot& slot);
  Value fold(const Slot& slot);
  // `base` with the entries of `field` on top. `later` is what comes on top of that.
  Value fold_map(const Parameter& parameter, const Value& base, const ast::Field& field, Scope scope,
                 Contributions later);
  // Whether something later sets the property anew, or that entry of a map: what it replaces may lack
  // arguments, as in a base.
  static bool is_replaced(const Parameter& parameter, Contributions later, std::string_view entry);
  Scope scope_of(const Source& source);
  void report_unknown_target(const ast::Name& name);
  // Records the lowerings in `element` and gives what they set.
  TargetProperties collect_lowerings(Element& element);
  void lower(Element& element);
  void extract(Element& element, const Environment* environment);
  void extract_waves(Element& element, const Environment* environment);
  // `matrix`, `max_parallel` and `per_region`.
  void extract_cells(Element& element, const Environment* environment);
  void extract_axis(Element& element, const std::string& variable, const Value& values);
  void refuse_cells(const Element& element);
  void refuse_value(const Value& value);
  void extract_regions(Element& element, const Value& per_region, const Environment* environment);
  void check(const Element& element);
  // The names that a value of `env` holds, or takes away, each with its place.
  std::vector<std::pair<std::string, Span>> variables_of(const ast::Field& env, const Source& source);
  // What a definition gives its command, nothing that is built on it sets anew.
  void check_variables_of_definitions();
  void check_runtimes(const Element& element);
  void check_cells(const Element& element);
  void check_services(const Element& element);
  void check_cache(const Element& element);
  void check_service(const std::string& name, const Value& service);
  // What sets the variable there; empty when nothing does.
  static std::string who_sets(const Element& element, std::string_view target, const std::string& variable);
  // Those for which it says something differently, and "" for all others.
  static std::vector<std::string_view> targets_of(const Element& element);
  void collect_uses(const Value& value, Element& element);
  std::string owner() const;

  Declarations& declarations_;
  Evaluator& evaluator_;
  DiagnosticSink& sink_;
  PipelineNames& names_;
  const Profile* profile_;
  const RawElement& raw_;
  // In a base: what is required may be left to the heirs.
  bool open_;
  // A property was given that is not known, which may be what seems to be missing.
  bool unknown_given_ = false;
  // The outermost first.
  std::vector<const Definition*> chain_;
  std::vector<Source> sources_;
  std::vector<std::unique_ptr<Body>> bodies_;
  // Sorted by key.
  std::vector<std::pair<Key, Slot>> slots_;
  // The artifacts among what the element consumes.
  std::unordered_set<std::string> used_;
  // Slots that are being evaluated and need another one.
  size_t waiting_ = 0;
};

}  // namespace pipec::sema
