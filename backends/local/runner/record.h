// The record of a run, `run.json`: written as a whole again and again, so that it is complete whenever it is
// read.
#pragma once

#include "backends/local/runner/result.h"
#include "backends/local/runner/selection.h"

#include <chrono>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace pipec::runner {

class Record {
 public:
  Record(const Selection& selection, std::string run_id, std::string path);

  void started(size_t task);
  void ended(size_t task, const Result& result);
  // Path and hash of the files of an artifact, or of a report.
  void kept(size_t task, const std::string& what, std::vector<std::pair<std::string, std::string>> files);
  // What the whole has come to: "passed", "failed" or "interrupted".
  void finished(std::string state) { state_ = std::move(state); }

  // Whether something has changed since `write`.
  bool is_stale() const { return stale_; }
  // The error in words.
  std::optional<std::string> write();

 private:
  using Time = std::chrono::system_clock::time_point;
  struct Files {
    std::string what;
    std::vector<std::pair<std::string, std::string>> files;
  };
  struct Entry {
    std::optional<Time> started;
    std::optional<Time> ended;
    Result result{.state = State::waiting};
    std::vector<Files> kept;
  };

  const Selection& selection_;
  std::string run_id_;
  std::string path_;
  Time started_ = std::chrono::system_clock::now();
  std::string state_ = "running";
  std::vector<Entry> entries_;
  bool stale_ = true;
};

}  // namespace pipec::runner
