// When a window opens next.
#pragma once

#include "compiler/support/local_time.h"
#include "compiler/support/window.h"

#include <optional>

namespace pipec::runner {

// The next minute of the week, from `now` on, at which the window is open; nothing when it never is.
std::optional<LocalTime> next_opening(const Window& window, LocalTime now);

}  // namespace pipec::runner
