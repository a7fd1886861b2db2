// SARIF 2.1.0 (OASIS). Columns are those of pipec: they count code points.
#include "compiler/report/formats.h"
#include "compiler/support/markup.h"
#include "compiler/support/text.h"
#include "compiler/support/version.h"

#include <algorithm>
#include <map>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace pipec::report {
namespace {

using Json = nlohmann::ordered_json;

// Files of the standard library are parts of the program, not of the repository.
constexpr std::string_view library_base = "PIPEC";

Json artifact_location(std::string_view path) {
  Json location = {{"uri", uri_of_path(path)}};
  if (path.starts_with(library_folder)) {
    location["uriBaseId"] = library_base;
  } else if (!path.starts_with('/')) {
    location["uriBaseId"] = "%SRCROOT%";
  }
  return location;
}

Json region_json(const Region& region) {
  return {{"startLine", region.begin.line},
          {"startColumn", region.begin.column},
          {"endLine", region.end.line},
          {"endColumn", region.end.column}};
}

Json location_of(const Region& region) {
  return {{"physicalLocation",
           {{"artifactLocation", artifact_location(region.file)}, {"region", region_json(region)}}}};
}

std::string_view level_of(Severity severity) {
  switch (severity) {
    case Severity::error:
      return "error";
    case Severity::warning:
      return "warning";
    case Severity::note:
      return "note";
  }
  return "none";
}

Json rule_json(const std::string& code, const RuleHelp& help) {
  Json rule = {{"id", code},
               {"shortDescription", {{"text", help.title}}},
               {"fullDescription", {{"text", help.text}}},
               {"defaultConfiguration", {{"level", level_of(help.severity)}}}};
  const std::string last = fmt::format("`pipec explain {}` prints this page.", code);
  std::string text = help.text;
  std::string markdown = markdown_escaped(help.text);
  const auto add = [&](std::string_view head, const std::string& paragraph) {
    if (paragraph.empty()) return;
    text += fmt::format("\n\n{}{}", head, paragraph);
    markdown += fmt::format("\n\n{}{}", head, markdown_escaped(paragraph));
  };
  add("Why: ", help.why);
  add("Fix: ", help.fix);
  add("", last);
  rule["help"] = {{"text", text}, {"markdown", markdown}};
  return rule;
}

// An edit of SARIF replaces a region; edits of one file belong together.
Json fix_json(const Repair& repair) {
  std::map<std::string, Json> replacements;
  for (const Replacement& edit : repair.edits) {
    Json replacement = {{"deletedRegion", region_json(edit.at)}};
    if (!edit.text.empty()) replacement["insertedContent"] = {{"text", edit.text}};
    auto& list = replacements.try_emplace(edit.at.file, Json::array()).first->second;
    list.push_back(std::move(replacement));
  }
  Json changes = Json::array();
  for (auto& [file, list] : replacements)
    changes.push_back({{"artifactLocation", artifact_location(file)}, {"replacements", std::move(list)}});
  return {{"description", {{"text", repair.title}}}, {"artifactChanges", std::move(changes)}};
}

std::string message_of(const Finding& finding) {
  std::string text = finding.message;
  for (const std::string& note : finding.notes)
    text += "\n" + note;
  // What is no edit is told.
  for (const Repair& repair : finding.fixes) {
    if (repair.edits.empty()) text += "\nFix: " + repair.title;
  }
  return text;
}

Json suppression_of(const Finding& finding) {
  if (finding.standing == Standing::waived)
    return {{"kind", "inSource"}, {"status", "accepted"}, {"justification", finding.because}};
  return {{"kind", "external"}, {"status", "accepted"}, {"justification", "it is in the baseline"}};
}

class Run {
 public:
  explicit Run(const Judgement& judgement) : judgement_(judgement) {
    for (const JudgedFile& file : judgement.files)
      rules_.insert(file.rules.begin(), file.rules.end());
  }

  Json json() {
    Json results = Json::array();
    for (const auto& [file, finding] : distinct(judgement_.files))
      results.push_back(result(*file, *finding));
    Json rules = Json::array();
    for (const auto& [code, help] : rules_)
      rules.push_back(rule_json(code, help));
    Json run = {
        {"tool",
         {{"driver",
           {{"name", "pipec"}, {"semanticVersion", std::string(version)}, {"rules", std::move(rules)}}}}},
        {"columnKind", "unicodeCodePoints"},
        {"originalUriBaseIds",
         {{"%SRCROOT%", {{"description", {{"text", "The folder in which pipec was started."}}}}},
          {std::string(library_base),
           {{"description", {{"text", "The standard library, which is part of pipec."}}}}}}},
        {"artifacts", artifacts()},
        {"results", std::move(results)}};
    if (!judgement_.day.empty()) run["properties"] = {{"judgedOn", judgement_.day}};
    return run;
  }

 private:
  Json result(const JudgedFile& file, const Finding& finding) {
    const auto rule = rules_.find(finding.code);
    Json result = {{"ruleId", finding.code}};
    if (rule != rules_.end()) result["ruleIndex"] = std::distance(rules_.begin(), rule);
    result["level"] = level_of(finding.severity);
    result["message"] = {{"text", message_of(finding)}};
    Json location;
    if (finding.at) {
      location = location_of(*finding.at);
    } else {
      location = {{"physicalLocation", {{"artifactLocation", artifact_location(file.path)}}}};
    }
    const std::string name = join(std::vector{finding.pipeline, finding.place}, "/");
    if (!finding.pipeline.empty() && !finding.place.empty())
      location["logicalLocations"] = Json::array({{{"fullyQualifiedName", name}}});
    result["locations"] = Json::array({std::move(location)});
    for (size_t i = 0; i < finding.related.size(); ++i) {
      Json related = {{"id", i + 1}, {"message", {{"text", finding.related[i].text}}}};
      related.update(location_of(finding.related[i].at));
      result["relatedLocations"].push_back(std::move(related));
    }
    result["partialFingerprints"] = {
        {"pipecFinding/v1", fingerprint(finding, repeats_[key(file, finding)]++)}};
    for (const Repair& repair : finding.fixes) {
      if (!repair.edits.empty()) result["fixes"].push_back(fix_json(repair));
    }
    if (finding.standing != Standing::counts) result["suppressions"] = Json::array({suppression_of(finding)});
    return result;
  }

  static std::string key(const JudgedFile& file, const Finding& finding) {
    return file.path + "\n" + fingerprint(finding, 0);
  }

  Json artifacts() const {
    Json artifacts = Json::array();
    for (const JudgedFile& file : judgement_.files) {
      Json artifact = {{"location", artifact_location(file.path)}};
      if (!file.sha256.empty()) artifact["hashes"] = {{"sha-256", file.sha256}};
      artifacts.push_back(std::move(artifact));
    }
    return artifacts;
  }

  const Judgement& judgement_;
  std::map<std::string, RuleHelp> rules_;
  // How many equal findings of a file came before.
  std::map<std::string, size_t> repeats_;
};

}  // namespace

std::string to_sarif(const Judgement& judgement) {
  const Json document = {{"$schema", "https://json.schemastore.org/sarif-2.1.0.json"},
                         {"version", "2.1.0"},
                         {"runs", Json::array({Run(judgement).json()})}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace pipec::report
