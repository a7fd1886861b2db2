#include "compiler/support/reserved_variables.h"

#include <algorithm>
#include <array>

namespace pipec {
namespace {

struct Reserved {
  // A prefix when it ends with `_`.
  std::string_view name;
  std::string_view decides;
  // A command may have it.
  bool of_containers_only = false;
};

constexpr std::string_view loading = "what is loaded into every program";
constexpr std::string_view starting = "what runs before every command";
constexpr std::string_view reading = "how every command is read";
// bash gives it a value of its own, and most of them cannot be written.
constexpr std::string_view shells_own = "nothing: the shell gives it a value of its own";
constexpr std::string_view docker = "what docker does";
constexpr std::string_view proxies = "how docker reaches its daemon and the registry";

// bash(1), "Shell Variables" and "Invocation"; ld.so(8); docker(1), "Environment variables", and the Docker
// documentation, "Use a proxy server with the Docker CLI". The first that fits counts.
constexpr auto variables = std::to_array<Reserved>({
    {"LD_", loading},
    {"DYLD_", loading},
    {"BASH_ENV", starting},
    {"ENV", starting},
    {"BASH_FUNC_", "what the names of commands mean"},
    {"BASH_", reading},
    {"BASHOPTS", reading},
    {"SHELLOPTS", reading},
    {"POSIXLY_CORRECT", reading},
    {"IFS", "how every command is split into words"},
    {"GLOBIGNORE", "which files a pattern means"},
    {"CDPATH", "where `cd` goes"},
    {"PS4", "what runs when commands are traced"},
    {"PATH", "which programs are found"},
    {"HOME", "where programs look for their settings"},
    {"BASH", shells_own},
    {"BASHPID", shells_own},
    {"UID", shells_own},
    {"EUID", shells_own},
    {"PPID", shells_own},
    {"GROUPS", shells_own},
    {"PIPEC_", "what pipec says about the run"},
    {"pipec_", "what the scripts of pipec do"},
    {"DOCKER_", docker, true},
    {"BUILDKIT_", docker, true},
    {"HTTP_PROXY", proxies, true},
    {"HTTPS_PROXY", proxies, true},
    {"ALL_PROXY", proxies, true},
    {"NO_PROXY", proxies, true},
    {"http_proxy", proxies, true},
    {"https_proxy", proxies, true},
    {"all_proxy", proxies, true},
    {"no_proxy", proxies, true},
});

}  // namespace

std::string_view decided_by(std::string_view variable, VariableOf of) {
  const auto found = std::find_if(variables.begin(), variables.end(), [&](const Reserved& reserved) {
    if (reserved.of_containers_only && of == VariableOf::command) return false;
    return reserved.name.ends_with('_') ? variable.starts_with(reserved.name) : variable == reserved.name;
  });
  return found == variables.end() ? std::string_view() : found->decides;
}

}  // namespace pipec
