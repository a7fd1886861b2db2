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

// The first text from `from` on that has the form of a credential. Only forms with a fixed prefix count, so
// that ordinary texts never do.
std::optional<Credential> find_credential(std::string_view text, size_t from = 0);

// Every credential replaced by as many `*`.
std::string conceal_credentials(std::string text);

}  // namespace pipec
