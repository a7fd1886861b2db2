// The command line, read with LLVM Support. The only file that knows LLVM.
#include "compiler/diag/render.h"
#include "compiler/driver/driver.h"
#include "compiler/driver/options.h"
#include "compiler/support/text.h"
#include "compiler/support/version.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <map>
#include <set>

#include <fmt/core.h>
#include <llvm/Support/CommandLine.h>
#include <llvm/Support/raw_ostream.h>

namespace pipec::driver {
namespace {

namespace cl = llvm::cl;

#define PIPEC_COMMAND(NAME, USAGE, DESCRIPTION) cl::SubCommand NAME##_command(#NAME, DESCRIPTION);
#include "compiler/driver/commands.def"
#undef PIPEC_COMMAND

cl::OptionCategory category("Options");

#define PIPEC_COMPILING_COMMANDS                                                                 \
  cl::sub(lint_command), cl::sub(compile_command), cl::sub(check_command), cl::sub(run_command), \
      cl::sub(hotfix_command), cl::sub(explain_command), cl::sub(test_command), cl::sub(report_command)
#define PIPEC_EVERY_COMMAND PIPEC_COMPILING_COMMANDS, cl::sub(fmt_command)

cl::list<std::string> inputs(cl::Positional, cl::desc("FILE"), cl::cat(category), PIPEC_EVERY_COMMAND);
cl::opt<std::string> root("root", cl::desc("Imports stay below this folder (default: the file's)"),
                          cl::value_desc("DIR"), cl::init(""), cl::cat(category), PIPEC_COMPILING_COMMANDS);
cl::opt<std::string> color("color", cl::desc("auto, always or never"), cl::init("auto"),
                           cl::value_desc("WHEN"), cl::cat(category), PIPEC_EVERY_COMMAND);
cl::opt<bool> quiet("quiet", cl::desc("Print findings only"), cl::init(false), cl::cat(category),
                    PIPEC_EVERY_COMMAND);
cl::list<std::string> targets("target", cl::desc("Only this target; may be repeated (default: all)"),
                              cl::value_desc("NAME"), cl::cat(category), cl::sub(lint_command),
                              cl::sub(compile_command), cl::sub(check_command), cl::sub(hotfix_command),
                              cl::sub(explain_command), cl::sub(test_command), cl::sub(report_command));
cl::opt<std::string> output("o", cl::desc("The folder for emitted files, or the file for a report of tests"),
                            cl::value_desc("PATH"), cl::init(""), cl::Prefix, cl::cat(category),
                            cl::sub(compile_command), cl::sub(check_command), cl::sub(test_command),
                            cl::sub(report_command));
cl::list<std::string> routes("route", cl::desc("Only this route; may be repeated"), cl::value_desc("NAME"),
                             cl::cat(category), cl::sub(compile_command), cl::sub(check_command),
                             cl::sub(run_command), cl::sub(explain_command));
cl::opt<std::string> format("format", cl::desc("text or json"), cl::init("text"), cl::value_desc("FORMAT"),
                            cl::cat(category), cl::sub(lint_command), cl::sub(hotfix_command),
                            cl::sub(test_command), cl::sub(report_command), cl::sub(explain_command));
cl::opt<std::string> filter("filter", cl::desc("Only tests with this text in their titles"),
                            cl::value_desc("TEXT"), cl::init(""), cl::cat(category), cl::sub(test_command));
cl::opt<bool> force("force", cl::desc("Overwrite a file that pipec has not written"), cl::init(false),
                    cl::cat(category), cl::sub(lint_command), cl::sub(compile_command), cl::sub(test_command),
                    cl::sub(report_command));
cl::opt<std::string> today("today",
                           cl::desc("Judge waivers by this day (default: SOURCE_DATE_EPOCH, else the clock)"),
                           cl::value_desc("YYYY-MM-DD"), cl::init(""), cl::cat(category),
                           cl::sub(lint_command), cl::sub(report_command));
cl::opt<std::string> fail_on("fail-on", cl::desc("error, warning or never"), cl::init("error"),
                             cl::value_desc("LEVEL"), cl::cat(category), cl::sub(lint_command),
                             cl::sub(report_command));
cl::opt<bool> check_only("check", cl::desc("List files that are not in this form, and change none"),
                         cl::init(false), cl::cat(category), cl::sub(fmt_command));
cl::opt<bool> show_diff("diff", cl::desc("Print what would change, and change nothing"), cl::init(false),
                        cl::cat(category), cl::sub(fmt_command));
cl::opt<bool> fix("fix", cl::desc("Apply the fixes that cannot change what the pipeline does"),
                  cl::init(false), cl::cat(category), cl::sub(lint_command));
cl::list<std::string> severities("severity",
                                 cl::desc("Tell findings of the code as error, warning, note or off; may be "
                                          "repeated"),
                                 cl::value_desc("CODE=LEVEL"), cl::cat(category), cl::sub(lint_command));
cl::opt<std::string> baseline("baseline", cl::desc("What this file lists is known and does not count"),
                              cl::value_desc("FILE"), cl::init(""), cl::cat(category), cl::sub(lint_command));
cl::opt<std::string> write_baseline("write-baseline",
                                    cl::desc("Write what is found into this file, to be known from now on"),
                                    cl::value_desc("FILE"), cl::init(""), cl::cat(category),
                                    cl::sub(lint_command));
cl::opt<std::string> commit("commit",
                            cl::desc("The commit that is judged (default: GITHUB_SHA, else "
                                     "CODEBUILD_RESOLVED_SOURCE_VERSION)"),
                            cl::value_desc("COMMIT"), cl::init(""), cl::cat(category),
                            cl::sub(report_command));
cl::list<std::string> min_evidence("min-evidence",
                                   cl::desc("Fail when the rule is kept worse than enforced, declared or "
                                            "attested; may be repeated"),
                                   cl::value_desc("CODE=GRADE"), cl::cat(category), cl::sub(report_command));
cl::opt<bool> list("list", cl::desc("List every code"), cl::init(false), cl::cat(category),
                   cl::sub(explain_command));
cl::opt<std::string> jobs("jobs",
                          cl::desc("How many elements run at the same time (default: the number of cores)"),
                          cl::value_desc("N"), cl::init(""), cl::cat(category), cl::sub(run_command),
                          cl::sub(lint_command), cl::sub(report_command));
cl::opt<bool> keep_going("keep-going", cl::desc("After a failure run what does not depend on it"),
                         cl::init(false), cl::cat(category), cl::sub(run_command));
cl::opt<bool> dry_run("dry-run", cl::desc("Say what would run"), cl::init(false), cl::cat(category),
                      cl::sub(run_command));
cl::list<std::string> stages("stage", cl::desc("Only this stage; may be repeated"), cl::value_desc("NAME"),
                             cl::cat(category), cl::sub(run_command));
cl::list<std::string> approvals("approve",
                                cl::desc("Give this approval; self-asserted, it counts on this machine only"),
                                cl::value_desc("PLACE"), cl::cat(category), cl::sub(run_command));
cl::list<std::string> deployments(
    "deploy", cl::desc("Run the deployments to this environment; otherwise they are simulated"),
    cl::value_desc("ENVIRONMENT"), cl::cat(category), cl::sub(run_command));
cl::opt<std::string> log_folder("logs", cl::desc("The folder for logs (default: .pipec/runs)"),
                                cl::value_desc("DIR"), cl::init(""), cl::cat(category), cl::sub(run_command));

cl::opt<std::string> runbook("runbook", cl::desc("Run this runbook of the file instead of a route"),
                             cl::value_desc("NAME"), cl::init(""), cl::cat(category), cl::sub(run_command));
cl::list<std::string> confirmations("confirm", cl::desc("Confirm this of the runbook without being asked"),
                                    cl::value_desc("TITLE"), cl::cat(category), cl::sub(run_command));

struct CommandText {
  std::string_view name;
  std::string_view usage;
  std::string_view description;
};

constexpr auto commands = std::to_array<CommandText>({
#define PIPEC_COMMAND(NAME, USAGE, DESCRIPTION) {#NAME, USAGE, DESCRIPTION},
#include "compiler/driver/commands.def"
#undef PIPEC_COMMAND
});

// Where an option means something else than for other commands.
struct OptionText {
  std::string_view command;
  std::string_view option;
  std::string_view help;
};

constexpr auto option_texts = std::to_array<OptionText>({
    {"hotfix", "format", "text, markdown or json"},
    {"report", "format", "text, markdown, html or json"},
    {"report", "o",
     "The file for the report, or with html DIR/ for a page of each pipeline (default: standard output)"},
    {"report", "force", "Overwrite a file or pages that pipec has not written"},
    {"report", "jobs", "How many files are judged at the same time (default: the number of cores)"},
    {"report", "root", "Imports stay below this folder (default: the file's, or the one that was named)"},
    {"explain", "format", "text or json; markdown for a profile, a module or the diagnostics"},
    {"explain", "list", "List every code, the rules of a profile, the words of a module, or the diagnostics"},
    {"lint", "format", "text, json, sarif, junit, github or markdown"},
    {"lint", "jobs", "How many files are judged at the same time (default: the number of cores)"},
    {"lint", "root", "Imports stay below this folder (default: the file's, or the one that was named)"},
    {"test", "format", "text, json or junit"},
    {"test", "o", "The file for the report of --format json or junit"},
    {"compile", "o", "The folder for emitted files"},
    {"check", "o", "The folder that was compiled to"},
    {"compile", "force", "Overwrite files that were edited, and a damaged manifest"},
    {"run", "route", "The route to run (default: trunk)"},
    {"run", "root",
     "Imports stay below this folder, and a plan runs in it (default: the file's, and this one)"},
    {"explain", "route", "Only in this route, such as trunk or hotfix; may be repeated (default: all)"},
});

std::string_view help_of(std::string_view command, std::string_view option, std::string_view otherwise) {
  for (const OptionText& text : option_texts) {
    if (text.command == command && text.option == option) return text.help;
  }
  return otherwise;
}

std::string top_help() {
  std::string text =
      "pipec compiles deployment pipelines: it checks a `.pipe` file and emits CodePipeline CloudFormation,\n"
      "GitHub Actions workflows, or a plan that it runs locally.\n\n"
      "usage: pipec COMMAND [OPTIONS]\n\ncommands:\n";
  for (const CommandText& command : commands) {
    std::string name(command.name);
    name.resize(10, ' ');
    text += "  " + name + std::string(command.description) + "\n";
  }
  return text + "\n`pipec COMMAND --help` lists a command's options; `pipec --version` prints the version.\n";
}

ParsedCommandLine finished(int exit_code, std::string text) {
  ParsedCommandLine parsed;
  parsed.finished = true;
  parsed.exit_code = exit_code;
  parsed.text = std::move(text);
  return parsed;
}

std::string_view view(llvm::StringRef text) { return {text.data(), text.size()}; }

// The options of the command by their names, without those of the parser itself.
std::map<std::string_view, const cl::Option*> options_of(const CommandText& command) {
  std::map<std::string_view, const cl::Option*> options;
  for (const auto* sub : cl::getRegisteredSubcommands()) {
    if (sub->getName() != llvm::StringRef(command.name)) continue;
    for (const auto& entry : sub->OptionsMap) {
      const cl::Option& option = *entry.second;
      if (option.Categories.empty() || option.Categories.front() != &category) continue;
      options.emplace(view(option.ArgStr), &option);
    }
  }
  return options;
}

std::string spelled(std::string_view name) { return (name.size() == 1 ? "-" : "--") + std::string(name); }

// The parser ends the process on `--help`, so the list of options is made here.
std::string command_help(const CommandText& command) {
  std::string text = "usage: pipec " + std::string(command.name) + " " + std::string(command.usage) +
                     " [OPTIONS]\n\n" + std::string(command.description) +
                     ". `-` as a file is standard input.\n\noptions:\n";
  std::vector<std::string> lines;
  for (const auto& [name, option] : options_of(command)) {
    std::string line = spelled(name);
    if (!option->ValueStr.empty()) line += " " + option->ValueStr.str();
    line.resize(std::max<size_t>(line.size() + 2, 22), ' ');
    lines.push_back("  " + line + std::string(help_of(command.name, name, view(option->HelpStr))) + "\n");
  }
  std::sort(lines.begin(), lines.end());
  for (const std::string& line : lines)
    text += line;
  return text;
}

std::string usage_of(const CommandText& command) {
  return "usage: pipec " + std::string(command.name) + " " + std::string(command.usage) + " [OPTIONS]\n";
}

bool takes_value(const cl::Option& option) { return option.getValueExpectedFlag() == cl::ValueRequired; }

// Whether the help of an option that takes a word lists it: "text, json or sarif".
bool lists(std::string_view help, std::string_view word) {
  const auto is_letter = [](char c) { return c >= 'a' && c <= 'z'; };
  const size_t at = help.find(word);
  if (word.empty() || at == std::string_view::npos) return false;
  const size_t end = at + word.size();
  return (at == 0 || !is_letter(help[at - 1])) && (end == help.size() || !is_letter(help[end]));
}

// What was meant by an option that the command does not have; empty when nobody can tell.
std::string meant(std::string_view name, const std::map<std::string_view, const cl::Option*>& options,
                  const CommandText& command) {
  const auto format = options.find("format");
  if (format != options.end() && lists(help_of(command.name, "format", view(format->second->HelpStr)), name))
    return "--format " + std::string(name);
  std::vector<std::string_view> names;
  std::vector<std::string_view> same_initial;
  for (const auto& [known, option] : options) {
    if (known.size() > 1) names.push_back(known);
    // `-q` for `--quiet`, `--output` for `-o`.
    const bool one_letter = known.size() == 1 || name.size() == 1;
    if (one_letter && !name.empty() && known.front() == name.front()) same_initial.push_back(known);
  }
  if (same_initial.size() == 1) return spelled(same_initial.front());
  const auto likely = nearest(name, names);
  return likely ? spelled(*likely) : "";
}

// What is wrong with the options, in words; empty when nothing is. The parser's own messages are about its
// classes, and it prints some of them itself.
std::string mistake_in(const std::vector<std::string>& arguments, const CommandText& command) {
  const auto options = options_of(command);
  std::set<std::string_view> given;
  for (size_t i = 1; i < arguments.size() && arguments[i] != "--"; ++i) {
    const std::string_view argument = arguments[i];
    if (!argument.starts_with('-') || argument == "-") continue;
    const size_t begin = argument.starts_with("--") ? 2 : 1;
    const size_t equals = std::min(argument.find('='), argument.size());
    std::string_view name = argument.substr(begin, equals - begin);
    bool has_value = equals < argument.size();
    auto option = options.find(name);
    // `-oDIR`
    if (option == options.end() && begin == 1) {
      option = options.find(argument.substr(1, 1));
      has_value = true;
    }
    if (option == options.end()) {
      const std::string hint = meant(name, options, command);
      return fmt::format("{} has no option `{}`{}", command.name, argument.substr(0, equals),
                         hint.empty() ? "" : fmt::format("; did you mean `{}`?", hint));
    }
    name = option->first;
    const bool repeated = !given.insert(name).second;
    if (repeated && option->second->getNumOccurrencesFlag() != cl::ZeroOrMore)
      return fmt::format("`{}` is given twice", spelled(name));
    if (!takes_value(*option->second)) {
      if (has_value) return fmt::format("`{}` takes no value", spelled(name));
    } else if (!has_value && ++i == arguments.size()) {
      return fmt::format("`{}` takes a value", spelled(name));
    }
  }
  return {};
}

// Nothing given is 0: as many as there are cores.
bool read_jobs(int& count) {
  if (jobs.getNumOccurrences() == 0) return true;
  const auto [end, error] = std::from_chars(jobs.data(), jobs.data() + jobs.size(), count);
  return error == std::errc() && end == jobs.data() + jobs.size() && count > 0;
}

}  // namespace

ParsedCommandLine parse_command_line(const std::vector<std::string>& arguments) {
  if (arguments.empty()) return finished(wrong_use, top_help());
  if (arguments.front() == "help" && arguments.size() > 1)
    return parse_command_line({arguments[1], "--help"});
  const std::string& first = arguments.front();
  if (first == "--help" || first == "-h" || first == "help") return finished(ok, top_help());
  if (first == "--version") return finished(ok, "pipec " + std::string(version) + "\n");
  const auto command =
      std::find_if(commands.begin(), commands.end(), [&](const CommandText& c) { return c.name == first; });
  if (command == commands.end()) {
    std::vector<std::string_view> names;
    for (const CommandText& known : commands)
      names.push_back(known.name);
    std::string text = "pipec: there is no command `" + first + "`";
    if (const auto likely = nearest(first, names)) text += "; did you mean `" + std::string(*likely) + "`?";
    return finished(wrong_use, text + "\n`pipec --help` lists the commands.\n");
  }
  const bool help = std::any_of(arguments.begin(), arguments.end(),
                                [](const std::string& a) { return a == "--help" || a == "-h"; });
  if (help) return finished(ok, command_help(*command));

  if (const std::string mistake = mistake_in(arguments, *command); !mistake.empty())
    return finished(wrong_use, fmt::format("pipec: {}\n{}", printable(mistake), usage_of(*command)));
  cl::ResetAllOptionOccurrences();
  std::vector<const char*> argv{"pipec"};
  for (const std::string& argument : arguments)
    argv.push_back(argument.c_str());
  std::string message;
  llvm::raw_string_ostream stream(message);
  if (!cl::ParseCommandLineOptions(static_cast<int>(argv.size()), argv.data(), "", &stream)) {
    return finished(wrong_use, "pipec: " + stream.str() + usage_of(*command));
  }
  ParsedCommandLine parsed;
  Options& options = parsed.options;
  options.command = first;
  options.inputs.assign(inputs.begin(), inputs.end());
  options.root = root;
  options.targets.assign(targets.begin(), targets.end());
  options.output = output;
  options.format = format;
  options.quiet = quiet;
  options.force = force;
  options.today = today;
  options.fail_on = fail_on;
  options.routes.assign(routes.begin(), routes.end());
  options.severities.assign(severities.begin(), severities.end());
  options.baseline = baseline;
  options.write_baseline = write_baseline;
  options.commit = commit;
  options.min_evidence.assign(min_evidence.begin(), min_evidence.end());
  options.list = list;
  options.check_only = check_only;
  options.show_diff = show_diff;
  options.fix = fix;
  options.filter = filter;
  if (!read_jobs(options.jobs)) return finished(wrong_use, "pipec: --jobs takes a number from 1 on\n");
  options.keep_going = keep_going;
  options.dry_run = dry_run;
  options.stages.assign(stages.begin(), stages.end());
  options.approvals.assign(approvals.begin(), approvals.end());
  options.deployments.assign(deployments.begin(), deployments.end());
  options.log_folder = log_folder;
  options.runbook = runbook;
  options.confirmations.assign(confirmations.begin(), confirmations.end());
  if (color == "always") options.color = ColorMode::always;
  if (color == "never") options.color = ColorMode::never;
  if (color != "auto" && color != "always" && color != "never") {
    return finished(wrong_use, "pipec: --color takes auto, always or never\n");
  }
  return parsed;
}

}  // namespace pipec::driver
