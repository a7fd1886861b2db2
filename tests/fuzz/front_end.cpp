#include "compiler/driver/emission.h"
#include "compiler/frontend/compilation.h"
#include "tests/fuzz/diagnostics.h"
#include "tests/fuzz/promises.h"

#include <fstream>
#include <sstream>

namespace pipec::fuzz {
namespace {

constexpr const char* shared_file = "tests/support/shared/small.pipe";

const std::string& shared_text() {
  static const std::string text = [] {
    std::ifstream in(std::string(PIPEC_SOURCE_DIR) + "/" + shared_file, std::ios::binary);
    std::ostringstream read;
    read << in.rdbuf();
    return read.str();
  }();
  return text;
}

std::string broken_by_emission(Compilation& compilation, FileSystem& files) {
  const ir::Program program = driver::lower(compilation, files);
  driver::check_targets(compilation, program);
  if (compilation.sink().has_errors()) return {};
  const driver::Emission emission = driver::emit(compilation, program, {});
  return emission.defects.empty() ? "" : emission.defects.front();
}

}  // namespace

std::string broken_by_front_end(const std::string& text) {
  MemoryFileSystem files;
  files.files["fuzz.pipe"] = text;
  files.files["small.pipe"] = shared_text();
  Compilation compilation({"fuzz.pipe", "", {}, {}}, files, standard_library());
  if (!compilation.run()) return "the file was not found";
  std::string why;
  if (!compilation.sink().has_errors()) why = broken_by_emission(compilation, files);
  return why.empty() ? broken_by_diagnostics(compilation.sink(), compilation.sources()) : why;
}

}  // namespace pipec::fuzz
