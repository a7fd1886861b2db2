#include "compiler/sema/test_analysis.h"

#include "compiler/diag/kinds/structure.h"
#include "compiler/diag/kinds/tests.h"
#include "compiler/diag/kinds/types.h"
#include "compiler/sema/pipeline_analysis.h"
#include "compiler/support/text.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/core.h>

namespace pipec::sema {
namespace {

bool is_base(const Entity& entity) { return std::get<ast::Pipeline>(*entity.node).is_base; }

const Value* find(const NamedValues& values, std::string_view name) {
  for (const auto& [key, value] : values) {
    if (key == name && !value.is_error()) return &value;
  }
  return nullptr;
}

const ast::Field* find(const std::vector<ast::Field>& fields, std::string_view name) {
  for (const ast::Field& field : fields) {
    if (field.key.text == name) return &field;
  }
  return nullptr;
}

std::vector<ast::Field> given_fields(const ast::Test& node) {
  std::vector<ast::Field> fields;
  for (const auto& item : node.items) {
    if (const auto* given = std::get_if<ast::Given>(&item))
      fields.insert(fields.end(), given->properties.begin(), given->properties.end());
  }
  return fields;
}

struct EventName {
  std::string_view property;
  Event::Kind kind;
};
constexpr auto events = std::to_array<EventName>({{"branch", Event::Kind::push},
                                                  {"tag", Event::Kind::tag},
                                                  {"pull_request", Event::Kind::pull_request},
                                                  {"schedule", Event::Kind::schedule},
                                                  {"manual", Event::Kind::manual},
                                                  {"route", Event::Kind::route}});

// Keeps apart what is reported while it lives.
class Apart {
 public:
  explicit Apart(DiagnosticSink& sink) : sink_(sink), outer_(std::exchange(sink, {})) {}
  ~Apart() { sink_ = std::move(outer_); }
  Apart(const Apart&) = delete;
  Apart& operator=(const Apart&) = delete;

  std::vector<Diagnostic> found() const { return sink_.sorted(); }

 private:
  DiagnosticSink& sink_;
  DiagnosticSink outer_;
};

}  // namespace

FoundInTests TestAnalysis::run() {
  for (const SourceFile& file : declarations_.input().modules[declarations_.input().entry].files) {
    for (const ast::Declaration& declaration : file.file->declarations) {
      if (const auto* test = std::get_if<ast::Test>(&declaration)) add(*test);
    }
  }
  return std::move(found_);
}

void TestAnalysis::add(const ast::Test& node) {
  bool expects = false;
  for (const auto& item : node.items) {
    expects = expects || std::holds_alternative<ast::Expectation>(item);
    if (const auto* field = std::get_if<ast::Field>(&item)) {
      auto report = sink_.report(diag::unknown_property, field->key.span, field->key.text, "the test");
      report.note(
          "a test holds `given { … }`, `given pipeline NAME extends BASE { … }` and `expect SUBJECT = "
          "VALUE`");
    }
  }
  if (!expects) sink_.report(diag::test_without_expectation, node.head);
  const bool titled = has_title(node);
  const std::vector<ast::Field> given = given_fields(node);
  const Pipeline* pipeline = pipeline_of(node, given);
  if (!titled || pipeline == nullptr) return;
  Test test{.title = std::get<ast::TextExpr>(node.title.node).texts.front(),
            .pipeline = pipeline,
            .head = node.head};
  if (has_mistakes(*pipeline)) {
    expect_mistakes(node, std::move(test));
    return;
  }
  TestNames& names = names_of(*pipeline);
  if (!read_given(node, given, names, test)) return;
  for (const auto& item : node.items) {
    const auto* expected = std::get_if<ast::Expectation>(&item);
    if (expected == nullptr) continue;
    if (auto typed = expectation(*expected, names, test)) test.expectations.push_back(std::move(*typed));
  }
  model_.tests.push_back(std::move(test));
}

bool TestAnalysis::has_title(const ast::Test& node) {
  const auto* title = std::get_if<ast::TextExpr>(&node.title.node);
  const bool plain = title != nullptr && title->references.empty() &&
                     title->texts.front().find_first_not_of(" \t\n") != std::string::npos;
  if (!plain) {
    sink_.report(diag::test_without_title, title == nullptr ? node.head : node.title.span);
    return false;
  }
  const auto [first, added] = titles_.emplace(title->texts.front(), node.title.span);
  if (added) return true;
  sink_.report(diag::test_title_twice, node.title.span, title->texts.front())
      .label(first->second, "the first one");
  return false;
}

const Pipeline* TestAnalysis::pipeline_of(const ast::Test& node, const std::vector<ast::Field>& given) {
  const ast::Field* field = find(given, "pipeline");
  const ast::GivenPipeline* own = nullptr;
  for (const auto& item : node.items) {
    const auto* next = std::get_if<ast::GivenPipeline>(&item);
    if (next == nullptr) continue;
    if (own != nullptr || field != nullptr) {
      const Span other = own != nullptr ? own->pipeline.head : field->key.span;
      sink_.report(diag::two_pipelines, next->pipeline.head).label(other, "the other one");
      return nullptr;
    }
    own = next;
  }
  if (own != nullptr) return given_pipeline(own->pipeline);
  if (field == nullptr) return only_pipeline(node);
  const Module& module = declarations_.entry();
  const Value name =
      evaluator_.evaluate(field->value, *declarations_.types().reference_to(Space::pipeline), {&module});
  if (name.is_error()) return nullptr;
  const Entity& entity = *declarations_.find(module, name.text(), {EntityKind::pipeline});
  if (!is_base(entity)) return analysed(entity);
  sink_.report(diag::tests_base, field->value.span, name.text());
  return nullptr;
}

// One that the test declares for itself. Its name is new to the file, so that it is clear what extends what.
const Pipeline* TestAnalysis::given_pipeline(const ast::Pipeline& node) {
  if (node.is_base) {
    sink_.report(diag::tests_base, node.head, node.name.text);
    return nullptr;
  }
  if (const Entity* same =
          declarations_.find(declarations_.entry(), node.name.text, {EntityKind::pipeline})) {
    sink_.report(diag::declared_twice, node.name.span, node.name.text)
        .label(same->span, "first declared here");
    return nullptr;
  }
  const bool elements_known = declarations_.elements_known;
  const Apart apart(sink_);
  model_.tested.push_back(
      PipelineAnalysis(declarations_, profiles_, evaluator_).run(node, declarations_.entry()));
  declarations_.elements_known = elements_known;
  const Pipeline* pipeline = model_.tested.back().get();
  found_.emplace(pipeline, apart.found());
  return pipeline;
}

bool TestAnalysis::has_mistakes(const Pipeline& pipeline) const {
  const auto found = found_.find(&pipeline);
  return found != found_.end() &&
         std::any_of(found->second.begin(), found->second.end(),
                     [](const Diagnostic& diagnostic) { return diagnostic.severity == Severity::error; });
}

// Of a pipeline with mistakes nothing is known but these. A test that expects something else, too, is left
// without expectations, and fails because nothing expects the mistakes.
void TestAnalysis::expect_mistakes(const ast::Test& node, Test test) {
  const Apart apart(sink_);
  TestNames& names = names_of(*test.pipeline);
  bool only_findings = true;
  for (const auto& item : node.items) {
    const auto* expected = std::get_if<ast::Expectation>(&item);
    if (expected == nullptr) continue;
    only_findings = only_findings && expected->subject.text() == "findings";
    if (!only_findings) break;
    if (auto typed = expectation(*expected, names, test)) test.expectations.push_back(std::move(*typed));
  }
  if (!only_findings) test.expectations.clear();
  std::vector<Diagnostic>& found = found_.at(test.pipeline);
  for (Diagnostic& diagnostic : apart.found())
    found.push_back(std::move(diagnostic));
  model_.tests.push_back(std::move(test));
}

// The only one that the file declares, or, where it declares none, imports.
const Pipeline* TestAnalysis::only_pipeline(const ast::Test& node) {
  const Module& module = declarations_.entry();
  if (!candidates_) {
    std::vector<std::string> own, imported;
    for (const std::string_view name : declarations_.visible(module, {EntityKind::pipeline})) {
      const Entity* entity = declarations_.find(module, name, {EntityKind::pipeline});
      if (!is_base(*entity)) (entity->module == &module ? own : imported).emplace_back(name);
    }
    candidates_ = own.empty() ? std::move(imported) : std::move(own);
  }
  const std::vector<std::string>& candidates = *candidates_;
  if (candidates.size() == 1)
    return analysed(*declarations_.find(module, candidates.front(), {EntityKind::pipeline}));
  auto report = sink_.report(diag::which_pipeline, node.head);
  if (candidates.empty()) {
    report.note(
        "the file declares no pipeline and imports none; a test may have one of its own: "
        "`given pipeline NAME: PROFILE { … }`");
  } else {
    report.note(fmt::format("write `given {{ pipeline = NAME }}`; known are {}", quoted_list(candidates)));
  }
  return nullptr;
}

const Pipeline* TestAnalysis::analysed(const Entity& entity) {
  const auto [slot, is_new] = pipelines_.try_emplace(&entity, nullptr);
  if (is_new) {
    model_.tested.push_back(PipelineAnalysis(declarations_, profiles_, evaluator_).run(entity));
    slot->second = model_.tested.back().get();
  }
  return slot->second;
}

TestNames& TestAnalysis::names_of(const Pipeline& pipeline) {
  return names_.try_emplace(&pipeline, pipeline).first->second;
}

Scope TestAnalysis::scope(TestNames& names, const Pipeline& pipeline) {
  return {&declarations_.entry(), &names,
          pipeline.profile == nullptr ? nullptr : &pipeline.profile->vocabulary};
}

// False when what is given was not understood; what is expected then says nothing.
bool TestAnalysis::read_given(const ast::Test& node, const std::vector<ast::Field>& fields, TestNames& names,
                              Test& test) {
  const size_t errors = sink_.error_count();
  const NamedValues values = evaluator_.bind(declarations_.schema("part", "given").parameters, fields,
                                             scope(names, *test.pipeline), "`given`", node.head);
  if (sink_.error_count() > errors) return false;
  const ast::Field* first = nullptr;
  for (const EventName& event : events) {
    const ast::Field* field = find(fields, event.property);
    if (field == nullptr) continue;
    const Value* value = find(values, event.property);
    const bool* flag = value == nullptr ? nullptr : value->as<bool>();
    if (value == nullptr || (flag != nullptr && !*flag)) continue;
    if (first != nullptr) {
      sink_.report(diag::two_events, field->key.span, first->key.text, field->key.text)
          .label(first->key.span, "the other one");
      return false;
    }
    first = field;
    test.event.kind = event.kind;
    if (flag == nullptr) test.event.name = value->text();
  }
  if (const ast::Field* paths = find(fields, "paths")) {
    const bool has_files =
        test.event.kind == Event::Kind::push || test.event.kind == Event::Kind::pull_request;
    if (!has_files) {
      sink_.report(diag::paths_without_push, paths->key.span);
      return false;
    }
    auto& files = test.event.paths.emplace();
    for (const Value& path : find(values, "paths")->items())
      files.push_back(path.text());
  }
  if (const Value* at = find(values, "at")) test.at = parse_moment(at->text());
  return start(first == nullptr ? node.head : first->value.span, test);
}

bool TestAnalysis::start(Span at, Test& test) {
  const Started started = started_by(*test.pipeline, test.event);
  if (started.needs_paths != nullptr) {
    sink_.report(diag::paths_not_given, at, started.needs_paths->name);
    return false;
  }
  if (started.routes.size() > 1) {
    std::vector<std::string> routes;
    for (const Route* route : started.routes)
      routes.push_back(route->name);
    sink_.report(diag::several_routes, at, describe(test.event), quoted_list(routes))
        .note("name the one that the test is about: `given { route = NAME }`");
    return false;
  }
  if (!started.routes.empty()) test.route = started.routes.front();
  test.incident = started.incident;
  return true;
}

}  // namespace pipec::sema
