#include "compiler/report/baseline.h"

#include "compiler/diag/kinds/profiles.h"
#include "compiler/diag/kinds/reports.h"
#include "compiler/support/hash.h"

#include <set>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace pipec::report {
namespace {

using Json = nlohmann::ordered_json;

// Enough to tell findings of one place apart.
constexpr size_t hash_digits = 16;

// Version 2 names files with their folders below the root of the project, so that files of one name are told
// apart.
constexpr int baseline_version = 2;

std::string hash_of(const std::vector<std::string>& arguments) {
  Sha256 hash;
  for (const std::string& argument : arguments) {
    hash.add(argument);
    hash.add(std::string_view("\0", 1));
  }
  return hash.finish().substr(0, hash_digits);
}

bool is_text(const Json& entry, const char* key) { return entry.contains(key) && entry[key].is_string(); }

std::string text_of(const Json& entry, const char* key) { return entry[key].get<std::string>(); }

bool is_entry(const Json& entry) {
  return entry.is_object() && is_text(entry, "code") && is_text(entry, "in") && is_text(entry, "place") &&
         is_text(entry, "arguments") && is_text(entry, "message") && entry.contains("count") &&
         entry["count"].is_number_unsigned() && (!entry.contains("file") || is_text(entry, "file"));
}

// Discarded when it is no JSON, or is nested deeper than any baseline: values are printed and destroyed
// recursively.
Json parsed(std::string_view text) {
  constexpr int deepest = 4;
  bool too_deep = false;
  Json document = Json::parse(
      text,
      [&](int depth, Json::parse_event_t, Json&) {
        too_deep = too_deep || depth > deepest;
        return depth <= deepest;
      },
      false);
  return too_deep ? Json(Json::value_t::discarded) : document;
}

bool has_form(const Json& document) {
  return document.is_object() && document.contains("version") && document["version"].is_number_integer() &&
         document.contains("findings") && document["findings"].is_array();
}

}  // namespace

bool may_be_known(const Finding& finding) {
  if (finding.info == nullptr || !finding.at) return false;
  return !is_own(finding) || finding.info == diag::missing_stage.info ||
         finding.info->severity != Severity::error;
}

Baseline::Key Baseline::key_of(const JudgedFile& file, const Finding& finding, const FileNames& name_of) {
  std::string in = finding.pipeline;
  if (in.empty()) in = name_of(finding.at ? finding.at->file : file.path);
  return {finding.code, std::move(in), finding.pipeline_file.empty() ? "" : name_of(finding.pipeline_file),
          finding.place, hash_of(finding.arguments)};
}

bool is_baseline(std::string_view text) { return has_form(parsed(text)); }

std::optional<Baseline> Baseline::read(std::string_view text, std::string& error) {
  const Json document = parsed(text);
  if (!has_form(document)) {
    error = "it is no baseline";
    return std::nullopt;
  }
  if (document["version"] == 1) {
    error =
        "it is of version 1, which names files without their folders; write it anew with `--write-baseline`";
    return std::nullopt;
  }
  if (document["version"] != baseline_version) {
    error = fmt::format("this pipec reads baselines of version {}", baseline_version);
    return std::nullopt;
  }
  Baseline baseline;
  for (const Json& entry : document["findings"]) {
    if (!is_entry(entry)) {
      error = fmt::format("`{}` is no finding", entry.dump());
      return std::nullopt;
    }
    Entry& known = baseline.entries_[{text_of(entry, "code"), text_of(entry, "in"), entry.value("file", ""),
                                      text_of(entry, "place"), text_of(entry, "arguments")}];
    known.message = text_of(entry, "message");
    known.count += entry["count"].get<size_t>();
  }
  return baseline;
}

Baseline Baseline::of(const std::vector<JudgedFile>& files, const FileNames& name_of) {
  Baseline baseline;
  for (const report::Entry& found : distinct(files)) {
    const Finding& finding = *found.finding;
    const bool left_out = finding.standing == Standing::waived || !may_be_known(finding) ||
                          finding.info == diag::baseline_entry_gone.info;
    if (left_out) continue;
    Entry& entry = baseline.entries_[key_of(*found.file, finding, name_of)];
    entry.message = finding.message;
    ++entry.count;
  }
  return baseline;
}

size_t Baseline::size() const {
  size_t size = 0;
  for (const auto& [key, entry] : entries_)
    size += entry.count;
  return size;
}

std::string Baseline::to_text() const {
  Json findings = Json::array();
  for (const auto& [key, entry] : entries_) {
    Json& finding = findings.emplace_back(Json{{"code", key.code}, {"in", key.in}});
    if (!key.file.empty()) finding["file"] = key.file;
    finding["place"] = key.place;
    finding["arguments"] = key.arguments;
    finding["message"] = entry.message;
    finding["count"] = entry.count;
  }
  const Json document = {{"version", baseline_version}, {"findings", std::move(findings)}};
  return document.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

void Baseline::apply(std::vector<JudgedFile>& files, const std::string& path,
                     const FileNames& name_of) const {
  std::map<Key, size_t> left;
  for (const auto& [key, entry] : entries_)
    left.emplace(key, entry.count);
  // What several files import is one finding, unless it is one of each heir.
  std::map<std::tuple<Key, std::string, std::string, uint32_t, uint32_t>, bool> seen;
  std::set<std::string> judged;
  for (JudgedFile& file : files) {
    judged.insert(name_of(file.path));
    for (const JudgedPipeline& pipeline : file.pipelines)
      judged.insert(pipeline.name);
    for (Finding& finding : file.findings) {
      if (finding.standing != Standing::counts || !may_be_known(finding)) continue;
      const Key key = key_of(file, finding, name_of);
      const auto [place, first] = seen.try_emplace(
          {key, finding.pipeline_file, finding.at->file, finding.at->begin.line, finding.at->begin.column},
          false);
      if (first) {
        const auto known = left.find(key);
        place->second = known != left.end() && known->second > 0;
        if (place->second) --known->second;
      }
      if (place->second) finding.standing = Standing::known;
    }
  }
  JudgedFile gone;
  gone.path = path;
  gone.is_baseline = true;
  for (const auto& [key, count] : left) {
    const bool is_judged = judged.contains(key.in) && (key.file.empty() || judged.contains(key.file));
    if (count == 0 || !is_judged) continue;
    const std::string where =
        key.place.empty() ? fmt::format("`{}`", key.in) : fmt::format("`{}`, `{}`", key.in, key.place);
    const std::string what =
        count == 1 ? key.code : fmt::format("{} of {}", fmt::format("{}", count), key.code);
    DiagnosticSink sink;
    sink.report(diag::baseline_entry_gone, {}, what, where).note(entries_.at(key).message);
    gone.findings.push_back(placeless(sink.sorted().front()));
  }
  gone.rules = rules_of(gone.findings, {});
  if (!gone.findings.empty()) files.push_back(std::move(gone));
}

}  // namespace pipec::report
