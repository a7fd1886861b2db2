#include "backends/local/runner/script_run.h"

#include "backends/local/runner/checkout_copy.h"
#include "backends/local/runner/new_file.h"
#include "compiler/support/text.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include <fmt/core.h>

namespace pipec::runner {
namespace {

Result as_result(const ProcessEnd& end, Duration timeout) {
  switch (end.cause) {
    case ProcessEnd::Cause::exited:
      return {.state = State::failed, .reason = fmt::format("exit code {}", end.code), .exit_code = end.code};
    case ProcessEnd::Cause::signalled:
      return {.state = State::failed,
              .reason = fmt::format("signal {} ({})", end.code, ::strsignal(end.code)),
              .signal = end.code};
    case ProcessEnd::Cause::timed_out:
      return {.state = State::timed_out, .reason = fmt::format("not done within {}", to_string(timeout))};
    case ProcessEnd::Cause::interrupted:
      return {.state = State::interrupted, .reason = "interrupted"};
  }
  return {};
}

std::string script_file(const local::Element& element) { return *element.id + ".sh"; }
std::string undo_file(const local::Element& element) { return *element.id + ".undo.sh"; }

}  // namespace

std::string resolve(const Workshop& shop, const local::VariableValue& value,
                    const std::string& working_directory) {
  if (const auto* text = std::get_if<std::string>(&value)) return *text;
  const auto& run_time = std::get<local::RunTime>(value);
  const local::Artifact& artifact = *find_artifact(shop.plan, run_time.artifact);
  if (*artifact.type != "container") {
    if (artifact.paths.empty()) return "";
    return std::filesystem::path(artifact.paths.front()).lexically_relative(working_directory).string();
  }
  if (!artifact.image.empty()) return artifact.image;
  return fmt::format("localhost/{}:{}", artifact.repository, shop.folder.id());
}

ScriptRun::ScriptRun(Workshop& shop, size_t task, const local::Element& element, std::string environment,
                     ElementLog& log, Done done)
    : shop_(shop),
      task_(task),
      element_(element),
      environment_(std::move(environment)),
      script_(std::get<local::Script>(*element.work)),
      log_(log),
      done_(std::move(done)),
      checkout_(shop.root),
      services_(shop, element, log) {}

void ScriptRun::start() {
  if (element_.isolated) {
    if (const auto failed = make_checkout()) return refuse(*failed);
  }
  for (const std::string& name : element_.consumes) {
    std::vector<std::string> restored;
    const auto failed = shop_.artifacts.put_back(*find_artifact(shop_.plan, name), checkout_, restored);
    for (const std::string& path : restored)
      log_.remark(fmt::format("put `{}` of `{}` back", path, name));
    if (failed) return refuse(*failed);
  }
  if (const auto failed = write_script(script_file(element_), *script_.text)) return refuse(*failed);
  const bool can_take_back = script_.rollout && !script_.rollout->undo.empty();
  if (can_take_back) {
    if (const auto failed = write_script(undo_file(element_), script_.rollout->undo)) return refuse(*failed);
  }
  services_.start([this](const std::optional<std::string>& failed) {
    if (interrupted_) return cancel();
    if (failed) return refuse(*failed);
    start_try();
  });
}

void ScriptRun::interrupt() {
  interrupted_ = true;
  if (!wait_) return;
  shop_.loop.cancel(*wait_);
  wait_.reset();
  cancel();
}

void ScriptRun::start_try() {
  ++tries_of_wave_;
  result_.tries = std::max(result_.tries, tries_of_wave_);
  const std::vector<std::string> regions = regions_of_wave();
  begun_.insert(regions.begin(), regions.end());
  start_processes(script_file(element_), regions);
}

void ScriptRun::start_processes(const std::string& file, const std::vector<std::string>& regions) {
  failure_.reset();
  for (const std::string& region : regions) {
    const std::string prefix = regions.size() > 1 ? fmt::format("[{}] ", region) : "";
    OutputStream& stream =
        *running_.emplace(region, std::make_unique<OutputStream>(log_, shop_.secrets, prefix)).first->second;
    const auto failed = shop_.processes.start(
        command(file, region),
        [this, &stream](std::string_view bytes) {
          stream.feed(bytes);
          shop_.progress.said();
        },
        [this, region](ProcessEnd end) { process_ended(region, end); });
    if (!failed) continue;
    log_.remark(*failed);
    // As shells say that a program cannot be run.
    constexpr int cannot_run = 126;
    failure_ = ProcessEnd{ProcessEnd::Cause::exited, cannot_run};
    running_.erase(region);
  }
  if (running_.empty()) wait({}, &ScriptRun::wave_ended);
}

void ScriptRun::process_ended(const std::string& region, ProcessEnd end) {
  running_.at(region)->finish();
  running_.erase(region);
  const bool ok = end.cause == ProcessEnd::Cause::exited && end.code == 0;
  if (!ok && !failure_) failure_ = end;
  if (running_.empty()) wave_ended();
}

void ScriptRun::wave_ended() {
  if (taking_back_) {
    result_.taken_back = !failure_.has_value();
    log_.remark(failure_ ? "the deployment could not be taken back" : "the deployment was taken back");
    return finish();
  }
  if (failure_) return wave_failed();
  ++wave_;
  tries_of_wave_ = 0;
  const size_t waves = script_.rollout ? script_.rollout->waves.size() : 0;
  if (wave_ >= waves) return passed();
  log_.remark(fmt::format("the next wave follows after {}", to_string(script_.rollout->wave_bake)));
  wait(script_.rollout->wave_bake, &ScriptRun::start_try);
}

void ScriptRun::wave_failed() {
  const int64_t tries = result_.tries;
  result_ = as_result(*failure_, element_.timeout);
  result_.tries = tries;
  log_.remark(result_.reason);
  if (interrupted_) return finish();
  if (tries_of_wave_ <= element_.retries) {
    log_.remark(fmt::format("try {} of {} follows after {}", tries_of_wave_ + 1, element_.retries + 1,
                            to_string(element_.backoff)));
    return wait(element_.backoff, &ScriptRun::start_try);
  }
  if (script_.rollout && !script_.rollout->undo.empty()) return take_back();
  finish();
}

void ScriptRun::take_back() {
  taking_back_ = true;
  start_processes(undo_file(element_), {begun_.begin(), begun_.end()});
}

void ScriptRun::passed() {
  for (const std::string& name : element_.produces) {
    const local::Artifact& artifact = *find_artifact(shop_.plan, name);
    // An image stays where the script's own tools have put it.
    if (*artifact.type == "container") continue;
    if (const auto failed = shop_.artifacts.keep(artifact, checkout_)) return refuse(*failed);
    shop_.record.kept(task_, "artifacts", shop_.artifacts.contents(artifact));
  }
  result_ = {.state = State::passed, .tries = result_.tries};
  finish();
}

void ScriptRun::refuse(const std::string& reason) {
  log_.remark(reason);
  result_ = {.state = State::failed, .reason = reason, .tries = result_.tries};
  finish();
}

void ScriptRun::cancel() {
  result_ = {.state = State::interrupted, .reason = "interrupted", .tries = result_.tries};
  finish();
}

void ScriptRun::finish() {
  keep_reports();
  services_.stop([this] { complete(); });
}

void ScriptRun::complete() {
  remove_checkout();
  done_(result_);
}

void ScriptRun::keep_reports() {
  std::vector<std::pair<std::string, std::string>> kept;
  for (const local::ReportFile& report : script_.reports) {
    for (const std::string& pattern : report.paths) {
      const std::vector<std::string> found = matching_files(checkout_, pattern);
      if (found.empty()) miss_report(pattern, fmt::format("there is no report `{}`", pattern));
      for (const std::string& path : found)
        keep_report(path, kept);
    }
  }
  if (!kept.empty()) shop_.record.kept(task_, "reports", std::move(kept));
}

void ScriptRun::miss_report(const std::string& path, const std::string& why) {
  log_.remark(why);
  result_.missing_reports.push_back(path);
}

void ScriptRun::keep_report(const std::string& path, std::vector<std::pair<std::string, std::string>>& kept) {
  const std::filesystem::path from = std::filesystem::path(checkout_) / path;
  std::error_code error;
  if (std::filesystem::last_write_time(from, error) < begin_) {
    return miss_report(path, fmt::format("the report `{}` is older than this run", path));
  }
  std::string hash;
  const std::string to = shop_.folder.file(fmt::format("reports/{}/{}", *element_.id, path));
  if (const auto failed = copy_file(from, to, hash)) {
    return log_.remark(fmt::format("cannot keep the report `{}`: {}", path, *failed));
  }
  kept.emplace_back(path, hash);
}

std::optional<std::string> ScriptRun::make_checkout() {
  checkout_ = shop_.folder.checkout(*element_.id);
  return copy_checkout(shop_.root, checkout_);
}

void ScriptRun::remove_checkout() {
  if (!element_.isolated) return;
  std::error_code error;
  std::filesystem::remove_all(checkout_, error);
  if (error) log_.remark(fmt::format("cannot remove `{}`: {}", checkout_, error.message()));
}

std::optional<std::string> ScriptRun::write_script(const std::string& file, const std::string& text) const {
  const std::string path = shop_.folder.file(file);
  NewFile script(path);
  if (script.write(text) && script.write("\n") && script.take_place_of(path, 0600)) return std::nullopt;
  return fmt::format("cannot write `{}`: {}", path, std::strerror(errno));
}

Command ScriptRun::command(const std::string& file, const std::string& region) const {
  Command command;
  if (script_.shell == local::Shell::sh) {
    command.arguments = {shop_.sh, "-eu", shop_.folder.file(file)};
  } else {
    command.arguments = {shop_.bash, "-euo", "pipefail", shop_.folder.file(file)};
  }
  std::map<std::string, std::string> variables = shop_.environment;
  variables["PIPEC_ENVIRONMENT"] = environment_;
  for (const auto& [name, value] : script_.environment) {
    variables[name] = resolve(shop_, value, script_.working_directory);
  }
  for (const auto& [name, source] : script_.secrets)
    variables[name] = shop_.console.variable(source).value_or("");
  for (const auto& [name, value] : services_.variables())
    variables[name] = value;
  if (!region.empty()) variables["AWS_REGION"] = region;
  for (const auto& [name, value] : variables)
    command.environment.push_back(name + "=" + value);
  command.directory = (std::filesystem::path(checkout_) / script_.working_directory).lexically_normal();
  command.timeout = element_.timeout;
  command.goes_on = element_.always;
  return command;
}

std::vector<std::string> ScriptRun::regions_of_wave() const {
  const bool regional = script_.rollout && wave_ < script_.rollout->waves.size();
  return regional ? script_.rollout->waves[wave_] : std::vector<std::string>{""};
}

void ScriptRun::wait(Duration time, void (ScriptRun::*then)()) {
  if (interrupted_) return cancel();
  wait_ = shop_.loop.after(std::chrono::seconds(time.seconds), [this, then] {
    wait_.reset();
    (this->*then)();
  });
}

}  // namespace pipec::runner
