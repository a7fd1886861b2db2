// The texts of a route's actions: what the ledger is asked for, what approvers read.
#include "backends/codepipeline/route_lowering.h"
#include "backends/common/values.h"

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace pipec::backends::codepipeline {
namespace {

using Json = nlohmann::ordered_json;

std::string kind_of(const ir::Route& route) {
  return route.kind == ir::RouteKind::hotfix ? "hotfix" : route.name;
}

}  // namespace

std::string left_out(const ir::Route& route, size_t longest) {
  std::string text;
  size_t more = 0;
  for (const ir::Change& change : route.changes) {
    if (change.what != "skipped") continue;
    const std::string item =
        fmt::format("{}{} ({})", text.empty() ? "" : ", ", change.element, change.reason);
    if (more > 0 || text.size() + item.size() > longest) {
      ++more;
    } else {
      text += item;
    }
  }
  if (more > 0) text += fmt::format(" and {} more", more);
  return text;
}

// Values of the run stand in the JSON of the request. All of them are of the guard or of CodePipeline, in
// alphabets without quotes; the name of a branch or an author, which could hold one, is checked by the guard
// first.
std::string ledger_request(const Facts& facts, const ir::Route& route, const ir::Stage& stage,
                           const std::vector<std::string>& steps) {
  Json request = {{"do", steps},
                  {"route", kind_of(route)},
                  {"environment", facts.environment_of(stage)->name},
                  {"pipeline", facts.names().pipeline(route)},
                  {"run", "#{codepipeline.PipelineExecutionId}"}};
  const auto guarded = [&](const char* variable) {
    return fmt::format("#{{{}.{}}}", guard_variables(stage), variable);
  };
  for (const std::string& step : steps) {
    if (step != "claim" && step != "record") continue;
    request["commit"] = guarded("COMMIT");
    if (route.kind == ir::RouteKind::hotfix) {
      request["branch"] = guarded("BRANCH");
      request["incident"] = guarded("INCIDENT");
    }
    if (step == "claim") {
      request["generation"] = guarded("GENERATION");
      request["base"] = guarded("LIVE");
      request["authors"] = guarded("AUTHORS");
      request["separate"] = facts.environment_of(stage)->separate;
    } else {
      request["committed"] = guarded("COMMITTED");
    }
  }
  return request.dump();
}

std::string window_request(const Facts& facts, const ir::Route& route, const ir::Element& element) {
  const Json request = {{"do", {"window"}},
                        {"pipeline", facts.names().pipeline(route)},
                        {"run", "#{codepipeline.PipelineExecutionId}"},
                        {"open", text_field(element, "open")},
                        {"zone", text_field(element, "zone")}};
  return request.dump();
}

std::string change_set_parameters(const ir::Element& element) {
  const ir::Value* parameters = field(element, "parameters");
  const auto* entries = parameters == nullptr ? nullptr : parameters->as<ir::Constructed>();
  if (entries == nullptr || entries->arguments.empty()) return "";
  Json json = Json::object();
  for (const auto& [name, value] : entries->arguments)
    json[name] = environment_text(value);
  return json.dump();
}

std::string approval_text(const Facts& facts, const ir::Route& route, const ir::Stage& stage) {
  const ir::Environment* environment = facts.environment_of(stage);
  const std::string place = environment == nullptr ? stage.name : environment->name;
  if (route.kind != ir::RouteKind::hotfix || !facts.guarded(stage)) {
    return fmt::format("{} to {}: commit #{{{}.CommitId}}.", facts.pipeline().name, place, source_variables);
  }
  // The rest is for values of the run: a commit, a branch and an incident.
  constexpr size_t longest_list = 500;
  const std::string variables = guard_variables(stage);
  const std::string skipped = left_out(route, longest_list);
  return fmt::format(
      "Hotfix of {0} to {1}: incident #{{{2}.INCIDENT}}, branch #{{{2}.BRANCH}}, commit #{{{2}.COMMIT}}.{3}",
      facts.pipeline().name, place, variables, skipped.empty() ? "" : " Left out: " + skipped);
}

std::string approval_link(const Facts& facts, const ir::Route&, const ir::Stage& stage) {
  if (!facts.uses_connection() || !facts.guarded(stage)) return "";
  return fmt::format("https://github.com/{0}/compare/#{{{1}.LIVE}}...#{{{1}.COMMIT}}",
                     facts.pipeline().sources.front().repository, guard_variables(stage));
}

}  // namespace pipec::backends::codepipeline
