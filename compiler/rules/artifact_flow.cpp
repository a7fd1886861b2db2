// Artifacts are made once, before they are used, in every route that uses them.
#include "compiler/diag/kinds/profiles.h"
#include "compiler/diag/kinds/structure.h"
#include "compiler/rules/rules.h"
#include "compiler/support/text.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/core.h>

namespace pipec::rules {
namespace {

using sema::Change;
using sema::ChangeKind;
using sema::Route;

std::string name_of(const Route& route) {
  return route.kind == sema::RouteKind::hotfix ? "the hotfix" : fmt::format("the route `{}`", route.name);
}

// The elements of trunk that make artifacts, by artifact.
std::map<std::string, std::string> makers_of(const sema::Pipeline& pipeline) {
  std::map<std::string, std::string> makers;
  for (const Route& route : pipeline.routes) {
    for (const sema::Stage& stage : route.stages) {
      for (const auto& element : stage.elements) {
        for (const auto& output : element->produces)
          makers.emplace(output.first, element->id);
      }
    }
  }
  return makers;
}

void report_missing(const Context& context, const Route& route, const std::string& maker,
                    const std::vector<std::pair<const sema::Element*, Span>>& consumers) {
  std::vector<std::string> names;
  for (const auto& [element, span] : consumers)
    names.push_back(element->id);
  const Change* removal = nullptr;
  for (const Change& change : route.changes) {
    if (change.element == maker && change.kind != ChangeKind::added) removal = &change;
  }
  const Span at = removal == nullptr ? route.head : removal->span;
  auto report = context.sink.report(diag::artifact_not_in_route, at, maker, name_of(route));
  for (const auto& [element, span] : consumers)
    report.label(span, fmt::format("`{}` needs it", element->id));
  const bool may_go = std::none_of(consumers.begin(), consumers.end(), [](const auto& consumer) {
    return consumer.first->final || consumer.first->kind == ast::ElementKind::deploy;
  });
  if (may_go && removal != nullptr && removal->kind == ChangeKind::skipped) {
    std::string more;
    for (const std::string& name : names)
      more += ", " + name;
    report.fix("skip what needs it too", {{{at.source, at.end, at.end}, more}});
  }
}

// Only into a registry of its own does a pipeline store anything.
void check_attached(const Context& context, const std::map<std::string, std::string>& makers) {
  std::set<const sema::Element*> seen;
  for (const Route& route : context.pipeline.routes) {
    for (const sema::Stage& stage : route.stages) {
      for (const auto& element : stage.elements) {
        const sema::Value* images = element->property("attaches_to");
        if (images == nullptr || !seen.insert(element.get()).second) continue;
        for (const sema::Value& image : images->items()) {
          if (!makers.contains(image.text()))
            context.sink.report(diag::attaches_to_external, image.span, element->id, image.text());
        }
      }
    }
  }
}

// What a pull request holds nobody has reviewed; whoever can open one would sign what they like.
void check_signed_in_review(const Context& context) {
  for (const Route& route : context.pipeline.routes) {
    if (route.kind != sema::RouteKind::other || route.trigger.pull_requests.empty()) continue;
    for (const sema::Stage& stage : route.stages) {
      for (const auto& element : stage.elements) {
        const sema::Value* images = element->property("attaches_to");
        if (images == nullptr || images->items().empty()) continue;
        context.sink
            .report(diag::signs_pull_requests, element->head, element->id, images->items().front().text(),
                    route.name)
            .label(route.head, fmt::format("runs stage `{}`", stage.name))
            .label(route.trigger.pull_request_spans.front(), "starts from a pull request")
            .note(fmt::format("leave it out of the route: `skip {} because \"nothing is signed before it is "
                              "reviewed\"`, or leave `{}` out of `stages`",
                              element->id, stage.name));
      }
    }
  }
}

}  // namespace

void artifact_flow(const Context& context) {
  const auto makers = makers_of(context.pipeline);
  check_attached(context, makers);
  check_signed_in_review(context);
  std::set<std::string> used;
  for (const Route& route : context.pipeline.routes) {
    std::map<std::string, Route::Position> made;
    for (size_t s = 0; s < route.stages.size(); ++s) {
      for (size_t e = 0; e < route.stages[s].elements.size(); ++e) {
        for (const auto& output : route.stages[s].elements[e]->produces)
          made.emplace(output.first, Route::Position{s, e});
      }
    }
    std::map<std::string, std::vector<std::pair<const sema::Element*, Span>>> missing;
    for (size_t s = 0; s < route.stages.size(); ++s) {
      for (size_t e = 0; e < route.stages[s].elements.size(); ++e) {
        const sema::Element& element = *route.stages[s].elements[e];
        std::vector<bool> before;
        if (!element.consumes.empty()) before = route.stages[s].order.all_before(e);
        for (const sema::ArtifactUse& use : element.consumes) {
          used.insert(use.artifact);
          const auto maker = makers.find(use.artifact);
          if (maker == makers.end()) continue;
          const auto position = made.find(use.artifact);
          if (position == made.end()) {
            missing[maker->second].push_back({&element, use.span});
          } else if (position->second.stage > s ||
                     (position->second.stage == s && !before[position->second.element])) {
            context.sink.report(diag::artifact_before_made, use.span, use.artifact)
                .label(route.at(position->second).head, "made here");
          }
        }
      }
    }
    for (const auto& [maker, consumers] : missing)
      report_missing(context, route, maker, consumers);
  }
  for (const sema::ExternalArtifact& external : context.pipeline.externals) {
    if (!used.contains(external.name))
      context.sink.report(diag::artifact_never_used, external.span, external.name);
  }
  for (const sema::Stage& stage : context.pipeline.trunk().stages) {
    for (const auto& element : stage.elements) {
      for (const auto& output : element->produces) {
        if (used.contains(output.first)) continue;
        context.sink.report(diag::artifact_never_used, element->property_span("outputs"), output.first);
      }
    }
  }
}

}  // namespace pipec::rules
