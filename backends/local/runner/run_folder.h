// The folder of one run: logs, scripts, reports and the record.
#pragma once

#include <optional>
#include <string>

namespace pipec::runner {

class RunFolder {
 public:
  // Makes `base`/TIME-N, where TIME is now in UTC and N makes it the only one. Without a folder `error` says
  // why.
  static RunFolder make(const std::string& base);
  RunFolder(RunFolder&& other) noexcept;
  RunFolder& operator=(RunFolder&&) = delete;
  // Removes what only the run needed: kept artifacts and temporary files.
  ~RunFolder();

  const std::string& error() const { return error_; }
  // `20261121T093000Z-1`
  const std::string& id() const { return id_; }
  const std::string& path() const { return path_; }
  std::string file(const std::string& name) const { return path_ + "/" + name; }
  std::string artifacts() const { return path_ + "/artifacts"; }
  // Where an isolated element runs.
  std::string checkout(const std::string& element) const { return path_ + "/checkouts/" + element; }
  // A folder for the scripts' temporary files: outside of the checkout, because its path must be short enough
  // for sockets.
  const std::string& temporary() const { return temporary_; }

 private:
  RunFolder() = default;

  std::string id_;
  std::string path_;
  std::string temporary_;
  std::string error_;
};

}  // namespace pipec::runner
