// The command line, read with LLVM Support. The only file that knows LLVM.
#include "compiler/driver/driver.h"
#include "compiler/driver/options.h"
#include "compiler/support/text.h"
#include "compiler/support/version.h"

#include <algorithm>
#include <array>
#include <charconv>

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
                            cl::value_desc("PATH"), cl::init(""), cl::cat(category), cl::sub(compile_command),
                            cl::sub(check_command), cl::sub(test_command), cl::sub(report_command));
cl::list<std::string> routes("route", cl::desc("Only this route; may be repeated"), cl::value_desc("NAME"),
                             cl::cat(category), cl::sub(compile_command), cl::sub(check_command),
                             cl::sub(run_command), cl::sub(explain_command));
cl::opt<std::string> format("format", cl::desc("text or json"), cl::init("text"), cl::value_desc("FORMAT"),
                            cl::cat(category), cl::sub(lint_command), cl::sub(hotfix_command),
                            cl::sub(test_command), cl::sub(report_command), cl::sub(explain_command));
cl::opt<std::string> filter("filter", cl::desc("Only tests with this text in their titles"),
                            cl::value_desc("TEXT"), cl::init(""), cl::cat(category), cl::sub(test_command));
cl::opt<bool> force("force", cl::desc("Overwrite files that were edited"), cl::init(false), cl::cat(category),
                    cl::sub(compile_command), cl::sub(report_command));
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
    {"report", "force", "Overwrite pages that pipec has not written"},
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

// The parser ends the process on `--help`, so the list of options is made here.
std::string command_help(const CommandText& command) {
  std::string text = "usage: pipec " + std::string(command.name) + " " + std::string(command.usage) +
                     " [OPTIONS]\n\n" + std::string(command.description) +
                     ". `-` as a file is standard input.\n\noptions:\n";
  std::vector<std::string> lines;
  for (const auto* sub : cl::getRegisteredSubcommands()) {
    if (sub->getName() != llvm::StringRef(command.name)) continue;
    for (const auto& entry : sub->OptionsMap) {
      const cl::Option& option = *entry.second;
      if (option.Categories.empty() || option.Categories.front() != &category) continue;
      std::string line = (option.ArgStr.size() == 1 ? "-" : "--") + option.ArgStr.str();
      if (!option.ValueStr.empty()) line += " " + option.ValueStr.str();
      line.resize(std::max<size_t>(line.size() + 2, 22), ' ');
      const std::string help(help_of(command.name, {option.ArgStr.data(), option.ArgStr.size()},
                                     {option.HelpStr.data(), option.HelpStr.size()}));
      lines.push_back("  " + line + help + "\n");
    }
  }
  std::sort(lines.begin(), lines.end());
  for (const std::string& line : lines)
    text += line;
  return text;
}

std::string usage_of(const CommandText& command) {
  return "usage: pipec " + std::string(command.name) + " " + std::string(command.usage) + " [OPTIONS]\n";
}

// A misspelt option gets the nearest known one; the parser's own message is about its positional arguments.
std::string explain_mistake(std::string message, const CommandText& command) {
  constexpr std::string_view prefix = "pipec: ";
  while (!message.empty() && message.back() == '\n')
    message.pop_back();
  if (!message.starts_with(prefix)) message = std::string(prefix) + message;
  return message + "\n" + usage_of(command);
}

// Whether the argument is an option of the command that takes its value from the next one. The parser itself
// prints what is wrong with one at the end instead of returning it.
bool awaits_value(const std::string& argument, const CommandText& command) {
  const std::string name = argument.substr(std::min(argument.find_first_not_of('-'), argument.size()));
  if (name == argument || name.empty()) return false;
  const auto subs = cl::getRegisteredSubcommands();
  return std::any_of(subs.begin(), subs.end(), [&](const cl::SubCommand* sub) {
    if (sub->getName() != llvm::StringRef(command.name)) return false;
    const auto option = sub->OptionsMap.find(name);
    return option != sub->OptionsMap.end() && option->second->getValueExpectedFlag() == cl::ValueRequired;
  });
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

  if (awaits_value(arguments.back(), *command))
    return finished(wrong_use, "pipec: `" + arguments.back() + "` takes a value\n" + usage_of(*command));
  cl::ResetAllOptionOccurrences();
  std::vector<const char*> argv{"pipec"};
  for (const std::string& argument : arguments)
    argv.push_back(argument.c_str());
  std::string message;
  llvm::raw_string_ostream stream(message);
  if (!cl::ParseCommandLineOptions(static_cast<int>(argv.size()), argv.data(), "", &stream)) {
    return finished(wrong_use, explain_mistake(stream.str(), *command));
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
