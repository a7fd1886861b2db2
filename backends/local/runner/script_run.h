// One script of a plan, from putting its artifacts in place to keeping what it has made: tries, regions in
// waves, timeouts, and taking a deployment back.
#pragma once

#include "backends/local/runner/artifact_store.h"
#include "backends/local/runner/element_log.h"
#include "backends/local/runner/masking.h"
#include "backends/local/runner/process_table.h"
#include "backends/local/runner/progress.h"
#include "backends/local/runner/record.h"
#include "backends/local/runner/run_folder.h"
#include "backends/local/runner/services.h"

#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace pipec::runner {

// What all elements of a run share.
struct Workshop {
  const local::Plan& plan;
  const Console& console;
  // The checkout; absolute.
  std::string root;
  const RunFolder& folder;
  EventLoop& loop;
  ProcessTable& processes;
  ArtifactStore& artifacts;
  const Secrets& secrets;
  Progress& progress;
  Record& record;
  // Paths of the shells.
  std::string bash;
  std::string sh;
  // What every script gets: the runner's own environment without secrets and without what changes how shells
  // work.
  std::map<std::string, std::string> environment;
};

// The value for scripts that run in that folder of the checkout.
std::string resolve(const Workshop& shop, const local::VariableValue& value,
                    const std::string& working_directory);

class ScriptRun {
 public:
  using Done = std::function<void(Result)>;

  // `task`: the index of the element in the record. `done` is called once, maybe from within `start`; the run
  // must outlive that call.
  // `environment`: in which its stage works, or empty.
  ScriptRun(Workshop& shop, size_t task, const local::Element& element, std::string environment,
            ElementLog& log, Done done);

  void start();
  // Nothing new starts. What runs is ended through the process table.
  void interrupt();

 private:
  void start_try();
  void start_processes(const std::string& file, const std::vector<std::string>& regions);
  void process_ended(const std::string& region, ProcessEnd end);
  void wave_ended();
  void wave_failed();
  void take_back();
  void passed();
  void refuse(const std::string& reason);
  // Interrupted between two tries or waves.
  void cancel();
  void finish();
  void complete();
  void keep_reports();
  void miss_report(const std::string& path, const std::string& why);
  void keep_report(const std::string& path, std::vector<std::pair<std::string, std::string>>& kept);

  // The copy of an isolated element.
  std::optional<std::string> make_checkout();
  void remove_checkout();

  std::optional<std::string> write_script(const std::string& file, const std::string& text) const;
  Command command(const std::string& file, const std::string& region) const;
  // Of the wave that runs; one without a name where there are no regions.
  std::vector<std::string> regions_of_wave() const;
  void wait(Duration time, void (ScriptRun::*then)());

  Workshop& shop_;
  size_t task_;
  const local::Element& element_;
  std::string environment_;
  const local::Script& script_;
  ElementLog& log_;
  Done done_;
  // Where the script runs.
  std::string checkout_;
  Services services_;

  std::filesystem::file_time_type begin_ = std::filesystem::file_time_type::clock::now();
  Result result_;
  size_t wave_ = 0;
  int64_t tries_of_wave_ = 0;
  bool taking_back_ = false;
  bool interrupted_ = false;
  // Regions in which the script was started at least once.
  std::set<std::string> begun_;
  // By region: the output of the processes that run now.
  std::map<std::string, std::unique_ptr<OutputStream>> running_;
  // The first failure of the wave.
  std::optional<ProcessEnd> failure_;
  std::optional<EventLoop::Timer> wait_;
};

}  // namespace pipec::runner
