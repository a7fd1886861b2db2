// What others can replace without a commit here.
#pragma once

#include <string_view>

namespace pipec::rules {

// The name of something that moves: `app:latest`, `tool@latest`, `owner/action@main`.
bool moves(std::string_view word);
// A version that does: `latest`.
bool is_moving_version(std::string_view version);

}  // namespace pipec::rules
