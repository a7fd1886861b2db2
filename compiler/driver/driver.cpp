#include "compiler/driver/driver.h"

#include "compiler/driver/options.h"
#include "compiler/driver/session.h"

#include <fmt/core.h>

namespace pipec::driver {

int run(const std::vector<std::string>& arguments, Environment& environment) {
  const ParsedCommandLine parsed = parse_command_line(arguments);
  if (parsed.finished) {
    (parsed.exit_code == ok ? environment.out : environment.err)(parsed.text);
    return parsed.exit_code;
  }
#define PIPEC_COMMAND(NAME, USAGE, DESCRIPTION) \
  if (parsed.options.command == #NAME) return cmd_##NAME(parsed.options, environment);
#include "compiler/driver/commands.def"
#undef PIPEC_COMMAND
  return wrong_use;
}

}  // namespace pipec::driver
