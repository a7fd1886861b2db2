// Judging many files: what the commands have in common that print findings.
#pragma once

#include "compiler/driver/inputs.h"
#include "compiler/driver/session.h"
#include "compiler/report/formats.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace pipec::driver {

// `--severity CODE=LEVEL`
using SeverityFlag = std::pair<std::string, report::Level>;

struct Judged {
  report::JudgedFile file;
  // For each of the flags why it cannot be; nothing where the file has no such code.
  std::vector<std::optional<std::string_view>> refusals;
  // Which targets are left out, and why.
  std::vector<std::string> left_out;
};

// What of each file is made.
struct JudgeOptions {
  rules::Policy policy;
  report::CollectOptions collect;
  std::vector<SeverityFlag> severities;
  // The pages of the codes that are found.
  bool help = false;
  // The hash of each file.
  bool hash = true;
};

// What was found in a compilation that has run.
Judged judged_file(Compilation& compilation, const JudgeOptions& judge_options, Environment& environment);

// Judges every file, several at a time (`--jobs`). The result is in the order of the inputs. On a terminal a
// line says how far it is.
std::vector<Judged> judge(const std::vector<Input>& inputs, const JudgeOptions& judge_options,
                          const Options& options, Environment& environment);

// As `in_parallel` of support/, with that line.
void with_progress(size_t count, std::string_view what, const Options& options, Environment& environment,
                   const std::function<void(size_t)>& work);

}  // namespace pipec::driver
