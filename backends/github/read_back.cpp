#include "backends/github/read_back.h"

#include "backends/common/yaml.h"
#include "backends/github/artifacts.h"
#include "backends/github/model.h"
#include "backends/github/scripts.h"
#include "backends/github/steps.h"

#include <algorithm>
#include <map>
#include <set>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

namespace pipec::backends::github {
namespace {

using yaml::Node;

constexpr std::string_view folder = ".github/workflows/";

bool is_name_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

// `prod.service, wave 1 of 2` is a step of `prod.service`; pipec's own steps are named by sentences.
std::string element_of(std::string_view step_name) {
  const std::string_view id = step_name.substr(0, step_name.find(','));
  const size_t dot = id.find('.');
  if (dot == std::string_view::npos || dot == 0 || dot + 1 == id.size()) return "";
  const auto plain = [](std::string_view part) {
    // Behind the `@` of an element stands its cell.
    const size_t at = std::min(part.find('@'), part.size());
    const std::string_view cell = part.substr(at == part.size() ? at : at + 1);
    return std::all_of(part.begin(), part.begin() + at, is_name_character) &&
           std::all_of(cell.begin(), cell.end(), is_name_character);
  };
  return plain(id.substr(0, dot)) && plain(id.substr(dot + 1)) ? std::string(id) : "";
}

// Whether something runs although what came before has failed.
bool ignores_failures(const Node& condition) {
  const std::string& text = condition.text();
  return text.find("always()") != std::string::npos || text.find("failure()") != std::string::npos ||
         text.find("cancelled()") != std::string::npos;
}

std::vector<std::string> texts_of(const Node& node) {
  std::vector<std::string> texts;
  for (const Node& item : node.items())
    texts.push_back(item.text());
  return texts;
}

std::vector<std::string> parts_of(std::string_view text, std::string_view separator) {
  std::vector<std::string> parts;
  for (size_t end = text.find(separator); end != std::string_view::npos; end = text.find(separator)) {
    parts.emplace_back(text.substr(0, end));
    text.remove_prefix(end + separator.size());
  }
  parts.emplace_back(text);
  return parts;
}

bool contains(const std::vector<std::string>& items, std::string_view item) {
  return std::find(items.begin(), items.end(), item) != items.end();
}

class RouteReader {
 public:
  RouteReader(const Node& document, const std::set<std::string>& reviewed)
      : document_(document), jobs_(document.at({"jobs"})), reviewed_(reviewed) {}

  FoundRoute read() {
    const std::string& name = document_.at({"name"}).text();
    const size_t colon = name.rfind(": ");
    route_.name = colon == std::string::npos ? "" : name.substr(colon + 2);
    for (const auto& [id, job] : jobs_.entries())
      read_job(id, job);
    for (const auto& [id, job] : jobs_.entries()) {
      if (!first_.contains(id)) continue;
      const bool always = runs_always(id, job);
      if (always) {
        for (FoundElement& element : route_.elements)
          element.always = element.always || job_of_.at(element.id) == id;
      }
      if (always || !ignores_failures(job.at({"if"}))) connect(job, first_.at(id));
    }
    return std::move(route_);
  }

 private:
  void read_job(const std::string& id, const Node& job) {
    std::string before;
    folders_.clear();
    caches_.clear();
    for (const Node& step : job.at({"steps"}).items()) {
      const std::string element = element_of(step.at({"name"}).text());
      const Node& variables = step.at({"env"});
      if (variables.find("FOLDER") != nullptr)
        folders_[variables.at({"NAME"}).text()] = variables.at({"FOLDER"}).text();
      if (step.at({"uses"}).text().starts_with("actions/cache")) {
        for (const std::string& path : parts_of(step.at({"with", "path"}).text(), "\n"))
          caches_.insert(path);
      }
      if (element.empty()) continue;
      read_step(id, job, step, element);
      if (element == before) continue;
      if (before.empty()) {
        first_[id] = element;
      } else if (!ignores_failures(step.at({"if"}))) {
        route_.edges.push_back({before, element});
      }
      before = element;
    }
    if (before.empty()) return;
    last_[id] = before;
    if (first_[id] == before) find(before).isolated = true;
  }

  FoundElement& find(const std::string& id) {
    return *std::find_if(route_.elements.begin(), route_.elements.end(),
                         [&](const FoundElement& element) { return element.id == id; });
  }

  // `always() && (needs.a.outputs.begun == 'true' || …)`, with every job with which the stage can begin.
  bool runs_always(const std::string& id, const Node& job) const {
    constexpr std::string_view start = "always() && ";
    constexpr std::string_view prefix = "needs.";
    const std::string suffix = fmt::format(".outputs.{} == 'true'", begun_output);
    std::string_view condition = job.at({"if"}).text();
    if (!condition.starts_with(start)) return false;
    condition.remove_prefix(start.size());
    if (condition.starts_with('(') && condition.ends_with(')'))
      condition = condition.substr(1, condition.size() - 2);
    std::map<std::string, bool> behind;
    for (const std::string& part : parts_of(condition, " || ")) {
      if (!part.starts_with(prefix) || !part.ends_with(suffix)) return false;
      const std::string name = part.substr(prefix.size(), part.size() - prefix.size() - suffix.size());
      if (!contains(texts_of(job.at({"needs"})), name) || !says_begun(jobs_.at({name}))) return false;
      behind.emplace(name, true);
    }
    return std::all_of(first_.begin(), first_.end(), [&](const auto& other) {
      return stage_of(other.first) != stage_of(id) || ignores_failures(jobs_.at({other.first, "if"})) ||
             is_approval(other.first) || is_behind(other.first, behind);
    });
  }

  // A step that comes before every element but approvals says so.
  bool says_begun(const Node& job) const {
    if (job.at({"outputs", std::string(begun_output)}).text() != begun().written()) return false;
    for (const Node& step : job.at({"steps"}).items()) {
      if (step.at({"id"}).text() == begun_output) return step.at({"if"}).text().empty();
      const std::vector<std::string> words = called_script(step.at({"run"}).text());
      const bool asks = !words.empty() && words.front() == "approval_age";
      if (!element_of(step.at({"name"}).text()).empty() && !asks) return false;
    }
    return false;
  }

  // The job is one of those in `known`, or waits for one; what is found out is added there.
  bool is_behind(const std::string& id, std::map<std::string, bool>& known) const {
    const auto [entry, added] = known.emplace(id, false);
    if (!added) return entry->second;
    const std::vector<std::string> needs = texts_of(jobs_.at({id, "needs"}));
    return entry->second = std::any_of(needs.begin(), needs.end(),
                                       [&](const std::string& need) { return is_behind(need, known); });
  }

  // Holds nothing but approvals.
  bool is_approval(const std::string& id) const {
    return std::all_of(route_.elements.begin(), route_.elements.end(), [&](const FoundElement& element) {
      return element.approval || job_of_.at(element.id) != id;
    });
  }

  std::string stage_of(const std::string& id) const {
    const std::string& element = first_.at(id);
    return element.substr(0, element.find('.'));
  }

  // What a job needs ends before it starts; through jobs without elements too.
  void connect(const Node& job, const std::string& element) {
    for (const std::string& need : texts_of(job.at({"needs"}))) {
      const auto last = last_.find(need);
      if (last != last_.end()) {
        route_.edges.push_back({last->second, element});
      } else if (!ignores_failures(jobs_.at({need, "if"}))) {
        connect(jobs_.at({need}), element);
      }
    }
  }

  void read_step(const std::string& job_id, const Node& job, const Node& step, const std::string& id) {
    FoundElement found = found_element(job, step, id);
    const std::string& name = step.at({"name"}).text();
    for (FoundElement& known : route_.elements) {
      if (known.id != id) continue;
      // Of several tries the last one decides, of several waves each.
      known.blocking =
          name.find(", try ") != std::string::npos ? found.blocking : known.blocking && found.blocking;
      if (known.work != found.work || known.environment != found.environment) known.work.clear();
      known.timeout = std::max(known.timeout, found.timeout);
      return;
    }
    job_of_[id] = job_id;
    route_.elements.push_back(std::move(found));
  }

  FoundElement found_element(const Node& job, const Node& step, const std::string& id) {
    FoundElement found{.id = id,
                       .blocking = !step.at({"continue-on-error"}).boolean(),
                       .timeout = limit_of(step.at({"shell"}).text()),
                       .services = services_of(job),
                       .caches = caches_,
                       .folders = folders_};
    for (const auto& [name, value] : step.at({"env"}).entries()) {
      const std::string run_time = run_time_name(value.text());
      if (!run_time.empty()) {
        if (is_known(job, value.text())) found.environment[name] = run_time;
      } else if (const auto literal = Text::literal_of(value.text())) {
        found.environment[name] = *literal;
      }
    }
    const std::string& script = step.at({"run"}).text();
    const std::vector<std::string> words = called_script(script);
    if (words.empty()) {
      found.work = script.ends_with('\n') ? script.substr(0, script.size() - 1) : script;
    } else if (words.front() == "approval_age") {
      found.approval = reviewed_.contains(job.at({"environment", "name"}).text());
    } else if (words.front() == "regions" && words.size() > 3 && words[2] == "deploy") {
      found.work = words[1] == "command" ? found.environment["SCRIPT"] : words[1];
    } else {
      found.work = words.front();
    }
    return found;
  }

  static std::map<std::string, std::string> services_of(const Node& job) {
    std::map<std::string, std::string> services;
    for (const auto& [id, service] : job.at({"services"}).entries()) {
      const std::vector<std::string> ports = texts_of(service.at({"ports"}));
      services.emplace(id, service.at({"image"}).text() + " " + (ports.size() == 1 ? ports.front() : ""));
    }
    return services;
  }

  // Whether the value that an expression names is there: an unknown one is an empty text for GitHub.
  bool is_known(const Node& job, std::string_view written) const {
    const std::string_view expression = written.substr(4, written.size() - 7);
    const auto part = [&](size_t index) {
      size_t start = 0;
      for (; index > 0; --index)
        start = expression.find('.', start) + 1;
      return expression.substr(start, expression.find('.', start) - start);
    };
    if (part(0) == "env") return document_.at({"env"}).find(part(1)) != nullptr;
    if (part(0) == "needs") {
      return contains(texts_of(job.at({"needs"})), part(1)) &&
             jobs_.at({part(1), "outputs"}).find(part(3)) != nullptr;
    }
    const auto& steps = job.at({"steps"}).items();
    return std::any_of(steps.begin(), steps.end(),
                       [&](const Node& step) { return step.at({"id"}).text() == part(1); });
  }

  const Node& document_;
  const Node& jobs_;
  const std::set<std::string>& reviewed_;
  FoundRoute route_;
  // Of the job that is read: where parts of collections were put so far.
  std::map<std::string, std::string> folders_;
  // Paths of the caches that it has fetched so far.
  std::set<std::string> caches_;
  // The first and the last element of each job that has some.
  std::map<std::string, std::string> first_;
  std::map<std::string, std::string> last_;
  // By element.
  std::map<std::string, std::string> job_of_;
};

std::set<std::string> reviewed_environments(const OutputSet& output) {
  std::set<std::string> reviewed;
  for (const OutputFile& file : output) {
    if (!file.path.ends_with("/settings.json")) continue;
    const auto settings = nlohmann::json::parse(file.text, nullptr, false);
    if (!settings.is_object() || !settings.contains("environments")) continue;
    for (const auto& environment : settings["environments"]) {
      if (!environment["reviewers"].empty()) reviewed.insert(environment["name"].get<std::string>());
    }
  }
  return reviewed;
}

// The file names of workflows that others call.
void add_called(const Node& document, std::set<std::string>& called) {
  for (const auto& [id, job] : document.at({"jobs"}).entries()) {
    const std::string& uses = job.at({"uses"}).text();
    const size_t place = uses.find(folder);
    if (place == std::string::npos) continue;
    const size_t start = place + folder.size();
    called.insert(uses.substr(start, uses.find('@') - start));
  }
}

}  // namespace

FoundPipeline read_workflows(const OutputSet& output) {
  std::map<std::string, Node> documents;
  std::set<std::string> called;
  for (const OutputFile& file : output) {
    if (!file.path.starts_with(folder)) continue;
    yaml::ReadDocument read = yaml::read(file.text);
    if (!read.document) continue;
    add_called(*read.document, called);
    documents.emplace(file.path.substr(folder.size()), std::move(*read.document));
  }
  const std::set<std::string> reviewed = reviewed_environments(output);
  FoundPipeline found;
  for (const auto& [name, document] : documents) {
    const Node& on = document.at({"on"});
    if (on.find("workflow_call") == nullptr) continue;
    if (called.contains(name) || on.find("workflow_dispatch") != nullptr)
      found.routes.push_back(RouteReader(document, reviewed).read());
  }
  return found;
}

}  // namespace pipec::backends::github
