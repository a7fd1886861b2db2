// The analysis of one pipeline: its parts, its routes and the checks on them. Internal to compiler/sema.
#pragma once

#include "compiler/sema/derive.h"
#include "compiler/sema/evaluate.h"
#include "compiler/sema/instance.h"
#include "compiler/sema/model.h"
#include "compiler/sema/pipeline_names.h"

#include <map>
#include <memory>
#include <string>
#include <unordered_map>
#include <vector>

namespace pipec::sema {

class PipelineAnalysis {
 public:
  PipelineAnalysis(Declarations& declarations, Profiles& profiles, Evaluator& evaluator)
      : declarations_(declarations), profiles_(profiles), evaluator_(evaluator), sink_(declarations.sink()) {}

  std::unique_ptr<Pipeline> run(const Entity& entity);

 private:
  // pipeline_analysis.cpp: the parts
  void collect(const ast::Pipeline& node);
  void collect_stage(const ast::Stage& node);
  void evaluate_parts();
  void evaluate_source(const ast::Block& node);
  void evaluate_environment(const ast::Block& node);
  void evaluate_target(const ast::Block& node);
  void evaluate_notify(const ast::Block& node);
  void evaluate_exemption(const ast::Exemption& node);
  void evaluate_external(const ast::ArtifactDecl& node);
  std::vector<const Capability*> capabilities_of(const Value* list) const;
  const Group* group_of(const Value* reference) const;
  Scope scope() { return {module_, &names_, profile_vocabulary()}; }
  const std::vector<const Module*>* profile_vocabulary() const;

  // build_routes.cpp
  void build_routes();
  void build_trunk(const ast::Route* node);
  void build_other(const ast::Route& node);
  void build_hotfix(const ast::Route& node);
  void build_backfill(const Route& hotfix);
  RawRoute restricted(const RawRoute& all, const Value* stages) const;
  Route build_route(RouteKind kind, std::string name, const RawRoute& raw, Span head);
  Stage build_stage(const RawStage& raw, const RawRoute& route, size_t index, PipelineNames& names);
  std::shared_ptr<const Element> build_element(const std::shared_ptr<const RawElement>& raw,
                                               const Environment* environment, PipelineNames& names);
  void set_trigger(Route& route, const NamedValues& values) const;
  const Environment* find_environment(const std::string& name) const;

  Declarations& declarations_;
  Profiles& profiles_;
  Evaluator& evaluator_;
  DiagnosticSink& sink_;
  const Module* module_ = nullptr;
  std::unique_ptr<Pipeline> pipeline_;

  // In the order of the file.
  std::vector<const ast::Block*> blocks_;
  std::vector<const ast::ArtifactDecl*> externals_;
  std::vector<const ast::Route*> route_nodes_;
  std::vector<const ast::Exemption*> exemptions_;
  std::vector<ast::Field> fields_;
  std::vector<const ast::Derivation*> derivations_;

  PipelineNames names_;
  RawRoute raw_all_;
  RawRoute raw_trunk_;
  RawRoute raw_workstation_;
  // Elements that several routes share are evaluated once.
  std::map<std::pair<const RawElement*, const Environment*>, std::shared_ptr<const Element>> built_;
  std::vector<std::shared_ptr<const RawElement>> keep_alive_;
};

}  // namespace pipec::sema
