#include "tests/mutation/judge.h"

#include "compiler/diag/render.h"
#include "compiler/driver/emission.h"
#include "compiler/frontend/compilation.h"
#include "compiler/parse/parse.h"
#include "tests/mutation/promises.h"
#include "tests/support/program.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::test {
namespace {

bool touches(Span span, Span block) {
  return span.source == block.source && span.begin <= block.end && block.begin <= span.end;
}

// The places that a person is shown.
std::vector<Span> places_of(const Diagnostic& diagnostic) {
  std::vector<Span> places{diagnostic.span};
  for (const Label& label : diagnostic.labels)
    places.push_back(label.span);
  return places;
}

std::set<std::string> words_of(std::string_view text) {
  std::set<std::string> words;
  std::string word;
  for (const char c : std::string(text) + " ") {
    const bool part = std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' || c == '-';
    if (part) word += c;
    if (!part && !word.empty()) words.insert(std::exchange(word, ""));
  }
  return words;
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

Judge::Judge(std::string file, std::string original, const Library& library)
    : file_(std::move(file)), original_(std::move(original)), library_(library) {
  SourceManager sources;
  DiagnosticSink sink;
  const auto parsed = parse::parse_with_tokens(sources.add(file_, original_), sources, sink);
  std::vector<Bracket> open;
  for (const parse::SyntaxToken& token : parsed.tokens) {
    const std::string_view sign = sources.text(token.span);
    if (sign == "{") {
      const size_t line = original_.rfind('\n', token.span.begin);
      open.push_back({line == std::string::npos ? 0 : static_cast<uint32_t>(line + 1), token.span.begin, 0});
    } else if (sign == "}" && token.kind == parse::TokenKind::sign) {
      open.back().close = token.span.end;
      brackets_.push_back(open.back());
      open.pop_back();
    }
  }
  std::sort(brackets_.begin(), brackets_.end(),
            [](const Bracket& a, const Bracket& b) { return a.open < b.open; });
  reading_ = read_pipelines(parsed.file, library_);
  hotfix_ = run({"hotfix", file_}, {{file_, original_}}).out;
}

Span Judge::block_of(const Mutant& mutant) const {
  std::vector<Bracket> around;
  for (const Bracket& bracket : brackets_) {
    if (bracket.open < mutant.before.begin && mutant.before.end < bracket.close) around.push_back(bracket);
  }
  const auto size = static_cast<uint32_t>(mutant.text.size());
  if (around.empty()) return {mutant.after.source, 0, size};
  const Bracket& block = around[std::min<size_t>(1, around.size() - 1)];
  return {mutant.after.source, block.head, block.close + mutant.after.end - mutant.before.end};
}

bool Judge::in_pipeline(const Mutant& mutant) const {
  return std::any_of(brackets_.begin(), brackets_.end(), [&](const Bracket& bracket) {
    return bracket.open < mutant.before.begin && mutant.before.end < bracket.close &&
           std::string_view(original_).substr(bracket.head).starts_with("pipeline ");
  });
}

std::string Judge::judge(const Mutant& mutant) {
  MemoryFileSystem files;
  files.files[file_] = mutant.text;
  Compilation compilation({file_, "", {}, {ast::DateExpr{2026, 11, 21}}}, files, standard_library());
  if (!compilation.run()) return "not read";
  ir::Program program;
  if (!compilation.sink().has_errors()) {
    program = driver::lower(compilation, files);
    driver::check_targets(compilation, program, {});
  }
  const std::vector<Diagnostic> diagnostics = compilation.sink().sorted();
  const std::string shown = render_text(diagnostics, compilation.sources(), {});
  if (compilation.sink().has_errors()) {
    Span block = block_of(mutant);
    block.source = compilation.entry();
    std::set<std::string> words =
        words_of(std::string_view(original_).substr(mutant.before.begin, mutant.before.size()));
    words.merge(words_of(std::string_view(mutant.text).substr(mutant.after.begin, mutant.after.size())));
    bool in_block = false;
    bool by_name = false;
    for (const Diagnostic& diagnostic : diagnostics) {
      if (diagnostic.severity != Severity::error) continue;
      for (const Span place : places_of(diagnostic))
        in_block = in_block || touches(place, block);
      by_name = by_name || is_about(diagnostic, words, compilation.sources());
    }
    // What a profile, a capability or a definition says shows in the pipelines that use it.
    const bool declared_apart = !in_pipeline(mutant);
    if (!in_block && !by_name && !declared_apart) return "refused somewhere else:\n" + shown;
    ++(in_block ? counts_.refused_in_the_block : counts_.refused_by_name);
    return {};
  }
  ++counts_.accepted;
  const driver::Emission emission = driver::emit(compilation, program, {});
  if (!emission.defects.empty()) return "a defect: " + emission.defects.front();

  SourceManager sources;
  DiagnosticSink sink;
  const ast::File file = parse::parse(sources.add(file_, mutant.text), sources, sink);
  const auto reading = read_pipelines(file, library_);
  if (!reading) {
    ++counts_.not_read;
    return {};
  }
  if (reading->size() != program.pipelines.size()) return "pipelines are missing";
  for (size_t i = 0; i < reading->size(); ++i) {
    const ReadPipeline& read = (*reading)[i];
    for (std::string why :
         {differs_from(read, program.pipelines[i]), lacks_required(read), loses_guard(read)}) {
      if (!why.empty()) return why + "\n" + shown;
    }
    if (reading_ && i < reading_->size() && read.find_route("hotfix") != nullptr) {
      const std::string lost = loss((*reading_)[i], read);
      if (!lost.empty() && run({"hotfix", file_}, {{file_, mutant.text}}).out == hotfix_)
        return lost + ", and `pipec hotfix` prints the same";
    }
  }
  return {};
}

}  // namespace pipec::test
