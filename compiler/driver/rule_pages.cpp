#include "compiler/driver/rule_pages.h"

#include "compiler/ast/serialize.h"
#include "compiler/frontend/compilation.h"
#include "compiler/support/check.h"
#include "compiler/support/markup.h"
#include "compiler/support/text.h"

#include <algorithm>
#include <map>

#include <fmt/core.h>

namespace pipec::driver {
namespace {

// By module.
std::map<std::string, std::vector<std::string>> profile_names(std::span<const StandardFile> library) {
  std::map<std::string, std::vector<std::string>> names;
  for (const StandardFile& file : library) {
    const ast::File tree = ast::deserialize(file.tree, SourceId{}, file.text);
    for (const ast::Declaration& declaration : tree.declarations) {
      if (const auto* profile = std::get_if<ast::Profile>(&declaration))
        names[std::string(file.module)].emplace_back(profile->name.text);
    }
  }
  return names;
}

ProfilePages pages_of(const sema::Profile& profile) {
  ProfilePages pages{std::string(profile.name),
                     profile.title,
                     std::get<ast::Profile>(*profile.entity->node).doc,
                     profile.origin,
                     profile.reference,
                     profile.waivers ? profile.waivers->days : 0,
                     {},
                     {}};
  for (const sema::Role& role : profile.roles)
    pages.roles.emplace_back(role.name, role.title);
  for (const report::RuleEntry& entry : report::rules_of(profile)) {
    const sema::RuleText& rule = *entry.rule;
    if (rule.code.empty()) continue;
    pages.rules.push_back({rule.code, pages.name, std::string(entry.role == nullptr ? "" : entry.role->name),
                           rule.profile, report::level_of(rule), report::authority_of(rule), entry.what,
                           rule.title, rule.text, rule.why, rule.fix, report::severity_of(rule),
                           rule.suggested, rule.origin, entry.attested, entry.may_not_apply,
                           pages.waiver_days});
  }
  return pages;
}

// As GitHub makes it of a heading that holds a code alone.
std::string anchor_of(std::string_view code) { return lower_case(code); }

std::string capital(std::string_view text) {
  std::string whole(text);
  if (!whole.empty() && whole.front() >= 'a' && whole.front() <= 'z')
    whole.front() = static_cast<char>(whole.front() - 'a' + 'A');
  return whole;
}

std::string sentence(std::string_view text) {
  std::string whole = capital(text);
  if (!whole.empty() && whole.back() != '.') whole += '.';
  return whole;
}

std::string terms_of_waivers(int64_t days) {
  return fmt::format("for at most {} days, agreed to by a group that does not own the pipeline", days);
}

std::string markdown_of(const RulePage& page) {
  std::string text = fmt::format("### {}\n\n{}: {}, {}.\n", page.code, capital(page.text), page.what,
                                 markdown_escaped(page.authority));
  if (!page.why.empty()) text += fmt::format("\n**Why.** {}\n", markdown_escaped(sentence(page.why)));
  if (!page.fix.empty()) text += fmt::format("\n**Fix.** {}\n", markdown_escaped(sentence(page.fix)));
  return text;
}

}  // namespace

std::vector<ProfilePages> profile_pages(std::span<const StandardFile> library) {
  const auto modules = profile_names(library);
  std::string text = "pipe 1\n";
  for (const auto& [module, names] : modules)
    text += fmt::format("import {} {{ {} }}\n", module, join(names, ", "));
  MemoryFileSystem files;
  files.files["profiles.pipe"] = text;
  Compilation compilation({"profiles.pipe", "", {}, {}}, files, library);
  PIPEC_CHECK(compilation.load());
  compilation.analyse();
  PIPEC_CHECK(!compilation.sink().has_errors());
  std::vector<ProfilePages> pages;
  sema::Declarations& declarations = compilation.declarations();
  for (const auto& [module, names] : modules) {
    for (const std::string& name : names) {
      const sema::Entity* entity = declarations.find(declarations.entry(), name, {sema::EntityKind::profile});
      PIPEC_CHECK(entity != nullptr);
      pages.push_back(pages_of(*compilation.profiles().profile(*entity)));
    }
  }
  return pages;
}

std::vector<ProfilePages> profile_pages(Compilation& compilation) {
  std::vector<const sema::Profile*> profiles;
  const auto add = [&](const sema::Profile* profile) {
    const bool known = std::find(profiles.begin(), profiles.end(), profile) != profiles.end();
    if (profile != nullptr && !known) profiles.push_back(profile);
  };
  sema::Declarations& declarations = compilation.declarations();
  for (const ast::Declaration& declaration : compilation.entry_file().declarations) {
    const auto* node = std::get_if<ast::Profile>(&declaration);
    if (node == nullptr) continue;
    const sema::Entity* entity =
        declarations.find(declarations.entry(), node->name.text, {sema::EntityKind::profile});
    if (entity != nullptr) add(compilation.profiles().profile(*entity));
  }
  for (const auto* pipelines : {&compilation.model().pipelines, &compilation.model().bases}) {
    for (const auto& pipeline : *pipelines)
      add(pipeline->profile);
  }
  std::vector<ProfilePages> pages;
  for (const sema::Profile* profile : profiles)
    pages.push_back(pages_of(*profile));
  return pages;
}

std::string to_text(const RulePage& page) {
  const std::string role = page.role.empty() ? "" : fmt::format(", role `{}`", page.role);
  std::string text = fmt::format("{} {} in the profile `{}`{}: {}\n\n  {}\n\n", page.code, page.level,
                                 page.profile, role, page.what, page.text);
  text +=
      fmt::format("Level: {}.\n",
                  page.suggested ? fmt::format("the profile's own suggestion; {} gives no level", page.origin)
                                 : page.authority);
  if (!page.why.empty()) text += fmt::format("Why: {}.\n", page.why);
  if (!page.fix.empty()) text += fmt::format("Fix: {}.\n", page.fix);
  const std::string example = report::example_of(page.fix);
  if (!example.empty()) text += fmt::format("\nGood:\n\n  {}\n", example);
  if (page.attested)
    text += fmt::format("\nKept by the word of a person:\n\n  {}\n", report::attestation_of(page.code));
  text += fmt::format("\nLet off {}:\n\n  {}\n", terms_of_waivers(page.waiver_days),
                      report::waiver_of(page.code));
  if (page.may_not_apply)
    text +=
        fmt::format("\nWhere there is nothing of the kind:\n\n  {}\n", report::not_applicable_of(page.code));
  if (page.severity == Severity::warning)
    text += fmt::format(
        "\nMore or less strict, in the file and outside of the pipeline:\n\n  severity {{ {} = error }}\n",
        page.code);
  return text;
}

std::string to_markdown(const ProfilePages& profile, const std::string& command) {
  std::string text =
      fmt::format("<!-- Made by `{} --format markdown` -->\n\n# {}\n\n", command, profile.title);
  const std::string description = sentence(profile.description);
  const std::string original =
      profile.reference.empty() ? "" : fmt::format("The original: <{}>.", profile.reference);
  const std::string between = description.empty() || original.empty() ? "" : " ";
  if (!description.empty() || !original.empty())
    text += fmt::format("{}{}{}\n\n", description, between, original);
  text += fmt::format(
      "{} A rule is let off {}. Of what it requires or recommends the pipeline may say that there is nothing "
      "of the "
      "kind:\n\n```text\n{}\n{}\n```\n",
      sentence(counted(profile.rules.size(), "rule")), terms_of_waivers(profile.waiver_days),
      report::waiver_of("CODE"), report::not_applicable_of("CODE"));
  text += "\n| code | asks for | level | |\n|---|---|---|---|\n";
  for (const RulePage& page : profile.rules) {
    text += fmt::format("| [{0}](#{1}) | {2} | {3} | {4} |\n", page.code, anchor_of(page.code), page.what,
                        page.level, markdown_escaped(page.text));
  }
  const auto add_role = [&](const std::string& name, const std::string& title) {
    std::string rules;
    for (const RulePage& page : profile.rules) {
      if (page.role == name) rules += "\n" + markdown_of(page);
    }
    if (!rules.empty()) text += fmt::format("\n## {}\n{}", title, rules);
  };
  for (const auto& [name, title] : profile.roles)
    add_role(name, title);
  add_role("", "The pipeline as a whole");
  return text;
}

}  // namespace pipec::driver
