// Planted bugs of backends: a target's output is changed, and reading it back must find that.
#pragma once

#include "compiler/ir/ir.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace pipec::test {

// Tests of one pipeline of the profile `small`.
class PlantedBugs : public testing::Test {
 protected:
  // `pipeline`: its text, free of errors.
  explicit PlantedBugs(std::string pipeline) : text_(std::move(pipeline)) {}

  void SetUp() override;

  const ir::Pipeline& pipeline() const { return program_.pipelines.front(); }

  // What reading back finds wrong with a target's output in which `to` stands wherever it said `from`, which
  // must occur; with the output as it is when `from` is empty.
  std::vector<std::string> defects(const std::string& target, const std::string& from = "",
                                   const std::string& to = "") const;

  ir::Program program_;

 private:
  std::string text_;
};

}  // namespace pipec::test
