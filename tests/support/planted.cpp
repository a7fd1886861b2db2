#include "tests/support/planted.h"

#include "backends/backend.h"
#include "backends/common/refine.h"
#include "tests/support/program.h"

namespace pipec::test {

void PlantedBugs::SetUp() {
  program_ = compile(small_words() + text_);
  ASSERT_EQ(program_.pipelines.size(), 1u);
}

std::vector<std::string> PlantedBugs::defects(const std::string& target, const std::string& from,
                                              const std::string& to) const {
  const backends::Backend& backend = *backends::find_backend(target);
  backends::OutputSet output = backend.emit(pipeline(), {});
  bool found = from.empty();
  for (backends::OutputFile& file : output) {
    for (size_t at = from.empty() ? std::string::npos : file.text.find(from); at != std::string::npos;
         at = file.text.find(from, at + to.size())) {
      file.text.replace(at, from.size(), to);
      found = true;
    }
  }
  EXPECT_TRUE(found) << from;
  return backends::refine(pipeline(), target, {}, backend.read_back(output)).defects;
}

}  // namespace pipec::test
