#include "tests/mutation/judge.h"

#include "compiler/diag/render.h"
#include "compiler/driver/emission.h"
#include "compiler/frontend/compilation.h"
#include "compiler/parse/parse.h"
#include "tests/mutation/promises.h"
#include "tests/support/program.h"

#include <algorithm>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace pipec::test {
namespace {

// The places that a person is shown.
std::vector<Span> places_of(const Diagnostic& diagnostic) {
  std::vector<Span> places{diagnostic.span};
  for (const Label& label : diagnostic.labels)
    places.push_back(label.span);
  return places;
}

// It points to, or names, something that the change is about.
bool is_about(const Diagnostic& diagnostic, const std::set<std::string>& words,
              const SourceManager& sources) {
  std::string shown = diagnostic.message;
  for (const Span place : places_of(diagnostic))
    shown += " " + std::string(sources.text(place));
  const std::set<std::string> mentioned = words_of(shown);
  return std::any_of(words.begin(), words.end(),
                     [&](const std::string& word) { return mentioned.contains(word); });
}

}  // namespace

Judge::Judge(Sample sample, const Library& library)
    : sample_(std::move(sample)), library_(library), places_(sample_.files, sample_.changed) {
  reading_ = read(sample_.files);
  hotfix_ = hotfix_of(sample_.files);
  other_routes_ = other_routes_of(sample_.files);
}

std::optional<std::vector<ReadPipeline>> Judge::read(const Files& files) const {
  SourceManager sources;
  DiagnosticSink sink;
  std::vector<ast::File> trees{
      parse::parse(sources.add(sample_.entry, files.at(sample_.entry)), sources, sink)};
  for (const auto& [name, text] : files) {
    if (name != sample_.entry) trees.push_back(parse::parse(sources.add(name, text), sources, sink));
  }
  std::vector<const ast::File*> pointers;
  for (const ast::File& tree : trees)
    pointers.push_back(&tree);
  return read_pipelines(pointers, library_);
}

std::string Judge::hotfix_of(const Files& files) const { return run({"hotfix", sample_.entry}, files).out; }

std::string Judge::other_routes_of(const Files& files) const {
  std::string told;
  const auto report = nlohmann::json::parse(run({"report", sample_.entry, "--format", "json"}, files).out);
  for (const auto& pipeline : report.at("files").at(0).at("pipelines"))
    told += pipeline.at("other_routes").dump();
  return told;
}

std::string Judge::judge(const Mutant& mutant) {
  MemoryFileSystem files;
  files.files = sample_.files;
  files.files[sample_.changed] = mutant.text;
  Compilation compilation({sample_.entry, "", {}, {ast::DateExpr{2026, 11, 21}}}, files, standard_library());
  if (!compilation.run()) return "not read";
  ir::Program program;
  if (!compilation.sink().has_errors()) {
    program = driver::lower(compilation, files);
    driver::check_targets(compilation, program);
  }
  const std::vector<Diagnostic> diagnostics = compilation.sink().sorted();
  const std::string shown = render_text(diagnostics, compilation.sources(), {});
  if (compilation.sink().has_errors()) {
    const std::string why = judge_refusal(mutant, diagnostics, compilation.sources());
    return why.empty() ? "" : why + ":\n" + shown;
  }
  ++counts_.accepted;
  const driver::Emission emission = driver::emit(compilation, program, {});
  if (!emission.defects.empty()) return "a defect: " + emission.defects.front();
  return judge_accepted(files.files, program, shown);
}

std::string Judge::judge_refusal(const Mutant& mutant, const std::vector<Diagnostic>& diagnostics,
                                 const SourceManager& sources) {
  std::set<std::string> words = words_of(
      std::string_view(sample_.files.at(sample_.changed)).substr(mutant.before.begin, mutant.before.size()));
  words.merge(words_of(std::string_view(mutant.text).substr(mutant.after.begin, mutant.after.size())));
  const std::vector<Region> allowed = places_.allowed(mutant);
  bool at_the_place = false;
  bool by_name = false;
  // Warnings count too: the text had none before it was changed.
  for (const Diagnostic& diagnostic : diagnostics) {
    for (const Span place : places_of(diagnostic)) {
      const Region region = places_.original(mutant, sources, place);
      at_the_place = at_the_place || std::any_of(allowed.begin(), allowed.end(),
                                                 [&](const Region& one) { return one.touches(region); });
    }
    by_name = by_name || is_about(diagnostic, words, sources);
  }
  if (!at_the_place && !by_name) return "refused somewhere else";
  ++(at_the_place ? counts_.refused_at_the_place : counts_.refused_by_name);
  return {};
}

std::string Judge::judge_accepted(const Files& files, const ir::Program& program, const std::string& shown) {
  const auto reading = read(files);
  if (!reading) {
    ++counts_.not_read;
    return {};
  }
  if (reading->size() != program.pipelines.size()) return "pipelines are missing";
  for (size_t i = 0; i < reading->size(); ++i) {
    const ReadPipeline& read = (*reading)[i];
    for (const std::string& why :
         {differs_from(read, program.pipelines[i]), lacks_required(read), loses_guard(read)}) {
      if (!why.empty()) return why + "\n" + shown;
    }
    if (reading_ && i < reading_->size() && read.find_route("hotfix") != nullptr) {
      const std::string lost = loss((*reading_)[i], read);
      if (!lost.empty() && hotfix_of(files) == hotfix_ && other_routes_of(files) == other_routes_)
        return lost + ", and `pipec hotfix` and `pipec report` print the same";
    }
  }
  return {};
}

}  // namespace pipec::test
