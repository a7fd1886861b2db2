// The processes that a script has started, however they have arranged themselves in groups.
#pragma once

#include <sys/types.h>

namespace pipec::runner {

// Makes this process the parent of every orphan below it, so that nothing a script starts can get away.
void adopt_orphans();

// Sends the signal to what is in the session of `leader` or descends from it, without the leader itself;
// gives how many processes there were. `timeout` and interactive shells put their children into groups of
// their own, so that a signal to the group alone would not reach them. A number stays taken while its session
// has members: it cannot mean others.
size_t signal_tree(pid_t leader, int signal);

// How many processes of that tree are left; the dead that wait to be reaped do not count.
size_t count_tree(pid_t leader);

// Kills what still descends from this process outside of its session, and waits for its end. For the end of a
// run.
void kill_descendants();

}  // namespace pipec::runner
