#include "compiler/support/credential.h"

#include <algorithm>
#include <array>

namespace pipec {
namespace {

bool is_upper_or_digit(char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); }
bool is_token(char c) { return is_upper_or_digit(c) || (c >= 'a' && c <= 'z') || c == '_' || c == '-'; }
bool is_path(char c) { return is_token(c) || c == '/'; }

struct Form {
  std::string_view prefix;
  // How many characters follow at least.
  size_t length;
  bool (*character)(char);
  std::string_view kind;
};

// The documented forms of the issuers.
constexpr auto forms =
    std::to_array<Form>({{"AKIA", 16, is_upper_or_digit, "an AWS access key"},
                         {"ASIA", 16, is_upper_or_digit, "a temporary AWS access key"},
                         {"ghp_", 36, is_token, "a GitHub token"},
                         {"gho_", 36, is_token, "a GitHub token"},
                         {"ghs_", 36, is_token, "a GitHub token"},
                         {"github_pat_", 22, is_token, "a GitHub token"},
                         {"glpat-", 20, is_token, "a GitLab token"},
                         {"xoxb-", 20, is_token, "a Slack token"},
                         {"xoxp-", 20, is_token, "a Slack token"},
                         {"sk_live_", 20, is_token, "a Stripe key"},
                         {"npm_", 36, is_token, "an npm token"},
                         {"AIza", 35, is_token, "a Google API key"},
                         {"https://hooks.slack.com/services/", 20, is_path, "a Slack webhook"}});

constexpr auto credential_names = std::to_array<std::string_view>(
    {"PASSWORD", "PASSWD", "SECRET", "TOKEN", "API_KEY", "PRIVATE_KEY", "SECRET_ACCESS_KEY", "ACCESS_TOKEN"});

constexpr std::string_view key_begin = "-----BEGIN ";
constexpr std::string_view key_end = "PRIVATE KEY-----";

bool is_space(char c) { return c == ' ' || c == '\t'; }

// The password of the first address with one, from `from` on. What a shell or a template puts there is none.
std::optional<Credential> find_password(std::string_view text, size_t from) {
  constexpr std::string_view scheme = "://";
  constexpr std::string_view ends = "/?# \t\r\n\"'`<>\\";
  for (size_t at = text.find(scheme, from); at != std::string_view::npos; at = text.find(scheme, at + 1)) {
    const size_t begin = at + scheme.size();
    const std::string_view authority = text.substr(begin, text.find_first_of(ends, begin) - begin);
    const size_t host = authority.rfind('@');
    if (host == std::string_view::npos) continue;
    const std::string_view user = authority.substr(0, host);
    const size_t colon = user.find(':');
    if (colon == std::string_view::npos || colon + 1 == user.size()) continue;
    const std::string_view password = user.substr(colon + 1);
    if (password.find_first_of("${}") != std::string_view::npos) continue;
    return Credential{begin + colon + 1, password.size(), "a password in an address"};
  }
  return std::nullopt;
}

// The text in quotes that is given to a variable which names a credential: `DB_PASSWORD = "…"`.
std::optional<Credential> find_given(std::string_view text, size_t from) {
  for (size_t at = text.find('=', from); at != std::string_view::npos; at = text.find('=', at + 1)) {
    size_t name_end = at;
    while (name_end > 0 && is_space(text[name_end - 1]))
      --name_end;
    size_t name_begin = name_end;
    while (name_begin > 0 && is_token(text[name_begin - 1]))
      --name_begin;
    size_t quote = at + 1;
    while (quote < text.size() && is_space(text[quote]))
      ++quote;
    if (quote == text.size() || (text[quote] != '"' && text[quote] != '\'')) continue;
    if (!names_credential(text.substr(name_begin, name_end - name_begin))) continue;
    const size_t end = std::min(text.find(text[quote], quote + 1), text.size());
    const std::string_view value = text.substr(quote + 1, end - quote - 1);
    if (is_plain_credential(value)) return Credential{quote + 1, value.size(), "a credential"};
  }
  return std::nullopt;
}

void conceal(std::string& text, std::optional<Credential> (*find)(std::string_view, size_t)) {
  for (auto credential = find(text, 0); credential;
       credential = find(text, credential->begin + credential->size)) {
    std::fill_n(text.begin() + static_cast<std::ptrdiff_t>(credential->begin), credential->size, '*');
  }
}

}  // namespace

bool names_credential(std::string_view name) {
  const auto upper = [](char c) { return c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c; };
  return std::any_of(credential_names.begin(), credential_names.end(), [&](std::string_view ending) {
    return name.size() >= ending.size() &&
           std::equal(ending.begin(), ending.end(), name.end() - static_cast<std::ptrdiff_t>(ending.size()),
                      [&](char wanted, char c) { return upper(c) == wanted; });
  });
}

bool is_plain_credential(std::string_view value) {
  constexpr auto elsewhere = std::to_array<std::string_view>({"/", "./", "../", "~/", "arn:", "$"});
  return !value.empty() && value.find("://") == std::string_view::npos &&
         std::none_of(elsewhere.begin(), elsewhere.end(),
                      [&](std::string_view begin) { return value.starts_with(begin); });
}

std::optional<Credential> find_credential(std::string_view text, size_t from) {
  std::optional<Credential> first;
  const auto found = [&](size_t begin, size_t size, std::string_view kind) {
    if (!first || begin < first->begin) first = {begin, size, kind};
  };
  for (const Form& form : forms) {
    for (size_t at = text.find(form.prefix, from); at != std::string_view::npos;
         at = text.find(form.prefix, at + 1)) {
      if (at > 0 && is_token(text[at - 1])) continue;
      const std::string_view rest = text.substr(at + form.prefix.size());
      const auto size =
          static_cast<size_t>(std::find_if_not(rest.begin(), rest.end(), form.character) - rest.begin());
      if (size < form.length) continue;
      found(at, form.prefix.size() + size, form.kind);
      break;
    }
  }
  const size_t key = text.find(key_begin, from);
  if (key != std::string_view::npos && text.find(key_end, key) != std::string_view::npos) {
    found(key, text.size() - key, "a private key");
  }
  if (const auto password = find_password(text, from)) found(password->begin, password->size, password->kind);
  return first;
}

std::string conceal_credentials(std::string text) {
  conceal(text, find_credential);
  conceal(text, find_given);
  return text;
}

}  // namespace pipec
