#include "compiler/expect/report.h"

#include "compiler/diag/render.h"
#include "compiler/support/credential.h"
#include "compiler/support/text.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace pipec::expect {
namespace {

constexpr std::string_view green = "\033[32m";
constexpr std::string_view red = "\033[1;31m";
constexpr std::string_view plain = "\033[0m";

nlohmann::ordered_json json_of(const std::vector<Told>& told) {
  auto list = nlohmann::ordered_json::array();
  for (const Told& one : told) {
    auto labels = nlohmann::ordered_json::array();
    for (const Told::Label& label : one.labels) {
      labels.push_back({{"message", label.message},
                        {"file", label.file},
                        {"line", label.begin.line},
                        {"column", label.begin.column}});
    }
    list.push_back({{"code", one.code},
                    {"message", one.message},
                    {"file", one.file},
                    {"line", one.begin.line},
                    {"column", one.begin.column},
                    {"labels", std::move(labels)},
                    {"notes", one.notes}});
  }
  return list;
}

nlohmann::ordered_json json_of(const FileReport& file) {
  auto tests = nlohmann::ordered_json::array();
  for (const TestReport& test : file.tests) {
    tests.push_back({{"title", conceal_credentials(test.title)},
                     {"pipeline", test.pipeline},
                     {"line", test.line},
                     {"status", test.failures.empty() ? "ok" : "failed"},
                     {"failures", json_of(test.failures)}});
  }
  return {{"file", file.path}, {"errors", json_of(file.errors)}, {"tests", std::move(tests)}};
}

}  // namespace

std::vector<Told> tell(const std::vector<Diagnostic>& diagnostics, const SourceManager& sources) {
  std::vector<Told> told;
  for (const Diagnostic& diagnostic : diagnostics) {
    Told& one = told.emplace_back(Told{diagnostic.code, conceal_credentials(diagnostic.message),
                                       std::string(sources.path(diagnostic.span.source)),
                                       sources.place(diagnostic.span)});
    for (const Label& label : diagnostic.labels) {
      one.labels.push_back({conceal_credentials(label.text), std::string(sources.path(label.span.source)),
                            sources.place(label.span)});
    }
    for (const std::string& note : diagnostic.notes)
      one.notes.push_back(conceal_credentials(note));
    one.text = render_text({diagnostic}, sources, {});
  }
  return told;
}

Count count(const std::vector<FileReport>& files) {
  Count count;
  for (const FileReport& file : files) {
    count.tests += file.tests.size();
    count.broken_files += file.errors.empty() ? 0 : 1;
    for (const TestReport& test : file.tests)
      count.failed += test.failures.empty() ? 0 : 1;
  }
  return count;
}

std::string to_text(const FileReport& file, bool color, bool quiet) {
  std::string text;
  for (const TestReport& test : file.tests) {
    const bool failed = !test.failures.empty();
    if (quiet && !failed) continue;
    text += fmt::format("  {}{:<6}{}  {}\n", color ? (failed ? red : green) : "", failed ? "FAILED" : "ok",
                        color ? plain : "", printable(test.title));
    for (const Told& failure : test.failures)
      text += failure.text;
  }
  return text.empty() ? text : printable(file.path) + "\n" + text;
}

std::string summary(const std::vector<FileReport>& files) {
  const Count all = count(files);
  std::string text;
  if (all.tests > 0) {
    text = fmt::format("{} in {}: ", counted(all.tests, "test"),
                       counted(files.size() - all.broken_files, "file"));
    text += all.failed == 0 ? "all hold" : fmt::format("{} failed", all.failed);
  }
  if (all.broken_files > 0) {
    text += fmt::format("{}the tests of {} were not run", text.empty() ? "" : "; ",
                        counted(all.broken_files, "file"));
  }
  return text + "\n";
}

std::string to_json(const std::vector<FileReport>& files) {
  auto list = nlohmann::ordered_json::array();
  for (const FileReport& file : files)
    list.push_back(json_of(file));
  const Count all = count(files);
  const nlohmann::ordered_json document = {{"version", 1},
                                           {"tests", all.tests},
                                           {"failed", all.failed},
                                           {"broken_files", all.broken_files},
                                           {"files", std::move(list)}};
  return document.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

bool is_report(std::string_view text) {
  // What either form begins with is shorter.
  constexpr size_t max_head = 200;
  const std::string_view head = text.substr(0, max_head);
  const auto says = [&](std::string_view words) { return head.find(words) != std::string_view::npos; };
  const bool json = head.starts_with('{') && says("\n  \"tests\": ") && says("\n  \"broken_files\": ");
  return json || (head.starts_with("<?xml") && says("\n<testsuites name=\"pipec\""));
}

}  // namespace pipec::expect
