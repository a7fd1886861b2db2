// GitHub Actions workflows as values: what pipec uses of them, and nothing that could be written wrongly. The
// names are those of the workflow syntax.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace pipec::backends::github {

// A part that must be given: it has no default, so leaving it out does not compile.
template <class T>
class Required {
 public:
  Required() = delete;
  template <class U>
  Required(U&& value) : value_(std::forward<U>(value)) {}

  const T& operator*() const { return value_; }
  T& operator*() { return value_; }
  const T* operator->() const { return &value_; }

 private:
  T value_;
};

// A text in which GitHub evaluates what stands in `${{ }}`. Texts of the pipeline come in as literals, in
// which nothing is evaluated.
class Text {
 public:
  Text() = default;
  Text(std::string_view literal);
  Text(const std::string& literal) : Text(std::string_view(literal)) {}
  Text(const char* literal) : Text(std::string_view(literal)) {}

  static Text expression(std::string_view expression);
  // A literal again, as `written` shows it; nothing when it holds an expression.
  static std::optional<std::string> literal_of(std::string_view written);

  friend Text operator+(Text left, const Text& right) {
    left.written_ += right.written_;
    return left;
  }
  const std::string& written() const { return written_; }

 private:
  std::string written_;
};

using Environment = std::vector<std::pair<std::string, Text>>;

enum class Access : unsigned char { none, read, write };

// Rights of the job's token. What is not named is none.
struct Permissions {
  Access actions = Access::none;
  Access contents = Access::none;
  Access id_token = Access::none;
  Access issues = Access::none;
  Access pull_requests = Access::none;

  // What both together need.
  Permissions& operator|=(const Permissions& other);
};

struct Action {
  std::string_view repository;
  std::string_view version;
  std::string_view commit;
};

#define PIPEC_ACTION(NAME, REPOSITORY, VERSION, COMMIT) \
  inline constexpr Action NAME{REPOSITORY, VERSION, COMMIT};
namespace actions {
#include "backends/github/actions.def"
}
#undef PIPEC_ACTION

struct Use {
  Required<Action> action;
  Environment with;
};

// A script without expressions: values reach it through its environment.
struct Run {
  Required<std::string> script;
  // The command that runs it; the workflow's default when empty.
  std::string shell;
  std::string working_directory;
};

struct Step {
  Required<std::string> name;
  std::string id;
  // An expression.
  std::string condition;
  Required<std::variant<Use, Run>> what;
  Environment env;
  bool continue_on_error = false;
};

struct EnvironmentUse {
  Required<std::string> name;
  // Whether GitHub notes a deployment.
  Required<bool> deployment;
};

struct Concurrency {
  Required<Text> group;
  // Whether all that wait keep their place; otherwise a newer one takes the place of the one that waits.
  bool queue = false;
  bool cancel_in_progress = false;
};

// Runs beside the steps of a job. The machine's port is another one: `job.services.ID.ports['PORT']`.
struct ServiceContainer {
  Required<std::string> id;
  // With its digest.
  Required<std::string> image;
  Required<int64_t> port;
  Environment env;
};

struct Job {
  Required<std::string> name;
  std::vector<std::string> needs;
  std::string condition;
  Required<std::string> runs_on;
  Required<long> timeout_minutes;
  Required<Permissions> permissions;
  std::optional<EnvironmentUse> environment;
  std::optional<Concurrency> concurrency;
  std::vector<std::pair<std::string, Text>> outputs;
  Environment env;
  std::vector<ServiceContainer> services;
  std::vector<Step> steps;
};

// Runs a reusable workflow.
struct Call {
  Required<std::string> name;
  std::vector<std::string> needs;
  std::string condition;
  Required<Permissions> permissions;
  // `OWNER/REPOSITORY/.github/workflows/FILE@BRANCH`
  Required<std::string> uses;
  // Those that are handed over, by name.
  std::vector<std::string> secrets;
};

struct Input {
  Required<std::string> name;
  Required<std::string> description;
  // Those to choose from; any text when empty.
  std::vector<std::string> options;
};

struct Triggers {
  std::vector<std::string> push_branches;
  std::vector<std::string> push_tags;
  std::vector<std::string> push_paths;
  std::vector<std::string> pull_request_branches;
  // Pull requests that wait in a merge queue.
  bool merge_group = false;
  std::vector<std::string> schedules;
  bool dispatch = false;
  std::vector<Input> inputs;
  // Called by other workflows, which hand over these secrets.
  bool call = false;
  std::vector<std::string> secrets;
};

struct Workflow {
  Required<std::string> name;
  Required<Triggers> on;
  std::optional<Concurrency> concurrency;
  Environment env;
  std::vector<std::pair<std::string, std::variant<Job, Call>>> jobs;

  // What all jobs together need: a workflow that calls this one must grant it.
  Permissions permissions() const;
};

// The text of the file.
std::string print(const Workflow& workflow, std::string_view header);

}  // namespace pipec::backends::github
