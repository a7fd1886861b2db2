// `services` of an element: containers that run beside its command.
#include "compiler/diag/kinds/structure.h"
#include "compiler/sema/instance.h"
#include "compiler/support/reserved_variables.h"

#include <algorithm>
#include <set>

#include <fmt/core.h>

namespace pipec::sema {
namespace {

// NAME@sha256:DIGEST, with nothing in it that a shell or docker could take for something else.
bool is_pinned(std::string_view image) {
  constexpr std::string_view algorithm = "@sha256:";
  constexpr size_t digits = 64;
  const size_t at = std::min(image.find(algorithm), image.size());
  const std::string_view name = image.substr(0, at);
  const std::string_view digest = image.substr(std::min(at + algorithm.size(), image.size()));
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           std::string_view("._-/:").find(c) != std::string_view::npos;
  };
  return !name.empty() && name.front() != '-' && std::all_of(name.begin(), name.end(), allowed) &&
         digest.size() == digits && digest.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

std::string service_prefix(std::string_view service) {
  std::string prefix;
  for (const char c : service)
    prefix += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c == '-' ? '_' : c;
  return prefix;
}

std::vector<std::string_view> Instance::targets_of(const Element& element) {
  std::vector<std::string_view> targets{""};
  for (const auto& [target, lowering] : element.lowerings)
    targets.push_back(target);
  return targets;
}

void Instance::check_services(const Element& element) {
  for (const std::string_view target : targets_of(element)) {
    const Value* services = element.property_on(target, "services");
    if (services == nullptr) continue;
    const bool deploys = element.kind == ast::ElementKind::deploy;
    if ((deploys || element.always) && !services->entries().empty()) {
      sink_.report(diag::not_here, services->span, "services",
                   deploys
                       ? "a deployment uses what runs in its environment, and nothing else is beside it there"
                       : "what stands in `always` is one execution on some targets");
    }
    std::set<std::string> taken;
    for (const auto& [name, service] : services->entries()) {
      if (service.is_error()) continue;
      check_service(name, service);
      for (const std::string_view suffix : {"_HOST", "_PORT"}) {
        const std::string variable = service_prefix(name) + std::string(suffix);
        const std::string other =
            taken.insert(variable).second ? who_sets(element, target, variable) : "another service";
        if (other.empty()) continue;
        sink_.report(diag::bad_service, service.span, name,
                     fmt::format("`{}` is set by {} too", variable, other));
      }
    }
  }
}

void Instance::check_service(const std::string& name, const Value& service) {
  // In a base what is required may be left to the heirs.
  const Value* image = service.find("image");
  if (image != nullptr && !image->is_error() && !is_pinned(image->text())) {
    const std::string tag = image->text().substr(0, image->text().find('@'));
    sink_.report(diag::service_not_pinned, image->span, name)
        .note(fmt::format("`docker buildx imagetools inspect {}` prints the digest; write `{}@sha256:…`", tag,
                          tag));
  }
  const Value* port = service.find("port");
  const int64_t* number = port == nullptr ? nullptr : port->as<int64_t>();
  constexpr int64_t last_port = 65535;
  if (number != nullptr && (*number < 1 || *number > last_port))
    sink_.report(diag::bad_service, port->span, name, "a port is a number from 1 to 65535");
  const Value* env = service.find("env");
  const Value* secrets = service.find("secrets");
  for (const Value* variables : {env, secrets}) {
    if (variables == nullptr) continue;
    for (const auto& [variable, value] : variables->entries()) {
      if (!is_environment_name(variable)) sink_.report(diag::bad_variable_name, value.span, variable);
      const std::string_view decides = decided_by(variable, VariableOf::container);
      if (!decides.empty()) {
        sink_.report(diag::bad_service, value.span, name,
                     fmt::format("`{}` decides {}; give it to the container by an image of your own",
                                 variable, decides));
      }
      if (variables == secrets && env != nullptr && env->find(variable) != nullptr)
        sink_.report(diag::variable_set_twice, value.span, variable);
    }
  }
}

std::string Instance::who_sets(const Element& element, std::string_view target, const std::string& variable) {
  for (const char* map : {"env", "secrets"}) {
    const Value* values = element.property_on(target, map);
    if (values != nullptr && values->find(variable) != nullptr) return fmt::format("`{}`", map);
  }
  const bool axis = std::any_of(element.axes.begin(), element.axes.end(),
                                [&](const Axis& a) { return a.variable == variable; });
  return axis ? "`matrix`" : "";
}

}  // namespace pipec::sema
