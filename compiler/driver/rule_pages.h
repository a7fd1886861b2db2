// The pages of the rules of profiles.
#pragma once

#include "compiler/frontend/compilation.h"
#include "compiler/frontend/standard_library.h"
#include "compiler/report/rules.h"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace pipec::driver {

struct RulePage {
  std::string code;
  std::string profile;
  // Empty for a rule about the pipeline as a whole.
  std::string role;
  // The profile itself, or the ancestor that declares it.
  std::string declared_by;
  // "required", "suggested as recommended", and whose that is.
  std::string level;
  std::string authority;
  // What it asks for.
  std::string what;
  std::string title;
  std::string text;
  std::string why;
  std::string fix;
  Severity severity = Severity::error;
  // The architecture is silent about the level; it is the profile's own.
  bool suggested = false;
  std::string origin;
  // Only a person's word keeps it.
  bool attested = false;
  // `not_applicable` may say that there is nothing of the kind.
  bool may_not_apply = false;
  // How many days ahead a waiver of it may end.
  int64_t waiver_days = 0;
};

struct ProfilePages {
  std::string name;
  std::string title;
  std::string description;
  std::string origin;
  std::string reference;
  // How many days ahead a waiver may end.
  int64_t waiver_days = 0;
  // The roles' titles, by their names, in the order of the profile.
  std::vector<std::pair<std::string, std::string>> roles;
  std::vector<RulePage> rules;
};

// Sorted by module and file.
std::vector<ProfilePages> profile_pages(std::span<const StandardFile> library);

// Those that the file declares or its pipelines use; needs what was analysed.
std::vector<ProfilePages> profile_pages(Compilation& compilation);

// As `pipec explain CODE` prints it.
std::string to_text(const RulePage& page);
// All of a profile, as stdlib/dpra/PROFILE.md holds it. `command` made it.
std::string to_markdown(const ProfilePages& profile, const std::string& command);

}  // namespace pipec::driver
