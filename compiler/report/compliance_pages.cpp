// The compliance report of many pipelines: an index, and a page for each of them.
#include "compiler/report/compliance_document.h"
#include "compiler/support/markup.h"
#include "compiler/support/text.h"
#include "compiler/support/version.h"

#include <set>

#include <fmt/core.h>

namespace pipec::report {
namespace {

constexpr std::string_view index_name = "index.html";

// Names of files that differ in more than their case, since some disks keep no case.
class Names {
 public:
  // `checkout.html`, `checkout-2.html`
  std::string take(const std::string& pipeline) {
    for (size_t number = 1;; ++number) {
      const std::string suffix = number == 1 ? "" : fmt::format("-{}", number);
      std::string name = fmt::format("{}{}.html", pipeline, suffix);
      if (taken_.insert(lower_case(name)).second) return name;
    }
  }

 private:
  std::set<std::string> taken_{std::string(index_name)};
};

std::vector<std::string> head_of_index() {
  std::vector<std::string> head{"pipeline", "file", "profile"};
  for (const rules::Grade grade : all_grades)
    head.emplace_back(to_string(grade));
  head.emplace_back("errors");
  head.emplace_back("security controls automated");
  return head;
}

// The findings of a file whose pipelines could not be judged.
Bullets findings_of(const ReportFile& file) {
  Bullets bullets;
  for (const Finding& finding : file.judged.findings) {
    if (finding.standing != Standing::counts || finding.severity != Severity::error) continue;
    const std::string where = finding.at ? place_of(*finding.at) : file.judged.path;
    bullets.items.push_back({fmt::format("{} ({}): {}", finding.code, where, finding.message),
                             {},
                             Mark::bad,
                             std::string(to_string(finding.severity))});
  }
  if (!file.judged.unread.empty())
    bullets.items.push_back(
        {fmt::format("{}: {}", file.judged.path, file.judged.unread), {}, Mark::bad, "unread"});
  return bullets;
}

class Index {
 public:
  explicit Index(const Report& report) : report_(report) { table_.head = head_of_index(); }

  void add(const ReportFile& file, const ReportPipeline& pipeline, const std::string& page) {
    std::vector<std::string> row{pipeline.name, code_span(file.judged.path), pipeline.profile};
    for (size_t i = 0; i < all_grades.size(); ++i) {
      const size_t count = pipeline.count(all_grades.at(i));
      totals_.at(i) += count;
      row.push_back(std::to_string(count));
    }
    row.push_back(std::to_string(file.judged.count(Severity::error)));
    row.push_back(
        fmt::format("{} of {}", pipeline.automation.automated.size(), pipeline.automation.asked_for()));
    automated_ += pipeline.automation.automated.size();
    asked_for_ += pipeline.automation.asked_for();
    table_.rows.push_back(std::move(row));
    table_.links.push_back(page);
  }

  Document document() && {
    Document document;
    document.title = "Pipeline report";
    document.facts = {{"Commit", report_.commit.empty() ? "not given" : code_span(report_.commit)},
                      {"Judged by", fmt::format("{}, pipec {}", report_.day, version)},
                      {"Pipelines", std::to_string(table_.rows.size())}};
    Section pipelines{"Pipelines", "", {}, {}};
    pipelines.blocks.push_back(Paragraph{
        "How many rules have which grade. The grades are counted, not added up: they are not worth the "
        "same. What each rests on, and what was not seen, is on the page of the pipeline."});
    std::vector<std::string> all{"all", "", ""};
    for (const size_t total : totals_)
      all.push_back(std::to_string(total));
    size_t errors = 0;
    for (const ReportFile& file : report_.files)
      errors += file.judged.count(Severity::error);
    all.push_back(std::to_string(errors));
    all.push_back(fmt::format("{} of {}", automated_, asked_for_));
    table_.rows.push_back(std::move(all));
    table_.links.emplace_back();
    pipelines.blocks.push_back(std::move(table_));
    pipelines.blocks.push_back(Paragraph{std::string(meaning_of_automation)});
    document.sections.push_back(std::move(pipelines));
    add_unjudged(document);
    return document;
  }

 private:
  void add_unjudged(Document& document) const {
    Section section{"What could not be judged", "", {}, {}};
    for (const ReportFile& file : report_.files) {
      if (!file.pipelines.empty()) continue;
      section.sections.push_back({code_span(file.judged.path), "", {findings_of(file)}, {}});
    }
    if (!section.sections.empty()) document.sections.push_back(std::move(section));
  }

  const Report& report_;
  Table table_{"Pipelines, and how many rules have which grade", {}, {}};
  std::array<size_t, all_grades.size()> totals_{};
  size_t automated_ = 0;
  size_t asked_for_ = 0;
};

}  // namespace

std::vector<std::string> page_names(const Report& report) {
  Names names;
  std::vector<std::string> pages;
  for (const ReportFile& file : report.files) {
    for (const ReportPipeline& pipeline : file.pipelines)
      pages.push_back(names.take(pipeline.name));
  }
  pages.emplace_back(index_name);
  return pages;
}

bool write_pages(const Report& report, const WritePage& write) {
  Names names;
  Index index(report);
  for (const ReportFile& file : report.files) {
    for (const ReportPipeline& pipeline : file.pipelines) {
      const std::string name = names.take(pipeline.name);
      index.add(file, pipeline, name);
      const Report alone{
          {{file.sources, {pipeline}, file.judged, file.severities}}, report.commit, report.day};
      Document document = document_of(alone);
      document.title = "Pipeline report: " + pipeline.name;
      document.up = {"All pipelines", std::string(index_name)};
      if (!write(name, print_html(document))) return false;
    }
  }
  return write(std::string(index_name), print_html(std::move(index).document()));
}

}  // namespace pipec::report
