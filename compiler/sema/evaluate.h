// Expressions to values, against the type that is expected: it decides what a name means and what may
// stand for what.
#pragma once

#include "compiler/sema/declarations.h"
#include "compiler/sema/limits.h"
#include "compiler/sema/value.h"

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace pipec::sema {

// The names that are visible besides those of a module: parameters of a definition, artifacts and other parts
// of a pipeline.
class Names {
 public:
  virtual ~Names() = default;
  // What `name` stands for, or nothing.
  virtual std::optional<Value> value(std::string_view name, Span span) = 0;
  // The full name of the member of `space` that `path` means, or nothing.
  virtual std::optional<std::string> reference(Space space, std::string_view path) = 0;
  // For suggestions.
  virtual std::vector<std::string_view> value_names() const = 0;
  virtual std::vector<std::string_view> reference_names(Space space) const = 0;
  // The artifact that the element makes under this name: `outputs.NAME.…`.
  virtual std::optional<ArtifactValue> output(std::string_view name) = 0;
  // Whether the command finds a variable of that name in its environment only.
  virtual bool is_variable(std::string_view) const { return false; }
  // False when what some element makes could not be made out, which was reported.
  virtual bool artifacts_known() const { return true; }
  // Where less is visible than people expect: what is. Empty otherwise.
  virtual std::string_view what_is_visible() const { return {}; }
};

struct Scope {
  const Module* module = nullptr;
  Names* names = nullptr;
  // Modules whose capabilities are visible.
  const std::vector<const Module*>* vocabulary = nullptr;
  // In a base: what is required may be left to the heirs.
  bool open = false;
  // False where the profile is not known: then what its vocabulary holds is not known either.
  bool words_known = true;
};

// Properties that one place gives.
struct FieldLayer {
  const std::vector<ast::Field>* fields = nullptr;
  // Whose names the values use.
  const Module* module = nullptr;
  // Names instead of those of the scope, where they are not null.
  Names* names = nullptr;
};

struct GivenField {
  const ast::Field* field = nullptr;
  const Module* module = nullptr;
};

class Evaluator {
 public:
  explicit Evaluator(Declarations& declarations)
      : declarations_(declarations), types_(declarations.types()), sink_(declarations.sink()) {}

  // Reports what does not fit `expected` and gives an error value then.
  Value evaluate(const ast::Expr& expr, const Type& expected, const Scope& scope);

  // The value of a field in a part of a file whose properties are `parameters`, for every field. Unknown and
  // repeated properties, and missing ones without default, are reported at `owner`; defaults are filled in.
  NamedValues bind(const std::vector<Parameter>& parameters, const std::vector<ast::Field>& fields,
                   const Scope& scope, std::string_view owner, Span owner_span);

  // The same for a part that several places give, the weakest first; each is evaluated in its own module.
  NamedValues bind(const std::vector<Parameter>& parameters, const std::vector<FieldLayer>& layers,
                   const Scope& scope, std::string_view owner, Span owner_span);

  // Where `bind` took the value of a property from: the strongest of the layers that gives it, else what was
  // taken for it because its name is misspelt. Null where the value is the default.
  GivenField given_field(const std::vector<FieldLayer>& layers, std::string_view name) const;

  // The arguments of a call, positional ones first, with defaults filled in. Nothing, and a report, when they
  // do not fit the parameters.
  std::optional<NamedValues> bind_arguments(std::string_view callee, const std::vector<Parameter>& parameters,
                                            const std::vector<ast::Argument>& written, Span span,
                                            const Scope& scope);

  Value default_of(const Parameter& parameter, const Scope& scope);
  // The value of a constant, which is evaluated once.
  Value let(const Entity& entity);

  // Gives the property that was most likely meant, so that nothing is reported to be missing because of it.
  std::optional<std::string_view> report_unknown_property(const ast::Name& key, std::string_view owner,
                                                          const std::vector<std::string_view>& known);
  void report_repeated(const ast::Field& again, const ast::Field& first);
  // Whether it is an empty list where one must be given: it is there to name something (`empty_list`).
  static bool lacks_items(const Parameter& parameter, const Value& value);

 private:
  Value text(const ast::TextExpr& text, const ast::Expr& expr, const Type& expected, const Scope& scope);
  // Reports a text where a name is expected.
  Value text_for_name(TextValue text, Span span, const Type& expected, const Scope& scope);
  // The name that a quoted text most likely means where `expected` is; nothing when there is none.
  std::optional<std::string> name_in_quotes(const std::string& inside, const Type& expected,
                                            const Scope& scope);
  Value number(const ast::NumberExpr& number, const ast::Expr& expr, const Type& expected);
  Value list(const ast::ListExpr& list, const ast::Expr& expr, const Type& expected, const Scope& scope);
  Value record(const ast::RecordExpr& record, const ast::Expr& expr, const Type& expected,
               const Scope& scope);
  Value map(const ast::RecordExpr& record, const ast::Expr& expr, const Type& expected, const Scope& scope);
  Value call(const ast::CallExpr& call, const ast::Expr& expr, const Type& expected, const Scope& scope);
  Value construct(std::string_view constructor, const std::vector<Parameter>& parameters,
                  const VariantType* variant, const ast::CallExpr& call, const ast::Expr& expr,
                  const Scope& scope);
  // A name with what stands in brackets behind it: `tests("tests/**")`.
  Value placed(const ast::CallExpr& call, const ast::Expr& expr, const Type& expected, const Scope& scope);
  // Arguments of a call by the names of their parameters.
  struct GivenArguments {
    std::unordered_map<std::string_view, Value> values;
    // One was reported.
    bool failed = false;
  };
  GivenArguments given_arguments(std::string_view callee, const std::vector<Parameter>& parameters,
                                 const std::vector<ast::Argument>& written, Span span, const Scope& scope);
  // The parameter that an argument is for; null, with a report, when there is none.
  const Parameter* named_parameter(std::string_view constructor, const std::vector<Parameter>& parameters,
                                   const ast::Name& name);
  Value path(const ast::Path& path, const ast::Expr& expr, const Type& expected, const Scope& scope);
  Value table(const ast::TableExpr& table, const ast::Expr& expr, const Type& expected, const Scope& scope);
  // The value of a name without an expectation; nothing (and no report) when it is not one.
  std::optional<Value> named(const ast::Path& path, const Scope& scope);
  std::optional<Value> attribute(Value value, const ast::Name& name);
  // Members, constructors without arguments and other names that only the expected type gives a meaning.
  std::optional<Value> expected_name(const ast::Path& path, const ast::Expr& expr, const Type& expected,
                                     const Scope& scope);
  bool own_output(const ast::Path& path, const Scope& scope);
  // A `let` whose value is being evaluated.
  bool is_open(std::string_view name, const Module& module) const;
  void unknown_name(const ast::Path& path, const Type& expected, const Scope& scope);
  void suggest_name(DiagnosticBuilder& report, const ast::Path& path,
                    const std::vector<std::string_view>& known, const Type& expected, const Scope& scope);

  // `value` as `expected`, or a report.
  Value conform(Value value, const Type& expected);
  bool fits(const Value& value, const Type& expected) const;
  // Whether the texts in a value that fits have the forms that their types ask for; reports those that do
  // not.
  bool has_forms(const Value& value, const Type& expected);
  Value mismatch(const Value& found, const Type& expected);
  Value capped(Value value);
  void check_text(const TextValue& value, Span span);

  Declarations& declarations_;
  TypeTable& types_;
  DiagnosticSink& sink_;
  struct LetValue {
    // Empty while it is being evaluated, which finds cycles.
    std::optional<Value> value;
    // How many values it needs, each of which needs the next.
    size_t depth = 0;
  };
  std::unordered_map<const Entity*, LetValue> lets_;
  // Of the value that is being evaluated: the longest chain found so far, and the values that wait for it.
  size_t let_depth_ = 0;
  size_t open_lets_ = 0;
  std::unordered_map<const ast::Expr*, Value> defaults_;
  // Fields with a name that no property has, and the property that each was taken for.
  std::unordered_map<const ast::Field*, std::string> taken_for_;
};

}  // namespace pipec::sema
