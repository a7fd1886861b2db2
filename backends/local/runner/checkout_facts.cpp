#include "backends/local/runner/checkout_facts.h"

#include <filesystem>
#include <fstream>
#include <string_view>

namespace pipec::runner {
namespace {

namespace fs = std::filesystem;

std::string first_line(const fs::path& file) {
  std::ifstream stream(file);
  std::string line;
  std::getline(stream, line);
  return line;
}

// `KEY VALUE`: the value; empty for other lines.
std::string value_of(const std::string& line, std::string_view key) {
  return line.starts_with(key) ? line.substr(key.size()) : "";
}

// gitrepository-layout(5): in a work tree of its own, `.git` is a file that names its folder.
fs::path git_folder(const fs::path& folder) {
  std::error_code error;
  for (fs::path place = fs::absolute(folder, error); !place.empty(); place = place.parent_path()) {
    const fs::path git = place / ".git";
    if (fs::is_directory(git, error)) return git;
    if (fs::is_regular_file(git, error)) return place / value_of(first_line(git), "gitdir: ");
    if (place == place.parent_path()) break;
  }
  return {};
}

std::string packed(const fs::path& git, const std::string& reference) {
  std::ifstream stream(git / "packed-refs");
  for (std::string line; std::getline(stream, line);) {
    const size_t space = line.find(' ');
    if (space != std::string::npos && line.substr(space + 1) == reference) return line.substr(0, space);
  }
  return "";
}

}  // namespace

CheckoutFacts facts_of(const std::string& folder) {
  const fs::path git = git_folder(folder);
  if (git.empty()) return {};
  const std::string head = first_line(git / "HEAD");
  const std::string reference = value_of(head, "ref: ");
  if (reference.empty()) return {head, ""};
  const std::string shared = first_line(git / "commondir");
  const fs::path common = shared.empty() ? git : git / shared;
  std::string commit = first_line(common / reference);
  if (commit.empty()) commit = packed(common, reference);
  return {commit, value_of(reference, "refs/heads/")};
}

}  // namespace pipec::runner
