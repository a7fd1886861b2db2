// The one document that a command writes where `-o` or `--write-baseline` says.
#pragma once

#include "compiler/driver/inputs.h"

#include <string>
#include <string_view>
#include <vector>

namespace pipec::driver {

// False, and a report of wrong use, when the document would replace an input or what is written by people: a
// `.pipe` file. `option` is how the path was given. An empty path replaces nothing.
bool may_write(std::string_view option, const std::string& path, const std::vector<Input>& inputs,
               Environment& environment);

// `ok`, or `io_error` and a report.
int write_document(const std::string& path, std::string_view text, Environment& environment);

}  // namespace pipec::driver
