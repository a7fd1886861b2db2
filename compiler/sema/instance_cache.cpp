// `cache` of an element: files that another run left, so that this one is faster.
#include "compiler/diag/kinds/structure.h"
#include "compiler/sema/instance.h"

#include <algorithm>
#include <array>

namespace pipec::sema {
namespace {

// Why an element may not have one; empty when it may.
std::string_view refusal(const Element& element) {
  if (element.kind == ast::ElementKind::deploy)
    return "a deployment depends on its own run, and on nothing that another one left";
  if (element.always) return "what stands in `always` is one execution on some targets";
  if (element.final) return "what a final gate says depends on nothing that another run left";
  return "";
}

constexpr std::string_view repository =
    "it holds the repository or pipec's own files, which a run does not change";
constexpr std::string_view shell = "a shell reads it, and would run what another run left";
constexpr std::string_view credentials = "it holds credentials";
constexpr std::string_view settings = "it holds settings that decide which programs run";

struct Reserved {
  std::string_view name;
  std::string_view why;
};

// At any depth: a submodule has its own.
constexpr auto reserved_anywhere = std::to_array<Reserved>({{".git", repository}, {".pipec", repository}});

// Directly below the home folder.
constexpr auto reserved_at_home = std::to_array<Reserved>({
    {".aws", credentials},    {".bash_aliases", shell}, {".bash_login", shell},
    {".bash_logout", shell},  {".bash_profile", shell}, {".bashrc", shell},
    {".config", settings},    {".docker", credentials}, {".git-credentials", credentials},
    {".gitconfig", settings}, {".gnupg", credentials},  {".kube", credentials},
    {".netrc", credentials},  {".npmrc", credentials},  {".profile", shell},
    {".pypirc", credentials}, {".ssh", credentials},    {".zlogin", shell},
    {".zprofile", shell},     {".zshenv", shell},       {".zshrc", shell},
});

// Why no cache may hold the path; empty when one may. The path is plain: neither `.` nor
// `..` are among its parts.
std::string_view why_reserved(std::string_view path) {
  const bool at_home = path.starts_with("~/");
  bool first = true;
  for (std::string_view rest = at_home ? path.substr(2) : path; !rest.empty(); first = false) {
    const std::string_view part = rest.substr(0, rest.find('/'));
    rest.remove_prefix(std::min(part.size() + 1, rest.size()));
    const auto same = [&](const Reserved& reserved) { return reserved.name == part; };
    const auto anywhere = std::find_if(reserved_anywhere.begin(), reserved_anywhere.end(), same);
    if (anywhere != reserved_anywhere.end()) return anywhere->why;
    const auto home = std::find_if(reserved_at_home.begin(), reserved_at_home.end(), same);
    if (at_home && first && home != reserved_at_home.end()) return home->why;
  }
  return "";
}

// The same for one element. Folders of the checkout cannot be told from sources.
std::string_view refusal(const Element& element, std::string_view path) {
  if (const std::string_view why = why_reserved(path); !why.empty()) return why;
  if (element.checks() && !path.starts_with("~/"))
    return "the gate looks at the checkout, in which nothing may stand that another run left; cache a folder "
           "below `~/`";
  return "";
}

void check_paths(const Element& element, const Value& paths, DiagnosticSink& sink) {
  for (const Value& path : paths.items()) {
    if (path.is_error()) continue;
    if (const std::string_view why = refusal(element, path.text()); !why.empty())
      sink.report(diag::not_to_cache, path.span, path.text(), why);
  }
}

}  // namespace

void Instance::check_cache(const Element& element) {
  for (const std::string_view target : targets_of(element)) {
    const Value* caches = element.property_on(target, "cache");
    if (caches == nullptr || caches->is_error() || caches->items().empty()) continue;
    if (const std::string_view why = refusal(element); !why.empty())
      sink_.report(diag::not_here, caches->span, "cache", std::string(why));
    for (const Value& cache : caches->items()) {
      const Value* paths = cache.find("paths");
      if (paths != nullptr && !paths->is_error()) check_paths(element, *paths, sink_);
    }
  }
}

}  // namespace pipec::sema
