#include "compiler/ir/lower_work.h"

#include "compiler/support/counters.h"
#include "compiler/support/text.h"

#include <algorithm>
#include <filesystem>
#include <functional>

namespace pipec::ir {
namespace {

// How long the environment of the stage may stand, for whoever tags what is made in it.
void add_time_to_live(const sema::Environment* environment, Work& work) {
  constexpr const char* variable = "ENVIRONMENT_TTL";
  const bool own = find(work.environment, variable) != nullptr ||
                   std::any_of(work.secrets.begin(), work.secrets.end(),
                               [](const auto& secret) { return secret.first == variable; });
  if (environment == nullptr || !environment->ttl || work.block || own) return;
  work.environment.emplace_back(variable,
                                Value{std::to_string(environment->ttl->seconds), environment->ttl_span});
}

Service lower_service(const std::string& name, const sema::Value& from) {
  Service service{
      name, sema::service_prefix(name), from.find("image")->text(), *from.find("port")->as<int64_t>(), {},
      {}};
  for (const auto& [variable, value] : from.find("env")->entries())
    service.environment.emplace_back(variable, value.text());
  for (const auto& [variable, secret] : from.find("secrets")->entries())
    service.secrets.emplace_back(variable, secret.find("name")->text());
  return service;
}

std::vector<std::string> texts_in(const sema::Value& list) {
  std::vector<std::string> texts;
  for (const sema::Value& item : list.items())
    texts.push_back(item.text());
  return texts;
}

// What a property of an element is on the target; null when it is not set.
using Properties = std::function<const sema::Value*(std::string_view)>;

// What the commands need around them, and what they leave behind.
void add_needs(const Properties& property, Work& work) {
  if (const sema::Value* runtimes = property("runtime")) {
    for (const sema::Value& runtime : runtimes->items())
      work.runtimes.push_back({runtime.text(), runtime.find("version")->text()});
  }
  if (const sema::Value* tools = property("tools")) {
    for (const sema::Value& tool : tools->items()) {
      const sema::Value* member = tool.find("member");
      work.tools.push_back({tool.find("name")->text(), tool.find("url")->text(), tool.find("sha256")->text(),
                            member == nullptr ? "" : member->text()});
    }
  }
  if (const sema::Value* services = property("services")) {
    for (const auto& [name, service] : services->entries())
      work.services.push_back(lower_service(name, service));
  }
  if (const sema::Value* caches = property("cache")) {
    for (const sema::Value& cache : caches->items())
      work.caches.push_back({texts_in(*cache.find("paths")), texts_in(*cache.find("key"))});
  }
  if (const sema::Value* access = property("access")) {
    for (const sema::Value& grant : access->items()) {
      Grant lowered{{}, grant.find("resource")->text()};
      for (const sema::Value& action : grant.find("actions")->items())
        lowered.actions.push_back(action.text());
      work.access.push_back(std::move(lowered));
    }
  }
  if (const sema::Value* reports = property("reports")) {
    for (const sema::Value& report : reports->items()) {
      ReportFile lowered{report.text(), {}};
      for (const auto& [name, value] : report.entries()) {
        if (value.items().empty()) lowered.paths.push_back(value.text());
        for (const sema::Value& path : value.items())
          lowered.paths.push_back(path.text());
      }
      work.reports.push_back(std::move(lowered));
    }
  }
}

}  // namespace

Value ValueLowering::lower(const sema::Value& value) const {
  ++counters.lowered;
  Value lowered;
  lowered.span = value.span;
  if (const auto* number = value.as<int64_t>()) {
    lowered.data = *number;
  } else if (const auto* boolean = value.as<bool>()) {
    lowered.data = *boolean;
  } else if (const auto* duration = value.as<Duration>()) {
    lowered.data = *duration;
  } else if (const auto* percent = value.as<sema::PercentValue>()) {
    lowered.data = percent->percent;
  } else if (const auto* size = value.as<sema::SizeValue>()) {
    lowered.data = size->bytes;
  } else if (value.as<sema::ListValue>() != nullptr) {
    List list;
    for (const sema::Value& item : value.items())
      list.items.push_back(lower(item));
    lowered.data = std::move(list);
  } else if (value.as<sema::MapValue>() != nullptr) {
    lowered.data = Constructed{"", lower(value.entries())};
  } else if (value.as<sema::ConstructedValue>() != nullptr) {
    lowered.data = Constructed{value.text(), lower(value.entries())};
  } else if (const auto* artifact = value.as<sema::ArtifactValue>()) {
    lowered.data = reference_to(artifact->name);
  } else if (const auto* run_time = value.as<sema::RunTimeValue>()) {
    lowered.data = run_time_value(*run_time);
  } else {
    lowered.data = value.text();
  }
  return lowered;
}

// A collection stands for the folder that holds those of its cells, as the command sees it.
std::string ValueLowering::folder_of(const std::string& collection) const {
  return std::filesystem::path(collection).lexically_relative(directory_).string();
}

decltype(Value::data) ValueLowering::reference_to(const std::string& artifact) const {
  if (artifacts_.collection(artifact) != nullptr) return folder_of(artifact);
  return ArtifactReference{artifacts_.index(artifact)};
}

decltype(Value::data) ValueLowering::run_time_value(const sema::RunTimeValue& value) const {
  const std::vector<size_t>* collection = artifacts_.collection(value.artifact);
  if (collection == nullptr) return RunTime{artifacts_.index(value.artifact), value.attribute, value.own};
  // The cell that makes a part of it has the files where it wrote them.
  if (value.own) return join(artifacts_.all()[collection->front()].paths, "\n");
  return folder_of(value.artifact);
}

NamedValues ValueLowering::lower(const sema::NamedValues& values) const {
  NamedValues lowered;
  for (const auto& [name, value] : values) {
    if (!value.is_error()) lowered.emplace_back(name, lower(value));
  }
  return lowered;
}

Work lower_work(const sema::Element& element, const sema::Environment* environment,
                const sema::Target& target, const Artifacts& artifacts) {
  Work work;
  const auto lowering = element.lowerings.find(target.name);
  const auto property = [&](std::string_view name) { return element.property_on(target.name, name); };
  const auto text = [&](std::string_view name) {
    const sema::Value* value = property(name);
    return value == nullptr ? std::string() : value->text();
  };
  work.working_directory = text("working_directory");
  const ValueLowering values(artifacts, work.working_directory);
  if (lowering != element.lowerings.end() && lowering->second.block) {
    const sema::Value& block = *lowering->second.block;
    work.block = Block{block.text(), values.lower(block.entries()), block.span};
  }
  work.script = text("run");
  work.undo = text("undo");
  work.shell = text("shell") == "sh" ? Shell::sh : Shell::bash;
  work.compute = text("compute");
  if (const sema::Value* privileged = property("privileged")) work.privileged = *privileged->as<bool>();
  if (const sema::Value* env = property("env")) work.environment = values.lower(env->entries());
  if (element.cell) {
    for (const auto& [variable, value] : element.cell->variables)
      work.environment.emplace_back(variable, values.lower(value));
  }
  if (const sema::Value* secrets = property("secrets")) {
    for (const auto& [variable, secret] : secrets->entries())
      work.secrets.emplace_back(variable, secret.find("name")->text());
  }
  add_needs(property, work);
  add_time_to_live(environment, work);
  return work;
}

}  // namespace pipec::ir
