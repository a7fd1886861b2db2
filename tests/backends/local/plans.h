// Plans for tests.
#pragma once

#include "backends/local/plan.h"

#include <string>

namespace pipec::test {

// Uses every part of a plan at least once.
inline local::Plan rich_plan() {
  using namespace local;
  Plan plan{.pipeline = std::string("demo"), .description = "A: plan, \"quoted\"", .left_out = {"metrics"}};
  plan.sources = {{.name = std::string("app"),
                   .path = std::string("."),
                   .repository = std::string("github:acme/demo"),
                   .branch = std::string("main")}};
  plan.environments = {{.name = std::string("prod"), .approvers = {"alice", "bob"}},
                       {.name = std::string("dev")}};
  plan.artifacts = {
      {.name = std::string("binary"), .type = std::string("files"), .paths = {"out/**", "NOTICE"}},
      {.name = std::string("image"), .type = std::string("container"), .repository = "demo"},
      {.name = std::string("part@1_25"),
       .type = std::string("files"),
       .paths = {"out"},
       .folder = "part/1_25"},
      {.name = std::string("base"), .type = std::string("container"), .image = "debian@sha256:00"},
  };
  Script compile{.text = std::string("# comment first\nmake \"$IMAGE\"\n\techo 'tab'\n\n"),
                 .shell = Shell::sh,
                 .environment = {{"IMAGE", RunTime{"image", "uri"}},
                                 {"NUMBER", "012"},
                                 {"EMPTY", ""},
                                 {"LINES", "a\nb"}},
                 .secrets = {{"TOKEN", "REGISTRY_TOKEN"}},
                 .working_directory = "src",
                 .programs = {{"go", "1.26"}, {"make", ""}},
                 .reports = {{"junit", {"unit.xml", "more/*.xml"}}}};
  Script cell{.text = std::string("make part"),
              .services = {{.name = std::string("db"),
                            .prefix = std::string("DB"),
                            .image = std::string("postgres@sha256:00"),
                            .port = int64_t{5432},
                            .environment = {{"POSTGRES_DB", "a b"}},
                            .secrets = {{"POSTGRES_PASSWORD", "DB_PASSWORD"}}}}};
  Script deploy{
      .text = std::string("ship"),
      .rollout = Rollout{{{"eu-west-1"}, {"us-east-1", "us-west-2"}}, Duration{90}, "ship --back\n"}};
  Stage build{.name = std::string("build")};
  build.elements = {
      {.id = std::string("build.compile"),
       .kind = Kind::action,
       .title = "Build Code",
       .produces = {"binary", "image"},
       .timeout = Duration{240},
       .retries = 2,
       .backoff = Duration{5},
       .work = Work(compile)},
      {.id = std::string("build.part@1_25"),
       .kind = Kind::action,
       .needs = {"build.compile"},
       .produces = {"part@1_25"},
       .timeout = Duration{60},
       .isolated = true,
       .work = Work(cell)},
      {.id = std::string("build.check"),
       .kind = Kind::gate,
       .needs = {"build.compile"},
       .consumes = {"binary"},
       .continue_on_failure = true,
       .work = Work(Simulation{.block = std::string("simulated_check"),
                               .what = {{"image", RunTime{"image", "uri"}}}})},
  };
  Stage release{.name = std::string("release"), .environment = "prod"};
  release.elements = {
      {.id = std::string("release.go"),
       .kind = Kind::approval,
       .work =
           Work(Approval{.confirm = std::string("prod"), .approvers = {"alice"}, .within = Duration{3600}})},
      {.id = std::string("release.window"),
       .kind = Kind::gate,
       .needs = {"release.go"},
       .work = Work(
           WindowGate{.open = std::string("Mon-Fri 08:00-16:00"), .zone = std::string("Europe/Berlin")})},
      {.id = std::string("release.service"),
       .kind = Kind::deploy,
       .needs = {"release.window"},
       .consumes = {"image"},
       .timeout = Duration{60},
       .work = Work(deploy)},
  };
  plan.routes = {{.name = std::string("trunk"), .stages = {build, release}},
                 {.name = std::string("review"), .stages = {build}}};
  return plan;
}

}  // namespace pipec::test
