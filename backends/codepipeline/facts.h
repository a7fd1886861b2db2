// What the lowerings ask of a pipeline again and again.
#pragma once

#include "backends/backend.h"
#include "backends/codepipeline/names.h"
#include "backends/common/yaml.h"
#include "compiler/ir/ir.h"

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace pipec::backends::codepipeline {

inline constexpr std::string_view target = "codepipeline";

// Names that pipec gives begin with a character that no name of the language has, or hold a dot: they never
// meet one of the user's.
inline constexpr std::string_view source_artifact = "_source";
inline constexpr std::string_view source_stage = "pipec.source";
inline constexpr std::string_view guard_stage = "pipec.guard";
inline constexpr std::string_view source_action = "pipec.source";
inline constexpr std::string_view source_variables = "@source";

const ir::Work& work_of(const ir::Element& element);
bool uses(const ir::Element& element, std::string_view block);
// A field of the element's block; null when it is not set.
const ir::Value* field(const ir::Element& element, std::string_view name);
std::string text_field(const ir::Element& element, std::string_view name);
// Changes what runs in the environment.
bool deploys(const ir::Element& element);
bool deploys(const ir::Stage& stage);
// It deploys, or may change production by an action alone.
bool changes(const ir::Stage& stage);
// The environment may not be what it was: a deployment, or an action that may write to it.
bool changes(const ir::Element& element);
// The regions that an element of the stage works in, wave by wave. A gate looks at the first region.
std::vector<std::vector<std::string>> waves_of(const ir::Pipeline& pipeline, const ir::Stage& stage,
                                               const ir::Element& element);
// Names of alarms that take the deployment back.
std::vector<std::string> alarms_of(const ir::Element& element);
bool has_rollback(const ir::Element& element);
bool is_files(const ir::Artifact& artifact);

class Facts {
 public:
  Facts(const ir::Pipeline& pipeline, const EmitOptions& options);

  const ir::Pipeline& pipeline() const { return pipeline_; }
  const Names& names() const { return names_; }
  const std::vector<const ir::Route*>& routes() const { return routes_; }

  const ir::Environment* environment_of(const ir::Stage& stage) const;
  std::vector<std::string> pipeline_names() const;
  // A guard looks at the ledger before the stage, and its first change is behind the claim.
  bool guarded(const ir::Stage& stage) const;
  // What changes the environment holds its lock, because other runs change it too.
  bool locked(const ir::Stage& stage) const;
  // The stage's end makes the commit of the run the live one: it deploys, or nothing that changes the
  // environment follows it in the route.
  bool recorded(const ir::Route& route, const ir::Stage& stage) const;
  // Environments whose live commit is recorded.
  const std::set<std::string>& guarded_environments() const { return guarded_; }
  const std::set<std::string>& locked_environments() const { return locked_; }

  bool uses_connection() const { return pipeline_.sources.front().kind == "github"; }
  std::string setting(std::string_view name) const;
  // A setting that is a whole number.
  int64_t number(std::string_view name) const;
  // The ARN of the permissions boundary of roles in the account of a template; empty for none.
  yaml::Node boundary() const;
  // What names of hotfix branches look like, as a regular expression whose first group is the incident.
  std::string branch_expression() const;
  const ir::Route* backfill() const;
  // Somebody is told of hotfixes by mail.
  bool incident_topic() const;
  // Regions in which actions of the route run, the pipeline's own first: each needs a place for artifacts.
  std::vector<std::string> artifact_regions(const ir::Route& route) const;

 private:
  const ir::Pipeline& pipeline_;
  Names names_;
  std::vector<const ir::Route*> routes_;
  std::set<std::string> guarded_;
  std::set<std::string> locked_;
};

}  // namespace pipec::backends::codepipeline
