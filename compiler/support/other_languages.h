// Words by which files of GitHub Actions, GitLab CI and Jenkins say what a `.pipe` file says in another way.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace pipec {

// What stands for such a word here, as a sentence; nothing for every other word.
std::optional<std::string_view> said_otherwise(std::string_view word);

// How a secret that others write `secrets.NAME` is written here, as a sentence.
std::string how_to_name_secret(std::string_view name);

// `gitlab`: what people call it, where it is a platform that runs pipelines but no target of this compiler;
// nothing for every other word.
std::optional<std::string_view> unsupported_platform(std::string_view word);

}  // namespace pipec
