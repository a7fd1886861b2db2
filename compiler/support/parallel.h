// Independent pieces of work on several threads.
#pragma once

#include <cstddef>
#include <functional>

namespace pipec {

// Calls `work` once for each number below `count`, on at most `jobs` threads (0: as many as the machine has
// processors), and returns when all are done. `done` is called on the caller's thread from time to time, with
// how many are. An exception of `work` ends what has not begun and is thrown here.
void in_parallel(size_t count, size_t jobs, const std::function<void(size_t)>& work,
                 const std::function<void(size_t)>& done);

}  // namespace pipec
