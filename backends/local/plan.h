// A local plan as values: what `PIPELINE.plan.yaml` holds, and what the runner runs. plan.schema.json
// describes the file, write_plan and read_plan are its text.
#pragma once

#include "compiler/support/duration.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace pipec::local {

// Of the file format. A plan of another version is refused.
inline constexpr int64_t plan_version = 1;

// A field that must be given: it has no default, so leaving it out does not compile.
template <class T>
struct Required {
  T value;

  Required(T v) : value(std::move(v)) {}
  const T& operator*() const { return value; }
  const T* operator->() const { return &value; }
  bool operator==(const Required&) const = default;
};

// `image.uri`: known when the plan runs.
struct RunTime {
  std::string artifact;
  std::string attribute;
  bool operator==(const RunTime&) const = default;
};
using VariableValue = std::variant<std::string, RunTime>;
using Variables = std::vector<std::pair<std::string, VariableValue>>;

enum class Shell : uint8_t { bash, sh };

// A program that must be on the PATH. `version` is what the pipeline asks for, or empty; it is shown, not
// checked.
struct Program {
  std::string name;
  std::string version;
  bool operator==(const Program&) const = default;
};

struct ReportFile {
  std::string format;
  std::vector<std::string> paths;
  bool operator==(const ReportFile&) const = default;
};

// A container that runs beside a script, which finds it at PREFIX_HOST and PREFIX_PORT.
struct Service {
  Required<std::string> name;
  Required<std::string> prefix;
  // With its digest.
  Required<std::string> image;
  Required<int64_t> port;
  std::vector<std::pair<std::string, std::string>> environment;
  // Each variable of the container, and the variable of the runner's own environment that it is taken from.
  std::vector<std::pair<std::string, std::string>> secrets;
  bool operator==(const Service&) const = default;
};

// How the script of a deployment is run: once in each region, the regions of a wave at the same time.
struct Rollout {
  // None in an environment without regions: the script runs once.
  std::vector<std::vector<std::string>> waves;
  Duration wave_bake;
  // Runs in each region that was begun when the deployment fails; empty when it is not taken back.
  std::string undo;
  bool operator==(const Rollout&) const = default;
};

struct Script {
  Required<std::string> text;
  Shell shell = Shell::bash;
  Variables environment;
  // Each variable of the script, and the variable of the runner's own environment that it is taken from.
  std::vector<std::pair<std::string, std::string>> secrets;
  // Relative to the checkout.
  std::string working_directory = ".";
  std::vector<Program> programs;
  std::vector<ReportFile> reports;
  std::vector<Service> services;
  // Of a deployment: it is simulated unless its environment is named when the plan is run.
  std::optional<Rollout> rollout;
  bool operator==(const Script&) const = default;
};

struct Approval {
  // What a person types to approve: the name of the environment, or of the stage where there is none.
  Required<std::string> confirm;
  // Names of people; empty for anybody.
  std::vector<std::string> approvers;
  // How long it may be given; afterwards it counts as refused.
  Required<Duration> within;
  // Of a runbook: what is asked instead. No part of a plan's file.
  std::string question;
  bool operator==(const Approval&) const = default;
};

// Passes while the window is open.
struct WindowGate {
  Required<std::string> open;
  Required<std::string> zone;
  bool operator==(const WindowGate&) const = default;
};

// Says what would be done, and touches nothing.
struct Simulation {
  // The building block: `simulated_deployment` or `simulated_check`.
  Required<std::string> block;
  Variables what;
  bool operator==(const Simulation&) const = default;
};

using Work = std::variant<Script, Approval, WindowGate, Simulation>;

enum class Kind : uint8_t { action, gate, approval, deploy };

struct Element {
  // `build.scan`; also the name of its log.
  Required<std::string> id;
  Required<Kind> kind;
  std::string title;
  // Ids of elements of the same stage that must have passed; for one that always runs, that must have ended.
  // The stages before have ended in any case.
  std::vector<std::string> needs;
  // Names of artifacts.
  std::vector<std::string> consumes;
  std::vector<std::string> produces;
  // Of one try; of one wave for a deployment. Scripts have one, nothing else has.
  Duration timeout;
  // Of scripts: further tries, and the wait before each.
  int64_t retries = 0;
  Duration backoff;
  bool continue_on_failure = false;
  // Runs when everything else of its stage has ended, however it did, once one of its other elements besides
  // approvals has begun. Nothing but elements of this kind needs it.
  bool always = false;
  // One of several that write the same files: it runs in a copy of the checkout.
  bool isolated = false;
  Required<Work> work;
  bool operator==(const Element&) const = default;
};

struct Stage {
  Required<std::string> name;
  // The environment's name, or empty.
  std::string environment;
  // In the order in which they were written.
  std::vector<Element> elements;
  bool operator==(const Stage&) const = default;
};

struct Route {
  Required<std::string> name;
  // One after the other: a stage starts when everything of the stage before has ended.
  std::vector<Stage> stages;
  bool operator==(const Route&) const = default;
};

struct Source {
  Required<std::string> name;
  // Relative to the folder in which the plan runs.
  Required<std::string> path;
  Required<std::string> repository;
  Required<std::string> branch;
  bool operator==(const Source&) const = default;
};

struct Environment {
  Required<std::string> name;
  // Who approves its deployments. Not empty: nothing is deployed to it from here.
  std::vector<std::string> approvers;
  bool operator==(const Environment&) const = default;
};

struct Artifact {
  Required<std::string> name;
  // `files`, `container`, `package`, `template`, `sbom` or `report`.
  Required<std::string> type;
  // Files: paths or patterns relative to the checkout.
  std::vector<std::string> paths;
  // Where they are put back, relative to the checkout; at their paths when empty.
  std::string folder;
  // A container that an element makes: the name of its image.
  std::string repository;
  // A container from outside, by digest.
  std::string image;
  bool operator==(const Artifact&) const = default;
};

struct Plan {
  Required<std::string> pipeline;
  std::string description;
  // What the real pipeline does and a local run does not, in words.
  std::vector<std::string> left_out;
  std::vector<Source> sources;
  std::vector<Environment> environments;
  std::vector<Artifact> artifacts;
  std::vector<Route> routes;
  bool operator==(const Plan&) const = default;
};

std::string_view to_string(Kind kind);

// The first route, environment or artifact of that name; null when there is none.
const Route* find_route(const Plan& plan, std::string_view name);
const Environment* find_environment(const Plan& plan, std::string_view name);
const Artifact* find_artifact(const Plan& plan, std::string_view name);

// The plan as the text of its file; `header` becomes comment lines.
std::string write_plan(const Plan& plan, std::string_view header);

struct ReadPlan {
  std::optional<Plan> plan;
  // What is wrong and where, in words; empty when there is a plan.
  std::string error;
};
// Accepts what plan.schema.json describes and nothing else, and checks what a schema cannot: names that refer
// to nothing, needs in a circle.
ReadPlan read_plan(std::string_view text);

}  // namespace pipec::local
