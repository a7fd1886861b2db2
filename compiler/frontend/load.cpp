#include "compiler/frontend/load.h"

#include "compiler/ast/serialize.h"
#include "compiler/diag/kinds/files.h"
#include "compiler/diag/kinds/types.h"
#include "compiler/parse/parse.h"
#include "compiler/support/check.h"
#include "compiler/support/text.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <utility>

#include <fmt/core.h>

namespace pipec {
namespace fs = std::filesystem;
namespace {

class Loader {
 public:
  Loader(const std::string& root, std::span<const StandardFile> library, FileSystem& files,
         SourceManager& sources, DiagnosticSink& sink)
      : root_(root),
        library_(library),
        files_(files),
        sources_(sources),
        sink_(sink),
        program_(std::make_unique<LoadedProgram>()) {}

  std::unique_ptr<LoadedProgram> run(const std::string& entry, std::string& error) {
    sema::ProgramInput& input = program_->input;
    input.prelude = *standard_module("prelude");
    input.targets = *standard_module("targets");
    for (const StandardFile& file : library_) {
      for (const std::string_view name : split_lines(file.names))
        input.standard_names.push_back({file.module, name});
    }
    ReadResult read = files_.read(entry, SourceManager::max_bytes);
    if (!read.text) {
      error = read.error;
      return nullptr;
    }
    const std::string shown = entry == "-" ? std::string(standard_input_name) : entry;
    input.entry =
        user_module(shown, entry == "-" ? fs::path(".") / shown : fs::path(entry), std::move(*read.text));
    return std::move(program_);
  }

 private:
  size_t new_module(std::string name, bool standard) {
    auto& modules = program_->input.modules;
    modules.push_back({std::move(name), standard, {}});
    return modules.size() - 1;
  }

  size_t user_module(const std::string& shown, const fs::path& path, std::string text) {
    const std::string real = files_.real_path(path.string());
    const size_t module = new_module(shown, false);
    modules_.emplace(real, module);
    open_.push_back(shown);
    open_modules_.push_back(module);
    program_->paths.push_back(shown);
    bytes_ += text.size();
    const SourceId source = sources_.add(shown, std::move(text));
    add_file(module, std::make_unique<ast::File>(parse::parse(source, sources_, sink_)), path.parent_path());
    open_.pop_back();
    open_modules_.pop_back();
    return module;
  }

  // Whether one more file may be read.
  bool fits(const ast::Import& import) {
    if (open_.size() > max_import_depth) {
      sink_.report(diag::imports_too_deep, import.module_span, static_cast<int>(max_import_depth));
      return false;
    }
    if (program_->paths.size() > max_imports) {
      if (!std::exchange(full_, true))
        sink_.report(diag::too_many_files, import.module_span, static_cast<int>(max_imports));
      return false;
    }
    if (bytes_ > max_bytes_in_all) {
      if (!std::exchange(full_, true))
        sink_.report(diag::too_much_imported, import.module_span, static_cast<int>(max_bytes_in_all >> 20));
      return false;
    }
    return true;
  }

  std::optional<size_t> standard_module(std::string_view name) {
    const std::string key = fmt::format("stdlib:{}", name);
    if (const auto known = modules_.find(key); known != modules_.end()) return known->second;
    const bool exists = std::any_of(library_.begin(), library_.end(),
                                    [&](const StandardFile& f) { return f.module == name; });
    if (!exists) return std::nullopt;
    const size_t module = new_module(std::string(name), true);
    modules_.emplace(key, module);
    for (const StandardFile& file : library_) {
      if (file.module != name) continue;
      const SourceId source = sources_.add_view(std::string(file.path), file.text);
      add_file(module, std::make_unique<ast::File>(ast::deserialize(file.tree, source, file.text)), {});
    }
    return module;
  }

  void add_file(size_t module, std::unique_ptr<ast::File> file, const fs::path& folder) {
    const ast::File& added = *program_->files.emplace_back(std::move(file));
    std::vector<size_t> imports;
    for (const ast::Import& import : added.imports)
      imports.push_back(resolve(import, folder));
    program_->input.modules[module].files.push_back({&added, std::move(imports)});
  }

  size_t resolve(const ast::Import& import, const fs::path& folder) {
    if (!import.path) {
      if (import.module.empty()) return sema::no_module;
      if (const auto module = standard_module(import.module.text)) return *module;
      std::vector<std::string_view> known;
      for (const StandardFile& file : library_)
        known.push_back(file.module);
      auto report = sink_.report(diag::unknown_module, import.module_span, import.module.text);
      if (const auto likely = nearest(import.module.text, known))
        report.replace(import.module_span, std::string(*likely));
      return sema::no_module;
    }
    const fs::path path = (folder / *import.path).lexically_normal();
    const std::string real = files_.real_path(path.string());
    const std::string root = files_.real_path(root_.empty() ? "." : root_);
    const auto relative = fs::path(real).lexically_relative(root);
    if (fs::path(*import.path).is_absolute() || relative.empty() || *relative.begin() == "..") {
      sink_.report(diag::import_outside_root, import.module_span, *import.path, root_.empty() ? "." : root_);
      return sema::no_module;
    }
    if (const auto known = modules_.find(real); known != modules_.end()) {
      const auto open = std::find(open_modules_.begin(), open_modules_.end(), known->second);
      if (open == open_modules_.end()) return known->second;
      std::string circle;
      for (auto i = static_cast<size_t>(open - open_modules_.begin()); i < open_.size(); ++i)
        circle += open_[i] + " -> ";
      sink_.report(diag::import_cycle, import.module_span, circle + path.string());
      return sema::no_module;
    }
    if (!fits(import)) return sema::no_module;
    ReadResult read = files_.read(path.string(), SourceManager::max_bytes);
    if (!read.text) {
      sink_.report(diag::cannot_read, import.module_span, *import.path, read.error);
      return sema::no_module;
    }
    return user_module(path.string(), path, std::move(*read.text));
  }

  std::string root_;
  std::span<const StandardFile> library_;
  FileSystem& files_;
  SourceManager& sources_;
  DiagnosticSink& sink_;
  std::unique_ptr<LoadedProgram> program_;
  // By real path, or `stdlib:NAME`.
  std::map<std::string, size_t> modules_;
  // The files that are being imported, the outermost first.
  std::vector<std::string> open_;
  std::vector<size_t> open_modules_;
  // Of the user's files.
  size_t bytes_ = 0;
  // That no more may be read was reported.
  bool full_ = false;
};

}  // namespace

std::unique_ptr<LoadedProgram> load(const std::string& entry, const std::string& root,
                                    std::span<const StandardFile> library, FileSystem& files,
                                    SourceManager& sources, DiagnosticSink& sink, std::string& error) {
  const std::string folder = root.empty() && entry != "-" ? fs::path(entry).parent_path().string() : root;
  return Loader(folder, library, files, sources, sink).run(entry, error);
}

}  // namespace pipec
