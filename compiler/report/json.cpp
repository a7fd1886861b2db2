#include "compiler/report/formats.h"

#include <nlohmann/json.hpp>

namespace pipec::report {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const Region& region) {
  return {{"file", region.file},
          {"line", region.begin.line},
          {"column", region.begin.column},
          {"end_line", region.end.line},
          {"end_column", region.end.column}};
}

Json json_of(const Repair& repair) {
  Json edits = Json::array();
  for (const Replacement& edit : repair.edits) {
    Json change = json_of(edit.at);
    change["text"] = edit.text;
    edits.push_back(std::move(change));
  }
  return {{"title", repair.title}, {"safe", repair.safe}, {"edits", std::move(edits)}};
}

Json json_of(const JudgedFile& file, const Finding& finding) {
  Json entry = {
      {"code", finding.code}, {"severity", to_string(finding.severity)}, {"message", finding.message}};
  if (finding.at) {
    entry.update(json_of(*finding.at));
  } else {
    entry["file"] = file.path;
  }
  if (!finding.pipeline.empty()) entry["pipeline"] = finding.pipeline;
  if (!finding.place.empty()) entry["place"] = finding.place;
  if (!finding.label.empty()) entry["label"] = finding.label;
  for (const Remark& remark : finding.related) {
    Json related = json_of(remark.at);
    related["message"] = remark.text;
    entry["related"].push_back(std::move(related));
  }
  if (!finding.notes.empty()) entry["notes"] = finding.notes;
  for (const Repair& repair : finding.fixes)
    entry["fixes"].push_back(json_of(repair));
  if (finding.standing == Standing::known) entry["standing"] = "known";
  if (finding.standing == Standing::waived) entry["standing"] = "waived";
  if (!finding.because.empty()) entry["because"] = finding.because;
  return entry;
}

Json json_of(const OutsideWaiver& waiver) {
  Json json = {{"file", waiver.path}, {"lines", waiver.lines}, {"read_by", waiver.read_by}};
  if (!waiver.unread.empty()) json["unread"] = waiver.unread;
  return json;
}

Json json_of(const JudgedFile& file) {
  Json entry = {{"file", file.path}};
  if (!file.sha256.empty()) entry["sha256"] = file.sha256;
  Json pipelines = Json::array();
  for (const JudgedPipeline& pipeline : file.pipelines)
    pipelines.push_back({{"pipeline", pipeline.name}, {"profile", pipeline.profile}});
  entry["pipelines"] = std::move(pipelines);
  entry["errors"] = file.count(Severity::error);
  entry["warnings"] = file.count(Severity::warning);
  entry["notes"] = file.count(Severity::note);
  entry["known"] = file.count(Standing::known);
  entry["waived"] = file.count(Standing::waived);
  entry["waived_outside"] = Json::array();
  for (const OutsideWaiver& waiver : file.outside_waivers)
    entry["waived_outside"].push_back(json_of(waiver));
  return entry;
}

}  // namespace

std::string to_json(const Judgement& judgement) {
  Json document = {{"version", 1}};
  if (!judgement.day.empty()) document["judged_on"] = judgement.day;
  document["files"] = Json::array();
  for (const JudgedFile& file : judgement.files)
    document["files"].push_back(json_of(file));
  document["diagnostics"] = Json::array();
  for (const Entry& entry : distinct(judgement.files))
    document["diagnostics"].push_back(json_of(*entry.file, *entry.finding));
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace pipec::report
