#include "compiler/sema/analyse.h"

#include "compiler/diag/kinds/targets.h"
#include "compiler/diag/kinds/types.h"
#include "compiler/sema/evaluate.h"
#include "compiler/sema/instance.h"
#include "compiler/sema/pipeline_analysis.h"
#include "compiler/sema/test_analysis.h"
#include "compiler/support/text.h"

#include <algorithm>

namespace pipec::sema {
namespace {

// What no pipeline may use is checked as far as that is possible without an element.
void check_declarations(Declarations& declarations, Profiles& profiles) {
  const Module& entry = declarations.entry();
  Evaluator evaluator(declarations);
  for (const Entity* entity : declarations.declared(entry, EntityKind::variant))
    declarations.variant(*entity);
  for (const Entity* entity : declarations.declared(entry, EntityKind::capability))
    declarations.capability(*entity);
  for (const Entity* entity : declarations.declared(entry, EntityKind::group))
    declarations.group(*entity);
  for (const Entity* entity : declarations.declared(entry, EntityKind::profile))
    profiles.profile(*entity);
  for (const Entity* entity : declarations.declared(entry, EntityKind::definition)) {
    Instance::check_definition(declarations, declarations.definition(*entity));
  }
  for (const Entity* entity : declarations.declared(entry, EntityKind::stage_definition))
    declarations.reusable_stage(*entity);
  for (const Entity* entity : declarations.declared(entry, EntityKind::let))
    evaluator.let(*entity);
}

// Targets are described by the standard library only.
void refuse_targets(const ProgramInput& input, DiagnosticSink& sink) {
  for (const SourceFile& file : input.modules[input.entry].files) {
    for (const ast::Declaration& declaration : file.file->declarations) {
      if (const auto* target = std::get_if<ast::TargetDecl>(&declaration)) {
        sink.report(diag::target_outside_library, target->head);
      }
    }
  }
}

}  // namespace

Analysis analyse(const ProgramInput& input, const std::vector<std::string>& targets, DiagnosticSink& sink) {
  Analysis analysis;
  analysis.types = std::make_unique<TypeTable>();
  analysis.declarations = std::make_unique<Declarations>(input, *analysis.types, sink);
  Declarations& declarations = *analysis.declarations;
  analysis.profiles = std::make_unique<Profiles>(declarations);
  Model& model = analysis.model;
  model.targets_asked_for = !targets.empty();
  for (const Target* target : declarations.targets()) {
    const bool wanted =
        targets.empty() || std::find(targets.begin(), targets.end(), target->name) != targets.end();
    if (wanted) model.targets.push_back(target);
  }
  refuse_targets(input, sink);
  check_declarations(declarations, *analysis.profiles);
  Evaluator evaluator(declarations);
  std::map<const Entity*, const Pipeline*> analysed;
  for (const Entity* entity : declarations.declared(declarations.entry(), EntityKind::pipeline)) {
    auto pipeline = PipelineAnalysis(declarations, *analysis.profiles, evaluator).run(*entity);
    analysed.emplace(entity, pipeline.get());
    auto& pipelines = pipeline->is_base ? model.bases : model.pipelines;
    pipelines.push_back(std::move(pipeline));
  }
  for (const std::string_view name : declarations.visible(declarations.entry(), {EntityKind::runbook})) {
    const Entity* runbook = declarations.find(declarations.entry(), name, {EntityKind::runbook});
    model.runbooks.push_back(&declarations.runbook(*runbook));
  }
  // What a test expects of elements that are not known would only repeat why.
  if (declarations.elements_known)
    analysis.found_in_tests =
        TestAnalysis(declarations, *analysis.profiles, evaluator, model, std::move(analysed)).run();
  declarations.report_unused();
  model.elements_known = declarations.elements_known;
  for (const ModuleInput& module : input.modules) {
    for (const SourceFile& file : module.files)
      model.elements_known = model.elements_known && file.file->complete;
  }
  model.values_known = !sink.has_errors();
  return analysis;
}

}  // namespace pipec::sema
