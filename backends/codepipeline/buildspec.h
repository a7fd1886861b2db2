// The buildspec of a CodeBuild project: version 0.2, bash, one script.
#pragma once

#include "backends/codepipeline/template.h"

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace pipec::backends::codepipeline {

struct BuildspecReport {
  Required<std::string> name;
  Required<std::vector<std::string>> files;
  // CodeBuild's name of the format.
  Required<std::string> format;
};

// CodeBuild User Guide, "Build specification reference", cache: one that has the key is fetched before the
// build, and stored behind one that has succeeded when there was none.
struct BuildspecCache {
  // CodeBuild's names of the folders, without patterns.
  std::vector<std::string> paths;
  // Text before the hash of the files.
  Required<std::string> name;
  Required<std::vector<std::string>> files;
};

struct Buildspec {
  std::string script;
  // CodeBuild's names and versions of languages.
  std::vector<std::pair<std::string, std::string>> runtimes;
  // Variables and names of secrets.
  std::vector<std::pair<std::string, std::string>> secrets;
  std::vector<std::string> exported;
  // Artifacts and the files that each holds.
  std::vector<std::pair<std::string, std::vector<std::string>>> artifacts;
  std::vector<BuildspecReport> reports;
  std::optional<BuildspecCache> cache;
  // Whether git may talk to the repository, and not just read the checkout.
  bool git_credentials = false;
};

std::string text_of(const Buildspec& buildspec);

// CodeBuild's name of a report format of the language; empty for one that it does not have.
std::string report_format(std::string_view format);
// CodeBuild's name of a language, and how it writes the version.
std::pair<std::string, std::string> runtime_name(std::string_view name, const std::string& version);

// As a word of the shell that stands for exactly this text.
std::string shell_quoted(std::string_view text);
// An embedded script without the lines that only tools read.
std::string script_body(std::string_view script);

}  // namespace pipec::backends::codepipeline
