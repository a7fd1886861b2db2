#include "tests/generator/generator.h"

#include "tests/generator/model.h"

#include <algorithm>
#include <array>
#include <random>

#include <fmt/core.h>

namespace pipec::test {
namespace generator {
namespace {

class Generator {
 public:
  explicit Generator(uint32_t seed) : random_(seed) {}

  GeneratedPipeline run() {
    make_stages();
    GeneratedPipeline pipeline;
    pipeline.routes.push_back(read("trunk", model_));
    std::string routes = make_route(pipeline);
    routes += make_hotfix(pipeline);
    pipeline.text = head() + text_of(model_) + routes + "}\n";
    return pipeline;
  }

 private:
  size_t below(size_t limit) { return random_() % limit; }
  bool chance(size_t percent) { return below(100) < percent; }

  std::string head() const {
    return R"(pipe 1

capability code: source { title = "Code" }
capability work: action { title = "Work"  timeout = 5m }
capability check: gate { title = "Check"  timeout = 5m }
capability bring: deploy { title = "Bring"  timeout = 10m }
capability ask: approval { title = "Ask" }
profile random {
  title  = "Random"
  origin = "the tests"
  budget < 2000h { code = "RANDOM-01"  text = "it ends"  why = "somebody waits"  fix = "do less" }
  stage prod {
    title      = "Prod"
    production = true
    budget < 2000h { code = "RANDOM-02"  text = "it ends"  why = "somebody waits"  fix = "do less" }
  }
}
group people {
  github       = team("acme/people")
  codepipeline = role("People")
  local        = users("ann", "bob")
  minimum      = 2
}

pipeline p: random {
  source app { repository = github("acme/app") }
  target codepipeline { account = "444444444444"  region = eu-west-1 }
  target github { plan = enterprise  visibility = private  account = "444444444444"  region = eu-west-1 }
  environment test { account = "111111111111"  regions = [eu-west-1] }
  environment prod { account = "222222222222"  regions = [eu-west-1, us-east-1]  approvers = people }
)";
  }

  std::shared_ptr<Element> new_element(const std::string& stage, const std::string& kind) {
    auto element = std::make_shared<Element>();
    const size_t number = next_++;
    element->name = fmt::format("e{}", number);
    element->stage = stage;
    element->kind = kind;
    element->capability = kind == "action"   ? "work"
                          : kind == "gate"   ? "check"
                          : kind == "deploy" ? "bring"
                                             : "ask";
    if (kind == "approval") return element;
    constexpr std::array<const char*, 4> commands{"echo {}", "printf '%s\\n' \"$A\" {}",
                                                  "test -n \"{}\" # ${{B}} $(date)", "test {} -ge 0"};
    element->command = fmt::format(fmt::runtime(commands[below(commands.size())]), number);
    element->minutes = static_cast<int>(1 + below(30));
    if (chance(30)) element->environment["A"] = fmt::format("value {} \"quoted\" 'x' ${{y}}", number);
    if (chance(15)) element->environment["B"] = "line one\nline two";
    if (kind == "gate" && chance(10)) element->continue_on_failure = true;
    element->cached = kind == "gate" && chance(20);
    if (kind != "deploy" && chance(10)) element->retries = static_cast<int>(1 + below(3));
    if (kind != "deploy" && chance(7)) make_matrix(*element);
    return element;
  }

  static void runs_once(Element& element) {
    element.matrix.clear();
    element.max_parallel = 0;
  }

  void make_matrix(Element& element) {
    element.matrix.push_back({"M", {"1.25", "1.26"}});
    if (chance(30)) element.matrix.push_back({"N", {"x"}});
    if (chance(30)) element.matrix.front().second.emplace_back("1-27");
    if (chance(50)) element.max_parallel = 1 + below(2);
  }

  Node leaf(std::shared_ptr<Element> element) { return {Node::Kind::element, std::move(element), {}}; }

  Node group(const std::string& stage, Node::Kind kind, size_t depth) {
    Node node{kind, nullptr, {}};
    const size_t count = 1 + below(4);
    for (size_t i = 0; i < count; ++i) {
      if (depth > 0 && chance(35)) {
        node.children.push_back(group(
            stage, kind == Node::Kind::sequence ? Node::Kind::parallel : Node::Kind::sequence, depth - 1));
      } else {
        node.children.push_back(leaf(new_element(stage, chance(50) ? "gate" : "action")));
      }
    }
    return node;
  }

  void make_stages() {
    const size_t count = 1 + below(3);
    for (size_t i = 0; i < count; ++i) {
      Stage stage{fmt::format("s{}", i), "", false, {}};
      stage.root = group(stage.name, Node::Kind::sequence, 2);
      add_after(stage);
      model_.stages.push_back(std::move(stage));
    }
    if (chance(60)) make_production();
    add_artifacts();
    if (chance(60)) {
      for (const auto& element : elements_of(model_.stages.front().root)) {
        const bool fits = element->kind == "gate" && !element->continue_on_failure;
        if (fits && chance(25)) element->final = true;
      }
    }
    for (Stage& stage : model_.stages) {
      if (chance(40)) make_always(stage);
    }
  }

  // Behind everything else; it may wait by name for what stands anywhere before it.
  void make_always(Stage& stage) {
    const auto earlier = elements_of(stage.root);
    Node always = group(stage.name, Node::Kind::sequence, 2);
    always.kind = Node::Kind::always;
    for (const auto& element : elements_of(always)) {
      element->always = true;
      runs_once(*element);
      if (chance(15)) element->after.push_back(earlier[below(earlier.size())]->name);
    }
    stage.root.children.push_back(std::move(always));
  }

  void make_production() {
    auto package = new_element(model_.stages.front().name, "action");
    runs_once(*package);
    package->produces = "package";
    model_.stages.front().root.children.push_back(leaf(std::move(package)));
    Stage stage{"prod", "prod", true, {}};
    stage.root.children.push_back(leaf(new_element("prod", "approval")));
    const size_t deployments = 1 + below(2);
    for (size_t i = 0; i < deployments; ++i) {
      auto deployment = new_element("prod", "deploy");
      deployment->consumes = {"package"};
      deployment->minutes = 5;
      stage.root.children.push_back(leaf(std::move(deployment)));
    }
    if (chance(60)) {
      stage.root.children.push_back(leaf(new_element("prod", "gate")));
      stage.root.children.back().element->continue_on_failure = false;
      stage.root.children.back().element->per_region = chance(50);
    }
    model_.stages.push_back(std::move(stage));
  }

  // From an element to one written before it, which cannot make a circle.
  void add_after(Stage& stage) {
    const auto elements = elements_of(stage.root);
    for (size_t later = 1; later < elements.size(); ++later) {
      if (!chance(15)) continue;
      elements[later]->after.push_back(elements[below(later)]->name);
    }
  }

  void add_artifacts() {
    Model& model = model_;
    const GeneratedRoute trunk = read("trunk", model);
    std::vector<std::shared_ptr<Element>> all;
    for (Stage& stage : model.stages) {
      for (const auto& element : elements_of(stage.root))
        all.push_back(element);
    }
    for (const auto& maker : all) {
      if (maker->kind != "action" || !maker->produces.empty() || !chance(30)) continue;
      const std::string name = "a" + maker->name;
      bool used = false;
      for (const auto& user : all) {
        const bool possible = trunk.orders.contains({maker->id(), user->id()}) &&
                              (user->kind == "gate" || user->kind == "action");
        if (!possible || !chance(30)) continue;
        user->consumes.push_back(name);
        used = true;
      }
      if (used) maker->produces = name;
    }
  }

  bool is_consumed(Model& model, const Element& element) {
    if (element.produces.empty()) return false;
    for (Stage& stage : model.stages) {
      for (const auto& other : elements_of(stage.root)) {
        const bool uses = std::find(other->consumes.begin(), other->consumes.end(), element.produces) !=
                          other->consumes.end();
        if (!other->removed && uses) return true;
      }
    }
    return false;
  }

  // What stands in `always` needs something else of its stage.
  static bool is_last_to_begin(Stage& stage, const Element& element) {
    if (element.always) return false;
    const auto elements = elements_of(stage.root);
    return std::none_of(elements.begin(), elements.end(), [&](const auto& other) {
      return other.get() != &element && !other->removed && !other->always && other->kind != "approval";
    });
  }

  // Random skips, overrides, additions and replacements outside of production; their text.
  std::string derive(Model& model, bool reasons) {
    const std::string because = reasons ? " because \"a reason\"" : "";
    std::string text;
    for (Stage& stage : model.stages) {
      if (stage.production) continue;
      for (const auto& element : elements_of(stage.root)) {
        const std::string id = element->id();
        const bool is_package = element->produces == "package";
        if (element->removed || element->final || is_package) continue;
        if (chance(15) && !is_consumed(model, *element) && !is_last_to_begin(stage, *element)) {
          element->removed = true;
          text += fmt::format("    skip {}{}\n", id, because);
        } else if (chance(15)) {
          element->command = fmt::format("changed {}", element->name);
          element->minutes = 1;
          element->environment["C"] = "new";
          std::string matrix;
          if (!element->matrix.empty() && chance(50)) {
            element->matrix.front().second = {"9"};
            matrix = "  matrix = { M = [\"9\"] }";
          }
          text += fmt::format("    override {}{} {{ run = {}  timeout = 1m  env = {{ C = \"new\" }}{} }}\n",
                              id, because, quoted(element->command), matrix);
        } else if (chance(10)) {
          auto added = new_element(stage.name, "gate");
          added->continue_on_failure = false;
          added->always = element->always;
          if (added->always) runs_once(*added);
          const bool before = chance(50);
          text +=
              fmt::format("    add {} {} {}{}\n", text_of(*added), before ? "before" : "after", id, because);
          insert(stage.root, element.get(), leaf(added), before);
        } else if (chance(10) && element->produces.empty() && element->after.empty()) {
          auto substitute = new_element(stage.name, element->kind);
          substitute->always = element->always;
          if (substitute->always) runs_once(*substitute);
          text += fmt::format("    replace {} with {} {}: {}{}{}\n", id, substitute->kind, substitute->name,
                              substitute->capability, because, body_of(*substitute));
          substitute_for(stage, *element, substitute);
        }
      }
    }
    return text;
  }

  static void insert(Node& root, const Element* anchor, Node added, bool before) {
    bool done = false;
    visit(root, [&](Node& node) {
      if (done || node.element.get() != anchor) return;
      Node sequence;
      sequence.children.push_back(before ? added : node);
      sequence.children.push_back(before ? node : added);
      node = std::move(sequence);
      done = true;
    });
  }

  // The substitute stands where the other stood; what waited for that one by name waits for it.
  static void substitute_for(Stage& stage, const Element& original,
                             const std::shared_ptr<Element>& substitute) {
    const std::string old_name = original.name;
    visit(stage.root, [&](Node& node) {
      if (node.element.get() == &original) node.element = substitute;
    });
    for (const auto& other : elements_of(stage.root)) {
      std::replace(other->after.begin(), other->after.end(), old_name, substitute->name);
    }
  }

  std::string make_route(GeneratedPipeline& pipeline) {
    if (!chance(40)) return "";
    Model model = deep_copy(model_);
    std::erase_if(model.stages, [](const Stage& stage) { return stage.production; });
    std::string stages;
    for (const Stage& stage : model.stages)
      stages += (stages.empty() ? "" : ", ") + stage.name;
    const std::string changes = derive(model, false);
    pipeline.routes.push_back(read("r", model));
    return fmt::format("  route r {{\n    branches = \"dev\"\n    stages = [{}]\n{}  }}\n", stages, changes);
  }

  std::string make_hotfix(GeneratedPipeline& pipeline) {
    if (!model_.stages.back().production || !chance(70)) return "";
    Model model = deep_copy(model_);
    const std::string changes = derive(model, true);
    pipeline.routes.push_back(read("hotfix", model));
    return fmt::format(
        "  hotfix {{\n    branches = \"hotfix/{{incident}}-*\"\n    incident = pattern(\"INC-[0-9]+\")\n    "
        "budget = typical(2h)\n"
        "    backfill = {{ into = [\"main\"]  within = 24h }}\n{}  }}\n",
        changes);
  }

  std::mt19937 random_;
  size_t next_ = 0;
  Model model_;
};

}  // namespace
}  // namespace generator

GeneratedPipeline generate(uint32_t seed) { return generator::Generator(seed).run(); }

}  // namespace pipec::test
