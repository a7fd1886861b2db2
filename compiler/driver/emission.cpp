#include "compiler/driver/emission.h"

#include "backends/common/refine.h"
#include "backends/common/same_names.h"
#include "compiler/driver/source_paths.h"
#include "compiler/ir/lower.h"
#include "compiler/sema/cells.h"
#include "compiler/sema/chosen_targets.h"
#include "compiler/sema/schedule.h"
#include "compiler/support/check.h"
#include "compiler/support/parallel.h"
#include "compiler/support/text.h"

#include <algorithm>
#include <set>

#include <fmt/core.h>

namespace pipec::driver {
namespace {

const backends::Backend& backend_of(const sema::Target& target) {
  const backends::Backend* backend = backends::find_backend(target.backend);
  PIPEC_CHECK(backend != nullptr);
  return *backend;
}

// Why the target is left out of the pipeline; empty when it is not.
std::string why_left_out(const sema::Model& model, const sema::Pipeline& pipeline,
                         const sema::Target& target) {
  const std::string_view missing = sema::left_out_for(model, pipeline, target);
  if (missing.empty()) return {};
  return fmt::format("{} is left out of `{}`: `target {} {{ … }}` with a value for `{}` is missing",
                     target.title, pipeline.name, target.name, missing);
}

bool is_left_out(const sema::Model& model, const ir::Pipeline& pipeline, const sema::Target& target) {
  return std::any_of(model.pipelines.begin(), model.pipelines.end(), [&](const auto& candidate) {
    return candidate->name == pipeline.name && !sema::left_out_for(model, *candidate, target).empty();
  });
}

// One line for each stage in which levels add orders, with what they cost.
void describe_approximations(const sema::Model& model, const sema::Target& target,
                             const std::string& pipeline_name, const backends::Refinement& refinement,
                             std::vector<std::string>& lines) {
  std::map<std::string, std::map<std::string, std::vector<std::string>>> by_stage;
  for (const auto& extra : refinement.extra) {
    const std::string stage = extra.after.substr(0, extra.after.find('.'));
    by_stage[extra.route][stage].push_back(fmt::format("`{}` before `{}`", extra.before, extra.after));
  }
  for (const auto& pipeline : model.pipelines) {
    if (pipeline->name != pipeline_name) continue;
    for (const sema::Route& route : pipeline->routes) {
      const auto stages = by_stage.find(route.name);
      if (stages == by_stage.end()) continue;
      const std::vector<Duration> price = sema::price_of_levels(sema::expanded(route), target);
      for (size_t i = 0; i < route.stages.size(); ++i) {
        const auto orders = stages->second.find(route.stages[i].name);
        if (orders == stages->second.end()) continue;
        constexpr size_t most_shown = 4;
        std::vector<std::string> shown(orders->second.begin(),
                                       orders->second.begin() + static_cast<std::ptrdiff_t>(std::min(
                                                                    most_shown, orders->second.size())));
        std::string text = join(shown, ", ");
        if (orders->second.size() > most_shown)
          text += fmt::format(" and {} more", orders->second.size() - most_shown);
        lines.push_back(fmt::format("{} adds orders to stage `{}` of route `{}`, which cost {}: {}",
                                    target.title, route.stages[i].name, route.name, to_string(price[i]),
                                    text));
      }
    }
  }
}

// One line for each element that the platform ends at a limit of its own.
void describe_limits(const sema::Pipeline& pipeline, const sema::Target& target,
                     std::vector<std::string>& lines) {
  std::set<std::string> seen;
  for (const sema::Route& route : pipeline.routes) {
    for (const sema::Stage& stage : route.stages) {
      for (const auto& element : stage.elements) {
        const auto limit = sema::platform_limit(*element, target);
        if (!limit || !seen.insert(element->id).second) continue;
        lines.push_back(fmt::format("{} does not end `{}` after {}, so it counts with {}", target.title,
                                    element->id, to_string(element->timeout), to_string(*limit)));
      }
    }
  }
}

// What one target makes of every pipeline. Targets share nothing that changes.
Emission emit_target(const Compilation& compilation, const ir::Program& program, const sema::Target& target,
                     const Options& options) {
  const backends::EmitOptions emit_options{options.routes};
  const backends::Backend& backend = backend_of(target);
  Emission emission;
  backends::OutputSet all;
  for (const ir::Pipeline& pipeline : program.pipelines) {
    if (is_left_out(compilation.model(), pipeline, target)) continue;
    const backends::OutputSet output = backend.emit(pipeline, emit_options);
    const backends::Refinement refinement =
        backends::refine(pipeline, target.name, emit_options, backend.read_back(output));
    for (const std::string& defect : refinement.defects) {
      emission.defects.push_back(fmt::format("{}: pipeline `{}`, {}", target.name, pipeline.name, defect));
    }
    for (const auto& candidate : compilation.model().pipelines) {
      if (candidate->name == pipeline.name) describe_limits(*candidate, target, emission.approximations);
    }
    describe_approximations(compilation.model(), target, pipeline.name, refinement, emission.approximations);
    all.insert(all.end(), output.begin(), output.end());
  }
  std::sort(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  for (size_t i = 1; i < all.size(); ++i) {
    if (all[i].path == all[i - 1].path && all[i].text != all[i - 1].text) {
      emission.defects.push_back(fmt::format("{}: two pipelines write `{}`", target.name, all[i].path));
    }
  }
  all.erase(
      std::unique(all.begin(), all.end(), [](const auto& a, const auto& b) { return a.path == b.path; }),
      all.end());
  emission.targets[std::string(target.name)] = std::move(all);
  return emission;
}

}  // namespace

ir::Program lower(const Compilation& compilation, FileSystem& files) {
  std::vector<ir::SourceText> sources;
  for (size_t i = 0; i < compilation.sources().size(); ++i) {
    const auto id = static_cast<SourceId>(i);
    const std::string path(compilation.sources().path(id));
    const auto& user = compilation.paths();
    if (std::find(user.begin(), user.end(), path) != user.end())
      sources.push_back({source_name(files, path), compilation.sources().text(id)});
  }
  return ir::lower(compilation.model(), sources);
}

void check_targets(Compilation& compilation, const ir::Program& program) {
  for (const sema::Target* target : compilation.model().targets) {
    const backends::Backend& backend = backend_of(*target);
    DiagnosticSink& sink = compilation.sink();
    std::vector<backends::TakenName> names;
    for (const ir::Pipeline& pipeline : program.pipelines) {
      if (is_left_out(compilation.model(), pipeline, *target)) continue;
      const size_t before = sink.error_count();
      backend.check(pipeline, sink);
      if (sink.error_count() > before) continue;
      const std::vector<backends::TakenName> own = backend.taken_names(pipeline);
      names.insert(names.end(), own.begin(), own.end());
    }
    backends::report_same_names(names, sink);
  }
}

std::vector<std::string> left_out(const Compilation& compilation) {
  std::vector<std::string> lines;
  for (const sema::Target* target : compilation.model().targets) {
    for (const auto& pipeline : compilation.model().pipelines) {
      const std::string why = why_left_out(compilation.model(), *pipeline, *target);
      if (!why.empty()) lines.push_back(fmt::format("note: {}\n", why));
    }
  }
  return lines;
}

void note_left_out(const Compilation& compilation, const Options& options, Environment& environment) {
  if (options.quiet) return;
  for (const std::string& line : left_out(compilation))
    environment.err(line);
}

bool known_routes(const Options& options, const ir::Program& program, Environment& environment) {
  for (const std::string& name : options.routes) {
    std::vector<std::string> known;
    for (const ir::Pipeline& pipeline : program.pipelines) {
      for (const ir::Route& route : pipeline.routes)
        known.push_back(route.name);
    }
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    usage_error(environment, fmt::format("there is no route `{}`; known are {}", name, quoted_list(known)));
    return false;
  }
  return true;
}

Emission emit(const Compilation& compilation, const ir::Program& program, const Options& options) {
  const std::vector<const sema::Target*>& targets = compilation.model().targets;
  std::vector<Emission> parts(targets.size());
  const auto emit_part = [&](size_t i) {
    parts[i] = emit_target(compilation, program, *targets[i], options);
  };
  in_parallel(parts.size(), 0, emit_part, [](size_t) {});
  Emission emission;
  for (Emission& part : parts) {
    emission.targets.merge(part.targets);
    emission.defects.insert(emission.defects.end(), part.defects.begin(), part.defects.end());
    emission.approximations.insert(emission.approximations.end(), part.approximations.begin(),
                                   part.approximations.end());
  }
  return emission;
}

std::optional<Emitted> emit_input(const Options& options, Environment& environment, int& exit_code) {
  const auto compilation = compile_input(options, environment, Purpose::use, exit_code);
  if (compilation == nullptr) return std::nullopt;
  require_pipeline(*compilation);
  exit_code = findings;
  if (compilation->sink().has_errors()) {
    print_diagnostics(*compilation, options, environment);
    return std::nullopt;
  }
  Emitted emitted{lower(*compilation, environment.files), {}};
  exit_code = wrong_use;
  if (!known_routes(options, emitted.program, environment)) return std::nullopt;
  check_targets(*compilation, emitted.program);
  exit_code = print_diagnostics(*compilation, options, environment);
  if (exit_code != ok) return std::nullopt;
  note_left_out(*compilation, options, environment);
  emitted.emission = emit(*compilation, emitted.program, options);
  if (emitted.emission.defects.empty()) return emitted;
  for (const std::string& text : emitted.emission.defects)
    environment.err(fmt::format("pipec: a defect in pipec: {}\n", text));
  exit_code = defect;
  return std::nullopt;
}

}  // namespace pipec::driver
