// The steps of the hotfix proof, as `pipec explain H1` prints them.
#pragma once

#include <span>
#include <string_view>

namespace pipec::driver {

struct ProofStep {
  std::string_view id;
  std::string_view title;
  // What is shown, or refused with a counter-example.
  std::string_view shown;
  std::string_view how;
  // What to do when it is refused.
  std::string_view fix;
};

// H1 to H10, in their order.
std::span<const ProofStep> proof_steps();

}  // namespace pipec::driver
