#include "compiler/diag/render.h"
#include "compiler/driver/apply_fixes.h"
#include "compiler/driver/emission.h"

#include <fmt/core.h>

namespace pipec::driver {

int cmd_lint(const Options& options, Environment& environment) {
  if (options.format != "text" && options.format != "json")
    return usage_error(environment, "lint prints text or json");
  if (options.fail_on != "error" && options.fail_on != "warning" && options.fail_on != "never") {
    return usage_error(environment, "--fail-on takes error, warning or never");
  }
  if (options.fix) {
    const int applied = apply_safe_fixes(options, environment);
    if (applied != ok) return applied;
  }
  int exit_code = ok;
  const auto compilation = compile_input(options, environment, Purpose::judge, exit_code);
  if (compilation == nullptr) return exit_code;
  if (!compilation->sink().has_errors())
    check_targets(*compilation, lower(*compilation, environment.files), options);
  const auto diagnostics = compilation->sink().sorted();
  if (options.format == "json") {
    environment.out(render_json(diagnostics, compilation->sources()));
  } else {
    print_diagnostics(*compilation, options, environment);
    if (!compilation->sink().has_errors()) note_left_out(*compilation, options, environment);
    if (count_in_words(diagnostics).empty() && !options.quiet)
      environment.err(fmt::format("{}: no findings\n", options.inputs.front()));
  }
  bool failed = compilation->sink().has_errors();
  for (const Diagnostic& diagnostic : diagnostics) {
    failed = failed || (options.fail_on == "warning" && diagnostic.severity == Severity::warning);
  }
  return failed && options.fail_on != "never" ? findings : ok;
}

}  // namespace pipec::driver
