#include "tests/generator/generator.h"

#include <algorithm>
#include <array>
#include <functional>
#include <memory>
#include <optional>
#include <random>

#include <fmt/core.h>

namespace pipec::test {
namespace {

struct Element {
  std::string name;
  std::string stage;
  std::string kind;
  std::string capability;
  std::string command;
  std::map<std::string, std::string> environment;
  int minutes = 1;
  int retries = 0;
  bool continue_on_failure = false;
  bool final = false;
  std::vector<std::string> consumes;
  std::string produces;
  // Names of elements of the stage.
  std::vector<std::string> after;
  // Variables and the values for which it runs.
  std::vector<std::pair<std::string, std::vector<std::string>>> matrix;
  size_t max_parallel = 0;
  // In the two regions of production.
  bool per_region = false;
  // Taken out of a route: it orders what is around it and is not there itself.
  bool removed = false;
  // Stands in `always`.
  bool always = false;

  std::string id() const { return stage + "." + name; }
};

// An element, or one of those that a matrix makes of it.
struct Cell {
  std::string id;
  std::map<std::string, std::string> environment;
};

std::vector<Cell> cells_of(const Element& element) {
  auto axes = element.matrix;
  if (element.per_region) axes.push_back({"AWS_REGION", {"eu-west-1", "us-east-1"}});
  std::vector<Cell> cells{{element.id(), element.environment}};
  for (size_t axis = 0; axis < axes.size(); ++axis) {
    std::vector<Cell> more;
    for (const Cell& cell : cells) {
      for (const std::string& value : axes[axis].second) {
        Cell next = cell;
        std::string name = value;
        std::replace(name.begin(), name.end(), '.', '_');
        next.id += (axis == 0 ? "@" : "-") + name;
        next.environment[axes[axis].first] = value;
        more.push_back(std::move(next));
      }
    }
    cells = std::move(more);
  }
  return cells;
}

// `always` is the last child of a stage's root, and a sequence.
struct Node {
  enum class Kind { element, sequence, parallel, always } kind = Kind::sequence;
  std::shared_ptr<Element> element;
  std::vector<Node> children;
};

struct Stage {
  std::string name;
  std::string environment;
  bool production = false;
  Node root;
};

struct Model {
  std::vector<Stage> stages;
};

Node deep_copy(const Node& node) {
  Node copy{node.kind, node.element == nullptr ? nullptr : std::make_shared<Element>(*node.element), {}};
  for (const Node& child : node.children)
    copy.children.push_back(deep_copy(child));
  return copy;
}

Model deep_copy(const Model& model) {
  Model copy;
  for (const Stage& stage : model.stages)
    copy.stages.push_back({stage.name, stage.environment, stage.production, deep_copy(stage.root)});
  return copy;
}

void visit(Node& node, const std::function<void(Node&)>& call) {
  call(node);
  for (Node& child : node.children)
    visit(child, call);
}

std::vector<std::shared_ptr<Element>> elements_of(Node& root) {
  std::vector<std::shared_ptr<Element>> found;
  visit(root, [&](Node& node) {
    if (node.element != nullptr) found.push_back(node.element);
  });
  return found;
}

using Orders = std::set<std::pair<std::string, std::string>>;

// Everything of an earlier child of a sequence comes before everything of a later one.
std::vector<std::string> written_orders(const Node& node, Orders& orders) {
  if (node.kind == Node::Kind::element) return {node.element->name};
  std::vector<std::string> all;
  for (const Node& child : node.children) {
    const std::vector<std::string> inner = written_orders(child, orders);
    if (node.kind != Node::Kind::parallel) {
      for (const std::string& earlier : all) {
        for (const std::string& later : inner)
          orders.emplace(earlier, later);
      }
    }
    all.insert(all.end(), inner.begin(), inner.end());
  }
  return all;
}

Orders orders_of(Stage& stage) {
  Orders orders;
  const std::vector<std::string> names = written_orders(stage.root, orders);
  for (const auto& element : elements_of(stage.root)) {
    for (const std::string& earlier : element->after)
      orders.emplace(earlier, element->name);
  }
  // Whatever comes before something comes before what that comes before.
  for (const std::string& middle : names) {
    for (const std::string& first : names) {
      if (!orders.contains({first, middle})) continue;
      for (const std::string& last : names) {
        if (orders.contains({middle, last})) orders.emplace(first, last);
      }
    }
  }
  return orders;
}

GeneratedRoute read(std::string name, Model& model) {
  GeneratedRoute route{std::move(name), {}, {}};
  std::vector<std::string> of_earlier_stages;
  for (Stage& stage : model.stages) {
    std::map<std::string, const Element*> present;
    const auto elements = elements_of(stage.root);
    for (const auto& element : elements) {
      if (!element->removed) present.emplace(element->name, element.get());
    }
    for (const auto& [first, second] : orders_of(stage)) {
      if (present.contains(first) && present.contains(second)) {
        for (const Cell& earlier : cells_of(*present[first])) {
          for (const Cell& later : cells_of(*present[second]))
            route.orders.emplace(earlier.id, later.id);
        }
      }
    }
    std::vector<std::string> here;
    for (const auto& [bare, element] : present) {
      const std::vector<Cell> cells = cells_of(*element);
      for (size_t i = 0; i < cells.size(); ++i) {
        for (const std::string& earlier : of_earlier_stages)
          route.orders.emplace(earlier, cells[i].id);
        // With a limit of N every Nth waits for the one before.
        for (size_t other = i; element->max_parallel > 0 && other >= element->max_parallel;) {
          other -= element->max_parallel;
          route.orders.emplace(cells[other].id, cells[i].id);
        }
        route.elements.emplace(cells[i].id, GeneratedElement{cells[i].id, element->kind, element->command,
                                                             cells[i].environment, element->minutes * 60,
                                                             !element->continue_on_failure, element->always});
        here.push_back(cells[i].id);
      }
    }
    of_earlier_stages.insert(of_earlier_stages.end(), here.begin(), here.end());
  }
  return route;
}

class Generator {
 public:
  explicit Generator(uint32_t seed) : random_(seed) {}

  GeneratedPipeline run() {
    make_stages();
    GeneratedPipeline pipeline;
    pipeline.routes.push_back(read("trunk", model_));
    std::string routes = make_route(pipeline);
    routes += make_hotfix(pipeline);
    pipeline.text = head() + stages_text() + routes + "}\n";
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
  stage prod { title = "Prod"  production = true }
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
                                                  "test -n \"{}\" # ${{B}} $(date)", "true {}"};
    element->command = fmt::format(fmt::runtime(commands[below(commands.size())]), number);
    element->minutes = static_cast<int>(1 + below(30));
    if (chance(30)) element->environment["A"] = fmt::format("value {} \"quoted\" 'x' ${{y}}", number);
    if (chance(15)) element->environment["B"] = "line one\nline two";
    if (kind == "gate" && chance(10)) element->continue_on_failure = true;
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

  static std::string quoted(const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
      if (c == '\n') {
        out += "\\n";
        continue;
      }
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    return out + "\"";
  }

  static std::string matrix_text(const Element& element) {
    std::string text = "{";
    for (const auto& [variable, values] : element.matrix) {
      std::string list;
      for (const std::string& value : values)
        list += (list.empty() ? "" : ", ") + quoted(value);
      text += fmt::format(" {} = [{}]", variable, list);
    }
    return text + " }";
  }

  static std::string body(const Element& element) {
    if (element.kind == "approval") return "";
    std::string text = fmt::format(" {{\n      run = {}\n      timeout = {}m\n      typical = 1s\n",
                                   quoted(element.command), element.minutes);
    if (!element.environment.empty()) {
      text += "      env = {";
      for (const auto& [name, value] : element.environment)
        text += fmt::format(" {} = {}", name, quoted(value));
      text += " }\n";
    }
    const auto list = [](const std::vector<std::string>& names) {
      std::string joined;
      for (const std::string& name : names)
        joined += (joined.empty() ? "" : ", ") + name;
      return joined;
    };
    if (!element.consumes.empty()) text += fmt::format("      inputs = [{}]\n", list(element.consumes));
    if (!element.after.empty()) text += fmt::format("      after = [{}]\n", list(element.after));
    if (!element.produces.empty())
      text += fmt::format("      outputs = {{ {} = files(\"out/{}\") }}\n", element.produces, element.name);
    if (element.retries > 0) text += fmt::format("      retries = {}\n", element.retries);
    if (element.continue_on_failure) text += "      continue_on_failure = true\n";
    if (element.final) text += "      final = true\n";
    if (!element.matrix.empty()) text += "      matrix = " + matrix_text(element) + "\n";
    if (element.max_parallel > 0) text += fmt::format("      max_parallel = {}\n", element.max_parallel);
    if (element.per_region) text += "      per_region = true\n";
    if (element.kind == "deploy") text += "      rollback = on_failure\n";
    return text + "    }";
  }

  static std::string element_text(const Element& element) {
    return fmt::format("{} {}: {}{}", element.kind, element.name, element.capability, body(element));
  }

  static void node_text(const Node& node, std::string& text) {
    if (node.kind == Node::Kind::element) {
      text += "    " + element_text(*node.element) + "\n";
      return;
    }
    text += node.kind == Node::Kind::parallel ? "    parallel {\n"
            : node.kind == Node::Kind::always ? "    always {\n"
                                              : "    sequence {\n";
    for (const Node& child : node.children)
      node_text(child, text);
    text += "    }\n";
  }

  std::string stages_text() const {
    std::string text;
    for (const Stage& stage : model_.stages) {
      text += fmt::format("  stage {}{} {{\n", stage.name,
                          stage.environment.empty() ? "" : " in " + stage.environment);
      for (const Node& child : stage.root.children)
        node_text(child, text);
      text += "  }\n";
    }
    return text;
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
          text += fmt::format("    add {} {} {}{}\n", element_text(*added), before ? "before" : "after", id,
                              because);
          insert(stage.root, element.get(), leaf(added), before);
        } else if (chance(10) && element->produces.empty() && element->after.empty()) {
          auto substitute = new_element(stage.name, element->kind);
          substitute->always = element->always;
          if (substitute->always) runs_once(*substitute);
          text += fmt::format("    replace {} with {} {}: {}{}{}\n", id, substitute->kind, substitute->name,
                              substitute->capability, because, body(*substitute));
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

GeneratedPipeline generate(uint32_t seed) { return Generator(seed).run(); }

}  // namespace pipec::test
