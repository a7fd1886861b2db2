#include "backends/local/runner/services.h"

#include "backends/local/runner/embedded.h"
#include "backends/local/runner/new_file.h"
#include "backends/local/runner/script_run.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>

#include <fmt/core.h>

namespace pipec::runner {
namespace {

// Fetching images may take long; that a port answers is bounded by the script itself.
constexpr Duration longest_start = Duration::minutes(10);
constexpr Duration longest_stop = Duration::minutes(1);

}  // namespace

Services::Services(Workshop& shop, const local::Element& element, ElementLog& log)
    : shop_(shop), id_(*element.id), services_(std::get<local::Script>(*element.work).services), log_(log) {}

void Services::start(std::function<void(std::optional<std::string>)> done) {
  if (services_.empty()) return done(std::nullopt);
  if (const auto failed = write_script()) return done(failed);
  std::vector<std::string> words{"start"};
  for (const local::Service& service : services_) {
    if (words.size() > 1) words.emplace_back("--");
    words.insert(words.end(),
                 {*service.name, *service.prefix, *service.image, std::to_string(*service.port)});
    for (const auto& [name, value] : service.environment)
      words.push_back(name);
    for (const auto& [name, source] : service.secrets)
      words.push_back(name);
  }
  begun_ = true;
  const auto failed = run(command(std::move(words), longest_start), [this, done](ProcessEnd end) {
    output_->finish();
    const bool ready = end.cause == ProcessEnd::Cause::exited && end.code == 0;
    done(ready ? read_ports() : std::optional<std::string>("its services did not start"));
  });
  if (failed) done(failed);
}

void Services::stop(std::function<void()> done) {
  if (!begun_) return done();
  begun_ = false;
  Command remove = command({"stop"}, longest_stop);
  remove.cleans_up = true;
  const auto failed = run(remove, [this, done](ProcessEnd end) {
    output_->finish();
    if (end.cause != ProcessEnd::Cause::exited || end.code != 0)
      log_.remark("its services could not be removed: `docker ps --filter label=pipec.service` lists them");
    done();
  });
  if (!failed) return;
  log_.remark(*failed);
  done();
}

std::optional<std::string> Services::run(const Command& command, ProcessTable::Ended ended) {
  output_ = std::make_unique<OutputStream>(log_, shop_.secrets, "");
  return shop_.processes.start(
      command, [this](std::string_view bytes) { output_->feed(bytes); }, std::move(ended));
}

std::optional<std::string> Services::write_script() const {
  const std::string path = file(id_ + ".services.sh");
  NewFile script(path);
  const bool written = script.write(scripts::port_answers_sh) && script.write(scripts::services_sh) &&
                       script.write(scripts::run_services_sh) && script.take_place_of(path, 0600);
  if (written) return std::nullopt;
  return fmt::format("cannot write `{}`: {}", path, std::strerror(errno));
}

// What the containers get reaches docker through the environment, which other processes cannot read.
Command Services::command(std::vector<std::string> words, Duration timeout) const {
  Command command;
  command.arguments = {shop_.bash, file(id_ + ".services.sh")};
  command.arguments.insert(command.arguments.end(), words.begin(), words.end());
  std::map<std::string, std::string> variables = shop_.environment;
  variables["PIPEC_SERVICES"] = file("services/" + id_);
  for (const local::Service& service : services_) {
    const std::string prefix = "PIPEC_SERVICE_" + *service.prefix + "_";
    for (const auto& [name, value] : service.environment)
      variables[prefix + name] = value;
    for (const auto& [name, source] : service.secrets)
      variables[prefix + name] = shop_.console.variable(source).value_or("");
  }
  for (const auto& [name, value] : variables)
    command.environment.push_back(name + "=" + value);
  command.directory = shop_.root;
  command.timeout = timeout;
  return command;
}

std::optional<std::string> Services::read_ports() {
  for (const local::Service& service : services_) {
    std::ifstream in(file(fmt::format("services/{}/{}.port", id_, *service.name)));
    std::string port;
    if (!std::getline(in, port))
      return fmt::format("the port of the service `{}` is not known", *service.name);
    variables_[*service.prefix + "_HOST"] = "127.0.0.1";
    variables_[*service.prefix + "_PORT"] = port;
  }
  return std::nullopt;
}

std::string Services::file(const std::string& name) const { return shop_.folder.file(name); }

}  // namespace pipec::runner
