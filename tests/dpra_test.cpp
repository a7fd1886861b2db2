// The profiles of DPRA against its facts, and every action that they name against a clean sample: without
// what fulfils it the sample has exactly that finding, at the header of the stage that should hold it.
#include "compiler/diag/render.h"
#include "compiler/frontend/compilation.h"
#include "tests/support/program.h"

#include <algorithm>
#include <map>
#include <memory>
#include <set>

#include <fmt/core.h>
#include <gtest/gtest.h>

namespace pipec::test {
namespace {

// What takes the place of an element whose artifacts others need.
constexpr std::string_view substitutes =
    "\ncapability other_action: action { title = \"Something else\"  timeout = 5m }"
    "\ncapability other_gate: gate { title = \"Something else\"  timeout = 5m }\n";

// A pipeline of one file, compiled for the local target.
class Sample {
 public:
  Sample(std::string path, std::string text) : path_(std::move(path)), text_(std::move(text)) {
    files_.files[path_] = text_;
    compilation_ = std::make_unique<Compilation>(
        CompilationOptions{path_, "", {"local"}, {ast::DateExpr{2026, 11, 21}}}, files_, standard_library());
    EXPECT_TRUE(compilation_->run()) << compilation_->error();
  }

  const std::string& path() const { return path_; }
  const std::string& text() const { return text_; }
  const sema::Pipeline& pipeline() const { return *compilation_->model().pipelines.front(); }
  const sema::Profile& profile() const { return *pipeline().profile; }
  std::vector<Diagnostic> findings() const { return compilation_->sink().sorted(); }
  std::string printed() const { return render_text(findings(), compilation_->sources(), {}); }

  std::vector<const sema::Stage*> stages(const sema::Role& role) const {
    std::vector<const sema::Stage*> found;
    for (const sema::Stage& stage : role.in_pipeline ? pipeline().trunk().stages : pipeline().workstation) {
      if (stage.role != nullptr && stage.role->name == role.name) found.push_back(&stage);
    }
    return found;
  }

 private:
  std::string path_;
  std::string text_;
  MemoryFileSystem files_;
  std::unique_ptr<Compilation> compilation_;
};

const Sample& clean(const std::string& name) {
  static std::map<std::string, Sample> samples;
  const std::string path = fmt::format("samples/{0}/{0}.pipe", name);
  const auto found = samples.find(name);
  return found != samples.end() ? found->second
                                : samples.try_emplace(name, path, source_file(path)).first->second;
}

bool is_one_of(const sema::Requirement& requirement, std::string_view name) {
  return std::any_of(requirement.alternatives.begin(), requirement.alternatives.end(),
                     [&](const sema::Capability* wanted) { return wanted->name == name; });
}

bool fulfils(const sema::Element& element, const sema::Requirement& requirement) {
  return std::any_of(requirement.alternatives.begin(), requirement.alternatives.end(),
                     [&](const sema::Capability* wanted) { return element.fulfils(*wanted); });
}

// Takes what fulfils a requirement out of a sample, with what depends on it: routes that are derived from
// trunk, names of elements that are gone, and exemptions that would hide the finding.
class Removal {
 public:
  Removal(const Sample& sample, const sema::Role& role, const sema::Requirement& requirement)
      : sample_(sample), requirement_(requirement) {
    for (const sema::Stage* stage : sample.stages(role)) {
      places_.insert(std::string(stage->name));
      for (const auto& element : stage->elements) {
        if (fulfils(*element, requirement)) fulfilling_.insert(element->head.begin);
      }
    }
    places_.insert(std::string(role.name));
    for (const sema::Stage& stage : sample.pipeline().trunk().stages) {
      for (const auto& element : stage.elements) {
        for (const sema::ArtifactUse& use : element->consumes)
          used_.insert(use.artifact);
      }
    }
  }

  std::string text() {
    const ast::Pipeline& pipeline = *sample_.pipeline().node;
    for (const ast::PipelineItem& item : pipeline.items) {
      if (const auto* stage = std::get_if<ast::Stage>(&item.node)) remove_elements(stage->items);
    }
    for (const ast::PipelineItem& item : pipeline.items)
      follow(item);
    std::sort(edits_.begin(), edits_.end(),
              [](const Edit& a, const Edit& b) { return a.span.begin > b.span.begin; });
    std::string changed = sample_.text();
    for (const Edit& edit : edits_)
      changed.replace(edit.span.begin, edit.span.size(), edit.text);
    // The sample's own tests, which come last, ask for what is taken out.
    changed.resize(std::min(changed.find("\ntest \""), changed.size()));
    return changed + std::string(substitutes);
  }

 private:
  std::string_view text_at(Span span) const {
    return std::string_view(sample_.text()).substr(span.begin, span.size());
  }

  void remove_elements(const std::vector<ast::StageItem>& items) {
    for (const ast::StageItem& item : items) {
      if (const auto* group = std::get_if<ast::Group>(&item.node)) remove_elements(group->items);
      const auto* element = std::get_if<ast::Element>(&item.node);
      if (element == nullptr || !fulfilling_.contains(element->head.begin)) continue;
      const ast::Field* outputs = needed_outputs(*element);
      if (outputs == nullptr) {
        edits_.push_back({element->span, ""});
        gone_.emplace(element->name.text);
      } else {
        edits_.push_back(
            {element->span,
             fmt::format("{0} {1}: other_{0} {{ run = \"make\"  typical = 1m  {2} }}",
                         ast::to_string(element->kind), element->name.text, text_at(outputs->span))});
      }
    }
  }

  // The artifacts of the element, when others use one of them.
  const ast::Field* needed_outputs(const ast::Element& element) const {
    for (const ast::Field& field : element.properties) {
      const auto* outputs = std::get_if<ast::RecordExpr>(&field.value.node);
      if (field.key.text != "outputs" || outputs == nullptr) continue;
      for (const ast::Field& output : outputs->fields) {
        if (used_.contains(output.key.text)) return &field;
      }
    }
    return nullptr;
  }

  void follow(const ast::PipelineItem& item) {
    if (const auto* route = std::get_if<ast::Route>(&item.node)) edits_.push_back({route->span, ""});
    if (const auto* exemption = std::get_if<ast::Exemption>(&item.node)) {
      const auto& parts = exemption->place.parts;
      const bool covers = exemption->place.text() == requirement_.rule.code ||
                          (parts.size() == 2 && places_.contains(std::string(parts[0].text)) &&
                           is_one_of(requirement_, parts[1].text));
      if (covers) edits_.push_back({exemption->span, ""});
    }
    if (const auto* block = std::get_if<ast::Block>(&item.node)) {
      for (const ast::Field& field : block->properties) {
        if (field.key.text == "contains")
          keep(field, [&](std::string_view name) { return !is_one_of(requirement_, name); });
      }
    }
    if (const auto* stage = std::get_if<ast::Stage>(&item.node)) follow(stage->items);
  }

  // Hooks name the elements that they run.
  void follow(const std::vector<ast::StageItem>& items) {
    for (const ast::StageItem& item : items) {
      const auto* element = std::get_if<ast::Element>(&item.node);
      if (element == nullptr || gone_.contains(element->name.text)) continue;
      for (const ast::Field& field : element->properties) {
        if (field.key.text == "runs")
          keep(field, [&](std::string_view name) { return !gone_.contains(name); });
      }
    }
  }

  template <class Predicate>
  void keep(const ast::Field& field, Predicate stays) {
    const auto* list = std::get_if<ast::ListExpr>(&field.value.node);
    if (list == nullptr) return;
    std::string kept;
    for (const ast::Expr& item : list->items) {
      const std::string name = std::get<ast::PathExpr>(item.node).path.text();
      if (stays(name)) kept += (kept.empty() ? "" : ", ") + name;
    }
    edits_.push_back({field.span, fmt::format("{} = [{}]", field.key.text, kept)});
  }

  const Sample& sample_;
  const sema::Requirement& requirement_;
  // The role and its stages, by which exemptions name them.
  std::set<std::string> places_;
  std::set<uint32_t> fulfilling_;
  std::set<std::string, std::less<>> used_;
  std::set<std::string, std::less<>> gone_;
  std::vector<Edit> edits_;
};

struct Case {
  std::string sample;
  std::string code;
};

std::vector<Case> cases() {
  std::vector<Case> all;
  for (const char* sample :
       {"checkout", "dynamic_configuration", "compute_image", "account_fleet", "machine_learning"}) {
    for (const sema::Role& role : clean(sample).profile().roles) {
      for (const sema::Requirement& requirement : role.requirements)
        all.push_back({sample, requirement.rule.code});
    }
  }
  return all;
}

std::ostream& operator<<(std::ostream& out, const Case& action) { return out << action.code; }

// The rule of a code, with its role.
std::pair<const sema::Role*, const sema::Requirement*> rule_of(const Case& action) {
  for (const sema::Role& role : clean(action.sample).profile().roles) {
    for (const sema::Requirement& requirement : role.requirements) {
      if (requirement.rule.code == action.code) return {&role, &requirement};
    }
  }
  return {};
}

// Whether what meets `other` in the sample meets `requirement` too, all of it.
bool falls_with(const Sample& sample, const sema::Role& role, const sema::Requirement& other,
                const sema::Requirement& requirement) {
  bool any = false;
  for (const sema::Stage* stage : sample.stages(role)) {
    for (const auto& element : stage->elements) {
      if (!fulfils(*element, other)) continue;
      if (!fulfils(*element, requirement)) return false;
      any = true;
    }
  }
  return any;
}

// Rules of the role that nothing meets any more when nothing meets `requirement`.
std::set<std::string> missed_with(const Sample& sample, const sema::Role& role,
                                  const sema::Requirement& requirement) {
  std::set<std::string> codes;
  for (const sema::Requirement& other : role.requirements) {
    const bool same = std::all_of(other.alternatives.begin(), other.alternatives.end(),
                                  [&](const auto* wanted) { return is_one_of(requirement, wanted->name); });
    if (same || falls_with(sample, role, other, requirement)) codes.insert(other.rule.code);
  }
  return codes;
}

void expect_level(const Diagnostic& finding, const sema::RuleText& rule) {
  const bool error = rule.level == sema::Level::required && !rule.suggested;
  EXPECT_EQ(finding.severity, error ? Severity::error : Severity::warning);
  const std::string& note = finding.notes.front();
  EXPECT_EQ(note.starts_with("suggested by the profile"), rule.suggested) << note;
  EXPECT_EQ(note.find("DPRA gives no level") != std::string::npos, rule.suggested) << note;
}

class DpraAction : public testing::TestWithParam<Case> {};

TEST_P(DpraAction, IsFoundMissing) {
  const Sample& sample = clean(GetParam().sample);
  const auto [role, requirement] = rule_of(GetParam());
  const Sample mutant(sample.path(), Removal(sample, *role, *requirement).text());
  SCOPED_TRACE(mutant.text() + "\n" + mutant.printed());
  const Span header =
      role->sources ? mutant.pipeline().sources.front().head : mutant.stages(*role).front()->head;
  std::multiset<std::string> found;
  for (const Diagnostic& finding : mutant.findings()) {
    if (finding.code.starts_with("DPRA")) {
      found.insert(finding.code);
      EXPECT_EQ(finding.span, header) << finding.message;
    } else {
      // What follows is at most an artifact or an import that nobody uses any more, or a window for which
      // nothing waits.
      EXPECT_TRUE(finding.severity == Severity::warning || finding.code == "P0413") << finding.message;
    }
    if (finding.code == GetParam().code) expect_level(finding, requirement->rule);
  }
  const auto expected = missed_with(sample, *role, *requirement);
  EXPECT_EQ(found, std::multiset<std::string>(expected.begin(), expected.end()));
}

std::string test_name(const testing::TestParamInfo<Case>& info) {
  std::string name = info.param.code;
  std::replace(name.begin(), name.end(), '-', '_');
  return name;
}

INSTANTIATE_TEST_SUITE_P(Dpra, DpraAction, testing::ValuesIn(cases()), test_name);

struct Counts {
  size_t required = 0, recommended = 0, suggested_required = 0, suggested_recommended = 0;
  bool operator==(const Counts&) const = default;
};

Counts counts(const std::string& sample) {
  Counts result;
  for (const sema::Role& role : clean(sample).profile().roles) {
    for (const sema::Requirement& requirement : role.requirements) {
      const sema::RuleText& rule = requirement.rule;
      if (rule.derived) continue;
      const bool required = rule.level == sema::Level::required;
      ++(rule.suggested ? (required ? result.suggested_required : result.suggested_recommended)
                        : (required ? result.required : result.recommended));
    }
  }
  return result;
}

TEST(DpraProfiles, HaveItsActions) {
  // The suggestion decides a contradiction of DPRA: tests of beta are required, what they run against is not.
  EXPECT_EQ(counts("checkout"), (Counts{24, 10, 1, 0}));
  // DPRA recommends nine, of which one is the second listing of an action that it requires.
  EXPECT_EQ(counts("dynamic_configuration"), (Counts{22, 9 - 1, 0, 0}));
  const Counts image = counts("compute_image");
  EXPECT_EQ(image, (Counts{0, 0, 11, 3}));
  EXPECT_EQ(image.suggested_required + image.suggested_recommended, 14u);
  const Counts fleet = counts("account_fleet");
  EXPECT_EQ(fleet, (Counts{0, 0, 11, 2}));
  EXPECT_EQ(fleet.suggested_required + fleet.suggested_recommended, 13u);
  const Counts learning = counts("machine_learning");
  EXPECT_EQ(learning.required + learning.recommended, 0u);
  EXPECT_EQ(clean("machine_learning").profile().roles.size(), 6u);
}

TEST(DpraProfiles, ExplainThemselves) {
  std::set<std::string> codes;
  const std::string list = run({"explain", "--list"}, {}).out;
  for (const Case& action : cases()) {
    EXPECT_TRUE(codes.insert(action.code).second) << action.code << " is used twice";
    EXPECT_NE(list.find(action.code + "  "), std::string::npos) << action.code;
    const sema::RuleText& rule = rule_of(action).second->rule;
    EXPECT_FALSE(rule.text.empty() || rule.why.empty() || rule.fix.empty()) << rule.code;
  }
}

TEST(DpraProfiles, SuggestionsSayThatTheyAre) {
  for (const Case& action : cases()) {
    const std::string page = run({"explain", action.code}, {}).out;
    const bool ours = action.sample != "checkout" && action.sample != "dynamic_configuration";
    EXPECT_EQ(page.find("the profile's own suggestion; DPRA gives no level") != std::string::npos,
              ours || action.code == "DPRA-APP-BETA-06")
        << page;
    if (action.sample == "machine_learning") {
      EXPECT_NE(page.find("our action, DPRA names the stage only"), std::string::npos) << page;
    }
  }
}

// A pipeline without any stage of a draft's role is warned, and compiles.
TEST(DpraProfiles, AMissingStageOfADraftIsAWarning) {
  const std::string text =
      "pipe 1\nimport dpra { compute_image }\npipeline p: compute_image {\n"
      "  source app { repository = github(\"acme/image\")  contains = [tests, infrastructure, configuration] "
      "}\n"
      "  stage build { gate unit: iac_unit_tests { run = \"make test\" } }\n}\n";
  const RunResult result = run({"lint", "p.pipe", "--target", "local"}, {{"p.pipe", text}});
  EXPECT_EQ(result.exit_code, 0) << result.err;
  EXPECT_NE(result.err.find("warning[P0702]: pipeline `p` has no stage for the role Test (Multiple Stages)"),
            std::string::npos)
      << result.err;
  EXPECT_NE(result.err.find("DPRA gives no level"), std::string::npos) << result.err;
}

}  // namespace
}  // namespace pipec::test
