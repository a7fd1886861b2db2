// What tests of settings and templates share.
#pragma once

#include "backends/github/aws_templates.h"
#include "backends/github/settings.h"
#include "tests/support/program.h"

#include <map>
#include <string>

#include <gtest/gtest.h>

namespace pipec::test {

// A pipeline, and the context of its backend, which refers to it.
class Compiled {
 public:
  explicit Compiled(const std::string& text)
      : program_(compile(text, {"github"})), context(program_.pipelines.front(), options_) {}
  Compiled(const Compiled&) = delete;
  Compiled& operator=(const Compiled&) = delete;

 private:
  ir::Program program_;
  backends::EmitOptions options_;

 public:
  const backends::github::Context context;
};

inline std::string checkout_sample() { return source_file("samples/checkout/checkout.pipe"); }

// The sample with another text in the place of one that it must hold.
inline std::string checkout_with(const std::string& text, const std::string& replacement) {
  std::string sample = checkout_sample();
  const size_t place = sample.find(text);
  EXPECT_NE(place, std::string::npos) << text;
  return place == std::string::npos ? sample : sample.replace(place, text.size(), replacement);
}

// The texts of the files, by their paths below the pipeline's folder.
inline std::map<std::string, std::string> by_path(const backends::github::Context& context,
                                                  const backends::OutputSet& files) {
  std::map<std::string, std::string> texts;
  for (const backends::OutputFile& file : files) {
    EXPECT_TRUE(file.path.starts_with(context.folder())) << file.path;
    texts.emplace(file.path.substr(context.folder().size()), file.text);
  }
  return texts;
}

}  // namespace pipec::test
