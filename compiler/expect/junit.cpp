#include "compiler/expect/report.h"
#include "compiler/support/credential.h"
#include "compiler/support/markup.h"

#include <fmt/core.h>

namespace pipec::expect {
namespace {

std::string element(std::string_view name, const Told& told) {
  return fmt::format("      <{0} type=\"{1}\" message=\"{2}\">{3}</{0}>\n", name, xml_escaped(told.code),
                     xml_escaped(told.message), xml_escaped(told.text));
}

std::string test_case(std::string_view name, const std::string& path, uint32_t line,
                      const std::string& inside) {
  const std::string head = fmt::format("    <testcase classname=\"{}\" name=\"{}\" file=\"{}\" line=\"{}\"",
                                       xml_escaped(path), xml_escaped(name), xml_escaped(path), line);
  return inside.empty() ? head + "/>\n" : head + ">\n" + inside + "    </testcase>\n";
}

std::string suite(const FileReport& file) {
  std::string cases;
  std::string errors;
  for (const Told& error : file.errors)
    errors += element("error", error);
  if (!errors.empty()) cases += test_case("the file is free of errors", file.path, 1, errors);
  for (const TestReport& test : file.tests) {
    std::string failures;
    for (const Told& failure : test.failures)
      failures += element("failure", failure);
    cases += test_case(conceal_credentials(test.title), file.path, test.line, failures);
  }
  const Count counted = count({file});
  return fmt::format(
      "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\" errors=\"{}\" skipped=\"0\">\n{}  "
      "</testsuite>\n",
      xml_escaped(file.path), counted.tests + counted.broken_files, counted.failed, counted.broken_files,
      cases);
}

}  // namespace

std::string to_junit(const std::vector<FileReport>& files) {
  const Count counted = count(files);
  std::string text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n";
  text += fmt::format("<testsuites name=\"pipec\" tests=\"{}\" failures=\"{}\" errors=\"{}\">\n",
                      counted.tests + counted.broken_files, counted.failed, counted.broken_files);
  for (const FileReport& file : files)
    text += suite(file);
  return text + "</testsuites>\n";
}

}  // namespace pipec::expect
