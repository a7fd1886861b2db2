#include "compiler/support/other_languages.h"

#include <algorithm>
#include <array>
#include <utility>

#include <fmt/core.h>

namespace pipec {

std::optional<std::string_view> said_otherwise(std::string_view word) {
  constexpr std::string_view element =
      "the elements of a stage do the work: `action NAME: CAPABILITY { run = \"…\" }`; in `parallel { … }` "
      "they run at "
      "the same time";
  constexpr std::string_view order =
      "elements run as they are written; `after = [NAME]` adds an order, `inputs = [ARTIFACT]` takes what "
      "another one "
      "made";
  constexpr std::string_view machine =
      "the platform gives the machine: `compute` says its size, `runtime` and `tools` what is installed on "
      "it";
  constexpr std::string_view command =
      "the command of an element is `run = \"…\"`, with as many lines as it needs";
  constexpr std::string_view variables =
      "`env = { NAME = VALUE }` in an element sets variables of its command";
  constexpr std::string_view cleaning = "`always { … }`, last in a stage, runs whatever happened";
  constexpr std::string_view failing = "an element that may fail says `continue_on_failure = true`";
  constexpr std::string_view named =
      "a value gets a name with `let NAME: TYPE = VALUE`, what a definition takes is `param NAME: TYPE`";
  constexpr std::string_view limit = "a limit has a unit: `timeout = 10m`";
  constexpr auto words = std::to_array<std::pair<std::string_view, std::string_view>>({
      {"after_script", cleaning},
      {"agent", machine},
      {"allow_failure", failing},
      {"artifacts",
       "what an element makes is `outputs = { NAME = files(\"…\") }`, what it uses `inputs = [NAME]`"},
      {"command", command},
      {"commands", command},
      {"continue-on-error", failing},
      {"dependencies", order},
      {"dependsOn", order},
      {"depends_on", order},
      {"job", element},
      {"jobs", element},
      {"locals", named},
      {"needs", order},
      {"permissions", "what a command may do is `access = [allow(ACTION, RESOURCE)]`"},
      {"post", cleaning},
      {"runner", machine},
      {"runs-on", machine},
      {"runs_on", machine},
      {"script", command},
      {"sh", command},
      {"stages", "stages stand in the pipeline, in the order in which they run: `stage NAME { … }`"},
      {"steps", element},
      {"timeout-minutes", limit},
      {"timeout_minutes", limit},
      {"uses",
       "what an element is stands behind its name: `action NAME: WHAT { … }`, a capability or a definition"},
      {"variable", named},
      {"variables", variables},
      {"with", "the parameters of a definition are properties of its elements: `NAME = VALUE`"},
  });
  const auto found = std::find_if(words.begin(), words.end(), [&](const auto& w) { return w.first == word; });
  return found == words.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::string_view> unsupported_platform(std::string_view word) {
  constexpr auto platforms = std::to_array<std::pair<std::string_view, std::string_view>>({
      {"azure", "Azure"},
      {"bitbucket", "Bitbucket"},
      {"buildkite", "Buildkite"},
      {"circleci", "CircleCI"},
      {"gitlab", "GitLab"},
      {"jenkins", "Jenkins"},
  });
  const auto found =
      std::find_if(platforms.begin(), platforms.end(), [&](const auto& p) { return p.first == word; });
  return found == platforms.end() ? std::nullopt : std::optional(found->second);
}

std::string how_to_name_secret(std::string_view name) {
  return fmt::format(
      "a secret is written `secret(\"{}\")`; a command gets it with `secrets = {{ NAME = secret(\"{}\") }}`",
      name, name);
}

}  // namespace pipec
