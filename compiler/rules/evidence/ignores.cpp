#include "compiler/rules/evidence/ignores.h"

#include "compiler/rules/evidence/reading.h"

#include <algorithm>

namespace pipec::rules {
namespace {

void add(const std::vector<sema::Program>& programs, FileNames& names) {
  for (const sema::Program& program : programs)
    names.insert(program.ignores.begin(), program.ignores.end());
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

FileNames known_ignore_files(const sema::Pipeline& pipeline) {
  FileNames names;
  const std::vector<sema::Program>* general = nullptr;
  std::set<const sema::Capability*> seen;
  for (const sema::Element* element : elements_of(pipeline)) {
    for (const sema::Capability* capability : element->capabilities) {
      if (!seen.insert(capability).second) continue;
      add(capability->commands, names);
      if (capability->general != nullptr) general = capability->general;
    }
  }
  if (general != nullptr) add(*general, names);
  return names;
}

FileNames ignore_files_of(const sema::Element& element) {
  FileNames names;
  const sema::Value* run = element.property("run");
  if (run == nullptr || run->as<sema::TextValue>() == nullptr) return names;
  const Reading reading = read_command(element, run->text());
  for (const Call& call : reading.calls) {
    const auto& arguments = call.arguments;
    const bool elsewhere = std::find(arguments.begin(), arguments.end(), "/dev/null") != arguments.end();
    if (call.works() && !elsewhere) names.insert(call.program->ignores.begin(), call.program->ignores.end());
  }
  return names;
}

}  // namespace pipec::rules
