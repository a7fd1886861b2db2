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

constexpr std::string_view key_begin = "-----BEGIN ";
constexpr std::string_view key_end = "PRIVATE KEY-----";

}  // namespace

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
  return first;
}

std::string conceal_credentials(std::string text) {
  for (auto credential = find_credential(text); credential;
       credential = find_credential(text, credential->begin + credential->size)) {
    std::fill_n(text.begin() + static_cast<std::ptrdiff_t>(credential->begin), credential->size, '*');
  }
  return text;
}

}  // namespace pipec
