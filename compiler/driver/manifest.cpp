#include "compiler/driver/manifest.h"

#include "compiler/support/hash.h"
#include "compiler/support/parallel.h"
#include "compiler/support/version.h"

#include <algorithm>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace pipec::driver {
namespace {

constexpr int manifest_version = 1;

const std::string& source_of(const ir::Program& program) { return program.pipelines.front().source_path; }

// A manifest is a file that people can change; it must not make pipec touch anything outside of the folder.
bool stays_inside(const std::string& path) {
  return !path.empty() && path.front() != '/' && path.find("..") == std::string::npos;
}

bool read_into(Manifest& manifest, const nlohmann::json& document) {
  if (document.at("version") != manifest_version) return false;
  for (const auto& [path, source] : document.at("sources").items())
    manifest.sources[path] = {source.at("files"), source.at("sha256")};
  for (const auto& [path, file] : document.at("files").items()) {
    if (!stays_inside(path)) return false;
    manifest.files[path] = {file.at("source"), file.at("sha256")};
  }
  return true;
}

}  // namespace

ReadManifest read_manifest(FileSystem& files, const std::string& folder) {
  constexpr size_t largest = size_t{16} << 20;
  const ReadResult read = files.read(fmt::format("{}/{}", folder, manifest_name), largest);
  if (!read.text) return {{}, read.error == "no such file" ? "" : read.error};
  Manifest manifest;
  try {
    if (read_into(manifest, nlohmann::json::parse(*read.text))) return {std::move(manifest), ""};
  } catch (const nlohmann::json::exception&) {
    // Neither JSON nor what pipec writes.
  }
  return {{}, "it is damaged", true};
}

void take_over(Manifest& manifest, const std::function<bool(const std::string& source)>& is_gone,
               const backends::OutputSet& output, const ir::Program& program) {
  const std::string& source = source_of(program);
  for (const backends::OutputFile& file : output) {
    const auto known = manifest.files.find(file.path);
    if (known != manifest.files.end() && known->second.source != source && is_gone(known->second.source))
      known->second.source = source;
  }
}

Manifest updated(const Manifest& manifest, const backends::OutputSet& output,
                 const std::vector<std::string>& kept, const ir::Program& program) {
  Manifest result = manifest;
  const std::string& source = source_of(program);
  std::erase_if(result.files, [&](const auto& file) {
    return file.second.source == source && std::find(kept.begin(), kept.end(), file.first) == kept.end();
  });
  result.sources[source] = {program.pipelines.front().source_paths, program.pipelines.front().source_hash};
  std::vector<std::string> hashes(output.size());
  in_parallel(
      output.size(), 0, [&](size_t i) { hashes[i] = sha256(output[i].text); }, [](size_t) {});
  for (size_t i = 0; i < output.size(); ++i)
    result.files[output[i].path] = {source, std::move(hashes[i])};
  std::erase_if(result.sources, [&](const auto& known) {
    return std::none_of(result.files.begin(), result.files.end(),
                        [&](const auto& file) { return file.second.source == known.first; });
  });
  return result;
}

std::vector<std::string> left_behind(const Manifest& manifest, const backends::OutputSet& output,
                                     const ir::Program& program) {
  std::vector<std::string> paths;
  for (const auto& known : manifest.files) {
    const bool still =
        std::any_of(output.begin(), output.end(), [&](const auto& o) { return o.path == known.first; });
    if (!still && known.second.source == source_of(program)) paths.push_back(known.first);
  }
  return paths;
}

std::string to_text(const Manifest& manifest) {
  nlohmann::ordered_json sources = nlohmann::ordered_json::object();
  for (const auto& [path, source] : manifest.sources)
    sources[path] = {{"files", source.files}, {"sha256", source.sha256}};
  nlohmann::ordered_json files = nlohmann::ordered_json::object();
  for (const auto& [path, file] : manifest.files)
    files[path] = {{"source", file.source}, {"sha256", file.sha256}};
  const nlohmann::ordered_json document = {{"version", manifest_version},
                                           {"compiler", fmt::format("pipec {}", version)},
                                           {"sources", std::move(sources)},
                                           {"files", std::move(files)}};
  return document.dump(2) + "\n";
}

}  // namespace pipec::driver
