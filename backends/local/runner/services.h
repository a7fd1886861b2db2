// The containers beside one script: started before its first try, removed after its last, whatever became of
// it.
#pragma once

#include "backends/local/plan.h"
#include "backends/local/runner/element_log.h"
#include "backends/local/runner/process_table.h"

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace pipec::runner {

struct Workshop;

class Services {
 public:
  // `element`: of a script. Everything must outlive the calls to `done`.
  Services(Workshop& shop, const local::Element& element, ElementLog& log);

  // Calls `done` once, maybe from within; with what went wrong in words. Without services nothing is done.
  void start(std::function<void(std::optional<std::string>)> done);
  // Removes what was started, also when only some of it was. An interrupt does not keep it from doing so.
  void stop(std::function<void()> done);

  // `DB_HOST` and `DB_PORT` of each, after they have started.
  const std::map<std::string, std::string>& variables() const { return variables_; }

 private:
  std::optional<std::string> write_script() const;
  Command command(std::vector<std::string> words, Duration timeout) const;
  std::optional<std::string> run(const Command& command, ProcessTable::Ended ended);
  std::optional<std::string> read_ports();
  std::string file(const std::string& name) const;

  Workshop& shop_;
  const std::string& id_;
  const std::vector<local::Service>& services_;
  ElementLog& log_;
  bool begun_ = false;
  std::unique_ptr<OutputStream> output_;
  std::map<std::string, std::string> variables_;
};

}  // namespace pipec::runner
