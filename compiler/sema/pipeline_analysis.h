// The analysis of one pipeline: its parts, its routes and the checks on them. Internal to compiler/sema.
#pragma once

#include "compiler/sema/derive.h"
#include "compiler/sema/evaluate.h"
#include "compiler/sema/instance.h"
#include "compiler/sema/model.h"
#include "compiler/sema/pipeline_names.h"

#include <deque>
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
  // One that has no name in its module: a test gives it to itself.
  std::unique_ptr<Pipeline> run(const ast::Pipeline& node, const Module& module);

 private:
  // A pipeline of a chain of bases, with the module by whose names it is read.
  struct Link {
    const ast::Pipeline* node;
    const Module* module;
  };
  // A block of the pipeline with what every pipeline of the chain says in it, the weakest first.
  struct Part {
    ast::Block::Kind kind;
    const ast::Block* node = nullptr;
    std::vector<FieldLayer> layers;
  };
  struct RoutePart {
    struct Source {
      const ast::Route* node;
      const Module* module;
      // That it is a part of.
      Span pipeline;
      std::vector<ast::Field> fields;
    };
    // The strongest.
    const ast::Route* node = nullptr;
    std::vector<Source> sources;

    std::vector<FieldLayer> layers() const;
  };
  // What a route runs, and how that differs from what it is derived from.
  struct Derived {
    RawRoute raw;
    std::vector<Change> changes;
    std::map<std::string, Span, std::less<>> marked_final;
  };
  template <class Node>
  struct Owned {
    const Node* node;
    const Module* module;
  };

  // pipeline_chain.cpp: the pipeline and what it extends
  std::vector<Link> chain_of(const ast::Pipeline& node, const Module& own);
  void find_profile(const std::vector<Link>& chain);
  void report_pipeline_for_profile(const ast::Pipeline& node);
  const Profile* profile_of(const ast::Pipeline& node, const Module& module);
  void collect(const ast::Pipeline& node, const Module& module, bool is_root);
  void collect_block(const ast::Block& block, const Module& module);
  void collect_stage(const ast::Stage& node, const Module& module, bool is_root);
  void collect_route(const ast::Route& node, const ast::Pipeline& pipeline, const Module& module);

  // pipeline_heirs.cpp
  void keep_marked(const ast::Pipeline& node, const Derivation& derive);
  void collect_derivations(const ast::Pipeline& node, const Module& module, bool is_root);
  RawRoute& route_with(const std::string& place, bool stage);
  void apply(const ast::Derivation& node, Derivation& derivation);
  void report_stage_of_heir(const ast::Stage& node);

  // pipeline_analysis.cpp: the parts
  void evaluate_parts();
  void evaluate_source(const Part& part);
  void evaluate_environment(const Part& part);
  void evaluate_ttl(const Part& part, const NamedValues& values, Environment& environment);
  void evaluate_target(const Part& part);
  void evaluate_notify(const Part& part);
  void report_no_source();
  void evaluate_metrics(const Part& part);
  void evaluate_exemption(const ast::Exemption& node, const Module& module);
  void evaluate_external(const ast::ArtifactDecl& node, const Module& module);
  NamedValues bind(const Part& part, std::string_view schema, const std::string& owner);
  std::vector<const Capability*> capabilities_of(const Value* list, const Module* module) const;
  const Group* group_of(const Value* value) const;
  const Group* approver_of(const NamedValues& values) const;
  Scope scope() { return scope(*module_); }
  Scope scope(const Module& module) {
    return {&module, &names_, profile_vocabulary(), open_, pipeline_->profile != nullptr};
  }
  const std::vector<const Module*>* profile_vocabulary() const;

  // build_routes.cpp
  void build_routes();
  void mark_production();
  void build_trunk(const RoutePart* part);
  void build_other(const RoutePart& part);
  void build_hotfix(const RoutePart& part);
  NamedValues bind_route(const RoutePart& part, std::string_view schema, const std::string& owner);
  Derived derive(const RoutePart& part, const std::string& by, bool reasons_required, RawRoute raw);
  Route build_derived(RouteKind kind, std::string name, Derived derived, Span head);
  void build_underived();
  void build_backfill(const Route& hotfix);
  RawRoute restricted(const RawRoute& all, std::string_view name, const Value* stages);
  void check_stage_list(const RawRoute& route, std::string_view name, const Value& stages);
  Route build_route(RouteKind kind, std::string name, const RawRoute& raw, Span head);
  void bind_arguments(const StageUse& use, PipelineNames& names);
  bool stage_fits(const Stage& stage, size_t elements);
  bool orders_fit(const Stage& stage, const RawStage& raw);
  Stage build_stage(const RawStage& raw, const RawRoute& route, size_t index, PipelineNames& names);
  std::shared_ptr<const Element> build_element(const std::shared_ptr<const RawElement>& raw,
                                               const Environment* environment, PipelineNames& names);
  void set_trigger(Route& route, const NamedValues& values);
  const Environment* find_environment(const std::string& name) const;

  Declarations& declarations_;
  Profiles& profiles_;
  Evaluator& evaluator_;
  DiagnosticSink& sink_;
  const Module* module_ = nullptr;
  // A base: what it lacks may come from its heirs.
  bool open_ = false;
  // Every pipeline that it extends was found.
  bool chain_known_ = true;
  std::unique_ptr<Pipeline> pipeline_;

  // In the order of the files, those of the base first.
  std::vector<Part> parts_;
  std::vector<RoutePart> route_parts_;
  std::vector<Owned<ast::ArtifactDecl>> externals_;
  std::vector<Owned<ast::Exemption>> exemptions_;
  // The properties of each pipeline of the chain.
  std::deque<std::vector<ast::Field>> fields_;
  std::vector<FieldLayer> field_layers_;

  PipelineNames names_;
  RawRoute raw_all_;
  RawRoute raw_trunk_;
  RawRoute raw_workstation_;
  // Elements that several routes share are evaluated once.
  std::map<std::pair<const RawElement*, const Environment*>, std::shared_ptr<const Element>> built_;
  std::vector<std::shared_ptr<const RawElement>> keep_alive_;
};

}  // namespace pipec::sema
