// What stands around the lines of an example.
#pragma once

#include <string>
#include <string_view>

namespace pipec::test {

// The whole file of an example. `place`:
//
//   stage         elements of the stage `build` of a pipeline of the profile `small` (shared/small.pipe)
//   stage in beta its stage `test`, which goes to two regions; the stage before makes the artifact `binary`
//   stage in prod the same for production: its stage `ship`
//   pipeline      parts of such a pipeline
//   hotfix        properties of the hotfix of such a pipeline, with the stages `build` and `ship`
//   declarations  declarations of a file
//   file          all of it, like any text that begins with `pipe 1`
//
// What it uses of small.pipe is imported, unless it imports that itself. When `target` is `github` or
// `codepipeline`, the pipeline has what that target needs to know, unless it says so itself.
std::string framed(const std::string& text, std::string_view place, std::string_view target = "");

}  // namespace pipec::test
