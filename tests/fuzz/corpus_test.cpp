// What the fuzzers found, and what reaches most of the code: each text keeps every promise.
#include "tests/fuzz/promises.h"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace pipec::fuzz {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> corpus() {
  std::vector<fs::path> files;
  for (const auto& entry : fs::directory_iterator(std::string(PIPEC_SOURCE_DIR) + "/tests/fuzz/corpus"))
    files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

TEST(FuzzCorpus, KeepsEveryPromise) {
  const std::vector<fs::path> files = corpus();
  EXPECT_GT(files.size(), 50u);
  for (const fs::path& file : files) {
    SCOPED_TRACE(file.filename().string());
    const std::string text = read(file);
    EXPECT_EQ(broken_by_parse(text), "");
    EXPECT_EQ(broken_by_format(text), "");
    EXPECT_EQ(broken_by_front_end(text), "");
  }
}

}  // namespace
}  // namespace pipec::fuzz
