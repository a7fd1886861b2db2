#include "compiler/driver/session.h"

#include "compiler/diag/kinds/structure.h"
#include "compiler/diag/render.h"
#include "compiler/report/formats.h"
#include "compiler/support/text.h"

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cstdio>

#include <fmt/core.h>

namespace pipec::driver {
namespace {

std::optional<ast::DateExpr> parse_date(const std::string& text) {
  int year = 0;
  int month = 0;
  int day = 0;
  char rest = 0;
  const bool read =
      text.size() == 10 && std::sscanf(text.c_str(), "%4d-%2d-%2d%c", &year, &month, &day, &rest) == 3;
  const std::chrono::year_month_day date{std::chrono::year(year),
                                         std::chrono::month(static_cast<unsigned>(month)),
                                         std::chrono::day(static_cast<unsigned>(day))};
  if (!read || !date.ok()) return std::nullopt;
  return ast::DateExpr{static_cast<int16_t>(year), static_cast<uint8_t>(month), static_cast<uint8_t>(day)};
}

ast::DateExpr date_of_epoch(int64_t seconds) {
  const std::chrono::year_month_day date{
      std::chrono::floor<std::chrono::days>(std::chrono::sys_seconds(std::chrono::seconds(seconds)))};
  return {static_cast<int16_t>(static_cast<int>(date.year())),
          static_cast<uint8_t>(static_cast<unsigned>(date.month())),
          static_cast<uint8_t>(static_cast<unsigned>(date.day()))};
}

// The day by which waivers are judged, or nothing when what was given is not one.
std::optional<ast::DateExpr> judged_day(const Options& options, Environment& environment) {
  if (!options.today.empty()) return parse_date(options.today);
  if (const auto epoch = environment.variable("SOURCE_DATE_EPOCH")) {
    int64_t seconds = 0;
    const bool digits =
        !epoch->empty() && epoch->size() < 12 &&
        std::all_of(epoch->begin(), epoch->end(), [](char c) { return c >= '0' && c <= '9'; });
    if (!digits) return std::nullopt;
    seconds = std::stoll(*epoch);
    return date_of_epoch(seconds);
  }
  return environment.today();
}

bool has_errors(const std::vector<Diagnostic>& diagnostics) {
  return std::any_of(diagnostics.begin(), diagnostics.end(),
                     [](const Diagnostic& diagnostic) { return diagnostic.severity == Severity::error; });
}

}  // namespace

int usage_error(Environment& environment, std::string_view message) {
  environment.err(fmt::format("pipec: {}\n", printable(message)));
  return wrong_use;
}

int read_error(Environment& environment, std::string_view path, std::string_view reason) {
  environment.err(fmt::format("pipec: cannot read `{}`: {}\n", printable(path), printable(reason)));
  return io_error;
}

int write_error(Environment& environment, std::string_view path, std::string_view reason) {
  environment.err(fmt::format("pipec: cannot write `{}`: {}\n", printable(path), printable(reason)));
  return io_error;
}

std::string shown_input(const std::string& path) {
  return path == "-" ? std::string(standard_input_name) : printable(path);
}

size_t columns(const Environment& environment) {
  constexpr size_t most = 10'000;
  size_t width = 0;
  if (const auto given = environment.variable("COLUMNS")) {
    const auto [end, error] = std::from_chars(given->data(), given->data() + given->size(), width);
    const bool number = error == std::errc() && end == given->data() + given->size();
    if (number && width > 0 && width < most) return width;
  }
  return environment.columns;
}

bool is_output_folder(const Options& options, Environment& environment) {
  const std::string& path = options.output;
  if (!environment.files.exists(path) || environment.files.files_below(path, {})) return true;
  usage_error(environment, fmt::format("`{}` is a file; -o takes the folder for what is emitted", path));
  return false;
}

bool understands_control(const Environment& environment) {
  return environment.err_is_terminal && environment.variable("TERM") != "dumb";
}

bool wants_color(const Options& options, const Environment& environment) {
  if (options.color != ColorMode::automatic) return options.color == ColorMode::always;
  const auto no_color = environment.variable("NO_COLOR");
  return understands_control(environment) && (!no_color || no_color->empty());
}

bool known_targets(const Options& options, Environment& environment) {
  for (const std::string& target : options.targets) {
    std::vector<std::string_view> known;
    for (const StandardFile& file : environment.library) {
      if (file.module == "targets")
        known.push_back(
            file.path.substr(file.path.rfind('/') + 1, file.path.rfind('.') - file.path.rfind('/') - 1));
    }
    if (std::find(known.begin(), known.end(), target) != known.end()) continue;
    std::vector<std::string> names(known.begin(), known.end());
    usage_error(environment,
                fmt::format("there is no target `{}`; known are {}", target, quoted_list(names)));
    return false;
  }
  return true;
}

bool judged_policy(const Options& options, Environment& environment, rules::Policy& policy) {
  policy.advice = true;
  policy.today = judged_day(options, environment);
  if (policy.today) return true;
  usage_error(environment, "--today takes a day such as 2027-03-31, SOURCE_DATE_EPOCH a number of seconds");
  return false;
}

std::unique_ptr<Compilation> compile_input(const Options& options, Environment& environment, Purpose purpose,
                                           int& exit_code) {
  if (options.inputs.size() != 1) {
    exit_code = usage_error(environment, options.inputs.empty()
                                             ? "which file? give a `.pipe` file, or `-` for standard input"
                                             : "one file at a time");
    return nullptr;
  }
  if (!known_targets(options, environment)) {
    exit_code = wrong_use;
    return nullptr;
  }
  CompilationOptions compile{options.inputs.front(), options.root, options.targets, {}};
  if (purpose == Purpose::judge && !judged_policy(options, environment, compile.policy)) {
    exit_code = wrong_use;
    return nullptr;
  }
  auto compilation =
      std::make_unique<Compilation>(std::move(compile), environment.files, environment.library);
  if (!compilation->run()) {
    if (options.format == "json")
      environment.out(
          report::to_json({{report::unread_file(options.inputs.front(), compilation->error())}, "", {}}));
    exit_code = read_error(environment, options.inputs.front(), compilation->error());
    return nullptr;
  }
  return compilation;
}

std::vector<Diagnostic> found(Compilation& compilation,
                              const std::vector<std::pair<std::string, report::Level>>& more) {
  auto severities =
      report::Severities::of_file(compilation.entry_file(), compilation.model(), compilation.sink());
  for (const auto& [code, level] : more)
    severities.set(code, level);
  auto diagnostics = compilation.sink().sorted();
  severities.apply(diagnostics);
  return diagnostics;
}

void require_pipeline(Compilation& compilation) {
  if (!compilation.model().pipelines.empty() || compilation.sink().has_errors()) return;
  compilation.sink().report(diag::no_pipeline, Span{compilation.entry(), 0, 0});
}

int print_diagnostics(Compilation& compilation, const Options& options, Environment& environment) {
  auto diagnostics = found(compilation, {});
  const bool failed = compilation.sink().has_errors() || has_errors(diagnostics);
  const auto warnings =
      std::erase_if(diagnostics, [](const Diagnostic& d) { return d.severity == Severity::warning; });
  std::erase_if(diagnostics, [](const Diagnostic& d) { return d.severity != Severity::error; });
  environment.err(render_text(diagnostics, compilation.sources(),
                              {.color = wants_color(options, environment), .width = columns(environment)}));
  const std::string& path = options.inputs.front();
  const std::string count = count_in_words(diagnostics);
  if (!count.empty()) environment.err(fmt::format("{} in {}\n", count, shown_input(path)));
  if (warnings > 0 && !options.quiet) {
    const std::string root = options.root.empty() ? "" : " --root " + options.root;
    environment.err(fmt::format("{}; `pipec lint {}` shows {}\n", counted(warnings, "warning"),
                                printable(path + root), warnings == 1 ? "it" : "them"));
  }
  return failed ? findings : ok;
}

}  // namespace pipec::driver
