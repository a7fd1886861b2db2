#include "compiler/diag/render.h"
#include "compiler/driver/emission.h"
#include "compiler/driver/runbook_plan.h"
#include "compiler/driver/text_table.h"
#include "compiler/rules/hotfix/proof.h"
#include "compiler/sema/property_values.h"

#include <algorithm>
#include <array>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace pipec::driver {
namespace {

using rules::HotfixReport;

Table gate_rows(const HotfixReport& report) {
  Table table{{"gate", "normal", "hotfix", "why"}};
  for (const rules::GateRow& row : report.gates)
    table.push_back({row.gate, row.normal, row.hotfix, row.why});
  return table;
}

Table time_rows(const HotfixReport& report) {
  Table table{
      {"critical path", "normal, typically", "normal, at most", "hotfix, typically", "hotfix, at most"}};
  for (const rules::PathTimes& t : report.times) {
    table.push_back({t.target, to_string(t.trunk_typical), to_string(t.trunk_guaranteed),
                     to_string(t.hotfix_typical), to_string(t.hotfix_guaranteed)});
  }
  return table;
}

std::string markdown_table(const Table& table) {
  std::string text;
  for (size_t r = 0; r < table.size(); ++r) {
    text += "|";
    for (const std::string& cell : table[r]) {
      std::string escaped;
      for (const char c : cell)
        escaped += c == '|' ? std::string("\\|") : std::string(1, c);
      text += fmt::format(" {} |", escaped);
    }
    text += "\n";
    if (r > 0) continue;
    text += "|";
    for (size_t i = 0; i < table[r].size(); ++i)
      text += " --- |";
    text += "\n";
  }
  return text;
}

std::string_view verdict(const rules::Claim& claim) {
  if (!claim.applies) return "says nothing";
  return claim.holds ? "holds" : "does not hold";
}

// Both forms have the same parts; they differ in how a table, a heading and an item look.
template <class TableWriter>
std::string document(const HotfixReport& report, const sema::Pipeline& pipeline, std::string_view heading,
                     TableWriter&& table) {
  std::string text = fmt::format("{}Hotfix of {}\n\n", heading, pipeline.name);
  text += table(gate_rows(report)) + "\n" + table(time_rows(report));
  text += fmt::format("\n{}Proof\n\n", heading);
  for (const rules::Claim& claim : report.claims) {
    text += fmt::format("- {} {}: {}\n", claim.id, claim.title, verdict(claim));
    for (const std::string& fact : claim.facts)
      text += fmt::format("  - {}\n", fact);
  }
  if (!report.debt.empty()) {
    text += fmt::format("\n{}Runs in the backfill\n\n", heading);
    for (const std::string& element : report.debt)
      text += fmt::format("- {}\n", element);
  }
  if (const sema::Runbook* runbook = pipeline.hotfix->runbook)
    text += fmt::format("\n{}Runbook {}\n\n{}{}{}", heading, runbook->name, runbook->doc,
                        runbook->doc.empty() ? "" : "\n\n", runbook_text(*runbook));
  text += fmt::format("\n{}Assumptions\n\n", heading);
  for (const auto& assumption : report.assumptions) {
    text +=
        fmt::format("- {}: {} (set or checked by `{}`)\n", assumption.target, assumption.text, assumption.by);
  }
  return text;
}

nlohmann::ordered_json json_runbook(const sema::Runbook& runbook) {
  nlohmann::ordered_json steps = nlohmann::ordered_json::array();
  for (const sema::RunbookStep& step : runbook.steps) {
    constexpr std::array<std::string_view, 3> kinds{"step", "confirm", "link"};
    nlohmann::ordered_json entry = {{"kind", kinds[static_cast<size_t>(step.kind)]}, {"text", step.title}};
    if (step.kind == ast::RunbookStep::Kind::step) entry["run"] = sema::string_of(step.properties, "run");
    steps.push_back(std::move(entry));
  }
  return {{"name", runbook.name}, {"documentation", runbook.doc}, {"steps", std::move(steps)}};
}

std::string json_document(const HotfixReport& report, const sema::Pipeline& pipeline) {
  nlohmann::ordered_json document = {{"version", 1}, {"pipeline", pipeline.name}};
  for (const rules::GateRow& row : report.gates) {
    document["gates"].push_back(
        {{"gate", row.gate}, {"normal", row.normal}, {"hotfix", row.hotfix}, {"why", row.why}});
  }
  for (const rules::PathTimes& t : report.times) {
    document["critical_paths"].push_back({{"target", t.target},
                                          {"normal_typical_seconds", t.trunk_typical.seconds},
                                          {"normal_guaranteed_seconds", t.trunk_guaranteed.seconds},
                                          {"hotfix_typical_seconds", t.hotfix_typical.seconds},
                                          {"hotfix_guaranteed_seconds", t.hotfix_guaranteed.seconds},
                                          {"people_seconds", t.human.seconds}});
  }
  for (const rules::Claim& claim : report.claims) {
    document["claims"].push_back({{"id", claim.id},
                                  {"title", claim.title},
                                  {"holds", claim.holds},
                                  {"applies", claim.applies},
                                  {"facts", claim.facts}});
  }
  document["backfill"] = report.debt;
  document["accepted_risks"] = report.accepted_risks;
  for (const auto& assumption : report.assumptions) {
    document["assumptions"].push_back(
        {{"target", assumption.target}, {"text", assumption.text}, {"by", assumption.by}});
  }
  if (pipeline.hotfix->runbook != nullptr) document["runbook"] = json_runbook(*pipeline.hotfix->runbook);
  return document.dump(2) + "\n";
}

}  // namespace

int cmd_hotfix(const Options& options, Environment& environment) {
  if (options.format != "text" && options.format != "markdown" && options.format != "json") {
    return usage_error(environment, "hotfix prints text, markdown or json");
  }
  int exit_code = ok;
  const auto compilation = compile_input(options, environment, Purpose::use, exit_code);
  if (compilation == nullptr) return exit_code;
  require_pipeline(*compilation);
  exit_code = print_diagnostics(*compilation, options, environment);
  const sema::Model& model = compilation->model();
  if (exit_code == ok) note_left_out(*compilation, options, environment);
  bool found = false;
  for (const auto& pipeline : model.pipelines) {
    if (pipeline->find_route(sema::RouteKind::hotfix) == nullptr || !model.elements_known ||
        !model.values_known)
      continue;
    found = true;
    DiagnosticSink reported_before;
    const rules::Prepared prepared(model, *pipeline, {}, reported_before);
    const HotfixReport report = rules::prove(prepared.context());
    if (options.format == "json") {
      environment.out(json_document(report, *pipeline));
    } else if (options.format == "markdown") {
      environment.out(document(report, *pipeline, "## ", markdown_table));
    } else {
      environment.out(document(report, *pipeline, "",
                               [&](const Table& table) { return text_table(table, columns(environment)); }));
    }
  }
  if (!found && exit_code == ok) {
    environment.err(
        fmt::format("pipec: no pipeline of `{}` has a hotfix\n", printable(options.inputs.front())));
    return findings;
  }
  return exit_code;
}

}  // namespace pipec::driver
