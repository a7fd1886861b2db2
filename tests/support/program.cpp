#include "tests/support/program.h"

#include "compiler/diag/render.h"
#include "compiler/driver/driver.h"
#include "compiler/driver/emission.h"
#include "compiler/frontend/compilation.h"

#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

namespace pipec::test {
namespace {

class CountingFileSystem : public MemoryFileSystem {
 public:
  std::optional<std::string> write(const std::string& path, std::string_view text, bool executable) override {
    ++writes;
    return MemoryFileSystem::write(path, text, executable);
  }

  size_t writes = 0;
};

}  // namespace

std::string source_file(const std::string& path) {
  std::ifstream in(std::string(PIPEC_SOURCE_DIR) + "/" + path, std::ios::binary);
  EXPECT_TRUE(in.good()) << path;
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string small_words() { return source_file("tests/support/shared/small.pipe"); }

ir::Program compile(const std::string& text, const std::vector<std::string>& targets) {
  MemoryFileSystem files;
  files.files["test.pipe"] = text;
  Compilation compilation({"test.pipe", "", targets, {}}, files, standard_library());
  EXPECT_TRUE(compilation.run());
  const auto diagnostics = compilation.sink().sorted();
  EXPECT_FALSE(compilation.sink().has_errors()) << render_text(diagnostics, compilation.sources(), {});
  if (compilation.sink().has_errors()) return {};
  return driver::lower(compilation, files);
}

std::map<std::string, std::string> emit(const ir::Program& program, const std::string& target) {
  std::map<std::string, std::string> files;
  const backends::Backend* backend = backends::find_backend(target);
  EXPECT_NE(backend, nullptr) << target;
  if (backend == nullptr || program.pipelines.empty()) return files;
  for (const backends::OutputFile& file : backend->emit(program.pipelines.front(), {}))
    files.emplace(file.path, file.text);
  return files;
}

RunResult run(const std::vector<std::string>& arguments, std::map<std::string, std::string> files,
              const std::map<std::string, std::string>& variables) {
  return run(arguments, std::move(files), standard_library(), variables);
}

RunResult run(const std::vector<std::string>& arguments, std::map<std::string, std::string> files,
              std::span<const StandardFile> library, const std::map<std::string, std::string>& variables) {
  CountingFileSystem disk;
  disk.files = std::move(files);
  RunResult result;
  driver::Environment environment{
      .files = disk,
      .library = library,
      .out = [&](std::string_view text) { result.out += text; },
      .err = [&](std::string_view text) { result.err += text; },
      .variable = [&](const std::string& name) -> std::optional<std::string> {
        const auto found = variables.find(name);
        return found == variables.end() ? std::nullopt : std::optional(found->second);
      },
      .today =
          [] {
            return ast::DateExpr{2026, 11, 21};
          },
  };
  result.exit_code = driver::run(arguments, environment);
  result.files = std::move(disk.files);
  result.writes = disk.writes;
  return result;
}

}  // namespace pipec::test
