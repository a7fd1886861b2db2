#include "compiler/diag/render.h"
#include "compiler/driver/diagnostic_pages.h"
#include "compiler/driver/explain_place.h"
#include "compiler/driver/language_pages.h"
#include "compiler/driver/proof_steps.h"
#include "compiler/driver/rule_pages.h"
#include "compiler/driver/session.h"
#include "compiler/driver/word_pages.h"
#include "compiler/report/compliance.h"
#include "compiler/support/text.h"
#include "compiler/support/wrap.h"

#include <set>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace pipec::driver {
namespace {

std::string page_of(const ProofStep& step) {
  std::string text = fmt::format("{} of the hotfix proof: {}\n\n", step.id, step.title);
  constexpr size_t line_length = 100;
  for (const std::string& line : wrapped(step.shown, line_length))
    text += fmt::format("  {}\n", line);
  return text + fmt::format("\nShown {}.\nFix: {}.\n", step.how, step.fix);
}

// Explains a code of pipec or of the standard library. Nothing when there is none; `known` are those there
// are.
std::optional<int> explain_known(const std::string& code, std::vector<std::string>& known,
                                 Environment& environment) {
  for (const DiagnosticInfo* info : diag::all()) {
    known.push_back(info->code());
    if (info->code() != code) continue;
    environment.out(to_text(*info));
    return ok;
  }
  for (const ProofStep& step : proof_steps()) {
    known.emplace_back(step.id);
    if (step.id != code) continue;
    environment.out(page_of(step));
    return ok;
  }
  for (const ProfilePages& profile : profile_pages(environment.library)) {
    for (const RulePage& page : profile.rules) {
      known.push_back(page.code);
      // A profile may extend the one that declares the rule.
      if (page.code != code || page.declared_by != profile.name) continue;
      environment.out(to_text(page));
      return ok;
    }
  }
  return std::nullopt;
}

// A profile of the standard library, which may have the name of a capability.
std::string page_of(const ProfilePages& profile) {
  const std::string description =
      profile.description.empty() ? "" : fmt::format("\n  {}\n", profile.description);
  return fmt::format("{0}: profile ({1}), {2}\n{3}\nRules: pipec explain --list {0}\n", profile.name,
                     profile.title, counted(profile.rules.size(), "rule"), description);
}

// Explains what the language and the standard library call so, with or without its module: `trivy`,
// `tools.trivy`.
bool explain_word(const std::string& name, std::vector<std::string>& known, Environment& environment) {
  std::set<std::string> words;
  std::vector<std::string> pages = language_pages(name, environment.library, words);
  known.insert(known.end(), words.begin(), words.end());
  for (const ProfilePages& profile : profile_pages(environment.library)) {
    known.push_back(profile.name);
    if (profile.name == name) pages.push_back(page_of(profile));
  }
  for (const WordPage& page : word_pages(environment.library)) {
    known.push_back(page.name);
    known.push_back(page.module + "." + page.name);
    if (page.name == name || page.module + "." + page.name == name) pages.push_back(to_text(page));
  }
  environment.out(join(pages, "\n"));
  return !pages.empty();
}

int explain_code(const std::string& code, Environment& environment) {
  std::vector<std::string> known;
  if (const auto explained = explain_known(code, known, environment)) return *explained;
  if (code.ends_with(".pipe"))
    return usage_error(
        environment, "explain what of the file? give a place, such as `build.scan` or `build.scan.fail_on`");
  if (const size_t end = code.find(".pipe:"); end != std::string::npos) {
    const size_t colon = code.find(':', end);
    return usage_error(environment, fmt::format("the file and the place are two words: `pipec explain {} {}`",
                                                code.substr(0, colon), code.substr(colon + 1)));
  }
  if (explain_word(code, known, environment)) return ok;
  const std::vector<std::string_view> names(known.begin(), known.end());
  const auto likely = nearest(code, names);
  const std::string hint = likely ? fmt::format("; did you mean `{}`?", *likely) : "";
  environment.err(fmt::format("pipec: there is no code or name `{}`{}\n", printable(code), hint));
  return usage_error(environment,
                     fmt::format("what a file of yours declares is explained with a file that knows it: "
                                 "`pipec explain FILE {}`",
                                 code));
}

// Where pipelines of the file let the rule off.
std::string exemptions_in(Compilation& compilation, const std::string& code) {
  const sema::Model& model = compilation.model();
  if (compilation.sink().has_errors()) return {};
  std::string text;
  for (const auto& pipeline : model.pipelines) {
    if (pipeline->profile == nullptr || pipeline->exemptions.empty()) continue;
    DiagnosticSink not_asked_for;
    const rules::Prepared prepared(model, *pipeline, {}, not_asked_for);
    const report::ReportPipeline report = report::report_of(prepared.context(), compilation.sources());
    for (const report::ReportStage& stage : report.stages) {
      for (const report::ReportClause& clause : stage.clauses) {
        if (clause.code != code || !clause.exemption) continue;
        text += fmt::format("\nIn pipeline `{}` ({}):\n\n  {}\n", report.name,
                            report::place_of(clause.exemption->at), report::in_words(*clause.exemption));
      }
    }
  }
  return text;
}

// Explains a rule of a profile that the file declares or uses. Nothing when there is none; a report when the
// file cannot be read.
std::optional<int> explain_rule_of_file(const Options& options, Environment& environment) {
  const std::string& path = options.inputs[0];
  Compilation compilation({path, options.root, {}, {}}, environment.files, environment.library);
  if (!compilation.load()) return read_error(environment, path, compilation.error());
  compilation.analyse();
  const std::vector<ProfilePages> profiles = profile_pages(compilation);
  const RulePage* found = nullptr;
  for (const ProfilePages& profile : profiles) {
    for (const RulePage& page : profile.rules) {
      // The profile that declares it knows it best.
      const bool better = found == nullptr || page.declared_by == profile.name;
      if (page.code == options.inputs[1] && better) found = &page;
    }
  }
  if (found == nullptr) return std::nullopt;
  environment.out(to_text(*found) + exemptions_in(compilation, found->code));
  return ok;
}

int explain_in_file(const Options& options, Environment& environment) {
  if (const auto explained = explain_rule_of_file(options, environment)) return *explained;
  std::vector<std::string> known;
  if (const auto explained = explain_known(options.inputs[1], known, environment)) return *explained;
  return explain_place(options, environment);
}

// A line of the list.
struct ListedCode {
  std::string code;
  std::string level;
  std::string title;
  // Empty for what is pipec's own.
  std::string profile;
  std::string authority;
};

std::vector<ListedCode> listed(const ProfilePages& profile) {
  std::vector<ListedCode> codes;
  for (const RulePage& page : profile.rules)
    codes.push_back({page.code, page.level, page.text, profile.name, page.authority});
  return codes;
}

std::vector<ListedCode> listed_diagnostics() {
  std::vector<ListedCode> codes;
  for (const DiagnosticInfo* info : diag::all())
    codes.push_back({info->code(), std::string(to_string(info->severity)), pattern_of(*info), "", ""});
  return codes;
}

std::vector<ListedCode> everything(const std::vector<ProfilePages>& profiles) {
  std::vector<ListedCode> codes = listed_diagnostics();
  for (const ProfilePages& profile : profiles) {
    const auto rules = listed(profile);
    codes.insert(codes.end(), rules.begin(), rules.end());
  }
  for (const ProofStep& step : proof_steps())
    codes.push_back({std::string(step.id), "proof", std::string(step.title), "", ""});
  return codes;
}

std::string print_list(const std::vector<ListedCode>& codes, bool json) {
  if (json) {
    auto list = nlohmann::ordered_json::array();
    for (const ListedCode& code : codes) {
      nlohmann::ordered_json entry = {{"code", code.code}, {"level", code.level}, {"title", code.title}};
      if (!code.profile.empty()) entry["profile"] = code.profile;
      if (!code.authority.empty()) entry["authority"] = code.authority;
      list.push_back(std::move(entry));
    }
    return nlohmann::ordered_json{{"version", 1}, {"codes", std::move(list)}}.dump(2) + "\n";
  }
  std::string text;
  for (const ListedCode& code : codes)
    text += fmt::format("{}  {:7}  {}\n", code.code, code.level, code.title);
  return text;
}

// `pipec explain --list diagnostics`: what pipec finds by itself.
int list_own(const Options& options, Environment& environment) {
  environment.out(options.format == "markdown" ? diagnostics_as_markdown()
                                               : print_list(listed_diagnostics(), options.format == "json"));
  return ok;
}

std::string print_words(const std::vector<const WordPage*>& words, bool json) {
  if (json) {
    auto list = nlohmann::ordered_json::array();
    for (const WordPage* word : words)
      list.push_back({{"name", word->name},
                      {"module", word->module},
                      {"kind", word->what},
                      {"of", word->of},
                      {"title", summary_of(*word)}});
    return nlohmann::ordered_json{{"version", 1}, {"words", std::move(list)}}.dump(2) + "\n";
  }
  std::string text;
  for (const WordPage* word : words) {
    const std::string of = word->of.empty() ? "" : fmt::format(" ({})", join(word->of, ", "));
    text += fmt::format("{}  {}{}  {}\n", word->name, word->what, of, summary_of(*word));
  }
  return text;
}

// A module of the standard library: its words, a line each. Nothing when there is none of the name.
std::optional<int> list_words(const Options& options, std::vector<std::string>& modules,
                              Environment& environment) {
  const std::vector<WordPage> pages = word_pages(environment.library);
  std::vector<const WordPage*> words;
  for (const WordPage& page : pages) {
    if (modules.empty() || modules.back() != page.module) modules.push_back(page.module);
    if (page.module == options.inputs.front()) words.push_back(&page);
  }
  if (words.empty()) return std::nullopt;
  environment.out(options.format == "markdown" ? to_markdown(options.inputs.front(), pages)
                                               : print_words(words, options.format == "json"));
  return ok;
}

int list_profile(const ProfilePages& profile, const std::string& command, const Options& options,
                 Environment& environment) {
  environment.out(options.format == "markdown" ? to_markdown(profile, command)
                                               : print_list(listed(profile), options.format == "json"));
  return ok;
}

// `pipec explain --list FILE PROFILE`: a profile that the file declares, or that its pipelines have.
int list_profile_of_file(const Options& options, Environment& environment) {
  const std::string& path = options.inputs[0];
  Compilation compilation({path, options.root, {}, {}}, environment.files, environment.library);
  if (!compilation.load()) return read_error(environment, path, compilation.error());
  compilation.analyse();
  std::vector<std::string> names;
  for (const ProfilePages& profile : profile_pages(compilation)) {
    names.push_back(profile.name);
    if (profile.name != options.inputs[1]) continue;
    // A folder of the machine is no part of a page that is kept.
    const std::string command =
        fmt::format("pipec explain --list {} {}", path.substr(path.rfind('/') + 1), profile.name);
    return list_profile(profile, command, options, environment);
  }
  if (compilation.sink().has_errors()) return print_diagnostics(compilation, options, environment);
  return usage_error(environment, names.empty()
                                      ? fmt::format("{} has no profile", printable(path))
                                      : fmt::format("{} has no profile `{}`; known are {}", printable(path),
                                                    printable(options.inputs[1]), quoted_list(names)));
}

int list_codes(const Options& options, Environment& environment) {
  const bool markdown = options.format == "markdown";
  if (!markdown && options.format != "text" && options.format != "json")
    return usage_error(environment,
                       "explain --list prints text or json, and markdown of a profile or a module");
  if (options.inputs.size() == 2) return list_profile_of_file(options, environment);
  if (options.inputs == std::vector<std::string>{"diagnostics"}) return list_own(options, environment);
  const std::vector<ProfilePages> profiles = profile_pages(environment.library);
  if (options.inputs.empty()) {
    if (markdown)
      return usage_error(environment, "which profile or module? --format markdown makes the pages of one");
    environment.out(print_list(everything(profiles), options.format == "json"));
    return ok;
  }
  std::vector<std::string> names;
  for (const ProfilePages& profile : profiles) {
    names.push_back(profile.name);
    if (profile.name == options.inputs.front())
      return list_profile(profile, "pipec explain --list " + profile.name, options, environment);
  }
  std::vector<std::string> modules;
  if (const auto listed = list_words(options, modules, environment)) return *listed;
  return usage_error(
      environment,
      fmt::format("there is no profile or module `{}`; profiles are {}, modules {}; a profile of "
                  "yours is listed with its file: `pipec explain --list FILE PROFILE`",
                  printable(options.inputs.front()), quoted_list(names), quoted_list(modules)));
}

}  // namespace

int cmd_explain(const Options& options, Environment& environment) {
  if (options.list) return list_codes(options, environment);
  if (options.inputs.size() == 1) return explain_code(options.inputs.front(), environment);
  if (options.inputs.size() == 2) return explain_in_file(options, environment);
  return usage_error(environment,
                     "explain what? give a code such as `P0203`, `DPRA-APP-BUILD-04` or `H1`, a name such as "
                     "`trivy`, or a file and a place");
}

}  // namespace pipec::driver
