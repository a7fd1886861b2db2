// What git says about a folder, from its files: a run does not need git.
#pragma once

#include <string>

namespace pipec::runner {

struct CheckoutFacts {
  // The commit that is checked out, and the branch; empty where there is none.
  std::string commit;
  std::string branch;
};

CheckoutFacts facts_of(const std::string& folder);

}  // namespace pipec::runner
