// The one document that a command writes where `-o` or `--write-baseline` says.
#pragma once

#include "compiler/driver/inputs.h"

#include <string>
#include <string_view>
#include <vector>

namespace pipec::driver {

// A document of a command, before it is made: where it goes and what it may take the place of.
struct PlannedDocument {
  // How the path was given: `-o`.
  std::string_view option;
  // Empty for none, which replaces nothing.
  const std::string& path;
  // Whether a text is a document of the kind, in any of its forms.
  bool (*is_own)(std::string_view text);
};

// `ok` when it may be written. Otherwise a report, and `wrong_use` when it would replace an input or what is
// written by people: a `.pipe` file; `findings` when something is there that pipec has not written, unless
// `--force` is given; `io_error` when nobody can tell.
int approve_document(const PlannedDocument& document, const std::vector<Input>& inputs,
                     const Options& options, Environment& environment);

// `ok`, or `io_error` and a report.
int write_document(const std::string& path, std::string_view text, Environment& environment);

}  // namespace pipec::driver
