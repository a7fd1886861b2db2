#include "compiler/driver/apply_fixes.h"

#include "compiler/diag/render.h"
#include "compiler/driver/emission.h"
#include "compiler/support/text.h"

#include <algorithm>
#include <filesystem>
#include <map>
#include <memory>
#include <set>

#include <fmt/core.h>

namespace pipec::driver {
namespace {

// The disk with changes that are not written yet.
class ChangedFiles : public FileSystem {
 public:
  explicit ChangedFiles(FileSystem& disk) : disk_(disk) {}

  ReadResult read(const std::string& path, size_t max_bytes) override {
    const auto changed = texts_.find(disk_.real_path(path));
    if (changed == texts_.end()) return disk_.read(path, max_bytes);
    return {changed->second.text.substr(0, max_bytes + 1), ""};
  }
  std::string real_path(const std::string& path) override { return disk_.real_path(path); }
  bool exists(const std::string& path) override { return disk_.exists(path); }
  std::optional<FolderContents> files_below(const std::string& folder,
                                            std::span<const std::string_view> without) override {
    return disk_.files_below(folder, without);
  }
  std::optional<std::string> write(const std::string& path, std::string_view text,
                                   bool /*executable*/) override {
    return rewrite(path, text);
  }
  std::optional<std::string> rewrite(const std::string& path, std::string_view text) override {
    texts_[disk_.real_path(path)] = {path, std::string(text)};
    return std::nullopt;
  }
  std::optional<std::string> remove(const std::string& /*path*/) override { return "it is not removed"; }

  struct Changed {
    std::string path;
    std::string text;
  };
  // By real path.
  const std::map<std::string, Changed>& texts() const { return texts_; }

 private:
  FileSystem& disk_;
  std::map<std::string, Changed> texts_;
};

// The files that may be changed: the user's, below the root.
std::set<SourceId> changeable(const Compilation& compilation, FileSystem& files) {
  namespace fs = std::filesystem;
  const CompilationOptions& options = compilation.options();
  const std::string folder =
      options.root.empty() ? fs::path(options.entry).parent_path().string() : options.root;
  const std::string root = files.real_path(folder.empty() ? "." : folder);
  std::set<SourceId> sources;
  for (const SourceId source : compilation.user_sources()) {
    const fs::path real = files.real_path(std::string(compilation.sources().path(source)));
    const fs::path relative = real.lexically_relative(root);
    if (!relative.empty() && *relative.begin() != "..") sources.insert(source);
  }
  return sources;
}

bool touch(Span one, Span other) {
  return one.source == other.source && one.begin <= other.end && other.begin <= one.end;
}

// Where the user finds what rounds after the first see: in the texts before any change.
class Places {
 public:
  struct Replaced {
    size_t begin = 0;
    size_t end = 0;
    size_t length = 0;
  };

  // The edits of one round in one file, with offsets of its text before the round, the first first.
  void keep(std::string_view path, std::vector<Replaced> edits) {
    rounds_[std::string(path)].push_back(std::move(edits));
  }

  // `LINE:COLUMN` of an offset in the text of now.
  std::string in_first(const SourceManager& first, std::string_view path, size_t offset) const {
    const auto rounds = rounds_.find(path);
    if (rounds != rounds_.end()) {
      for (auto edits = rounds->second.rbegin(); edits != rounds->second.rend(); ++edits)
        offset = before(*edits, offset);
    }
    for (size_t i = 0; i < first.size(); ++i) {
      const auto id = static_cast<SourceId>(i);
      if (first.path(id) != path) continue;
      const auto at = static_cast<uint32_t>(offset);
      const Place place = first.place({id, at, at});
      return fmt::format("{}:{}", place.line, place.column);
    }
    return {};
  }

 private:
  static size_t before(const std::vector<Replaced>& edits, size_t offset) {
    size_t removed = 0;
    size_t added = 0;
    for (const Replaced& edit : edits) {
      const size_t begin = edit.begin - removed + added;
      if (offset < begin) break;
      // What an edit wrote stands where it wrote it.
      if (offset < begin + edit.length) return edit.begin;
      removed += edit.end - edit.begin;
      added += edit.length;
    }
    return offset + removed - added;
  }

  std::map<std::string, std::vector<std::vector<Replaced>>, std::less<>> rounds_;
};

// The edits that are made in one round. Fixes that touch one another wait for the next round.
class Round {
 public:
  explicit Round(const SourceManager& sources) : sources_(sources) {}

  bool add(const Fix& fix, const std::set<SourceId>& allowed) {
    for (const Edit& edit : fix.edits) {
      const auto taken = [&](const Edit& other) { return touch(other.span, edit.span); };
      if (!allowed.contains(edit.span.source) || std::any_of(edits_.begin(), edits_.end(), taken))
        return false;
    }
    edits_.insert(edits_.end(), fix.edits.begin(), fix.edits.end());
    return true;
  }

  void apply(ChangedFiles& files, Places& places) {
    // The last first, so that the places of the others stay as they are.
    std::sort(edits_.begin(), edits_.end(), [](const Edit& a, const Edit& b) { return b.span < a.span; });
    std::map<SourceId, std::string> texts;
    std::map<SourceId, std::vector<Places::Replaced>> replaced;
    for (const Edit& edit : edits_) {
      const auto [text, added] = texts.try_emplace(edit.span.source, sources_.text(edit.span.source));
      const auto [begin, end] = with_its_line(text->second, edit);
      text->second.replace(begin, end - begin, edit.text);
      replaced[edit.span.source].insert(replaced[edit.span.source].begin(), {begin, end, edit.text.size()});
    }
    for (const auto& [source, text] : texts) {
      files.rewrite(std::string(sources_.path(source)), text);
      places.keep(sources_.path(source), std::move(replaced[source]));
    }
  }

 private:
  // A line of which an edit leaves nothing goes with it.
  static std::pair<size_t, size_t> with_its_line(const std::string& text, const Edit& edit) {
    size_t begin = edit.span.begin;
    size_t end = edit.span.end;
    if (!edit.text.empty() || begin == end) return {begin, end};
    while (begin > 0 && (text[begin - 1] == ' ' || text[begin - 1] == '\t'))
      --begin;
    while (end < text.size() && std::string_view(" \t\r").find(text[end]) != std::string_view::npos)
      ++end;
    const bool whole = (begin == 0 || text[begin - 1] == '\n') && end < text.size() && text[end] == '\n';
    if (whole) return {begin, end + 1};
    return {edit.span.begin, edit.span.end};
  }

  const SourceManager& sources_;
  std::vector<Edit> edits_;
};

// The lines that say what was fixed; none when nothing safe is left.
std::vector<std::string> fix_once(Compilation& compilation, const SourceManager& first, ChangedFiles& files,
                                  Places& places) {
  std::vector<std::string> fixed;
  const std::set<SourceId> allowed = changeable(compilation, files);
  const SourceManager& sources = compilation.sources();
  Round round(sources);
  for (const Diagnostic& diagnostic : compilation.sink().sorted()) {
    const auto safe = std::find_if(diagnostic.fixes.begin(), diagnostic.fixes.end(),
                                   [](const Fix& fix) { return fix.safe && !fix.edits.empty(); });
    if (safe == diagnostic.fixes.end() || !round.add(*safe, allowed)) continue;
    const std::string_view path = sources.path(diagnostic.span.source);
    fixed.push_back(fmt::format("{}:{}: fixed[{}]: {}: {}\n", printable(path),
                                places.in_first(first, path, diagnostic.span.begin), diagnostic.code,
                                printable(diagnostic.message), printable(safe->title)));
  }
  if (!fixed.empty()) round.apply(files, places);
  return fixed;
}

}  // namespace

int apply_safe_fixes(const Options& options, Environment& environment) {
  if (options.inputs.size() == 1 && options.inputs.front() == "-") {
    return usage_error(environment, "--fix changes files; standard input cannot be changed");
  }
  // One mistake can hide others; so many layers of them no file has.
  constexpr int most_rounds = 50;
  ChangedFiles files(environment.files);
  Environment changed{files,
                      environment.library,
                      environment.out,
                      environment.err,
                      environment.out_is_terminal,
                      environment.err_is_terminal,
                      environment.columns,
                      environment.variable,
                      environment.today};
  std::vector<std::string> fixed;
  Places places;
  // All rounds tell places of its texts.
  std::unique_ptr<Compilation> first;
  for (int round = 0; round < most_rounds; ++round) {
    int exit_code = ok;
    auto compilation = compile_input(options, changed, Purpose::judge, exit_code);
    if (compilation == nullptr) return exit_code;
    const auto now = fix_once(*compilation, (first ? *first : *compilation).sources(), files, places);
    if (now.empty()) break;
    fixed.insert(fixed.end(), now.begin(), now.end());
    if (first == nullptr) first = std::move(compilation);
  }
  for (const auto& [real, file] : files.texts()) {
    if (const auto error = environment.files.rewrite(file.path, file.text))
      return write_error(environment, file.path, *error);
  }
  for (const std::string& line : fixed)
    environment.err(line);
  if (!fixed.empty()) {
    environment.err(fmt::format("{} fixed in {}\n", counted(fixed.size(), "finding"),
                                counted(files.texts().size(), "file")));
  }
  return ok;
}

}  // namespace pipec::driver
