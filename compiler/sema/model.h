// What analysis finds: pipelines with their routes, elements and order, every value checked. Constant from
// then on; rules read it and the IR is lowered from it.
#pragma once

#include "compiler/sema/declarations.h"
#include "compiler/sema/profile.h"
#include "compiler/sema/tests.h"
#include "compiler/sema/value.h"

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace pipec::sema {

struct Environment {
  std::string name;
  std::string account;
  std::vector<std::string> regions;
  const Group* approvers = nullptr;
  bool separate = false;
  // A stage of a production role goes there, on whatever route.
  bool production = false;
  // It is torn down after use, and stands for `ttl` at most.
  bool ephemeral = false;
  std::optional<Duration> ttl;
  Span head;
  // Where the time is set; the head when it is not.
  Span ttl_span;
  // Where the approvers are set; the head when they are not.
  Span approvers_span;
};

// Two names for one account and a region of it.
bool is_same_place(const Environment& one, const Environment& other);

// A kind of source that a source is said to hold.
struct Contained {
  const Capability* kind = nullptr;
  // Where in the repository; empty when nobody says.
  std::vector<std::string> paths;
  Span at;
};

struct Source {
  std::string name;
  Value repository;
  std::string branch;
  std::vector<Contained> contains;

  // Null when it does not hold that kind.
  const Contained* find(const Capability& kind) const;
  Span head;
};

// An artifact made outside of the pipeline.
struct ExternalArtifact {
  std::string name;
  std::string type;
  Value value;
  Span span;
};

// One of the places that set a property, the strongest last.
struct Setting {
  Span span;
  // "the definition `trivy`", "the element", "the hotfix".
  std::string by;
  bool by_definition = false;
};

// What an element says about one target.
struct TargetLowering {
  // Properties that differ on this target.
  NamedValues properties;
  // The building block that replaces the command; nothing when the command runs.
  std::optional<Value> block;
  Span span;
};

struct ArtifactUse {
  std::string artifact;
  Span span;
};

// A variable of the environment and the values that it takes in turn: of `matrix`, or the regions of
// `per_region`.
struct Axis {
  std::string variable;
  // Texts, numbers and names.
  std::vector<Value> values;
  bool regions = false;
};

// One of the combinations of the axes' values, as which an element runs (cells.h).
struct Cell {
  // `1_25-debian`
  std::string name;
  NamedValues variables;
  // Of `per_region`; empty otherwise.
  std::string region;
};

// What names of a service's variables begin with: `DB` of `db`.
std::string service_prefix(std::string_view service);

struct Element {
  // `build.scan`: the same in every route that is derived from the pipeline.
  std::string id;
  std::string name;
  std::string stage;
  ast::ElementKind kind = ast::ElementKind::action;
  std::vector<const Capability*> capabilities;
  const Definition* definition = nullptr;
  std::string doc;

  // Every property that is set or has a default, with those of the definition.
  NamedValues properties;
  std::map<std::string, std::vector<Setting>, std::less<>> settings;
  std::map<std::string, TargetLowering, std::less<>> lowerings;
  // Where the pipeline itself, and not a definition, says `on TARGET`.
  std::vector<Setting> escape_hatches;

  Duration timeout;
  std::optional<Duration> typical;
  int64_t retries = 0;
  Duration backoff;
  bool continue_on_failure = false;
  // Runs once its stage has begun, whatever happened there.
  bool always = false;
  // Gates. The index into `severities`.
  std::optional<size_t> fail_on;
  std::optional<size_t> floor;
  bool final = false;
  // Approvals.
  Duration within;
  const Group* approvers = nullptr;
  // Deployments. At least one wave when the stage's environment has regions.
  std::vector<std::vector<std::string>> waves;
  Duration wave_bake;

  // It runs once for each combination of their values; once when there is none.
  std::vector<Axis> axes;
  // How many of them at the same time at most; 0 for all.
  size_t max_parallel = 0;
  // Which of them this is, in a graph as it runs.
  std::optional<Cell> cell;

  std::vector<std::string> after;
  std::vector<ArtifactUse> consumes;
  // Name and type.
  std::vector<std::pair<std::string, std::string>> produces;

  Span head;
  Span span;
  // Where the reusable stage is used that brings it; empty when its stage is written out.
  Span use;

  const Value* property(std::string_view name) const;
  // What it says for one target differently, else what it says for all.
  const Value* property_on(std::string_view target, std::string_view name) const;
  bool has_services_on(std::string_view target) const;
  // Where the property was set last; the head when it was not.
  Span property_span(std::string_view name) const;
  // The property that is a text of that type, such as a window or a zone; null when there is none.
  const Value* text_property(TypeKind type) const;
  bool fulfils(const Capability& capability) const;
  bool uses(std::string_view artifact) const;
  // In an environment it may change what runs there.
  bool may_change() const { return kind == ast::ElementKind::deploy || kind == ast::ElementKind::action; }
  // A deployment goes to the regions of its waves, an approval is given once, and what stands in `always`
  // shares an execution on some targets.
  bool may_have_cells() const {
    return !always && (kind == ast::ElementKind::action || kind == ast::ElementKind::gate);
  }
  bool is_approval() const { return kind == ast::ElementKind::approval; }
  // Examines what is delivered: a gate that is not just a window or a pause.
  bool checks() const;
  // The longest it may take and the time it usually takes, retries, waves and bakes included.
  Duration guaranteed_time() const;
  Duration typical_time() const;
};

// The order of a stage's elements. Nodes are the elements, by their index in the stage, and joins, which only
// collect edges so that their number stays linear.
struct StageOrder {
  // For each node the nodes directly before it; every node stands after them.
  std::vector<std::vector<size_t>> before;
  // The nodes from the first to the last; the first `element_count` indices are elements.
  std::vector<size_t> sequence;
  size_t element_count = 0;

  // Whether element `a` always ends before element `b` starts.
  bool precedes(size_t a, size_t b) const;
  // For every node whether it always ends before element `b` starts.
  std::vector<bool> all_before(size_t b) const;
  // For every node whether it starts only after element `a` has ended.
  std::vector<bool> all_after(size_t a) const;
};

struct Stage {
  std::string name;
  const Role* role = nullptr;
  const Environment* environment = nullptr;
  std::vector<std::shared_ptr<const Element>> elements;
  StageOrder order;
  std::optional<Value> budget;
  Span head;
  Span span;

  // It plays a production role, or goes where such a stage goes, whatever it is called.
  bool production() const {
    return (role != nullptr && role->production) || (environment != nullptr && environment->production);
  }
  const Element* find(std::string_view name) const;
  // A person is asked in it.
  bool asks() const;
  // Some element besides approvals and those of `always` can begin.
  bool can_begin() const;
};

enum class RouteKind : uint8_t { trunk, hotfix, backfill, other };

enum class ChangeKind : uint8_t { skipped, overridden, replaced, added };

// How a route differs from the one it is derived from, at one element.
struct Change {
  ChangeKind kind = ChangeKind::skipped;
  std::string element;
  // `skip stage beta` skips several elements for one reason.
  std::string reason;
  Span span;
};

struct Trigger {
  std::vector<std::string> branches;
  std::vector<std::string> pull_requests;
  // Where each of them is written.
  std::vector<Span> pull_request_spans;
  std::vector<std::string> tags;
  std::string schedule;
  bool manual = false;
  std::vector<std::string> paths;
};

struct Route {
  RouteKind kind = RouteKind::other;
  std::string name;
  Trigger trigger;
  std::vector<Stage> stages;
  std::vector<Change> changes;
  // The gates that the route itself marks with `final [ … ]`, also those it leaves out after all.
  std::map<std::string, Span, std::less<>> marked_final;
  std::optional<Value> budget;
  Span head;

  struct Position {
    size_t stage = 0;
    size_t element = 0;
  };
  std::optional<Position> find(std::string_view id) const;
  const Element& at(Position position) const { return *stages[position.stage].elements[position.element]; }
  // Whether the element at `a` always ends before the one at `b` starts.
  bool precedes(Position a, Position b) const;
  // Makes finding quick; after it elements may still move, which only makes it slow again.
  void index();

 private:
  std::unordered_map<std::string, Position> index_;
};

struct Backfill {
  std::vector<std::string> into;
  // Where each of them is written.
  std::vector<Span> into_spans;
  Duration within;
};

// The properties of `hotfix { … }` besides those of every route.
struct HotfixPolicy {
  // With `{incident}`.
  std::string branches;
  Span branches_span;
  std::string incident;
  std::optional<Backfill> backfill;
  std::optional<std::pair<int64_t, Duration>> limit;
  std::vector<Value> notify;
  // Null when it names none.
  const Runbook* runbook = nullptr;
};

// What a person answers for: `waive`, `not_applicable`, `attest`.
struct Exemption {
  ast::Exemption::Kind kind = ast::Exemption::Kind::waive;
  // `gamma.dast` or a rule's code.
  std::string place;
  std::string reason;
  // Null when it was not understood, which is reported.
  const Group* owner = nullptr;
  // Of a waiver; null when it names none.
  const Group* approved_by = nullptr;
  std::optional<ast::DateExpr> until;
  // Where `until` is written; the head when it is not.
  Span until_span;
  Span head;

  // Who has agreed to a waiver.
  const Group* approver() const { return approved_by != nullptr ? approved_by : owner; }
};

// A stage of the pipeline, whether a route runs it or not.
struct PlacedStage {
  std::string name;
  // Empty when it goes nowhere.
  std::string environment;
  bool has_budget = false;
  Span head;
};

struct Pipeline {
  std::string name;
  std::string description;
  const Group* owner = nullptr;
  // How soon a failing trunk is mended, as the team promises.
  std::optional<Duration> repair_within;
  const Profile* profile = nullptr;
  const ast::Pipeline* node = nullptr;
  // `base pipeline`: checked as far as that is possible, and not emitted.
  bool is_base = false;
  // What it extends, or null.
  std::unique_ptr<Pipeline> base;
  // How the stages differ from those of the base.
  std::vector<Change> changes;
  std::vector<Source> sources;
  std::vector<std::unique_ptr<Environment>> environments;
  std::vector<ExternalArtifact> externals;
  std::vector<PlacedStage> stages;
  // Stages that are not part of the pipeline: what developers run.
  std::vector<Stage> workstation;
  // Trunk first, then the others in the order of the file; the hotfix and its backfill last.
  std::vector<Route> routes;
  // Every stage as the pipeline declares it, where a `route trunk` runs something else.
  std::optional<Route> underived;
  std::optional<HotfixPolicy> hotfix;
  std::vector<const Capability*> metrics;
  std::vector<Value> notify;
  // On what they are notified.
  std::vector<std::string> notify_on;
  std::vector<Exemption> exemptions;
  // By target.
  std::map<std::string, NamedValues, std::less<>> settings;
  Span head;
  Span span;

  // A setting of the target that is required and not given; empty when there is none. Without `--target` such
  // a target is left out.
  std::string_view missing_setting(const Target& target) const;
  const Route* find_route(RouteKind kind) const;
  const Route& trunk() const { return routes.front(); }
  // What the routes are derived from: every stage, before one is left out or changed.
  const Route& declared() const { return underived ? *underived : trunk(); }
};

// A file beside the sources by which a program leaves out findings.
struct IgnoreFile {
  // `.trivyignore`, and where it was found.
  std::string name;
  std::string path;
  // Its lines, without comments and blank ones.
  size_t lines = 0;
  // Why it could not be read; empty when it was.
  std::string unread;
};

// What the folder shows in which the file lives. Only findings and reports look at it, nothing that is
// emitted.
struct Checkout {
  // Whether anybody has looked.
  bool known = false;
  // Paths and patterns that sources name, and to which no file belongs.
  std::set<std::string, std::less<>> missing;
  std::vector<IgnoreFile> ignore_files;
};

struct Model {
  std::vector<std::unique_ptr<Pipeline>> pipelines;
  // Only checked, as far as that is possible.
  std::vector<std::unique_ptr<Pipeline>> bases;
  std::vector<Test> tests;
  // Those that the file declares or imports, by name.
  std::vector<const Runbook*> runbooks;
  // Imported pipelines that tests are about, and those that tests have themselves; neither checked nor
  // emitted with this file.
  std::vector<std::unique_ptr<Pipeline>> tested;
  // Those that were asked for, or all of them.
  std::vector<const Target*> targets;
  bool targets_asked_for = false;
  Checkout checkout;
  // What is known in spite of the mistakes that were found. Rules say what they need (rules.def).
  // Every element with what it fulfils: without that, what is missing cannot be told.
  bool elements_known = true;
  // Every value: nothing was wrong at all.
  bool values_known = true;
};

}  // namespace pipec::sema
