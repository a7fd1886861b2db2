// Scripts of pipec that emitted jobs run. The first step of a job puts them on the runner, the others call
// them. They come with the workflow, which is that of the protected branch; files of the checkout would be
// the author's.
#pragma once

#include "backends/github/model.h"

#include <string>
#include <string_view>
#include <vector>

namespace pipec::backends::github {

// The text of a file under scripts/.
std::string_view script_text(std::string_view name);

// A step that puts these scripts on the runner, and those that they read.
Step place_scripts(const std::vector<std::string_view>& names);

// A line `bash "$RUNNER_TEMP/pipec/guard.sh"`; arguments are words of pipec, never values of the pipeline.
std::string call_script(std::string_view name, std::string_view arguments = {});

// The reverse: the words of such a call, without the folder and `.sh`; empty when it is another command.
std::vector<std::string> called_script(std::string_view command);

}  // namespace pipec::backends::github
