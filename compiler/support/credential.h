// Texts that are credentials: refused in files, and never printed.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace pipec {

struct Credential {
  // Where in the text the secret part is.
  size_t begin = 0;
  size_t size = 0;
  // "an AWS access key"
  std::string_view kind;
};

// The first text from `from` on that has the form of a credential: one with a fixed prefix, so that ordinary
// texts never do, or the password in `https://user:password@host`.
std::optional<Credential> find_credential(std::string_view text, size_t from = 0);

// Whether a variable of that name holds a credential by convention: `DB_PASSWORD`, `NPM_TOKEN`; in any case.
bool names_credential(std::string_view name);

// Whether `value`, given to such a variable, is the credential itself: not empty, and no path, address or ARN
// of where it is.
bool is_plain_credential(std::string_view value);

// Every credential replaced by as many `*`: what `find_credential` finds, and what is given to a variable
// that names one, `DB_PASSWORD = "…"`.
std::string conceal_credentials(std::string text);

}  // namespace pipec
