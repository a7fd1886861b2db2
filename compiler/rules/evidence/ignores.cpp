#include "compiler/rules/evidence/ignores.h"

#include "compiler/rules/evidence/reading.h"

#include <algorithm>
#include <filesystem>

namespace pipec::rules {
namespace {

void add(const std::vector<sema::Program>& programs, FileNames& names) {
  for (const sema::Program& program : programs)
    names.insert(program.ignores.begin(), program.ignores.end());
}

// Whether one of the programs reads such files, and its name is somewhere in the command.
bool may_call_some(const std::vector<sema::Program>& programs, const std::string& run) {
  return std::any_of(programs.begin(), programs.end(), [&](const sema::Program& program) {
    const bool reads =
        !program.ignores.empty() || !program.ignore_flags.empty() || !program.more_ignore_flags.empty();
    return reads && run.find(program.name) != std::string::npos;
  });
}

// Only then the command is worth reading.
bool may_call_some(const sema::Element& element, const std::string& run) {
  return std::any_of(element.capabilities.begin(), element.capabilities.end(),
                     [&](const sema::Capability* capability) {
                       return may_call_some(capability->commands, run) ||
                              (capability->general != nullptr && may_call_some(*capability->general, run));
                     });
}

// Adds the files that the flags name; whether any of the flags is there.
bool add_given(const sema::Element& element, const Call& call, const std::vector<std::string>& flags,
               FileNames& given) {
  bool any = false;
  for (const std::string& flag : flags) {
    const auto file = given_with(call, flag);
    any = any || file.has_value();
    if (!file || file->empty() || *file == "/dev/null") continue;
    const sema::Value* folder = element.property("working_directory");
    const auto path = std::filesystem::path(folder == nullptr ? "" : folder->text()) / *file;
    // What a variable says is known only when it runs.
    const bool is_path = file->find_first_of("$`") == std::string::npos;
    given.insert(is_path ? path.lexically_normal().generic_string() : *file);
  }
  return any;
}

// Those of the command that runs on the target.
void add_files(const sema::Element& element, std::string_view target, IgnoreFiles& files) {
  const sema::Value* run = command_on(element, target);
  if (run == nullptr || !may_call_some(element, run->text())) return;
  const Reading reading = read_command(element, target);
  for (const Call& call : reading.calls) {
    if (!call.works()) continue;
    const sema::Program& program = *call.program;
    if (!add_given(element, call, program.ignore_flags, files.given))
      files.known.insert(program.ignores.begin(), program.ignores.end());
    add_given(element, call, program.more_ignore_flags, files.given);
  }
}

}  // namespace

std::vector<const sema::Element*> elements_of(const sema::Pipeline& pipeline) {
  std::vector<const sema::Element*> found;
  std::set<const sema::Element*> seen;
  const auto add_stages = [&](const std::vector<sema::Stage>& stages) {
    for (const sema::Stage& stage : stages) {
      for (const auto& element : stage.elements) {
        if (seen.insert(element.get()).second) found.push_back(element.get());
      }
    }
  };
  for (const sema::Route& route : pipeline.routes)
    add_stages(route.stages);
  add_stages(pipeline.workstation);
  return found;
}

IgnoreFiles ignore_files_of(const sema::Pipeline& pipeline) {
  IgnoreFiles files;
  const std::vector<sema::Program>* general = nullptr;
  std::set<const sema::Capability*> seen;
  for (const sema::Element* element : elements_of(pipeline)) {
    files.given.merge(ignore_files_of(*element).given);
    for (const sema::Capability* capability : element->capabilities) {
      if (!seen.insert(capability).second) continue;
      add(capability->commands, files.known);
      if (capability->general != nullptr) general = capability->general;
    }
  }
  if (general != nullptr) add(*general, files.known);
  return files;
}

IgnoreFiles ignore_files_of(const sema::Element& element) {
  IgnoreFiles files;
  add_files(element, {}, files);
  for (const auto& [target, lowering] : element.lowerings) {
    if (!lowering.block && !lowering.properties.empty()) add_files(element, target, files);
  }
  return files;
}

}  // namespace pipec::rules
