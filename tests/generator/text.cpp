// A model as the language writes it.
#include "tests/generator/model.h"

#include <fmt/core.h>

namespace pipec::test::generator {

std::string quoted(const std::string& text) {
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

namespace {

std::string matrix_text(const Element& element) {
  std::string text = "{";
  for (const auto& [variable, values] : element.matrix) {
    std::string list;
    for (const std::string& value : values)
      list += (list.empty() ? "" : ", ") + quoted(value);
    text += fmt::format(" {} = [{}]", variable, list);
  }
  return text + " }";
}

}  // namespace

std::string body_of(const Element& element) {
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
  // Neither final gates nor what stands in `always` may have one.
  if (element.cached && !element.final && !element.always)
    text +=
        "      cache = [paths([\"~/.cache/x\", \"~/.npm\"], key = \"go.sum\"), paths(\"~/y\", key = "
        "\"z\")]\n";
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

std::string text_of(const Element& element) {
  return fmt::format("{} {}: {}{}", element.kind, element.name, element.capability, body_of(element));
}

namespace {

void node_text(const Node& node, std::string& text) {
  if (node.kind == Node::Kind::element) {
    text += "    " + text_of(*node.element) + "\n";
    return;
  }
  text += node.kind == Node::Kind::parallel ? "    parallel {\n"
          : node.kind == Node::Kind::always ? "    always {\n"
                                            : "    sequence {\n";
  for (const Node& child : node.children)
    node_text(child, text);
  text += "    }\n";
}

}  // namespace

std::string text_of(const Model& model) {
  std::string text;
  for (const Stage& stage : model.stages) {
    text += fmt::format("  stage {}{} {{\n", stage.name,
                        stage.environment.empty() ? "" : " in " + stage.environment);
    for (const Node& child : stage.root.children)
      node_text(child, text);
    text += "  }\n";
  }
  return text;
}

}  // namespace pipec::test::generator
