#include "tests/bench/pipelines.h"

#include <algorithm>

#include <fmt/core.h>

namespace pipec::bench {
namespace {

constexpr size_t per_stage = 20;

constexpr std::string_view words = R"(pipe 1
capability work: action { title = "Work"  timeout = 5m }
capability look: gate { title = "Look"  timeout = 5m }
capability deliver: deploy { title = "Deliver"  timeout = 5m }
capability agree: approval { title = "Agree" }
group team { github = team("acme/team")  codepipeline = role("Team")  local = users("t") }
profile big {
  title  = "Big"
  origin = "bench"
  stage prod {
    title = "Production"  production = true
    order agree before deliver { code = "BENCH-1"  text = "people first" }
  }
}
)";

std::string flow(size_t element) {
  const std::string inputs = element < per_stage ? "" : fmt::format("inputs = [o{}]  ", element - per_stage);
  return fmt::format("{}outputs = {{ o{} = files(\"o{}\") }}", inputs, element, element);
}

std::string element_of(size_t element, Shape shape) {
  const std::string more =
      shape == Shape::artifacts ? flow(element) : fmt::format("env = {{ N = {} }}", element);
  if (element % 2 == 0)
    return fmt::format("      action e{}: work {{ run = \"make {}\"  timeout = 3m  typical = 10s  {} }}\n",
                       element, element, more);
  const std::string threshold = shape == Shape::artifacts ? more : "fail_on = high";
  return fmt::format("      gate e{}: look {{ run = \"check {}\"  timeout = 2m  typical = 5s  {} }}\n",
                     element, element, threshold);
}

constexpr std::string_view delivery =
    R"(  environment prod { account = "111111111111"  regions = [eu-west-1]  approvers = team }
  stage scan {
    action make: work { run = "make"  typical = 1m  outputs = { binary = files("out/**") } }
    gate scan: look { run = "scan"  inputs = [binary]  typical = 1m  fail_on = high  floor = critical  final = true }
  }
  stage prod in prod {
    approval release { within = 24h }
    deploy service: deliver { run = "deploy"  inputs = [binary]  typical = 1m  rollback = on_failure }
  }
  route review { pull_requests = "main"  stages = [s0]  skip e1 because "slow" }
  hotfix {
    branches = "hotfix/{incident}-*"
    incident = pattern("INC-[0-9]+")
    budget   = typical(300d)
    skip e1 because "slow"
    override e3 because "slow" { run = "check"  typical = 1s }
    backfill = { into = ["main"]  within = 24h }
  }
)";

}  // namespace

std::string pipeline_of(size_t elements, Shape shape) {
  std::string text(words);
  text += "pipeline p: big {\n  source app { repository = github(\"acme/app\") }\n";
  for (size_t element = 0; element < elements; ++element) {
    if (element % per_stage == 0)
      text += fmt::format("  stage s{} {{\n    {} {{\n", element / per_stage,
                          shape == Shape::deep ? "sequence" : "parallel");
    text += element_of(element, shape);
    if (element % per_stage == per_stage - 1 || element + 1 == elements) text += "    }\n  }\n";
  }
  if (shape == Shape::hotfix) text += delivery;
  return text + "}\n";
}

}  // namespace pipec::bench
