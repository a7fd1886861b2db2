// Benchmarks of the phases: parse, check, and compile to all targets; on the checkout sample and on pipelines
// of growing size. Run `build/tests/bench/pipec_bench`; nothing here is a test.
#include "backends/backend.h"
#include "compiler/driver/emission.h"
#include "compiler/format/format.h"
#include "compiler/frontend/compilation.h"
#include "compiler/parse/parse.h"
#include "tests/bench/pipelines.h"

#include <fstream>
#include <sstream>
#include <string>

#include <benchmark/benchmark.h>

namespace {

using namespace pipec;

std::string checkout() {
  std::ifstream in(std::string(PIPEC_SOURCE_DIR) + "/samples/checkout/checkout.pipe");
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

std::string pipeline_of(int64_t elements) {
  return bench::pipeline_of(static_cast<size_t>(elements), bench::Shape::wide);
}

void parse_text(benchmark::State& state, const std::string& text) {
  for (auto _ : state) {
    SourceManager sources;
    DiagnosticSink sink;
    benchmark::DoNotOptimize(parse::parse(sources.add("bench.pipe", text), sources, sink));
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * text.size()));
}

void check_text(benchmark::State& state, const std::string& text) {
  MemoryFileSystem files;
  files.files["bench.pipe"] = text;
  for (auto _ : state) {
    Compilation compilation({"bench.pipe", "", {}, {}}, files, standard_library());
    if (!compilation.run()) state.SkipWithError("not read");
    benchmark::DoNotOptimize(compilation.model());
  }
}

void compile_text(benchmark::State& state, const std::string& text) {
  MemoryFileSystem files;
  files.files["bench.pipe"] = text;
  for (auto _ : state) {
    Compilation compilation({"bench.pipe", "", {}, {}}, files, standard_library());
    if (!compilation.run() || compilation.sink().has_errors()) state.SkipWithError("has errors");
    const driver::Emission emission = driver::emit(compilation, driver::lower(compilation, files), {});
    if (!emission.defects.empty()) state.SkipWithError("read back differs");
    benchmark::DoNotOptimize(emission);
  }
}

// `formatted`: the text has its one form already, as nearly every file has; then the result is not read
// again.
void format_text(benchmark::State& state, std::string text, bool formatted) {
  if (!formatted) {
    for (size_t at = text.find("  "); at != std::string::npos; at = text.find("  ", at))
      text.erase(at, 1);
  }
  for (auto _ : state) {
    SourceManager sources;
    DiagnosticSink sink;
    const auto result = format::format(sources.add("bench.pipe", text), sources, sink);
    if (!result || (*result == text) != formatted) state.SkipWithError("not what the benchmark is about");
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * text.size()));
}

void ParseCheckout(benchmark::State& state) { parse_text(state, checkout()); }
void CheckCheckout(benchmark::State& state) { check_text(state, checkout()); }
void CompileCheckout(benchmark::State& state) { compile_text(state, checkout()); }
void ParseElements(benchmark::State& state) { parse_text(state, pipeline_of(state.range(0))); }
void CheckElements(benchmark::State& state) {
  check_text(state, pipeline_of(state.range(0)));
  state.SetComplexityN(state.range(0));
}

void FormatFormattedElements(benchmark::State& state) {
  format_text(state, pipeline_of(state.range(0)), true);
}
void FormatElements(benchmark::State& state) { format_text(state, pipeline_of(state.range(0)), false); }

BENCHMARK(ParseCheckout)->Unit(benchmark::kMicrosecond);
BENCHMARK(CheckCheckout)->Unit(benchmark::kMicrosecond);
BENCHMARK(CompileCheckout)->Unit(benchmark::kMicrosecond);
BENCHMARK(ParseElements)->RangeMultiplier(10)->Range(10, 10000)->Unit(benchmark::kMicrosecond);
BENCHMARK(FormatElements)->RangeMultiplier(10)->Range(10, 10000)->Unit(benchmark::kMicrosecond);
BENCHMARK(FormatFormattedElements)->RangeMultiplier(10)->Range(10, 10000)->Unit(benchmark::kMicrosecond);
BENCHMARK(CheckElements)
    ->RangeMultiplier(10)
    ->Range(10, 10000)
    ->Unit(benchmark::kMicrosecond)
    ->Complexity(benchmark::oN);

}  // namespace

BENCHMARK_MAIN();
