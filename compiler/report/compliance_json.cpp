// The form is described by report.schema.json.
#include "compiler/report/compliance.h"
#include "compiler/report/formats.h"
#include "compiler/support/version.h"

#include <algorithm>

#include <nlohmann/json.hpp>

namespace pipec::report {
namespace {

using Json = nlohmann::ordered_json;

// A key of the document.
std::string key_of(rules::Grade grade) {
  std::string key(rules::to_string(grade));
  std::replace(key.begin(), key.end(), ' ', '_');
  return key;
}

Json json_of(const Region& region) {
  return {{"file", region.file}, {"line", region.begin.line}, {"column", region.begin.column}};
}

Json json_of(const std::vector<ReportPlace>& places) {
  Json list = Json::array();
  for (const ReportPlace& place : places)
    list.push_back({{"what", place.what}, {"at", json_of(place.at)}});
  return list;
}

Json json_of(const ReportExemption& exemption) {
  Json json = {{"kind", exemption.kind}, {"reason", exemption.reason}, {"owner", exemption.owner}};
  if (!exemption.approver.empty()) json["approved_by"] = exemption.approver;
  if (!exemption.until.empty()) json["until"] = exemption.until;
  json["holds"] = exemption.holds;
  json["at"] = json_of(exemption.at);
  return json;
}

Json json_of(const ReportClause& clause) {
  Json evidence = Json::array();
  for (const ReportEvidence& one : clause.evidence) {
    Json json = {{"what", one.what}, {"grade", key_of(one.grade)}};
    if (!one.because.empty()) json["because"] = one.because;
    json["at"] = json_of(one.at);
    evidence.push_back(std::move(json));
  }
  Json json = {{"code", clause.code},           {"text", clause.text},
               {"level", clause.level},         {"authority", clause.authority},
               {"grade", key_of(clause.grade)}, {"evidence", std::move(evidence)}};
  if (!clause.missing.empty()) json["missing"] = clause.missing;
  if (clause.exemption) json["exemption"] = json_of(*clause.exemption);
  json["at"] = json_of(clause.at);
  return json;
}

Json json_of(const ReportStage& stage) {
  Json clauses = Json::array();
  for (const ReportClause& clause : stage.clauses)
    clauses.push_back(json_of(clause));
  Json json = {{"title", stage.title}};
  if (!stage.role.empty()) json["role"] = stage.role;
  json["stages"] = stage.stages;
  json["clauses"] = std::move(clauses);
  return json;
}

Json json_of(const rules::HotfixReport& hotfix, const std::string& origin) {
  Json gates = Json::array();
  for (const rules::GateRow& row : hotfix.gates)
    gates.push_back({{"gate", row.gate}, {"normal", row.normal}, {"hotfix", row.hotfix}, {"why", row.why}});
  Json claims = Json::array();
  for (const rules::Claim& claim : hotfix.claims) {
    claims.push_back({{"id", claim.id},
                      {"title", claim.title},
                      {"holds", claim.holds},
                      {"applies", claim.applies},
                      {"facts", claim.facts}});
  }
  Json assumptions = Json::array();
  for (const auto& assumption : hotfix.assumptions)
    assumptions.push_back({{"target", assumption.target}, {"text", assumption.text}, {"by", assumption.by}});
  return {{"deviates_from", origin},
          {"gates", std::move(gates)},
          {"claims", std::move(claims)},
          {"backfill", hotfix.debt},
          {"accepted_risks", hotfix.accepted_risks},
          {"assumptions", std::move(assumptions)}};
}

Json json_of(const ReportAutomation& automation) {
  return {{"automated", automation.automated},
          {"not_automated", automation.other},
          {"asked_for", automation.asked_for()},
          {"percent", automation.asked_for() == 0 ? Json(nullptr) : Json(automation.percent())},
          {"meaning", meaning_of_automation}};
}

Json json_of(const ReportQuestion& question) {
  Json json = {{"code", question.code}, {"statement", question.text}, {"scale", scale_of_answers}};
  if (!question.metric.empty()) json["metric"] = question.metric;
  return json;
}

Json json_of(const ReportRoute& route) {
  Json changes = Json::array();
  for (const rules::GateRow& row : route.changes)
    changes.push_back({{"gate", row.gate}, {"trunk", row.normal}, {"route", row.hotfix}, {"why", row.why}});
  return {{"route", route.name},
          {"stages_left_out", route.left_out},
          {"stages_besides", route.besides},
          {"changes", std::move(changes)}};
}

Json json_of(const ReportPipeline& pipeline) {
  Json counts = Json::object();
  for (const rules::Grade grade : all_grades)
    counts[key_of(grade)] = pipeline.count(grade);
  Json stages = Json::array();
  for (const ReportStage& stage : pipeline.stages)
    stages.push_back(json_of(stage));
  Json paths = Json::array();
  for (const ReportPath& path : pipeline.paths) {
    paths.push_back({{"route", path.route},
                     {"target", path.target},
                     {"typical_seconds", path.typical.seconds},
                     {"guaranteed_seconds", path.guaranteed.seconds},
                     {"people_seconds", path.human.seconds}});
  }
  Json not_seen = Json::array();
  for (const Unseen& one : unseen(pipeline))
    not_seen.push_back({{"what", one.what}, {"places", json_of(one.places)}});
  Json json = {{"pipeline", pipeline.name},
               {"description", pipeline.description},
               {"owner", pipeline.owner},
               {"profile", pipeline.profile},
               {"profile_title", pipeline.profile_title},
               {"origin", pipeline.origin},
               {"reference", pipeline.reference},
               {"counts", std::move(counts)},
               {"security_control_automation", json_of(pipeline.automation)},
               {"stages", std::move(stages)},
               {"critical_paths", std::move(paths)}};
  json["other_routes"] = Json::array();
  for (const ReportRoute& route : pipeline.routes)
    json["other_routes"].push_back(json_of(route));
  json["questionnaire"] = Json::array();
  for (const ReportQuestion& question : pipeline.questions)
    json["questionnaire"].push_back(json_of(question));
  if (pipeline.hotfix) json["hotfix"] = json_of(*pipeline.hotfix, pipeline.origin);
  json["not_seen"] = std::move(not_seen);
  return json;
}

Json json_of(const Finding& finding, const std::string& path) {
  Json json = {
      {"code", finding.code}, {"severity", to_string(finding.severity)}, {"message", finding.message}};
  json["at"] = finding.at ? json_of(*finding.at) : Json{{"file", path}};
  return json;
}

Json json_of(const OutsideWaiver& waiver) {
  Json json = {{"file", waiver.path}, {"lines", waiver.lines}, {"read_by", waiver.read_by}};
  if (!waiver.unread.empty()) json["unread"] = waiver.unread;
  return json;
}

Json json_of(const ReportFile& file) {
  Json sources = Json::array();
  for (const ReportSource& source : file.sources)
    sources.push_back({{"file", source.path}, {"sha256", source.sha256}});
  Json pipelines = Json::array();
  for (const ReportPipeline& pipeline : file.pipelines)
    pipelines.push_back(json_of(pipeline));
  Json findings = Json::array();
  for (const Finding& finding : file.judged.findings) {
    if (finding.standing == Standing::counts) findings.push_back(json_of(finding, file.judged.path));
  }
  Json outside = Json::array();
  for (const OutsideWaiver& waiver : file.judged.outside_waivers)
    outside.push_back(json_of(waiver));
  return {{"file", file.judged.path},
          {"sources", std::move(sources)},
          {"pipelines", std::move(pipelines)},
          {"findings", std::move(findings)},
          {"waived_outside", std::move(outside)},
          {"severities", file.severities}};
}

}  // namespace

std::string to_json(const Report& report) {
  Json document = {{"version", 1}, {"pipec", std::string(version)}, {"judged_on", report.day}};
  document["commit"] = report.commit.empty() ? Json(nullptr) : Json(report.commit);
  document["files"] = Json::array();
  for (const ReportFile& file : report.files)
    document["files"].push_back(json_of(file));
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace pipec::report
