#include "backends/local/runner/base_environment.h"

#include <string_view>

#include <unistd.h>

namespace pipec::runner {
namespace {

template <class Take>
void for_each_secret(const local::Plan& plan, Take&& take) {
  for (const local::Route& route : plan.routes) {
    for (const local::Stage& stage : route.stages) {
      for (const local::Element& element : stage.elements) {
        const auto* script = std::get_if<local::Script>(&*element.work);
        if (script == nullptr) continue;
        for (const auto& [variable, source] : script->secrets)
          take(source);
        for (const local::Service& service : script->services) {
          for (const auto& [variable, source] : service.secrets)
            take(source);
        }
      }
    }
  }
}

}  // namespace

Secrets secrets_of(const local::Plan& plan, const Console& console) {
  Secrets secrets;
  for_each_secret(plan,
                  [&](const std::string& source) { secrets.add(console.variable(source).value_or("")); });
  return secrets;
}

std::map<std::string, std::string> base_environment(const local::Plan& plan, const std::string& temporary) {
  std::map<std::string, std::string> variables;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string_view text(*entry);
    const size_t equals = text.find('=');
    if (equals == std::string_view::npos || text.starts_with("BASH_FUNC_")) continue;
    variables.emplace(text.substr(0, equals), text.substr(equals + 1));
  }
  for (const char* name : {"BASH_ENV", "ENV", "SHELLOPTS", "BASHOPTS", "CDPATH", "GLOBIGNORE"})
    variables.erase(name);
  for_each_secret(plan, [&](const std::string& source) { variables.erase(source); });
  variables["LANG"] = "C.UTF-8";
  variables["LC_ALL"] = "C.UTF-8";
  variables["TMPDIR"] = temporary;
  return variables;
}

}  // namespace pipec::runner
