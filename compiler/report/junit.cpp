#include "compiler/diag/render.h"
#include "compiler/report/formats.h"
#include "compiler/support/markup.h"

#include <fmt/core.h>

namespace pipec::report {
namespace {

struct Suite {
  std::string cases;
  size_t tests = 0;
  size_t failures = 0;
  size_t skipped = 0;
};

std::string details_of(const Finding& finding) {
  if (!finding.rendered.empty()) return finding.rendered;
  std::string text = finding.message + "\n";
  for (const std::string& note : finding.notes)
    text += note + "\n";
  return printable(text);
}

void add(Suite& suite, const JudgedFile& file, const Finding& finding, Severity fails_on) {
  const Place place = finding.at ? finding.at->begin : Place{};
  const std::string path = xml_escaped(finding.at ? finding.at->file : file.path);
  const std::string message = xml_escaped(printable(finding.message));
  const std::string name =
      fmt::format("{} {}:{} {}", xml_escaped(finding.code), place.line, place.column, message);
  suite.cases += fmt::format("    <testcase classname=\"{0}\" name=\"{1}\" file=\"{0}\" line=\"{2}\">\n",
                             path, name, place.line);
  ++suite.tests;
  const std::string details = xml_escaped(details_of(finding));
  if (finding.standing != Standing::counts) {
    ++suite.skipped;
    const std::string why = finding.standing == Standing::known ? "known: it is in the baseline"
                                                                : "waived: " + printable(finding.because);
    suite.cases += fmt::format("      <skipped message=\"{}\"/>\n", xml_escaped(why));
  } else if (finding.severity >= fails_on) {
    ++suite.failures;
    suite.cases += fmt::format("      <failure type=\"{}\" message=\"{}\">{}</failure>\n",
                               to_string(finding.severity), message, details);
  } else {
    suite.cases += fmt::format("      <system-out>{}</system-out>\n", details);
  }
  suite.cases += "    </testcase>\n";
}

Suite suite_of(const JudgedFile& file, const std::vector<Entry>& entries, Severity fails_on) {
  Suite suite;
  for (const Entry& entry : entries) {
    if (entry.file == &file) add(suite, file, *entry.finding, fails_on);
  }
  if (suite.tests == 0) {
    suite.tests = 1;
    suite.cases =
        fmt::format("    <testcase classname=\"{0}\" name=\"no findings\" file=\"{0}\" line=\"1\"/>\n",
                    xml_escaped(file.path));
  }
  return suite;
}

}  // namespace

std::string to_junit(const Judgement& judgement) {
  std::string suites;
  Suite all;
  const std::vector<Entry> entries = distinct(judgement.files);
  for (const JudgedFile& file : judgement.files) {
    const Suite suite = suite_of(file, entries, judgement.fails_on);
    all.tests += suite.tests;
    all.failures += suite.failures;
    suites += fmt::format(
        "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"0\" skipped=\"{}\">\n{}  "
        "</testsuite>\n",
        xml_escaped(file.path), suite.tests, suite.failures, suite.skipped, suite.cases);
  }
  return fmt::format(
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
      "<testsuites name=\"pipec lint\" tests=\"{}\" failures=\"{}\" errors=\"0\">\n{}</testsuites>\n",
      all.tests, all.failures, suites);
}

}  // namespace pipec::report
