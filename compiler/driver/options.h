// The command line as a plain structure.
#pragma once

#include <string>
#include <vector>

namespace pipec::driver {

enum class ColorMode { automatic, always, never };

struct Options {
  std::string command;
  std::vector<std::string> inputs;
  std::string root;
  std::vector<std::string> targets;
  std::string output;
  std::string format = "text";
  ColorMode color = ColorMode::automatic;
  bool quiet = false;
  bool force = false;
  std::string today;
  std::string fail_on = "error";
  std::vector<std::string> routes;
  bool list = false;
  // fmt
  bool check_only = false;
  bool show_diff = false;
  // lint
  bool fix = false;
  // `CODE=LEVEL`
  std::vector<std::string> severities;
  std::string baseline;
  std::string write_baseline;
  // report
  std::string commit;
  // `CODE=GRADE`
  std::vector<std::string> min_evidence;
  // test
  std::string filter;
  // run
  int jobs = 0;
  bool keep_going = false;
  bool dry_run = false;
  std::vector<std::string> stages;
  std::vector<std::string> approvals;
  std::vector<std::string> deployments;
  std::string log_folder;
  // The runbook to run instead of a route, and the titles that are confirmed without asking.
  std::string runbook;
  std::vector<std::string> confirmations;
};

// What came of reading a command line.
struct ParsedCommandLine {
  Options options;
  // Set when there is nothing to do but to print `text`: help, version or a mistake.
  bool finished = false;
  int exit_code = 0;
  std::string text;
};

ParsedCommandLine parse_command_line(const std::vector<std::string>& arguments);

}  // namespace pipec::driver
