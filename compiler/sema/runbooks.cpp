#include "compiler/sema/runbooks.h"

#include "compiler/diag/kinds/structure.h"
#include "compiler/diag/kinds/types.h"
#include "compiler/sema/evaluate.h"
#include "compiler/support/credential.h"
#include "compiler/support/text.h"

#include <map>

#include <fmt/core.h>

namespace pipec::sema {
namespace {

class RunbookBuilder {
 public:
  RunbookBuilder(Declarations& declarations, const Entity& entity)
      : declarations_(declarations), evaluator_(declarations), sink_(declarations.sink()), entity_(entity) {}

  Runbook run() {
    const auto& node = std::get<ast::Runbook>(*entity_.node);
    Runbook runbook{&entity_, std::string(entity_.name), node.doc, {}, node.head};
    bool unknown = false;
    for (const auto& item : node.items) {
      if (const auto* field = std::get_if<ast::Field>(&item)) {
        evaluator_.report_unknown_property(field->key, fmt::format("runbook `{}`", entity_.name), {});
        unknown = true;
      } else {
        runbook.steps.push_back(step(std::get<ast::RunbookStep>(item)));
      }
    }
    if (runbook.steps.empty() && !unknown) sink_.report(diag::empty_runbook, node.head, entity_.name);
    return runbook;
  }

 private:
  RunbookStep step(const ast::RunbookStep& node) {
    RunbookStep built{node.kind, {}, {}, node.span};
    if (node.kind == ast::RunbookStep::Kind::link) {
      const Type& url = *declarations_.types().simple(TypeKind::url);
      const Value address = evaluator_.evaluate(node.text, url, {entity_.module});
      if (!address.is_error()) built.title = address.text();
      return built;
    }
    built.title = title(node);
    if (node.kind != ast::RunbookStep::Kind::step) return built;
    const auto& parameters = declarations_.schema("part", "runbook_step").parameters;
    const Span head{node.span.source, node.span.begin, node.text.span.end};
    const NamedValues values = evaluator_.bind(parameters, node.properties, {entity_.module},
                                               fmt::format("step `{}`", built.title), head);
    for (const auto& [name, value] : values) {
      if (!value.is_error()) built.properties.emplace_back(name, value);
    }
    return built;
  }

  std::string title(const ast::RunbookStep& node) {
    const auto* text = std::get_if<ast::TextExpr>(&node.text.node);
    if (text == nullptr) return {};
    const std::string title = text->texts.front();
    if (const auto credential = find_credential(title))
      sink_.report(diag::credential_literal, node.text.span, credential->kind);
    const bool blank = title.find_first_not_of(" \t\n") == std::string::npos;
    if (blank || !text->references.empty()) {
      sink_.report(diag::runbook_title, node.text.span);
      return title;
    }
    const auto [first, added] = titles_.emplace(title, node.text.span);
    if (!added)
      sink_.report(diag::runbook_title_twice, node.text.span, title).label(first->second, "first used here");
    return title;
  }

  Declarations& declarations_;
  Evaluator evaluator_;
  DiagnosticSink& sink_;
  const Entity& entity_;
  std::map<std::string, Span> titles_;
};

}  // namespace

Runbook build_runbook(Declarations& declarations, const Entity& entity) {
  return RunbookBuilder(declarations, entity).run();
}

const Runbook& Declarations::runbook(const Entity& entity) {
  auto& built = runbooks_[&entity];
  if (built == nullptr) built = std::make_shared<const Runbook>(build_runbook(*this, entity));
  return *built;
}

}  // namespace pipec::sema
