// What all forms share: totals, and the table of files.
#include "compiler/support/text.h"

#include "compiler/report/formats.h"

#include <set>
#include <tuple>

#include <fmt/core.h>

namespace pipec::report {
namespace {

std::string names_of(const JudgedFile& file, std::string JudgedPipeline::*name) {
  std::vector<std::string> names;
  for (const JudgedPipeline& pipeline : file.pipelines)
    names.push_back(pipeline.*name);
  return join(names, ", ");
}

// Of a file without a pipeline.
std::string_view what(const JudgedFile& file) {
  if (file.is_baseline) return "(baseline)";
  return file.unread.empty() ? "(library)" : "(unread)";
}

}  // namespace

std::vector<Entry> distinct(const std::vector<JudgedFile>& files) {
  using Key = std::tuple<std::string_view, std::string_view, std::string_view, uint32_t, uint32_t,
                         std::string_view, std::string_view>;
  std::set<Key> seen;
  std::vector<Entry> entries;
  for (const JudgedFile& file : files) {
    for (const Finding& finding : file.findings) {
      const bool elsewhere = finding.at && finding.at->file != file.path;
      // What is found in the file itself is its own, however often that file is named.
      if (finding.at) {
        const std::string_view heir = finding.pipeline_file.empty() ? std::string_view() : finding.pipeline;
        const Key key{finding.at->file,         finding.code, finding.message,      finding.at->begin.line,
                      finding.at->begin.column, heir,         finding.pipeline_file};
        if (!seen.insert(key).second && elsewhere) continue;
      }
      entries.push_back({&file, &finding});
    }
  }
  return entries;
}

Total total(const std::vector<JudgedFile>& files) {
  Total total;
  for (const Entry& entry : distinct(files)) {
    const Finding& finding = *entry.finding;
    if (finding.standing == Standing::known) {
      ++total.known;
    } else if (finding.standing == Standing::waived) {
      ++total.waived;
    } else {
      ++(finding.severity == Severity::error     ? total.errors
         : finding.severity == Severity::warning ? total.warnings
                                                 : total.notes);
    }
  }
  return total;
}

std::string in_words(const Total& total) {
  std::vector<std::string> found;
  if (total.errors > 0) found.push_back(counted(total.errors, "error"));
  if (total.warnings > 0) found.push_back(counted(total.warnings, "warning"));
  std::string text = found.empty() ? "no findings" : join(found, " and ");
  if (total.known > 0) text += fmt::format(", {} known", total.known);
  if (total.waived > 0) text += fmt::format(", {} waived", total.waived);
  return text;
}

std::vector<std::vector<std::string>> overview(const std::vector<JudgedFile>& files) {
  const Total all = total(files);
  std::vector<std::vector<std::string>> rows{{"file", "pipeline", "profile", "errors", "warnings"}};
  if (all.notes > 0) rows.front().emplace_back("notes");
  if (all.known > 0) rows.front().emplace_back("known");
  if (all.waived > 0) rows.front().emplace_back("waived");
  const auto add = [&](std::vector<std::string> row, const Total& counts) {
    row.push_back(std::to_string(counts.errors));
    row.push_back(std::to_string(counts.warnings));
    if (all.notes > 0) row.push_back(std::to_string(counts.notes));
    if (all.known > 0) row.push_back(std::to_string(counts.known));
    if (all.waived > 0) row.push_back(std::to_string(counts.waived));
    rows.push_back(std::move(row));
  };
  for (const JudgedFile& file : files) {
    const bool library = file.pipelines.empty();
    add({file.path, library ? std::string(what(file)) : names_of(file, &JudgedPipeline::name),
         library ? "" : names_of(file, &JudgedPipeline::profile)},
        {file.count(Severity::error), file.count(Severity::warning), file.count(Severity::note),
         file.count(Standing::known), file.count(Standing::waived)});
  }
  add({fmt::format("{} in all", counted(files.size(), "file")), "", ""}, all);
  return rows;
}

}  // namespace pipec::report
