#include "tests/support/planted.h"

#include "backends/backend.h"
#include "backends/common/refine.h"

#include <gtest/gtest.h>

namespace pipec::test {

std::vector<std::string> defects(const ir::Pipeline& pipeline, const std::string& target,
                                 const std::string& from, const std::string& to) {
  const backends::Backend& backend = *backends::find_backend(target);
  backends::OutputSet output = backend.emit(pipeline, {});
  bool found = from.empty();
  for (backends::OutputFile& file : output) {
    for (size_t at = from.empty() ? std::string::npos : file.text.find(from); at != std::string::npos;
         at = file.text.find(from, at + to.size())) {
      file.text.replace(at, from.size(), to);
      found = true;
    }
  }
  EXPECT_TRUE(found) << from;
  return backends::refine(pipeline, target, {}, backend.read_back(output)).defects;
}

}  // namespace pipec::test
