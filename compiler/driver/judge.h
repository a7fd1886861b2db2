// Judging many files: what the commands have in common that print findings.
#pragma once

#include "compiler/driver/inputs.h"
#include "compiler/driver/session.h"
#include "compiler/report/formats.h"

#include <string>
#include <vector>

namespace pipec::driver {

struct Judged {
  report::JudgedFile file;
  // Which targets are left out, and why.
  std::vector<std::string> left_out;
};

// What of each file is made.
struct JudgeOptions {
  rules::Policy policy;
  report::CollectOptions collect;
  // The pages of the codes that are found.
  bool help = false;
};

// Judges every file, several at a time (`--jobs`). The result is in the order of the inputs. On a terminal a
// line says how far it is.
std::vector<Judged> judge(const std::vector<Input>& inputs, const JudgeOptions& judge_options,
                          const Options& options, Environment& environment);

// As `in_parallel` of support/, with that line.
void with_progress(size_t count, std::string_view what, const Options& options, Environment& environment,
                   const std::function<void(size_t)>& work);

}  // namespace pipec::driver
