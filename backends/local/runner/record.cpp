#include "backends/local/runner/record.h"

#include "backends/local/runner/new_file.h"
#include "compiler/support/version.h"

#include <cerrno>
#include <cstring>
#include <ctime>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace pipec::runner {
namespace {

using Json = nlohmann::ordered_json;

// RFC 3339 in UTC, with milliseconds.
std::string text_of(std::chrono::system_clock::time_point time) {
  const auto since_epoch = time.time_since_epoch();
  const auto milliseconds = std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count() % 1000;
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, milliseconds);
}

void add_result(Json& json, const Result& result) {
  if (!result.reason.empty()) json["reason"] = result.reason;
  if (!result.missing_reports.empty()) json["missing_reports"] = result.missing_reports;
  if (result.exit_code) json["exit_code"] = *result.exit_code;
  if (result.signal) json["signal"] = *result.signal;
  if (result.tries > 1) json["tries"] = result.tries;
  if (result.simulated) json["simulated"] = true;
  if (result.taken_back) json["taken_back"] = *result.taken_back;
  if (result.approved_by.empty()) return;
  // Nobody but the machine's own user vouches for it.
  json["approval"] = {{"by", result.approved_by}, {"how", result.approved_how}, {"self_asserted", true}};
}

}  // namespace

std::string_view to_string(State state) {
  switch (state) {
    case State::waiting:
      return "not_run";
    case State::running:
      return "running";
    case State::passed:
      return "passed";
    case State::failed:
      return "failed";
    case State::timed_out:
      return "timed_out";
    case State::interrupted:
      return "interrupted";
  }
  return "";
}

Record::Record(const Selection& selection, std::string run_id, std::string path)
    : selection_(selection),
      run_id_(std::move(run_id)),
      path_(std::move(path)),
      entries_(selection.graph.tasks.size()) {}

void Record::started(size_t task) {
  entries_[task].started = std::chrono::system_clock::now();
  entries_[task].result.state = State::running;
  stale_ = true;
}

void Record::ended(size_t task, const Result& result) {
  entries_[task].ended = std::chrono::system_clock::now();
  entries_[task].result = result;
  stale_ = true;
}

void Record::kept(size_t task, const std::string& what,
                  std::vector<std::pair<std::string, std::string>> files) {
  entries_[task].kept.push_back({what, std::move(files)});
  stale_ = true;
}

std::optional<std::string> Record::write() {
  Json json = {{"version", 1},
               {"compiler", fmt::format("pipec {}", version)},
               {"pipeline", *selection_.plan->pipeline},
               {"route", *selection_.route->name},
               {"run", run_id_},
               {"state", state_},
               {"started", text_of(started_)}};
  if (state_ != "running") json["ended"] = text_of(std::chrono::system_clock::now());
  json["elements"] = Json::array();
  for (size_t task = 0; task < entries_.size(); ++task) {
    const Entry& entry = entries_[task];
    Json element = {{"id", selection_.graph.tasks[task].id()}, {"state", to_string(entry.result.state)}};
    if (entry.started) element["started"] = text_of(*entry.started);
    if (entry.ended) element["ended"] = text_of(*entry.ended);
    add_result(element, entry.result);
    for (const Files& kept : entry.kept) {
      for (const auto& [path, hash] : kept.files)
        element[kept.what].push_back({{"path", path}, {"sha256", hash}});
    }
    json["elements"].push_back(std::move(element));
  }
  stale_ = false;
  NewFile file(path_);
  // A reason or path may hold anything; what is no UTF-8 is replaced.
  const std::string text = json.dump(1, ' ', false, Json::error_handler_t::replace) + "\n";
  if (file.write(text) && file.take_place_of(path_, 0644)) return std::nullopt;
  return fmt::format("cannot write `{}`: {}", path_, std::strerror(errno));
}

}  // namespace pipec::runner
