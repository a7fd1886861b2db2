// What the commands that read a `.pipe` file have in common: compiling it and printing what was found.
#pragma once

#include "compiler/driver/driver.h"
#include "compiler/driver/options.h"
#include "compiler/frontend/compilation.h"
#include "compiler/report/severity.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace pipec::driver {

// Prints `message` as a person reads it and gives the exit code for wrong use.
int usage_error(Environment& environment, std::string_view message);
int read_error(Environment& environment, std::string_view path, std::string_view reason);
int write_error(Environment& environment, std::string_view path, std::string_view reason);

// How a file of the command line is called in what is printed; standard input has a name of its own.
std::string shown_input(const std::string& path);

// The columns that text for a person may take: COLUMNS, else those of the terminal; 0 for any number.
size_t columns(const Environment& environment);

// The targets that `--target` names, or a report of one that does not exist.
bool known_targets(const Options& options, Environment& environment);

// Whether `-o` can be a folder; says so when a file of that name is in its place.
bool is_output_folder(const Options& options, Environment& environment);

// Whether standard error is a terminal that understands control sequences: one that does not says so by
// TERM=dumb.
bool understands_control(const Environment& environment);
bool wants_color(const Options& options, const Environment& environment);

// What a command compiles for.
enum class Purpose {
  // To use it.
  use,
  // To judge it: waivers by `--today`, SOURCE_DATE_EPOCH or the clock, and with advice.
  judge,
};

// The policy of what judges: advice, and waivers by `--today`, SOURCE_DATE_EPOCH or the clock. False, and a
// report, when what was given is no day.
bool judged_policy(const Options& options, Environment& environment, rules::Policy& policy);

// Runs a compilation of the single input. Nothing (and `exit_code` set) when it cannot be read or the options
// are wrong; with `--format json` what could not be read is told in a document too.
std::unique_ptr<Compilation> compile_input(const Options& options, Environment& environment, Purpose purpose,
                                           int& exit_code);

// What was found, sorted, as severe as the file says (`severity { … }`) and then `more`. Mistakes in what the
// file says are among it.
std::vector<Diagnostic> found(Compilation& compilation,
                              const std::vector<std::pair<std::string, report::Level>>& more);

// Reports a file without a pipeline to commands that need one.
void require_pipeline(Compilation& compilation);

// Prints the errors as text, and unless `--quiet` is given how many warnings there are: they are read with
// `pipec lint`, and a command that does something else does not repeat them. Gives `findings` when there is
// an error.
int print_diagnostics(Compilation& compilation, const Options& options, Environment& environment);

#define PIPEC_COMMAND(NAME, USAGE, DESCRIPTION) \
  int cmd_##NAME(const Options& options, Environment& environment);
#include "compiler/driver/commands.def"
#undef PIPEC_COMMAND

}  // namespace pipec::driver
