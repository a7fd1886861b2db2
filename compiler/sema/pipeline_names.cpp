#include "compiler/sema/pipeline_names.h"

#include "compiler/diag/kinds/structure.h"
#include "compiler/support/text.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <unordered_set>

namespace pipec::sema {

namespace {

// A misspelt `outputs`, so that what it names is not reported to be missing, too.
bool stands_for_outputs(const ast::Field& field, const Layer& layer) {
  static constexpr auto outputs = std::to_array<std::string_view>({"outputs"});
  const bool given = std::any_of(layer.fields->begin(), layer.fields->end(),
                                 [](const ast::Field& other) { return other.key.text == "outputs"; });
  return !given && nearest(field.key.text, outputs).has_value();
}

// `outputs = [files("out/**")]` names nothing, and is reported.
bool has_nameless_outputs(const RawElement& element) {
  return std::any_of(element.layers.begin(), element.layers.end(), [](const Layer& layer) {
    return std::any_of(layer.fields->begin(), layer.fields->end(), [](const ast::Field& field) {
      return field.key.text == "outputs" && (std::holds_alternative<ast::ListExpr>(field.value.node) ||
                                             std::holds_alternative<ast::CallExpr>(field.value.node));
    });
  });
}

}  // namespace

std::vector<DeclaredOutput> declared_outputs(const RawElement& element) {
  std::vector<DeclaredOutput> outputs;
  std::unordered_set<std::string_view> known;
  for (const Layer& layer : element.layers) {
    for (const ast::Field& field : *layer.fields) {
      const auto* record = std::get_if<ast::RecordExpr>(&field.value.node);
      if (record == nullptr || (field.key.text != "outputs" && !stands_for_outputs(field, layer))) continue;
      for (const ast::Field& output : record->fields) {
        const auto* call = std::get_if<ast::CallExpr>(&output.value.node);
        if (!known.insert(output.key.text).second) continue;
        // A value that is no constructor is reported where it is evaluated; the artifact is there.
        const bool named = call != nullptr && call->callee.parts.size() == 1;
        outputs.push_back({output.key.text, named ? call->callee.parts.front().text : std::string_view(),
                           output.key.span, named});
      }
    }
  }
  return outputs;
}

std::vector<std::string> inherited_after(const RawElement& element) {
  const bool says_itself = std::any_of(element.layers.begin(), element.layers.end(), [](const Layer& layer) {
    return std::any_of(layer.fields->begin(), layer.fields->end(), [](const ast::Field& field) {
      return field.key.text == "after" && field.op != ast::AssignOp::add;
    });
  });
  return says_itself ? std::vector<std::string>() : element.inherited_after;
}

std::vector<std::string> names_after(const RawElement& element) {
  std::vector<std::string> names = inherited_after(element);
  const auto add = [&](const ast::Expr& expr) {
    if (const auto* path = std::get_if<ast::PathExpr>(&expr.node)) names.push_back(path->path.text());
  };
  for (const Layer& layer : element.layers) {
    for (const ast::Field& field : *layer.fields) {
      if (field.key.text != "after") continue;
      if (field.op != ast::AssignOp::add) names.clear();
      add(field.value);
      if (const auto* list = std::get_if<ast::ListExpr>(&field.value.node)) {
        for (const ast::Expr& item : list->items)
          add(item);
      }
    }
  }
  return names;
}

RawStage* RawRoute::find_stage(std::string_view name) {
  for (RawStage& stage : stages) {
    if (stage.name == name) return &stage;
  }
  return nullptr;
}

const RawStage* RawRoute::find_stage(std::string_view name) const {
  return const_cast<RawRoute*>(this)->find_stage(name);
}

void PipelineNames::add_route(const RawRoute& route, DiagnosticSink& sink) {
  for (const RawStage& stage : route.stages) {
    stages.emplace(stage.name, stage.node->name.span);
    for_each_element(stage.root, [&](const std::shared_ptr<const RawElement>& element) {
      auto& named = elements_[element->name];
      if (std::find(named.begin(), named.end(), element->id) == named.end()) named.push_back(element->id);
      artifacts_known_ = artifacts_known_ && !has_nameless_outputs(*element);
      for (const DeclaredOutput& output : declared_outputs(*element)) {
        const auto [entry, added] = artifacts.emplace(
            output.name, NamedArtifact{std::string(output.type), element->id, output.span, output.known});
        if (!added && entry->second.maker != element->id) {
          auto report = sink.report(diag::artifact_made_twice, output.span, output.name);
          report.label(entry->second.span, "first made here");
          const std::string& maker = entry->second.maker;
          const auto& replaced = element->replaces;
          if (std::find(replaced.begin(), replaced.end(), maker) != replaced.end())
            report
                .note(
                    "what replaces the element that makes it has the same name: then it is the one artifact")
                .replace(element->node->name.span, maker.substr(maker.find('.') + 1));
        }
      }
    });
    for_each_leaf(stage.root, [&](const RawElement& element) {
      const auto add = [&](const std::string& id) {
        former_.emplace(id, element.id);
        former_.emplace(id.substr(id.rfind('.') + 1), element.id);
      };
      if (element.removed) add(element.id);
      for (const std::string& replaced : element.replaces)
        add(replaced);
    });
  }
}

std::optional<std::string> PipelineNames::element(std::string_view path,
                                                  std::vector<std::string>* candidates) const {
  if (auto found = present(path, candidates)) return found;
  const auto former = former_.find(path);
  const bool ambiguous = elements_.contains(path);
  return former == former_.end() || ambiguous ? std::nullopt : std::optional(former->second);
}

std::optional<std::string> PipelineNames::present(std::string_view path,
                                                  std::vector<std::string>* candidates) const {
  const size_t dot = path.rfind('.');
  const std::string_view bare = dot == std::string_view::npos ? path : path.substr(dot + 1);
  const auto found = elements_.find(bare);
  if (found == elements_.end()) return std::nullopt;
  if (dot != std::string_view::npos) {
    const auto full = std::find(found->second.begin(), found->second.end(), path);
    if (full != found->second.end()) return *full;
    return std::nullopt;
  }
  if (found->second.size() == 1) return found->second.front();
  const std::string stage = current_element.substr(0, current_element.find('.'));
  const auto sibling = std::find(found->second.begin(), found->second.end(), stage + "." + std::string(bare));
  if (!stage.empty() && sibling != found->second.end()) return *sibling;
  if (candidates != nullptr) *candidates = found->second;
  return std::nullopt;
}

std::optional<Value> PipelineNames::value(std::string_view name, Span span) {
  const auto artifact = artifacts.find(name);
  if (artifact == artifacts.end()) return std::nullopt;
  if (!artifact->second.known) return error_at(span);
  return Value{span, ArtifactValue{std::string(name), artifact->second.type}, 1};
}

std::optional<std::string> PipelineNames::reference(Space space, std::string_view path) {
  const auto in = [&](const std::map<std::string, Span, std::less<>>& names) -> std::optional<std::string> {
    if (names.contains(path)) return std::string(path);
    return std::nullopt;
  };
  switch (space) {
    case Space::source:
      return in(sources);
    case Space::environment:
      return in(environments);
    case Space::stage:
      return in(stages);
    case Space::route:
      return in(routes);
    case Space::target:
      return in(targets);
    case Space::element:
      return element(path);
    case Space::group:
    case Space::capability:
    case Space::pipeline:
    case Space::runbook:
    case Space::rule:
    case Space::role:
      return std::nullopt;
  }
  return std::nullopt;
}

bool PipelineNames::is_variable(std::string_view name) const {
  return std::find(current_variables.begin(), current_variables.end(), name) != current_variables.end();
}

std::vector<std::string_view> PipelineNames::value_names() const {
  std::vector<std::string_view> names;
  for (const auto& entry : artifacts)
    names.push_back(entry.first);
  return names;
}

std::vector<std::string_view> PipelineNames::reference_names(Space space) const {
  std::vector<std::string_view> names;
  const auto add = [&](const auto& map) {
    for (const auto& entry : map)
      names.push_back(entry.first);
  };
  switch (space) {
    case Space::source:
      add(sources);
      break;
    case Space::environment:
      add(environments);
      break;
    case Space::stage:
      add(stages);
      break;
    case Space::route:
      add(routes);
      break;
    case Space::target:
      add(targets);
      break;
    case Space::element:
      for (const auto& [bare, full] : elements_) {
        const auto is_other = [&](const std::string& id) { return id != current_element; };
        if (std::any_of(full.begin(), full.end(), is_other)) names.push_back(bare);
        std::copy_if(full.begin(), full.end(), std::back_inserter(names), is_other);
      }
      break;
    case Space::group:
    case Space::capability:
    case Space::pipeline:
    case Space::runbook:
    case Space::rule:
    case Space::role:
      break;
  }
  return names;
}

std::optional<ArtifactValue> PipelineNames::output(std::string_view name) {
  const auto artifact = artifacts.find(name);
  if (artifact == artifacts.end() || artifact->second.maker != current_element) return std::nullopt;
  return ArtifactValue{artifact->first, artifact->second.type};
}

}  // namespace pipec::sema
