// How elements end.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace pipec::runner {

enum class State : uint8_t { waiting, running, passed, failed, timed_out, interrupted };
std::string_view to_string(State state);

struct Result {
  State state = State::passed;
  // Why it did not pass, in words: "exit code 1".
  std::string reason;
  // Reports that it should have written and has not.
  std::vector<std::string> missing_reports;
  std::optional<int> exit_code;
  std::optional<int> signal;
  int64_t tries = 0;
  bool simulated = false;
  // Deployments that failed: whether they were taken back.
  std::optional<bool> taken_back;
  // Approvals: who gave it, and on the terminal or by an option.
  std::string approved_by;
  std::string approved_how;
};

}  // namespace pipec::runner
