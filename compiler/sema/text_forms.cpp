#include "compiler/sema/text_forms.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <charconv>

#include "compiler/support/text.h"
#include "compiler/support/window.h"

namespace pipec::sema {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_upper_or_digit(char c) { return is_digit(c) || (c >= 'A' && c <= 'Z'); }
bool is_token(char c) { return is_upper_or_digit(c) || (c >= 'a' && c <= 'z') || c == '_' || c == '-'; }

std::optional<int> number_in(std::string_view text, int low, int high) {
  int value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || value < low || value > high) return std::nullopt;
  return value;
}

bool cron_part(std::string_view part, int low, int high) {
  const size_t slash = part.find('/');
  if (slash != std::string_view::npos) {
    if (!number_in(part.substr(slash + 1), 1, high)) return false;
    part = part.substr(0, slash);
  }
  if (part == "*") return true;
  const size_t dash = part.find('-');
  if (dash == std::string_view::npos) return number_in(part, low, high).has_value();
  const auto first = number_in(part.substr(0, dash), low, high);
  const auto last = number_in(part.substr(dash + 1), low, high);
  return first && last && *first <= *last;
}

}  // namespace

std::optional<std::string> account_mistake(std::string_view text) {
  if (!std::all_of(text.begin(), text.end(), is_digit)) return "an account number has digits only";
  if (text.size() != 12) return fmt::format("an account number has 12 digits, this has {}", text.size());
  return std::nullopt;
}

std::optional<std::string> cron_mistake(std::string_view text) {
  struct Part {
    std::string_view name;
    int low, high;
  };
  constexpr std::array<Part, 5> parts{
      {{"minute", 0, 59}, {"hour", 0, 23}, {"day of the month", 1, 31}, {"month", 1, 12}, {"day of the week", 0, 6}}};
  size_t index = 0;
  while (!text.empty()) {
    const size_t space = std::min(text.find(' '), text.size());
    std::string_view field = text.substr(0, space);
    text.remove_prefix(std::min(space + 1, text.size()));
    if (index == parts.size()) return "a cron expression has five fields";
    const Part& part = parts[index++];
    while (true) {
      const size_t comma = field.find(',');
      if (!cron_part(field.substr(0, comma), part.low, part.high)) {
        return fmt::format("`{}` is not a {} from {} to {}", field.substr(0, comma), part.name, part.low, part.high);
      }
      if (comma == std::string_view::npos) break;
      field.remove_prefix(comma + 1);
    }
  }
  if (index != parts.size()) return "a cron expression has five fields";
  return std::nullopt;
}

std::optional<std::string> window_mistake(std::string_view text) {
  if (parse_window(text)) return std::nullopt;
  return "a window is written `Mon-Fri 08:00-16:00` or `Sat,Sun 22:00-04:00`";
}

std::optional<std::string> url_mistake(std::string_view text) {
  if (!text.starts_with("https://")) return "an address begins with `https://`";
  if (text.find_first_of(" \t\n\"'<>") != std::string_view::npos) return "an address has no spaces or quotes";
  return std::nullopt;
}

std::optional<std::string_view> looks_like_credential(std::string_view text) {
  struct Form {
    std::string_view prefix;
    size_t length;
    bool upper_only;
    std::string_view name;
  };
  // The documented forms of the issuers; `length` counts the characters after the prefix.
  constexpr auto forms = std::to_array<Form>({{"AKIA", 16, true, "an AWS access key"},
                                              {"ASIA", 16, true, "a temporary AWS access key"},
                                              {"ghp_", 36, false, "a GitHub token"},
                                              {"gho_", 36, false, "a GitHub token"},
                                              {"ghs_", 36, false, "a GitHub token"},
                                              {"github_pat_", 22, false, "a GitHub token"},
                                              {"glpat-", 20, false, "a GitLab token"},
                                              {"xoxb-", 20, false, "a Slack token"},
                                              {"xoxp-", 20, false, "a Slack token"},
                                              {"sk_live_", 20, false, "a Stripe key"},
                                              {"npm_", 36, false, "an npm token"},
                                              {"AIza", 35, false, "a Google API key"}});
  for (const Form& form : forms) {
    for (size_t at = text.find(form.prefix); at != std::string_view::npos; at = text.find(form.prefix, at + 1)) {
      if (at > 0 && is_token(text[at - 1])) continue;
      const std::string_view rest = text.substr(at + form.prefix.size());
      const auto end = std::find_if_not(rest.begin(), rest.end(), form.upper_only ? is_upper_or_digit : is_token);
      if (static_cast<size_t>(end - rest.begin()) >= form.length) return form.name;
    }
  }
  if (text.find("-----BEGIN ") != std::string_view::npos && text.find("PRIVATE KEY-----") != std::string_view::npos) {
    return "a private key";
  }
  if (text.find("https://hooks.slack.com/services/") != std::string_view::npos) return "a Slack webhook";
  return std::nullopt;
}

}  // namespace pipec::sema
