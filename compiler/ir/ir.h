// The checked pipeline as plain values: all that a backend needs, nothing of names, types or syntax. Every
// node keeps the place in the source that it came from.
#pragma once

#include "compiler/source/source.h"
#include "compiler/support/duration.h"

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace pipec::ir {

struct Value;
using NamedValues = std::vector<std::pair<std::string, Value>>;

struct List {
  std::vector<Value> items;
};

// A record, or a value of a variant such as `canary(10%, bake = 5m)` with its constructor.
struct Constructed {
  std::string constructor;
  NamedValues arguments;
};

// An index into Pipeline::artifacts.
struct ArtifactReference {
  size_t artifact = 0;
};

// `image.uri`: known when the pipeline runs. `own`: of an artifact that the element itself makes, before
// it is stored.
struct RunTime {
  size_t artifact = 0;
  std::string attribute;
  bool own = false;
};

// Percentages are whole numbers, sizes are bytes, names are texts.
struct Value {
  // Initialized, or clang 14 takes the type for incomplete inside of itself.
  std::variant<std::string, int64_t, bool, Duration, List, Constructed, ArtifactReference, RunTime> data{};
  Span span;

  template <class T>
  const T* as() const {
    return std::get_if<T>(&data);
  }
  // The text, or the constructor's name; empty for anything else.
  std::string_view text() const;
  std::string_view constructor() const;
  const Value* find(std::string_view argument) const;
  // The items of a list, or the single value.
  std::vector<std::string> texts() const;
};

const Value* find(const NamedValues& values, std::string_view name);

struct Source {
  std::string name;
  // The constructor: `github`.
  std::string kind;
  std::string repository;
  std::string branch;
  Span span;
};

struct Group {
  std::string name;
  int64_t minimum = 1;
  // By target, the names of its team, role or users.
  std::map<std::string, std::vector<std::string>> identities;
};

struct Environment {
  std::string name;
  std::string account;
  std::vector<std::string> regions;
  // An index into Pipeline::groups.
  std::optional<size_t> approvers;
  // The author of a change may not approve it.
  bool separate = false;
  Span span;
};

struct Artifact {
  std::string name;
  // `files`, `container`, `package`, `template`, `sbom` or `report`.
  std::string type;
  // Files: paths or patterns relative to the checkout.
  std::vector<std::string> paths;
  // Containers: `ecr`, and the repository.
  std::string registry;
  std::string repository;
  // Where files are put back for who uses them, relative to the checkout: `binary/1_25-debian`, for what a
  // cell makes of the collection `binary`. Empty: at the paths they had.
  std::string folder;
  // The id of the element that makes it. For one from outside empty, and `image` names it by digest.
  std::string maker;
  std::string image;
  Span span;
};

// A right on a resource of the environment's account; `resource` is its ARN from the service on, without
// region and account.
struct Grant {
  std::vector<std::string> actions;
  std::string resource;
};

// A program that is fetched and compared with its digest.
struct Tool {
  std::string name;
  std::string url;
  std::string sha256;
  // The program's path in the archive; empty when the file is the program.
  std::string member;
};

struct Runtime {
  std::string name;
  std::string version;
};

// A container that runs beside a command.
struct Service {
  std::string name;
  // `DB`: the command finds it at `DB_HOST` and `DB_PORT`.
  std::string prefix;
  // `postgres@sha256:…`
  std::string image;
  // In its container.
  int64_t port = 0;
  std::vector<std::pair<std::string, std::string>> environment;
  // Variable and name of the secret.
  std::vector<std::pair<std::string, std::string>> secrets;
};

// Files that a later run may find again.
struct Cache {
  // Relative to the checkout, or `~/…`.
  std::vector<std::string> paths;
  // Files of the repository: while they are the same, so is the cache.
  std::vector<std::string> key;
};

struct ReportFile {
  // `junit`, `sarif`, …
  std::string format;
  std::vector<std::string> paths;
};

enum class Shell : uint8_t { bash, sh };

// A building block that the target offers, with its typed fields.
struct Block {
  std::string name;
  NamedValues fields;
  Span span;
};

// What an element does on one target: a block, or a script with all that it needs.
struct Work {
  std::optional<Block> block;
  std::string script;
  Shell shell = Shell::bash;
  // In the order in which they were written.
  NamedValues environment;
  // Variable and name of the secret.
  std::vector<std::pair<std::string, std::string>> secrets;
  std::string working_directory;
  std::vector<Runtime> runtimes;
  std::vector<Tool> tools;
  std::vector<Grant> access;
  std::vector<ReportFile> reports;
  // An element that has some shares its execution with no other.
  std::vector<Service> services;
  // They save time, and what runs may not depend on them: a target may leave them out.
  std::vector<Cache> caches;
  bool privileged = false;
  // `small`, `medium` or `large`.
  std::string compute;
  // Takes a deployment back in one region.
  std::string undo;
};

enum class ElementKind : uint8_t { action, gate, approval, deploy };

struct Element {
  // `build.scan`: the same in every route. Of a cell `build.unit@1_25-debian`: no name of the language holds
  // `@`, and ids stay different when it is written as `-`.
  std::string id;
  std::string name;
  // `1_25-debian`: it is one of several that a matrix or `per_region` has made of an element. Each has a
  // checkout of its own, because they write the same files.
  std::string cell;
  // The region of a cell of `per_region`; its environment holds it too, as `AWS_REGION`.
  std::string region;
  ElementKind kind = ElementKind::action;
  // The title of what it fulfils: "Unit Tests".
  std::string title;
  std::string doc;
  // Indices into Pipeline::artifacts. What it consumes is there before it starts.
  std::vector<size_t> consumes;
  std::vector<size_t> produces;
  // Images among what it consumes, beside which it stores something in their registry.
  std::vector<size_t> attaches_to;
  // Of one wave, for a deployment.
  Duration timeout;
  int64_t retries = 0;
  Duration backoff;
  bool continue_on_failure = false;
  // Runs after everything else of its stage has ended, however it did, once an element besides approvals has
  // begun. A failure stops the pipeline, but nothing else of `always`.
  bool always = false;
  // Gates: examines what is delivered, and does not just look at the clock.
  bool checks = false;
  bool final = false;
  // Empty, or a severity.
  std::string fail_on;
  std::string floor;
  // Approvals.
  Duration within;
  std::optional<size_t> approvers;
  // Deployments.
  std::vector<std::vector<std::string>> waves;
  Duration wave_bake;
  std::optional<Value> strategy;
  std::optional<Value> rollback;
  // By target, for each target that was asked for. Approvals have none.
  std::map<std::string, Work> work;
  Span span;

  // In an environment it may change what runs there. What cleans up afterwards is not meant.
  bool may_change() const { return !always && (kind == ElementKind::deploy || kind == ElementKind::action); }
};

struct Stage {
  std::string name;
  bool production = false;
  // An index into Pipeline::environments.
  std::optional<size_t> environment;
  std::vector<Element> elements;
  // For each element those directly before it in the stage. A stage starts when the one before has ended.
  std::vector<std::vector<size_t>> before;
  Span span;
};

// Elements that run as one job, action or process, one after the other.
struct Unit {
  // Indices into Stage::elements, in order.
  std::vector<size_t> elements;
  size_t level = 0;
  // Units of the stage directly before.
  std::vector<size_t> before;
};

// Per stage of a route: how a target runs it. Backends follow it; its time is what budgets were judged by.
struct StageSchedule {
  std::vector<Unit> units;
};

enum class RouteKind : uint8_t { trunk, hotfix, backfill, other };

struct Trigger {
  std::vector<std::string> branches;
  std::vector<std::string> pull_requests;
  std::vector<std::string> tags;
  // Five fields, or empty.
  std::string schedule;
  bool manual = false;
  std::vector<std::string> paths;
};

// What a derived route leaves out or changes.
struct Change {
  // "skipped", "changed", "replaced" or "added".
  std::string what;
  std::string element;
  std::string reason;
};

struct Route {
  RouteKind kind = RouteKind::other;
  std::string name;
  Trigger trigger;
  std::vector<Stage> stages;
  std::vector<Change> changes;
  // By target, parallel to `stages`.
  std::map<std::string, std::vector<StageSchedule>> schedules;
  Span span;

  // Whether it deploys to an environment of a production stage.
  bool reaches_production() const;
};

struct HotfixPolicy {
  // `hotfix/{incident}-*`
  std::string branches;
  // The part before the first placeholder or pattern: `hotfix/`.
  std::string prefix;
  // What such a branch is called: a regular expression without anchors that bash, jq and Python read alike.
  // Its first group is the incident, when branches carry one.
  std::string expression;
  std::vector<std::string> backfill_into;
  Duration backfill_within;
  // At most so many in any span of that length; nothing when no limit is set.
  std::optional<std::pair<int64_t, Duration>> limit;
  std::vector<Value> notify;
};

struct Pipeline {
  std::string name;
  std::string description;
  std::string owner;
  std::string profile;
  // The entry file as it was named on the command line, relative to the root; and every file that was read.
  std::string source_path;
  std::vector<std::string> source_paths;
  // SHA-256 of the texts of those files.
  std::string source_hash;
  std::vector<Source> sources;
  std::vector<Group> groups;
  std::vector<Environment> environments;
  std::vector<Artifact> artifacts;
  // Trunk first; a hotfix is followed by its backfill.
  std::vector<Route> routes;
  std::optional<HotfixPolicy> hotfix;
  std::vector<Value> notify;
  std::vector<std::string> notify_on;
  std::vector<std::string> metrics;
  // By target: the parameters of `target NAME { … }`, defaults included.
  std::map<std::string, NamedValues> settings;
  Span span;

  const Route& trunk() const { return routes.front(); }
  const Route* find_route(RouteKind kind) const;
};

struct Program {
  std::vector<Pipeline> pipelines;
};

}  // namespace pipec::ir
