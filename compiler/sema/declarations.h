// What the modules of a compilation declare: names, and what stands behind them once resolved. Everything is
// resolved at most once, when it is first asked for, so an unused module costs nothing.
#pragma once

#include "compiler/ast/ast.h"
#include "compiler/diag/diagnostic.h"
#include "compiler/sema/limits.h"
#include "compiler/sema/types.h"
#include "compiler/sema/value.h"

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <vector>

namespace pipec::sema {

struct SourceFile {
  const ast::File* file = nullptr;
  // For each import of the file the module it names; `no_module` where that was not found (and reported).
  std::vector<size_t> imports;
};

inline constexpr size_t no_module = static_cast<size_t>(-1);

// A file of the user, or a folder of the standard library.
struct ModuleInput {
  std::string name;
  bool standard = false;
  std::vector<SourceFile> files;
};

// A name that some module of the standard library declares, loaded or not.
struct StandardName {
  std::string_view module;
  std::string_view name;
};

struct ProgramInput {
  std::vector<ModuleInput> modules;
  std::vector<StandardName> standard_names;
  size_t entry = no_module;
  size_t prelude = no_module;
  size_t targets = no_module;
};

struct Module;
struct Profile;
struct Runbook;

enum class EntityKind : uint8_t {
  let,
  variant,
  capability,
  definition,
  profile,
  group,
  stage_definition,
  pipeline,
  runbook,
  target,
};

struct Entity {
  EntityKind kind = EntityKind::let;
  std::string_view name;
  Span span;
  const Module* module = nullptr;
  const ast::Declaration* node = nullptr;
  // Some name meant it.
  mutable bool used = false;
};

struct ImportedName {
  std::string_view name;
  Span span;
  // Empty when the module does not have it, which was reported where it is imported.
  std::vector<const Entity*> entities;
  mutable bool used = false;
};

struct Module {
  std::string name;
  bool standard = false;
  std::unordered_map<std::string_view, std::vector<const Entity*>> own;
  std::unordered_map<std::string_view, ImportedName> imported;
};

struct Parameter {
  std::string_view name;
  const Type* type = nullptr;
  const ast::Expr* default_value = nullptr;
  // Where the default is evaluated.
  const Module* module = nullptr;
  std::string_view doc;
  Span span;
};

struct Constructor {
  std::string_view name;
  std::vector<Parameter> parameters;
  std::string_view doc;
};

struct VariantType {
  std::string_view name;
  std::vector<Constructor> constructors;

  const Constructor* find(std::string_view constructor) const;
};

// A program that commands call: `program(…)` of the prelude.
struct Program {
  std::string name;
  // Only with one of these words behind it; always when empty.
  std::vector<std::string> with;
  // Words with which it does none of the work: `--version`, `clean`.
  std::vector<std::string> idle;
  // Flags of which one must be given for it to fail.
  std::vector<std::string> needs;
  // Flags, or a flag and its value, with which it succeeds whatever it finds.
  std::vector<std::string> defeated_by;
  // The flag that names the severities it fails on, if it has one.
  std::string severities;
  // Variables of the environment by which it takes the value of a flag; with an empty one its arguments.
  std::vector<std::pair<std::string, std::string>> variables;
  // Files beside the sources that keep it from telling what it finds.
  std::vector<std::string> ignores;
  // Flags that name such a file: one that is read in place of those, and one that is read besides.
  std::vector<std::string> ignore_flags;
  std::vector<std::string> more_ignore_flags;
  // It gives what it got from elsewhere.
  bool fetches = false;
  // It compares what was brought with a digest or a signature.
  bool verifies = false;
};

struct Capability {
  const Entity* entity = nullptr;
  std::string_view name;
  ast::CapabilityKind kind = ast::CapabilityKind::action;
  const Capability* parent = nullptr;
  // Of the chain of its ancestors, itself included.
  size_t depth = 1;
  // Its own and its ancestors'.
  std::vector<Parameter> parameters;
  std::string title;
  std::string description;
  std::optional<Duration> timeout;
  std::vector<std::string> tools;
  // Programs that a command of such work calls. Nothing is known when empty.
  std::vector<Program> commands;
  // Programs that any command may call, whatever it claims to do; sorted by name.
  const std::vector<Program>* general = nullptr;
  bool checks = true;
  // It finds or keeps out what would make the system attackable.
  bool security = false;
  // What people are asked where nothing measures it.
  std::vector<std::string> questions;

  // Whether whoever fulfils this capability fulfils `other` too.
  bool is(const Capability& other) const;
};

// A reusable action, gate, approval or deployment.
struct Definition {
  const Entity* entity = nullptr;
  std::string_view name;
  const ast::Element* node = nullptr;
  // What it is built on, when that is a definition.
  const Definition* base = nullptr;
  // Of the chain of definitions, itself included.
  size_t depth = 1;
  std::vector<const Capability*> capabilities;
  std::vector<Parameter> parameters;
};

// `stage NAME(PARAMETERS) { … }` at top level.
struct ReusableStage {
  const Entity* entity = nullptr;
  const ast::Stage* node = nullptr;
  std::vector<Parameter> parameters;
};

struct Group {
  const Entity* entity = nullptr;
  std::string_view name;
  int64_t minimum = 1;
  // By target.
  std::map<std::string, Value> identities;
  Span span;
};

// Time that a platform itself takes.
struct Overhead {
  // Once for every run: queueing and fetching the sources.
  Duration run;
  // Once for a run that reaches production: what guards it.
  Duration guard;
  Duration stage;
  // For every execution: providing the machine.
  Duration element;
  // In addition for an execution that deploys.
  Duration deployment;
  // In addition for an element with services.
  Duration service;
};

struct TargetBlock {
  std::string_view name;
  std::vector<Parameter> parameters;
};

struct Target {
  const Entity* entity = nullptr;
  std::string_view name;
  std::string title;
  // The backend that emits it.
  std::string backend;
  enum class Order : uint8_t { graph, levels } order = Order::graph;
  Overhead overhead;
  bool fuse_hotfix = false;
  bool fuse_production = false;
  bool fuse_always = false;
  // Deployments go to AWS accounts, which environments must name.
  bool accounts = false;
  std::vector<std::string> sources;
  std::vector<std::string> registries;
  // The constructor of `people` that names its approvers; empty where it has none.
  std::string people;
  std::map<std::string, int64_t> limits;
  std::vector<TargetBlock> blocks;
  std::vector<Parameter> settings;
  // What the hotfix proof takes for granted about the platform, and the emitted file that sets or checks it.
  std::vector<std::pair<std::string, std::string>> assumptions;
  Span span;

  const TargetBlock* find_block(std::string_view block) const;
};

// What stands after an element's colon.
struct What {
  const Capability* capability = nullptr;
  const Definition* definition = nullptr;

  explicit operator bool() const { return capability != nullptr || definition != nullptr; }
};

// What an element may set: a property that elements of its kind have, a parameter of what it fulfils, or one
// of a definition in its chain, at whose head its own stands. The key: the place in the chain, or
// `of_element` for what all elements of its kind and capabilities share, and the name.
struct Settable {
  static constexpr size_t of_element = static_cast<size_t>(-1);
  using Key = std::pair<size_t, std::string_view>;

  Key key;
  const Parameter* parameter;
};

class Declarations {
 public:
  Declarations(const ProgramInput& input, TypeTable& types, DiagnosticSink& sink);

  const Module& entry() const { return *modules_[input_.entry]; }
  const Module& prelude() const { return *modules_[input_.prelude]; }
  const ProgramInput& input() const { return input_; }
  TypeTable& types() { return types_; }
  DiagnosticSink& sink() { return sink_; }

  // The entity that `name` means in `module`, of one of `kinds`: own names, then imported ones, then those of
  // the prelude. Null without a report when there is none.
  const Entity* find(const Module& module, std::string_view name,
                     std::initializer_list<EntityKind> kinds) const;
  // The name should have been imported but could not be; what uses it says nothing more.
  static bool is_missing_import(const Module& module, std::string_view name);
  // What is used without its name: an import of it into `module` is not left over.
  static void use(const Module& module, const Entity& entity);
  // Names of `kinds` visible in `module`, sorted, for suggestions; without the one that is declared there.
  std::vector<std::string_view> visible(const Module& module, std::initializer_list<EntityKind> kinds,
                                        std::string_view declared = {}) const;
  // The entities behind them; nothing counts as used by looking at it.
  std::vector<const Entity*> visible_entities(const Module& module,
                                              std::initializer_list<EntityKind> kinds) const;
  // Every entity of a kind that `module` itself declares, in the order of the files.
  std::vector<const Entity*> declared(const Module& module, EntityKind kind) const;

  const VariantType& variant(const Entity& entity);
  // The form of `string<NAME>`; null, with a report, when the constant is not a pattern.
  const TextForm* text_form(const ast::Name& name, const Module& module);
  const Capability& capability(const Entity& entity);
  // A constant of the prelude, which must be there.
  Value prelude_constant(std::string_view name);
  // `general_programs` of the prelude, sorted by name.
  const std::vector<Program>& general_programs();
  const Definition& definition(const Entity& entity);
  // Sorted by key. `definition`: null for none.
  const std::vector<Settable>& settables(ast::ElementKind kind, const std::vector<const Capability*>& fulfils,
                                         const Definition* definition);
  const ReusableStage& reusable_stage(const Entity& entity);
  const Group& group(const Entity& entity);
  const Runbook& runbook(const Entity& entity);
  const Target& target(const Entity& entity);
  // All targets of the standard library, in the order of their names.
  const std::vector<const Target*>& targets();
  const Target* find_target(std::string_view name);

  // A variant of the prelude; it must exist.
  const VariantType& prelude_variant(std::string_view name);
  const Type* prelude_type(std::string_view name);
  // The schema of a part of the language (stdlib/prelude/language.pipe).
  const Constructor& schema(std::string_view variant, std::string_view part);

  const Type* resolve_type(const ast::TypeExpr& type, const Module& module);
  std::vector<Parameter> resolve_parameters(const std::vector<ast::Parameter>& parameters,
                                            const Module& module);

  // What `path` means after an element's colon. `vocabulary`: modules of the pipeline's profile and its
  // ancestors. Reports and gives nothing when there is no such name.
  // With `words_known` false the vocabulary is not known, and a name that may stand in it is not reported.
  // `declared`: the definition behind whose colon it stands, which is not suggested.
  What resolve_what(const ast::Path& path, const Module& module, const std::vector<const Module*>& vocabulary,
                    bool words_known = true, std::string_view declared = {});
  const Capability* find_capability(std::string_view name, const Module& module,
                                    const std::vector<const Module*>& vocabulary);

  // Says which module of the standard library declares `name`, or what it is nearly spelled like, and offers
  // to import that into `module`, `at` being where the name is used; nothing when none does. A file that is
  // imported already is asked first, for an entity of one of the kinds.
  void offer_import(DiagnosticBuilder& report, Span at, std::string_view name, const Module& module,
                    std::initializer_list<EntityKind> kinds) const;

  // Set when an element, or what it fulfils, could not be made out.
  bool elements_known = true;

  Usage usage;

  // Of each profile, the only capability of a kind; null where it has none or several.
  std::map<std::pair<const Profile*, ast::ElementKind>, const Capability*> only_capabilities;

  // Reports when `count` parts of a kind are too many for one declaration. Gives how many may be looked at.
  size_t capped(size_t count, std::string owner, std::string_view parts, Span span);
  // Counts parameters or rules that `entity` has from what it extends. False, with one report, when they are
  // too many in all.
  bool inherits(size_t parts, const Entity& entity);

  // Warns about imported names, and about declarations of the entry file, that nothing used.
  void report_unused();

 private:
  void report_unused_declarations();
  void declare(size_t index);
  void import_names(size_t index);
  const Type* resolve_named_type(const ast::TypeExpr& type, const Module& module);
  void report_unknown_type(const ast::Name& name, const Module& module);
  // Gives `built` what it has from the capability that `path` names.
  void extend(Capability& built, const ast::Path& path);
  std::unique_ptr<Capability> build_capability(const Entity& entity);
  std::unique_ptr<Definition> build_definition(const Entity& entity);
  std::unique_ptr<Target> build_target(const Entity& entity);
  std::unique_ptr<Group> build_group(const Entity& entity);

  const ProgramInput& input_;
  TypeTable& types_;
  DiagnosticSink& sink_;
  // Declarations whose resolution waits for another one.
  size_t waiting_ = 0;
  std::deque<Entity> entities_;
  std::vector<std::unique_ptr<Module>> modules_;
  // Null while one is being resolved, which finds cycles.
  std::unordered_map<const Entity*, std::unique_ptr<VariantType>> variants_;
  std::unordered_map<const Entity*, std::unique_ptr<TextForm>> text_forms_;
  std::unordered_map<const Entity*, std::unique_ptr<Capability>> capabilities_;
  std::unordered_map<const Entity*, std::unique_ptr<Definition>> definitions_;
  std::map<std::tuple<ast::ElementKind, std::vector<const Capability*>, const Definition*>,
           std::vector<Settable>>
      settables_;
  std::unordered_map<const Entity*, std::unique_ptr<ReusableStage>> reusable_stages_;
  std::unordered_map<const Entity*, std::unique_ptr<Group>> groups_;
  std::unordered_map<const Entity*, std::shared_ptr<const Runbook>> runbooks_;
  std::unordered_map<const Entity*, std::unique_ptr<Target>> targets_;
  std::optional<std::vector<const Target*>> all_targets_;
  std::optional<std::vector<Program>> general_programs_;
};

}  // namespace pipec::sema
