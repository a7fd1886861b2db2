#include "compiler/diag/kinds/tests.h"
#include "compiler/diag/render.h"
#include "compiler/driver/inputs.h"
#include "compiler/driver/output_file.h"
#include "compiler/driver/session.h"
#include "compiler/expect/report.h"
#include "compiler/expect/runner.h"
#include "compiler/support/text.h"

#include <algorithm>
#include <optional>

#include <fmt/core.h>

namespace pipec::driver {
namespace {

class Tests {
 public:
  Tests(const Options& options, Environment& environment)
      : options_(options), environment_(environment), reports_as_text_(options.format == "text") {}

  int run() {
    const std::vector<Input> inputs = inputs_of(options_, environment_.files);
    const int approved =
        approve_document({"-o", options_.output, expect::is_report}, inputs, options_, environment_);
    if (approved != ok) return approved;
    for (const Input& input : inputs)
      run(input);
    if (files_.empty()) {
      environment_.err(selected_ == 0 && declared_ > 0
                           ? fmt::format("pipec: no test has `{}` in its title\n", printable(options_.filter))
                           : "pipec: there was no test to run\n");
      return std::max<int>(exit_code_, findings);
    }
    if (reports_as_text_ && !options_.quiet) environment_.out(expect::summary(files_));
    if (!reports_as_text_) write_report();
    const expect::Count count = expect::count(files_);
    return count.failed + count.broken_files > 0 ? std::max<int>(exit_code_, findings) : exit_code_;
  }

 private:
  void run(const Input& input) {
    Compilation compilation({input.path, input.root, options_.targets, {}}, environment_.files,
                            environment_.library);
    if (!compilation.load()) {
      exit_code_ = read_error(environment_, input.path, compilation.error());
      return;
    }
    const size_t declared = compilation.test_count();
    declared_ += declared;
    // A file below a folder that can be read and has no tests is none of this command's business, whatever it
    // says.
    if (declared == 0 && !input.named && !compilation.sink().has_errors()) return;
    compilation.analyse();
    std::vector<Diagnostic> errors = compilation.sink().sorted();
    std::erase_if(errors,
                  [](const Diagnostic& diagnostic) { return diagnostic.severity != Severity::error; });
    if (declared == 0 && errors.empty()) {
      compilation.sink().report(diag::no_tests, Span{compilation.entry(), 0, 0});
      environment_.err(render_text(compilation.sink().sorted(), compilation.sources(),
                                   {.color = driver::wants_color(options_, environment_)}));
      return;
    }
    run(compilation, std::move(errors), shown_input(input.path));
  }

  void run(const Compilation& compilation, std::vector<Diagnostic> errors, const std::string& path) {
    expect::Runner runner(compilation.model(), compilation.found_in_tests());
    if (errors.empty()) errors = runner.errors();
    expect::FileReport report{path, expect::tell(errors, compilation.sources()), {}};
    if (!errors.empty()) {
      environment_.err(
          render_text(errors, compilation.sources(), {.color = driver::wants_color(options_, environment_)}));
      environment_.err(fmt::format("{} in {}\n", count_in_words(errors), printable(path)));
    } else {
      for (const sema::Test& test : compilation.model().tests) {
        if (test.title.find(options_.filter) == std::string::npos) continue;
        report.tests.push_back({test.title, test.pipeline->name, compilation.sources().place(test.head).line,
                                expect::tell(runner.run(test), compilation.sources())});
      }
      selected_ += report.tests.size();
      if (report.tests.empty()) return;
    }
    if (reports_as_text_ || !options_.output.empty())
      environment_.out(expect::to_text(report, wants_color(), options_.quiet));
    files_.push_back(std::move(report));
  }

  // On standard output.
  bool wants_color() const {
    const bool terminal = options_.color == ColorMode::automatic ? environment_.out_is_terminal : true;
    return terminal && driver::wants_color(options_, environment_);
  }

  void write_report() {
    const std::string text = options_.format == "json" ? expect::to_json(files_) : expect::to_junit(files_);
    if (options_.output.empty()) {
      environment_.out(text);
      return;
    }
    if (!options_.quiet) environment_.out(expect::summary(files_));
    if (write_document(options_.output, text, environment_) != ok) exit_code_ = io_error;
  }

  const Options& options_;
  Environment& environment_;
  bool reports_as_text_;
  std::vector<expect::FileReport> files_;
  // Tests of the files, and those of them that were run.
  size_t declared_ = 0;
  size_t selected_ = 0;
  int exit_code_ = ok;
};

}  // namespace

int cmd_test(const Options& options, Environment& environment) {
  if (options.inputs.empty())
    return usage_error(environment,
                       "which tests? give `.pipe` files, folders of them, or `-` for standard input");
  const bool report = options.format == "json" || options.format == "junit";
  if (!report && options.format != "text") return usage_error(environment, "test prints text, json or junit");
  if (!report && !options.output.empty())
    return usage_error(environment, "-o takes the report of --format json or --format junit");
  if (!known_targets(options, environment)) return wrong_use;
  return Tests(options, environment).run();
}

}  // namespace pipec::driver
